"""Where in a source file something may be said about its licence: comments and paragraphs around the few words
without which no notice does with.

Only these passages are split into words. A passage ends where its comment ends, so that the same notice is the
same passage in all files of a project.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

import re2

#: Of a file this much is looked at: that is where licences stand.
HEAD, TAIL = 64 << 10, 8 << 10
#: Most lines of a passage before and after a word, where its comment does not end sooner.
_BEFORE, _AFTER = 60, 400
_MAX_LINE = 2000
#: What begins each line of a comment.
_MARKS = (b"//", b"/*", b"#", b"*", b";", b"%", b"--", b"!", b"..", b'.\\"', b"\\", b"|")
_OPENERS, _CLOSERS = (b"/*", b"<!--", b'"""', b"'''", b"{-", b"=begin"), (b"*/", b"-->", b'"""', b"'''", b"-}", b"=end")


_NAME = re.compile(rb"(?:LICEN[CS]ES?|Licen[cs]e\.|COPYING|COPYRIGHT|UNLICENSE)[\w.-]{0,40}")
_NAME_STARTS = (b"LICEN", b"Licen", b"COPY", b"UNLIC")
_BEFORE_NAME = re.compile(
    rb"\b(?i:see|in|read|from|to|under|of)[\s*/#;%\"'`(<]+"
    rb"(?:(?:the|a|file|files|accompanying|included|top-level|named)[\s*/#;%\"'`(<]+){0,4}((?:\.{1,2}/){0,4})$"
)
_MAX_NAMES = 50


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
    return list(dict.fromkeys(name for _, name in sorted(found)))


@cache
def _needles() -> Any:  # the library is not typed
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile("|".join(data["needles"]).encode(), options)


def find(text: bytes) -> list[tuple[int, int]]:
    """Return the passages of a text (UTF-8): byte ranges of whole lines, in order, apart from one another."""
    if len(text) <= HEAD + TAIL:
        return _between(text, 0, len(text))
    return _between(text, 0, HEAD) + _between(text, len(text) - TAIL, len(text))


def _between(text: bytes, start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    place = start
    while (hit := _needles().search(text, place, end)) is not None:
        first, last = _passage(text, hit.start(), start, end)
        if found and not text[found[-1][1] : first].strip():
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
        place = max(last, hit.end())
    return found


def _passage(text: bytes, hit: int, start: int, end: int) -> tuple[int, int]:
    """Return the passage around a hit, within [start, end)."""
    first = max(text.rfind(b"\n", start, hit) + 1, start, hit - _MAX_LINE)
    last = _line_end(text, hit, min(end, hit + _MAX_LINE))
    line = text[first:last].lstrip()
    mark = next((mark for mark in _MARKS if line.startswith(mark)), b"")
    for _ in range(_BEFORE):
        above = max(text.rfind(b"\n", start, max(first - 1, start)) + 1, start)
        line = text[above : max(first - 1, above)]
        if first <= start or not _belongs(line, mark, _CLOSERS):
            break
        first = above
        if not mark and any(sign in line for sign in _OPENERS):
            break
    for _ in range(_AFTER):
        below = _line_end(text, min(last + 1, end), end)
        line = text[last + 1 : below]
        if below <= last or not _belongs(line, mark, _OPENERS):
            break
        last = below
        if not mark and any(sign in line for sign in _CLOSERS):
            break
    return first, last


def _belongs(line: bytes, mark: bytes, ends: tuple[bytes, ...]) -> bool:
    if len(line) > _MAX_LINE:
        return False
    bare = line.strip()
    if not mark:
        return not any(sign in line for sign in ends) or bare in ends
    return (
        not bare or bare.startswith((mark, b"/*", b"*")) if mark in {b"*", b"/*"} else not bare or bare.startswith(mark)
    )


def _line_end(text: bytes, place: int, end: int) -> int:
    found = text.find(b"\n", place, end)
    return end if found < 0 else found
