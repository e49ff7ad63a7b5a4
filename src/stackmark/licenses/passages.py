"""Where in a source file something may be said about its licence: comments and paragraphs around the few words
without which no notice does with.

Only these passages are split into words. A passage ends where its comment ends, so that the same notice is the
same passage in all files of a project.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import re2

from stackmark.needles import rows_with

#: Of a file this much is looked at: that is where licences stand.
HEAD, TAIL = 64 << 10, 8 << 10
#: A comment that begins within so many bytes is about the file.
TOP = 4096
#: Files whose passages are asked for again, and not looked for.
REMEMBERED = 256
#: Most lines of a passage before and after a word, where its comment does not end sooner.
_BEFORE, _AFTER = 60, 400
_MAX_LINE = 2000
#: What begins each line of a comment.
_MARKS = (b"//", b"/*", b"#", b"*", b";", b"%", b"--", b"!", b"..", b'.\\"', b"\\", b"|")
_OPENERS, _CLOSERS = (b"/*", b"<!--", b'"""', b"'''", b"{-", b"=begin"), (b"*/", b"-->", b'"""', b"'''", b"-}", b"=end")
_SIGNS = tuple(dict.fromkeys(_OPENERS + _CLOSERS))


_NAME = re.compile(rb"(?:LICEN[CS]ES?|Licen[cs]e\.|COPYING|COPYRIGHT|UNLICENSE)[\w.-]{0,40}")
_NAME_STARTS = (b"LICEN", b"Licen", b"COPY", b"UNLIC")
_BEFORE_NAME = re.compile(
    rb"\b(?i:see|in|read|from|to|under|of)[\s*/#;%\"'`(<]+"
    rb"(?:(?:the|a|file|files|accompanying|included|top-level|named)[\s*/#;%\"'`(<]+){0,4}((?:\.{1,2}/){0,4})$"
)
#: "See Copyright Notice in lua.h": a source file that has the notice for others.
_SOURCE_NAME = re2.compile(
    rb"(?i:\b(?:copyright|licen[sc]e|permission|legal) (?:notice|terms|information|text|statement)s?|\blicen[sc]e)"
    rb"(?i:,? (?:is|are|can be))?(?i: (?:found|given|see))?(?i: in| at the (?:end|top|beginning|start|bottom) of)"
    rb"(?i: the)?(?i: file)? [\"'`<]?((?:\.{1,2}/)*[\w-][\w/-]{0,60}(?:\.[\w-]{1,20}){1,3})"
)
_MAX_NAMES = 50
_EXOTIC = re.compile(r"[^\x00-\x7f]")


def named_files(passage: bytes) -> list[str]:
    """Return the names of the licence files that a passage refers to: "see LICENSE.txt"."""
    found: list[tuple[int, str]] = []
    for start in _NAME_STARTS:
        place = passage.find(start)
        for _ in range(_MAX_NAMES):
            if place < 0:
                break
            name = _NAME.match(passage, place)
            before = _BEFORE_NAME.search(passage[max(place - 60, 0) : place]) if name else None
            if name and before:
                found.append((place, (before[1] + name[0]).decode("utf-8", "replace").rstrip(".")))
            place = passage.find(start, place + 1)
    if b"icen" in passage or b"otice" in passage or b"egal" in passage:
        sources = itertools.islice(_SOURCE_NAME.finditer(passage), _MAX_NAMES)
        found += [(hit.start(1), hit[1].decode("utf-8", "replace")) for hit in sources]
    return list(dict.fromkeys(name for _, name in sorted(found)))


@cache
def _needles(kinds: tuple[str, ...]) -> Any:  # the library is not typed
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile("|".join(itertools.chain(*map(_words, kinds))).encode(), options)


@cache
def _words(kind: str) -> list[str]:
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    found: list[str] = data[kind]
    return found


@cache
def _byte_needles() -> bytes:
    """Return a pattern over bytes, caseless for ASCII alone, that occurs wherever `_needles` finds something."""
    words = (_EXOTIC.sub(_both_cases, needle) for kind in ("needles", "closing") for needle in _words(kind))
    # Unicode has two more letters that are an s and a k without case.
    return "|".join([*words, "ſ", "\u212a"]).encode()


def _both_cases(letter: re.Match[str]) -> str:
    return f"(?:{'|'.join(sorted({letter[0].lower(), letter[0].upper()}))})"


def mentioning(column: pa.LargeBinaryArray) -> list[int]:
    """Return the rows of a column of texts (UTF-8) that may have a passage, in order; the others have none."""
    return np.flatnonzero(rows_with(column, [_byte_needles()], caseless=True, ends=(HEAD, TAIL))[0]).tolist()


@lru_cache(maxsize=REMEMBERED)
def find(text: bytes) -> tuple[tuple[int, int], ...]:
    """Return the passages of a text (UTF-8): byte ranges of whole lines, in order, apart from one another."""
    if len(text) <= HEAD + TAIL:
        return tuple(_between(text, 0, len(text)))
    return (*_between(text, 0, HEAD), *_between(text, len(text) - TAIL, len(text)))


def _between(text: bytes, start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    place = start
    while (hit := _next(text, place, end)) is not None:
        first, last = _passage(text, hit.start(), start, end)
        if found and not text[found[-1][1] : first].strip():
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
        place = max(last, hit.end())
    return found


def _next(text: bytes, place: int, end: int) -> Any:
    """Return the next word about a licence: one that speaks of files that are not free counts at the top alone."""
    on_top = _needles(("needles", "closing")).search(text, place, min(end, TOP)) if place < TOP else None
    return on_top or _needles(("needles",)).search(text, place, end)


def _passage(text: bytes, hit: int, start: int, end: int) -> tuple[int, int]:
    """Return the passage around a hit, within [start, end)."""
    first = max(text.rfind(b"\n", start, hit) + 1, start, hit - _MAX_LINE)
    last = _line_end(text, hit, min(end, hit + _MAX_LINE))
    line = text[first:last].lstrip()
    mark = next((mark for mark in _MARKS if line.startswith(mark)), b"")
    if first > start:
        above = text[start : first - 1].rsplit(b"\n", _BEFORE)[-_BEFORE:][::-1]
        first -= sum(len(line) + 1 for line in above[: _reach(above, mark, _CLOSERS, _OPENERS)])
    if last < end and mark:
        going_on = _marked_lines(_alike(mark)).match(text, last, end)
        last = going_on.end() if going_on else last
    elif last < end:
        below = text[last + 1 : end].split(b"\n", _AFTER)[:_AFTER]
        last += sum(len(line) + 1 for line in below[: _reach(below, mark, _OPENERS, _CLOSERS)])
    return first, last


def _alike(mark: bytes) -> tuple[bytes, ...]:
    """Return what begins the lines of a comment of which one begins with `mark`."""
    return (mark, b"/*", b"*") if mark in {b"*", b"/*"} else (mark,)


@cache
def _marked_lines(marks: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Return a pattern for as many lines as a comment goes on for: blank ones, and those that begin with a mark."""
    begins = b"|".join(map(re.escape, marks))
    line = rb"\n(?![^\n]{%d})[ \t\r\v\f]*+(?:(?=\n|\Z)|(?:%s)[^\n]*+)" % (_MAX_LINE + 1, begins)
    return re.compile(rb"(?:%s){0,%d}+" % (line, _AFTER))


def _reach(lines: list[bytes], mark: bytes, outside: tuple[bytes, ...], ends: tuple[bytes, ...]) -> int:
    """Return how many lines, one after the other, belong to the comment (`mark` begins its lines) or paragraph.

    In one without marks a line with a sign of `outside` does not, unless it is nothing else, and one with a sign of
    `ends` is the last.
    """
    if mark:
        marks = _alike(mark)
        for number, line in enumerate(lines):
            bare = line.strip()
            if len(line) > _MAX_LINE or (bare and not bare.startswith(marks)):
                return number
        return len(lines)
    joined = b"\n".join(lines)
    clean = joined.count(b"\n", 0, _first_sign(joined))
    short = len(lines)
    if max(map(len, lines), default=0) > _MAX_LINE:
        short = next(number for number, line in enumerate(lines) if len(line) > _MAX_LINE)
    for number in range(clean, short):
        line = lines[number]
        if any(sign in line for sign in outside) and line.strip() not in outside:
            return number
        if any(sign in line for sign in ends):
            return number + 1
    return short


def _first_sign(text: bytes) -> int:
    """Return where the first sign of a comment stands, the length of the text if there is none."""
    first = len(text)
    for sign in _SIGNS:
        place = text.find(sign, 0, first + len(sign) - 1)
        first = place if place >= 0 else first
    return first


def _line_end(text: bytes, place: int, end: int) -> int:
    found = text.find(b"\n", place, end)
    return end if found < 0 else found
