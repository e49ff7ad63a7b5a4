"""`SPDX-License-Identifier` tags: a file's own statement of its licence.

A tag counts where it begins a line or follows only comment signs there. Inside a quoted string, a pattern or
a sentence it is something that a program or a document talks about. What stands between REUSE-IgnoreStart
and REUSE-IgnoreEnd does not count (REUSE specification 3.3).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

from stackmark.licenses import expressions

NEEDLE = b"SPDX-License-Identifier"
_MAX_TAGS = 1000
_MAX_PREFIX = 120
_MAX_VALUE = 2 * expressions.MAX_LENGTH
# Comment signs of every language at hand; a single quotation mark begins a string, three begin a docstring.
_PREFIX = re.compile(rb"[\s/*#;%<!.|@(){}=~:+>\\&^$,-]*(?:(?:dnl|rem|c|'{1}|\"\"\"|''')[\s*]*)?", re.I)
_VALUE = re.compile(rb"[ \t]*:[ \t]*([^\r\n]*)")
# What closes a comment or a string: characters that no expression ends in, and pairs of which one may end in.
_CLOSING = " -\t\f\v\0,;.*#|/\"'`}]\\"
_CLOSERS = ("-->", "--!>", "?>", "%>", "#>", "*)", "\\n")
_PLACEHOLDER = tuple("<{[$%`\\@\"'")


class Tags(NamedTuple):
    """`expression`: all tags joined by AND, None without tags; `raw`: their texts as written, in order."""

    expression: str | None
    raw: tuple[str, ...]


@cache
def _aliases() -> dict[str, str]:
    data = tomllib.loads(resources.files(__package__).joinpath("aliases.toml").read_text("utf-8"))
    return {_alias_key(name): value for name, value in data["aliases"].items()}


def _alias_key(text: str) -> str:
    return " ".join(re.split(r"[\s_-]+", text.lower().strip()))


def find(content: bytes) -> Tags:
    """Return the tags of a content in an encoding that holds ASCII as it is. Takes linear time."""
    raw: list[str] = []
    place = content.find(NEEDLE)
    ignored = _ignored(content) if place >= 0 else []
    while place >= 0 and len(raw) < _MAX_TAGS:
        if _begins_line(content, place) and not any(start <= place < end for start, end in ignored):
            value = _value(content, place + len(NEEDLE))
            if value:
                raw.append(value)
        place = content.find(NEEDLE, place + len(NEEDLE))
    return Tags(expressions.join(interpret(value) for value in raw), tuple(dict.fromkeys(raw)))


def _ignored(content: bytes) -> list[tuple[int, int]]:
    """Return the stretches that REUSE tells to leave out, as byte ranges; at most 100 of them."""
    out: list[tuple[int, int]] = []
    start = content.find(b"REUSE-IgnoreStart")
    while start >= 0 and len(out) < 100:
        end = content.find(b"REUSE-IgnoreEnd", start)
        out.append((start, end if end >= 0 else len(content)))
        start = content.find(b"REUSE-IgnoreStart", end) if end >= 0 else -1
    return out


def _begins_line(content: bytes, place: int) -> bool:
    window = content[max(place - _MAX_PREFIX, 0) : place]
    before = re.split(rb"[\r\n]", window)[-1]
    if before == window and place > _MAX_PREFIX:
        return False
    return _PREFIX.fullmatch(before.removeprefix(b"\xef\xbb\xbf")) is not None


def _value(content: bytes, place: int) -> str:
    found = _VALUE.match(content[place : place + _MAX_VALUE])
    if found is None:
        return ""
    value = _without_closers(found[1].decode("utf-8", "replace")).strip()
    return "" if value.startswith(_PLACEHOLDER) else value


def _without_closers(text: str) -> str:
    before = None
    while text != before:
        before = text
        text = text.rstrip(_CLOSING)
        for closer in _CLOSERS:
            text = text.removesuffix(closer)
    return text


def interpret(value: str) -> str:
    """Return the SPDX expression that one tag's text stands for, `UNKNOWN` if it is none."""
    if len(value) > expressions.MAX_LENGTH:
        return expressions.UNKNOWN
    return expressions.parse(value) or _aliases().get(_alias_key(value)) or expressions.UNKNOWN
