"""Credentials in tables: a column whose heading says that it holds passwords or keys, in CSV, Markdown and SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from stackmark.pii import lines, values
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span
from stackmark.pii.validators import VALIDATORS

#: Rows that are read below one heading.
MAX_ROWS = 1000
_MAX_LINE = 2000
_HEADING = re.compile(
    rb"(?:\w{1,20}[ _-])?(?:password|passwort|passwd|pass|pwd|kennwort|contrase(?:n|\xc3\xb1)a|mot[ _]de[ _]passe|"
    rb"senha|has(?:l|\xc5\x82)o|secret(?:[ _-]?key)?|api[ _-]?key|(?:access|auth|api)[ _-]?token)",
    re.IGNORECASE,
)
_CELL = re.compile(rb"[^(){}=<>$\n]{0,60}")
_RULER = re.compile(rb"[ \t]*\|?[ \t]*:?-{2,}[-|: \t]*\r?\n?")
_VALUE = re.compile(rb"[^\s\"'`<>{}|()]{6,100}")
_DRAWN = re.compile(rb"[A-Za-z].*\d|\d.*[A-Za-z]")  # words are what tables are full of
_DIGEST = re.compile(rb"[0-9a-fA-F]{16,}|(?i:pbkdf2|sha[0-9]|md5|scrypt|bcrypt|argon2).*")
_AROUND = b" \t\r\n\"'`*"
_INSERT = re.compile(rb"into[ \t]{1,4}[^\s(]{1,80}\s{0,4}\(([^()]{1,2000})\)\s{0,40}values?\s{0,40}\(", re.IGNORECASE)
#: One value of a row: a string, or a number, a name or a call; then what ends it, and perhaps the row.
_FIELD = re.compile(
    rb"\s{0,40}+(?:[NE]?'((?:[^'\\]|''|\\.){0,2000}+)'|[^,()']{0,200}+(?:\([^()]{0,200}+\))?)\s{0,40}+(?:,|(\)\s{0,40}+,?\s{0,40}+\(?))",
    re.DOTALL,
)
_AROUND_NAME = _AROUND + b"[]"


def columns(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield the values below headings: those of the first line (CSV) and those above a ruler (Markdown)."""
    done = 0  # a line of one table is no heading of another: else each of them reads the rest anew
    for start, end in lines.hit(content, ends):
        line = content[start:end]
        if len(line) > _MAX_LINE or start < done:
            continue
        ruler = _RULER.match(content, end + 1, end + 1 + _MAX_LINE) if b"|" in line else None
        if ruler is not None:
            found, done = _below(content, rule, line, b"|", ruler.end())
        elif start == 0:
            sign = max((b",", b";", b"\t"), key=line.count)
            found, done = _below(content, rule, line, sign, end + 1)
        else:
            found = []
        yield from found


def _below(content: bytes, rule: Rule, heading: bytes, sign: bytes, at: int) -> tuple[list[Span], int]:
    """Return the values in the columns of a heading, and where the table ends."""
    found: list[Span] = []
    cells = [cell.strip(_AROUND) for cell in heading.split(sign)]
    wanted = [index for index, cell in enumerate(cells) if _HEADING.fullmatch(cell)]
    if not wanted or not all(_CELL.fullmatch(cell) for cell in cells):
        return found, 0
    for _ in range(MAX_ROWS):
        end = content.find(b"\n", at, at + _MAX_LINE)
        end = end if end >= 0 else len(content)
        row = content[at:end]
        if row.count(sign) != len(cells) - 1 or len(row) > _MAX_LINE:
            break
        borders = [-1, *(match.start() for match in re.finditer(re.escape(sign), row)), len(row)]
        spots = list(pairwise(borders))
        for index in wanted:
            found += _value(row, rule, spots[index][0] + 1, spots[index][1], at)
        at = end + 1
    return found, at


def inserted(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield the values that INSERT puts into columns of SQL which are named before, apart from them."""
    done = 0
    for start, end in lines.hit(content, ends):
        statement = _INSERT.search(content, max(start, done), end + _MAX_LINE)
        if statement is None:
            continue
        names = [name.strip(_AROUND_NAME) for name in statement[1].split(b",")]
        wanted = {index for index, name in enumerate(names) if _HEADING.fullmatch(name)}
        done, column = statement.end(), 0
        for _ in range(MAX_ROWS * len(names) if wanted else 0):
            field = _FIELD.match(content, done)
            if field is None:
                break
            if column in wanted and field[1]:
                yield from _value(content, rule, *field.span(1), 0)
            done, column = field.end(), 0 if field[2] else column + 1
            if field[2] and not field[2].endswith(b"("):
                break


def _value(row: bytes, rule: Rule, start: int, end: int, at: int) -> Iterator[Span]:
    value = row[start:end].strip(_AROUND)
    if not _VALUE.fullmatch(value) or not _DRAWN.search(value) or _DIGEST.fullmatch(value):
        return
    if values.is_placeholder(value) or values.is_template(value):
        return
    if not all(VALIDATORS[name](value) for name in rule.validators):
        return
    first = at + row.index(value, start)
    yield Span(
        first, first + len(value), rule.type, rule.score, rule.name, values.is_weak(value), RANKS.index(rule.rank)
    )
