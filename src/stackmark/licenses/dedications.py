"""A line that says nothing but "public domain": too short for a known text to count, and yet a statement.

Such a line stands by itself in the comment at the top of a file ("D. J. Bernstein / Public domain."). The end of a
sentence that was wrapped ("this is not in the / public domain.") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

EXPRESSION = "LicenseRef-scancode-public-domain"
_SIGNS = rb"[\s/*#;%!|\"'-]{0,40}"
# Who wrote it and when: "By Jane Roe. Public domain.", "Jane Roe, 2004, public domain".
_NAME = rb"(?-i:[A-Z])[\w.'-]{0,30}(?: (?:(?-i:[A-Z])[\w.'-]{0,30}|and|&|van|von|de|der)){0,8}(?: ?<[^<>\n]{1,60}>)?"
_WHO = (
    rb"(?:(?:(?:(?:originally )?(?:written|created|coded|made|implemented|developed|programmed) )?by|authors?:?"
    rb"|copyright|\(c\)) "
    + _NAME
    + rb"(?:,? (?:in |(?:\w{3,9} )?)\(?\d{4}\)?)?[.,;:-]?\s[- ]{0,2}|"
    + _NAME
    + rb",? (?:\w{3,9} )?\(?\d{4}\)?[.,;:-]\s)?"
)
_SAID = (
    rb"(?:(?:licen[sc]e|copyright|status):\s{0,10}|100% |(?:this|it) is (?:in the )?"
    rb"|(?:this (?:file|code|program|software) is )?(?:in|released (?:in)?to|placed in(?:to)?) the )?"
    rb"\(?public[ -]domain\)?"
)
_MORE = (
    rb"(?:[.,;:-]?\s{1,3}(?:by (?-i:[A-Z])[^\n]{2,60}|(?:use|do|feel free)\b[^\n]{2,60}"
    rb"|no (?:rights? reserved|copyright|warrant\w+|licen[sc]e)\b[^\n]{0,60}))?"
)
_LINE = re.compile(rb"(?i)^" + _SIGNS + _WHO + _SAID + _MORE + rb"[.,!]?" + _SIGNS + rb"$")
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
