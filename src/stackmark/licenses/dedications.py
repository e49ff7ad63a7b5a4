"""A line that says nothing but "public domain": too short for a known text to count, and yet a statement.

Such a line stands by itself in the comment at the top of a file ("D. J. Bernstein / Public domain."). The end of a
sentence that was wrapped ("this is not in the / public domain.") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

EXPRESSION = "LicenseRef-scancode-public-domain"
_SIGNS = rb"[\s/*#;%!|\"'-]{0,40}"
_SAID = (
    rb"(?:licen[sc]e:\s{0,10}|100% |(?:this (?:file|code|program|software) is )?"
    rb"(?:in|released (?:in)?to|placed in(?:to)?) the )?public[ -]domain"
)
_LINE = re.compile(rb"(?im)^" + _SIGNS + _SAID + rb"[.,!]?" + _SIGNS + rb"$")
# A line that a sentence goes on from, and one that it goes on in.
_OPEN = re.compile(
    rb"(?:\b(?:the|a|an|in|into|to|of|and|or|not|as|under|by|from|is|are|was|be|any|no)|[,:;])[ \t\r]*$", re.I
)
_GOES_ON = re.compile(_SIGNS + rb"(?:[a-z]|\()")
_MAX_LINES = 20


def lines(passage: bytes) -> Iterator[int]:
    """Yield the lines, 0-based, of a passage of comment that by themselves dedicate it to the public domain."""
    if b"domain" not in passage and b"Domain" not in passage and b"DOMAIN" not in passage:
        return
    rows = passage.splitlines()
    found = 0
    for number, row in enumerate(rows):
        if len(row) < 120 and _LINE.match(row) and found < _MAX_LINES:
            before = rows[number - 1] if number else b""
            after = rows[number + 1] if number + 1 < len(rows) else b""
            ends = row.rstrip(b" \t\r*/-").endswith((b".", b"!"))
            if not _OPEN.search(before) and (ends or not _GOES_ON.match(after)):
                found += 1
                yield number
