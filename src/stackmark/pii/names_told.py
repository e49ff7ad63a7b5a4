"""Names that need no model, and names that are not looked for.

    told(text)              full names behind "Written by" and the like, before an address, or with a known given name
    without_notices(text)   a text without its copyright statements

Licences ask to keep copyright statements as they are, so a name in one is kept, and nowhere else: the same person in
another line, as an author in the same comment too, is told like anybody. A statement is a line with the word
"Copyright" or a sign for it, and a year, a sign beside the word, or the word at its beginning; it goes on in the next
line behind a comma, "and" or "&".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import re2

from stackmark.pii.names_cues import compile_utf8, compiled, data, either, is_telling, listed, name_pattern
from stackmark.pii.names_known import Place, is_example, is_person

_BLANK = re.compile(rb"[^\s\x00]")
_WORDS = re.compile(r"[^\W\d_][^\W\d_.]*(?:['’-][^\W\d_]+)*\.?")


@cache
def _pattern() -> re2._Regexp[bytes]:
    """Return the pattern of names that are told: 1 is one behind a role, 2 its address, 3 one before an address."""
    phrases = sorted(data()["authored"], key=lambda one: (-len(one), one))
    role = "|".join(re2.escape(phrase).replace(r"\ ", r"[ \t]+") for phrase in phrases)
    word, signs = r"\p{Lu}\p{Ll}+", rf"[{''.join(_families())}]\p{{Han}}{{1,2}}"
    full = f"{name_pattern()}|{word}, {word}"
    behind = rf"(?:^|[^\pL\d_.@/])@?\\?(?i:{role})[ \t]*[:=]{{0,2}}[ \t\"']{{0,8}}({full}|{word}|{signs})"
    address = r"(?:mailto:)?[\w.+%-]{1,64}@[\w-]"
    short = rf"(?:\p{{Lu}}\.){{1,3}}{word}|(?:\p{{Lu}}{{2,}}|{word}), {word}|{signs}"
    alone = rf"(?:^|[^\pL\d_.@/-])({name_pattern()}|{short})[ \t]{{0,3}}[<(\[]{address}"
    return compile_utf8(rf"(?m){behind}([ \t,]{{0,4}}[<(\[]?{address})?|{alone}")


@cache
def _families() -> tuple[str, ...]:
    return tuple(sorted(set("".join(data()["chinese"].split()))))


@cache
def _notices() -> re2._Regexp[bytes]:
    year, line = r"(?:19|20)\d\d", r"[^\n\x00]*"
    word = rf"(?:copyright|copyrighted|copr\.|spdx-filecopyrighttext|©|&copy;|{either('notices')})"
    begun = rf"{word}{line}{year}|{year}{line}{word}|\(c\)[ \t]*{year}|{word}[ \t]*(?:\(c\)|©|:)|^[ \t@\\]*{word}\b"
    return compile_utf8(rf"(?mi)(?:{begun})(?:{line}(?:,|\band|&)[ \t]*\r?\n)*{line}")


def without_notices(text: bytes) -> bytes:
    """Return a text with blanks in place of its copyright statements: every other byte as before, at its place."""
    found, end = [], 0
    for match in _notices().finditer(text):
        found += [text[end : match.start()], _BLANK.sub(b" ", match[0])]
        end = match.end()
    return b"".join((*found, text[end:]))


def told(text: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, until) of each name that is told, in order; nothing more has to be read up to `until`."""
    done = -1
    for start, end, until in sorted(
        {*_introduced(text), *_given(text), *_chinese(text)}, key=lambda one: (one[0], -one[2])
    ):
        if start >= done and _is_free(text, start, end):
            yield start, end, until
            done = until


def _introduced(text: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield full names behind a role or before an address."""
    for match in _pattern().finditer(text):
        start, end = match.span(1 if match[1] else 3)
        if match[3]:
            start += _everyday(match[3].decode("utf-8"))
        if _is_introduced(text[start:end].decode("utf-8"), is_mailed=bool(match[2] or match[3])):
            yield start, end, match.end()


def _is_introduced(name: str, is_mailed: bool) -> bool:
    """Say whether words behind a role, or before an address, are a name: a full one, or a known given name."""
    words = [word for word in _WORDS.findall(name) if _is_word(word)]
    if name[0] in _families() or is_example(name):
        return True
    if len(words) == 1 and name == words[0]:
        return _is_given(name)
    least = 1 if is_mailed and "," not in name else len(words)
    return sum(map(_telling, words)) >= max(least, 1)


def _given(text: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield full names that begin with a known given name, or end with one behind a single word."""
    for match in compiled("run").finditer(text):
        if _given_bytes().isdisjoint(match[0].replace(b"-", b" ").split()):
            continue
        name = match[0].decode("utf-8")
        words = list(_WORDS.finditer(name))
        known = [_is_given(word[0]) for word in words]
        first = known.index(True) if True in known else len(words)
        if first == len(words) - 1 == 1 and _telling(words[0][0]):
            first = 0
        last = first
        while last + 1 < len(words) and (_telling(words[last + 1][0]) or not _is_word(words[last + 1][0])):
            last += 1
        if first < last < first + 5 and _is_word(words[last][0]) and not (first and _telling(words[first - 1][0])):
            start = match.start() + len(name[: words[first].start()].encode())
            end = match.start() + len(name[: words[last].end()].encode())
            yield start, end, end


def _is_given(word: str) -> bool:
    return word in given() or word.partition("-")[0] in given()


@cache
def given() -> frozenset[str]:
    """Return given names of many countries that are no everyday words."""
    return frozenset(Path(__file__).with_name("names_given.txt").read_text("utf-8").split())


@cache
def _given_bytes() -> frozenset[bytes]:
    return frozenset(name.encode() for name in given())


@cache
def _chinese_names() -> re.Pattern[str]:
    return re.compile(rf"(?=([{''.join(_families())}]([\u3400-\u9fff]{{2}})))")


def _chinese(text: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield Chinese names of a common family name and a known given name of two signs."""
    if text.isascii():
        return
    for part in compiled("signs").finditer(text):
        for match in _chinese_names().finditer(part[0].decode("utf-8")):
            if match[2] in given():
                start = part.start() + 3 * match.start()
                yield start, start + 9, start + 9


def _everyday(name: str) -> int:
    """Return how many bytes at the beginning are of the sentence, as in "From Ann Lee"; two words are left."""
    size, words = 0, list(_WORDS.finditer(name))
    while len(words) > 2 and not _telling(words[0][0]) and _is_word(words[0][0]):
        words = words[1:]
        size = words[0].start()
    return len(name[:size].encode())


def _is_word(word: str) -> bool:
    """Say whether part of a name is neither an initial nor a particle."""
    return word[-1:] != "." and word.lower() not in listed("particles")


def _telling(word: str) -> bool:
    return is_telling(word.encode()) and word.lower() not in listed("roles") and word not in listed("organisations")


def _is_free(text: bytes, start: int, end: int) -> bool:
    """Say whether a name may be that of a person where it stands."""
    before = text[max(0, start - 8) : start].decode("utf-8", "ignore")
    name, after = text[start:end].decode("utf-8"), text[end : end + 60].decode("utf-8", "ignore")
    return is_person(Place(before + name + after, len(before), len(before) + len(name)))
