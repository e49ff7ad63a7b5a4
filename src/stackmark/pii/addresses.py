"""E-mail addresses: read around each `@`, because a list of authors or a change log holds thousands of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stackmark.pii.guards import stands_alone
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span
from stackmark.pii.validators import email

_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+~-"
_NEVER_FIRST = b"._%+~-"
_LONGEST_LOCAL = 64  # RFC 5321
_LONGEST_LABEL = 63  # RFC 1035
_DOMAIN = re.compile(rb"[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){0,4}\.[A-Za-z]{2,18}")


def emails(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield the e-mail addresses of which a trigger ends behind the first dot after the `@`.

    Not line by line as other rules: every address has such a trigger, and no two that could both be addresses overlap,
    so that each engine says where it ends.
    """
    rank, after = RANKS.index(rule.rank), 0
    for end in ends:
        at = content.rfind(b"@", max(after, end - _LONGEST_LABEL - 3), end)
        head = content[max(after, at - _LONGEST_LOCAL) : at] if at >= 0 else b""
        local = head[len(head.rstrip(_LOCAL)) :].lstrip(_NEVER_FIRST)
        match = _DOMAIN.match(content, at + 1) if local else None
        if match:
            first, after = at - len(local), match.end()
            if local.isdigit() and content[first - 1 : first] == b"*":  # the end of what stands for a password in a URL
                continue
            if stands_alone(content, rule.guard, first, after) and email(content[first:after]):
                yield Span(first, after, rule.type, rule.score, rule.name, False, rank)
