"""A lexer without a grammar: the tokens of code with all names, numbers and strings made equal.

Comments and blanks are left out, keywords and punctuation stay. What it cannot know it gets wrong in the same way in
two copies of a file, which is all that comparing them needs. It runs in linear time on any bytes.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.shingles import SLACK, Bytes, Hashes, U, hash_token

NAME, NUMBER, STRING = U(1), U(2), U(3)
NEWLINE, BACKSLASH = 10, 92


class Family(NamedTuple):
    """How a lexer reads some languages.

    comments: for each byte, whether it begins a line comment, and the byte that must follow then, 0 for none: [256, 2]
    block:    whether /* and */ enclose comments
    quotes:   which bytes begin strings: [256]
    """

    comments: npt.NDArray[np.uint8]
    block: bool
    quotes: npt.NDArray[np.bool_]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("lexer.toml").read_text("utf-8"))


@cache
def keywords() -> Hashes:
    """Return the sorted hashes of the words that stay as they are in every language."""
    words = _data()["keywords"].split()
    found = [hash_token(np.frombuffer(word.encode() + bytes(SLACK), np.uint8), U(0), U(len(word))) for word in words]
    return np.unique(np.array(found, np.uint64))


@cache
def family(language: str | None) -> Family:
    """Return how a language is read; one that is not known by the rules of most."""
    families = _data()["families"]
    row = next((row for row in families.values() if language in row.get("languages", ())), families["default"])
    comments, quotes = np.zeros((256, 2), np.uint8), np.zeros(256, np.bool_)
    for mark in row["line"]:
        comments[ord(mark[0])] = 1, ord(mark[1]) if len(mark) > 1 else 0
    for quote in row["quotes"]:
        quotes[ord(quote)] = True
    return Family(comments, row["block"], quotes)


@njit(forceinline=True, nogil=True)
def line_end(data: Any, place: Any, end: Any) -> Any:
    """Return where the line at a place ends."""
    while place < end and data[place] != NEWLINE:
        place += 1
    return place


@njit(forceinline=True, nogil=True)
def block_end(data: Any, place: Any, end: Any) -> Any:
    """Return the place after a block comment that begins at a place, or the end."""
    place += 2
    while place < end and not (data[place] == ord("*") and place + 1 < end and data[place + 1] == ord("/")):
        place += 1
    return min(place + 2, end)


@njit(forceinline=True, nogil=True)
def string_end(data: Any, place: Any, end: Any) -> Any:
    """Return the place after a string: at its quote, at three of them, or at the end of the line; ` goes over lines."""
    quote = data[place]
    triple = place + 2 < end and data[place + 1] == quote and data[place + 2] == quote
    many_lines = triple or quote == ord("`")
    place += 3 if triple else 1
    while place < end:
        byte = data[place]
        if byte == BACKSLASH:
            place += 1
        elif byte == quote:
            if not triple:
                return place + 1
            if place + 2 < end and data[place + 1] == quote and data[place + 2] == quote:
                return place + 3
        elif byte == NEWLINE and not many_lines:
            return place
        place += 1
    return end


@njit(forceinline=True, nogil=True)
def is_word(byte: Any) -> Any:
    """Say whether a byte can stand inside a name."""
    lower = byte | 32
    return (97 <= lower <= 122) or (48 <= byte <= 57) or byte == 95 or byte == 36 or byte >= 128


@njit(forceinline=True, nogil=True)
def word_end(data: Any, place: Any, end: Any, number: Any) -> Any:
    """Return the place after a name, or a number with its points."""
    while place < end and (is_word(data[place]) or (number and data[place] == ord("."))):
        place += 1
    return place


@njit(forceinline=True, nogil=True)
def word_code(data: Any, place: Any, stop: Any, words: Any) -> Any:
    """Return the code of a name: its hash for a keyword, NAME for any other."""
    hashed = hash_token(data, U(place), U(stop - place))
    found = np.searchsorted(words, hashed)
    return hashed if found < len(words) and words[found] == hashed else NAME


@njit(nogil=True, cache=True)
def lex(data: Any, end: Any, comments: Any, block: Any, quotes: Any, words: Any, codes: Any) -> Any:
    """Write the codes of the tokens of `data[:end]` and return how many; SLACK bytes after the end are readable."""
    count, place = 0, 0
    while place < end:
        byte = data[place]
        following = data[place + 1]
        if byte <= 32:
            place += 1
            continue
        if comments[byte, 0] and (comments[byte, 1] == 0 or comments[byte, 1] == following):
            place = line_end(data, place, end)
            continue
        if block and byte == ord("/") and following == ord("*"):
            place = block_end(data, place, end)
            continue
        if quotes[byte]:
            place, code = string_end(data, place, end), STRING
        elif 48 <= byte <= 57:
            place, code = word_end(data, place, end, True), NUMBER
        elif is_word(byte):
            stop = word_end(data, place, end, False)
            place, code = stop, word_code(data, place, stop, words)
        else:
            place, code = place + 1, U(16) + U(byte)
        codes[count] = code
        count += 1
    return count


def tokens(content: bytes, language: str | None) -> Hashes:
    """Return the codes of a text's tokens; those of two texts are equal where only names and literals differ.

    language: by its Linguist name; one that is not in lexer.toml is read as most languages are
    """
    how = family(language)
    data: Bytes = np.frombuffer(content + bytes(SLACK), np.uint8)
    codes = np.empty(len(content) + 1, np.uint64)
    return codes[: lex(data, len(content), how.comments, how.block, how.quotes, keywords(), codes)]
