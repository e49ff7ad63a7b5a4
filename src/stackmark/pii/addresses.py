"""E-mail addresses: read around each `@`, because a list of authors or a change log holds thousands of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stackmark.pii.guards import stands_alone
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span
from stackmark.pii.validators import email

_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+~-"
_NEVER_FIRST = b"._%+~-"
_LONGEST_LOCAL = 64  # RFC 5321
_DOMAIN = re.compile(rb"[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){0,4}\.[A-Za-z]{2,18}")


def emails(content: bytes, rule: Rule, lines: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """Yield the e-mail addresses on lines, given by their offsets."""
    rank = RANKS.index(rule.rank)
    for start, end in lines:
        at, after = content.find(b"@", start, end), start
        while at >= 0:
            head = content[max(after, at - _LONGEST_LOCAL) : at]
            local = head[len(head.rstrip(_LOCAL)) :].lstrip(_NEVER_FIRST)
            match = _DOMAIN.match(content, at + 1, end) if local else None
            if match:
                first, after = at - len(local), match.end()
                if stands_alone(content, rule.guard, first, after) and email(content[first:after]):
                    yield Span(first, after, rule.type, rule.score, rule.name, False, rank)
            at = content.find(b"@", at + 1, end)
