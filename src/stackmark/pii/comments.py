"""What in a file is written for people: comments, docstrings, strings of several words, prose.

    readable(content, path)     the content with everything else blanked, every byte at its place

One pass of a small machine over the bytes, whose marks are data (`comments.toml`). It knows no grammar: a quote that
it misreads costs it the rest of that line, or of the file where strings may be that long; it never fails.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.pii.paths import Path

#: Stands where code was, and between two strings.
CODE = 0
#: A string of fewer words is a name or a value rather than text for people.
LEAST_WORDS = 3
#: Marks are no longer than this; as many bytes after the end are readable.
WIDEST = 12
NEWLINE, SPACE, BACKSLASH = 10, 32, 92

LINES, ESCAPES, STRING, DROPPED, AFTER_BLANK = 1, 2, 4, 8, 16

#: What decorates the beginning of lines in comments.
DECORATION = b"*#/;-!|%=>+~:<"


class Family(NamedTuple):
    """How a family of languages writes comments and strings; row i of each array is about mark i, longest first.

    opens, closes: the bytes of the marks, filled up with zeros, uint8 [n, WIDEST]
    sizes:         their lengths, int64 [n, 2]; a mark without a closing one ends with its line
    flags:         LINES (may go over lines), ESCAPES (by a backslash), STRING, DROPPED, AFTER_BLANK; uint8 [n]
    starts:        whether any mark begins with a byte, bool [256]
    prose:         whether what is outside of all marks is for people
    """

    opens: npt.NDArray[np.uint8]
    closes: npt.NDArray[np.uint8]
    sizes: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.bool_]
    prose: bool


@cache
def _data() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = tomllib.loads(FilePath(__file__).with_name("comments.toml").read_text("utf-8"))[
        "families"
    ]
    return found


@cache
def _families(key: str) -> dict[str, str]:
    """Return what names a family under a key of the table: "languages", "names" or "suffixes"."""
    rows = {name: row.get(key, ()) for name, row in _data().items()}
    split = {name: row.split() if isinstance(row, str) else row for name, row in rows.items()}
    return {word: name for name, words in split.items() for word in words}


@lru_cache(maxsize=8192)
def family_name(path: Path, language: str | None = None) -> str:
    """Return the family of a file, by its language if that is known, else by its path; without either, "prose"."""
    if language in _families("languages"):
        return _families("languages")[language or ""]
    if path is None:
        return "prose"
    text = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
    name = text.rpartition("/")[2].lower()
    stem, _, suffix = name.rpartition(".")
    names, suffixes = _families("names"), _families("suffixes")
    return names.get(name) or suffixes.get(suffix if stem else "") or names.get(stem.partition(".")[0]) or "default"


@cache
def family(name: str) -> Family:
    """Return the marks of a family."""
    row = _data()[name]
    marks = [(mark, "", 0) for mark in row.get("line", ())]
    marks += [(mark, "", AFTER_BLANK) for mark in row.get("word_line", ())]
    marks += [(begin, end, LINES) for begin, end in row.get("block", ())]
    marks += [(begin, end, LINES | DROPPED) for begin, end in row.get("tag", ())]
    marks += [(quote, quote, STRING | ESCAPES) for quote in row.get("string", ())]
    pairs = [(mark, mark) if isinstance(mark, str) else mark for mark in row.get("long", ())]
    marks += [(begin, end, STRING | ESCAPES | LINES) for begin, end in pairs]
    marks.sort(key=lambda mark: (-len(mark[0]), mark))
    starts = np.zeros(256, np.bool_)
    starts[[ord(begin[0]) for begin, _, _ in marks]] = True
    return Family(
        opens=_filled([begin for begin, _, _ in marks]),
        closes=_filled([end for _, end, _ in marks]),
        sizes=np.array([(len(begin), len(end)) for begin, end, _ in marks], np.int64).reshape(-1, 2),
        flags=np.array([flags for _, _, flags in marks], np.uint8),
        starts=starts,
        prose=bool(row.get("prose")),
    )


def _filled(words: list[str]) -> npt.NDArray[np.uint8]:
    joined = b"".join(word.encode().ljust(WIDEST, b"\0") for word in words)
    return np.frombuffer(joined, np.uint8).reshape(-1, WIDEST)


def readable(content: bytes, path: Path, language: str | None = None) -> bytes:
    """Return a content of which only what is written for people is left, as long as before.

    Code becomes NUL bytes; blanks and line ends stay everywhere; marks of comments and their decoration become blanks,
    so that a comment over several lines is one text. Takes linear time for any bytes.
    """
    how = family(family_name(path, language))
    if how.prose and not len(how.opens):
        return content.replace(b"\0", b" ")
    data = np.frombuffer(content + bytes(WIDEST), np.uint8)
    left = np.empty(len(content), np.uint8)
    _keep(data, len(content), how.opens, how.closes, how.sizes, how.flags, how.starts, how.prose, DECORATED, left)
    return left.tobytes()


DECORATED = np.zeros(256, np.bool_)
DECORATED[list(DECORATION)] = True


@njit(forceinline=True, nogil=True)
def _stands(data: Any, place: Any, mark: Any, size: Any) -> Any:
    """Say whether a mark stands at a place."""
    offset = 0
    while offset < size and data[place + offset] == mark[offset]:
        offset += 1
    return offset == size


@njit(forceinline=True, nogil=True)
def _opened(data: Any, place: Any, opens: Any, sizes: Any, flags: Any) -> Any:
    """Return the mark that opens at a place, or -1."""
    for mark in range(len(opens)):
        allowed = not flags[mark] & AFTER_BLANK or place == 0 or data[place - 1] <= SPACE
        if allowed and _stands(data, place, opens[mark], sizes[mark, 0]):
            return mark
    return -1


@njit(forceinline=True, nogil=True)
def _closed(data: Any, place: Any, end: Any, close: Any, size: Any, flag: Any) -> Any:
    """Return where what has been opened ends: at its closing mark, at the end of its line, or with the content."""
    while place < end and not (size and _stands(data, place, close, size)):
        if data[place] == NEWLINE and not flag & LINES:
            break
        place += 2 if data[place] == BACKSLASH and flag & ESCAPES else 1
    return min(place, end)


@njit(forceinline=True, nogil=True)
def _blank(data: Any, begin: Any, end: Any, filler: Any, left: Any) -> None:
    """Write a filler for each byte but line ends."""
    for place in range(begin, end):
        left[place] = NEWLINE if data[place] == NEWLINE else filler


@njit(forceinline=True, nogil=True)
def _write_comment(data: Any, begin: Any, end: Any, decorated: Any, left: Any) -> None:
    """Copy a comment, without what decorates the beginning of its lines."""
    at_start = True
    for place in range(begin, end):
        byte = data[place]
        at_start = byte == NEWLINE or (at_start and (byte <= SPACE or decorated[byte]))
        left[place] = SPACE if byte == 0 or (at_start and decorated[byte]) else byte


@njit(forceinline=True, nogil=True)
def _write_string(data: Any, begin: Any, end: Any, left: Any) -> None:
    """Copy a string, its escapes as blanks; nothing of one that has too few words."""
    words, inside, place = 0, False, begin
    while place < end:
        byte = data[place]
        lower = byte | 32
        letter = 97 <= lower <= 122 or byte >= 128
        # A Chinese, Japanese or Korean sign counts for a word: no blanks are written between them.
        words += letter and (not inside or 0xE3 <= byte <= 0xED)
        inside = byte > SPACE and byte != BACKSLASH and (inside or letter)
        left[place] = SPACE if byte == BACKSLASH or byte == 0 else byte
        if byte == BACKSLASH and place + 1 < end:
            place += 1
            left[place] = NEWLINE if data[place] == NEWLINE else SPACE
        place += 1
    if words < LEAST_WORDS:
        _blank(data, begin, end, CODE, left)


@njit(nogil=True, cache=True)
def _keep(
    data: Any,
    end: Any,
    opens: Any,
    closes: Any,
    sizes: Any,
    flags: Any,
    starts: Any,
    prose: Any,
    decorated: Any,
    left: Any,
) -> None:
    """Write what is for people of `data[:end]` to `left`; WIDEST bytes after the end are readable."""
    place = 0
    while place < end:
        byte = data[place]
        mark = _opened(data, place, opens, sizes, flags) if starts[byte] else -1
        if mark < 0:
            left[place] = byte if byte and (prose or byte <= SPACE) else CODE
            place += 1
            continue
        flag, begin = flags[mark], min(place + sizes[mark, 0], end)
        stop = _closed(data, begin, end, closes[mark], sizes[mark, 1], flag)
        after = stop if stop < end and data[stop] == NEWLINE and not flag & LINES else min(stop + sizes[mark, 1], end)
        filler = CODE if flag & (STRING | DROPPED) else SPACE
        _blank(data, place, begin, filler, left)
        if flag & DROPPED:
            _blank(data, begin, stop, CODE, left)
        elif flag & STRING:
            _write_string(data, begin, stop, left)
        else:
            _write_comment(data, begin, stop, decorated, left)
        _blank(data, stop, after, filler, left)
        place = after
