"""The licence section of a readme: evidence only under a heading that says licence, where nothing better is."""

from __future__ import annotations

import re
from dataclasses import replace

from stackmark.licenses import expressions, layout, stated
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import detect

NAME = re.compile(r"readme(?:\.(?:md|markdown|mkdn?|rst|txt|adoc|asciidoc|org|text|textile|rdoc|pod|html?))?", re.I)
_MAX_BYTES = 256 << 10
_MAX_LINES = 12
_MAX_SECTION = 2000
_TITLE = r"(?:(?:\d{1,2}\.?\s+)?(?:copyright (?:and|&) )?licen[sc](?:e|es|ing)(?: (?:and|&) copyright| information)?)"
_HEADING = re.compile(
    rf"[ \t]{{0,3}}(?:#{{1,6}}|={{1,6}}|\*{{1,4}})?[ \t]*(?:\W{{0,4}})?{_TITLE}[ \t]*[:#=*]{{0,6}}[ \t]*", re.I
)
_MARKED = re.compile(r"[ \t]{0,3}(?:#{1,6}|={1,6}|\*{1,4})[ \t]*\S")
_RULE = re.compile(r"[ \t]{0,3}([=~*^\"'-])\1{2,}[ \t]*")
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()]{0,300}\)|`([^`]{1,200})`__?|[*`_]")
# What a licence is said of: only a sentence about the whole is a declaration.
_NAMED = re.compile(
    r"(?:licen[sc]ed|released|distributed|available|provided|offered|published|covered)[^.;:]{0,40}?"
    r"(?:under|by|with|as)(?: the)?(?: terms of)?(?: the)?(?: conditions of)?(?: the)?\s+([^;:\n]{2,100})",
    re.I,
)
_END = re.compile(r"\.(?=\s|$)|\s[-–—(]|,? (?:see|with|which|as|a copy|in|unless|for|and is|found)\b", re.I)
_OF_PARTS = re.compile(
    r"\b(?:except|third[- ]party|some (?:files|parts)|portions|parts of|bundled|dependencies)\b", re.I
)


def read(content: bytes) -> list[Declaration]:
    """Return what the licence section says of the folder: one thing of all of it, or which part is under what."""
    text = section(content[:_MAX_BYTES].decode("utf-8", "replace"))
    divided = layout.read(text)
    if divided:
        return [replace(one, kind="readme") if one.kind == "whole" else one for one in divided]
    if not text or _OF_PARTS.search(text):
        return []
    found, named = detect(text.encode("utf-8", "replace")).expression, _by_name(text)
    # A known text may be a part of the sentence that goes on "or any later version".
    refined = found and named and expressions.families(found) <= expressions.families(named)
    expression = named if refined else found or named
    if expression is None or expression == expressions.UNKNOWN:
        return []
    return [Declaration("readme", expression, said=" ".join(text.split()))]


def section(text: str) -> str:
    """Return the text under the first heading that says licence, up to the next heading."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if (
            len(line) < 80
            and _HEADING.fullmatch(line)
            and (_MARKED.match(line) or _RULE.fullmatch(after) or ":" in line)
        ):
            first = number + (2 if _RULE.fullmatch(after) else 1)
            body = lines[first : first + _MAX_LINES]
            end = next((place for place, one in enumerate(body) if place and _is_heading(body, place)), len(body))
            plain = _LINK.sub(lambda found: found[1] or found[2] or "", "\n".join(body[:end])[:_MAX_SECTION])
            return plain.strip()
    return ""


def _is_heading(lines: list[str], place: int) -> bool:
    after = lines[place + 1] if place + 1 < len(lines) else ""
    return bool(_MARKED.match(lines[place])) or bool(_RULE.fullmatch(after) and lines[place].strip())


def _by_name(text: str) -> str | None:
    """Read a section that only names a licence: "MIT", "Released under the MIT license."."""
    flat = " ".join(text.split())
    named = _NAMED.search(flat)
    for part in ([named[1]] if named else []) + [flat]:
        phrase = part if len(part) < 160 and "later" in part else _END.split(part, maxsplit=1)[0]
        said = stated.interpret(phrase.strip(" .,()")) if 0 < len(phrase) < 160 else stated.Said()
        if said.expression not in (None, expressions.UNKNOWN):
            return said.expression
    return None
