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
#: The name and password of a URL up to somewhere; a password has blanks where nobody wrote them as %20.
_USER_INFO = re.compile(rb"://[^\s/:@]{0,256}:([^\s/@\"'<>`][^/@\n\"'<>`]{0,100})?\Z")
_STAND_IN = b"0123456789Xx"
_LONGEST_INFO = 360
_LONGEST_PORT = 5  # digits; what is longer is found as a password
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
            if _ends_password(content, first, local):
                continue
            if stands_alone(content, rule.guard, first, after) and email(content[first:after]):
                yield Span(first, after, rule.type, rule.score, rule.name, False, rank)


def _ends_password(content: bytes, first: int, local: bytes) -> bool:
    """Say whether what stands before the `@` is the end of a password in a URL, or of what redaction wrote for one."""
    if local.strip(_STAND_IN):
        return False
    before = content[max(0, first - _LONGEST_INFO) : first]
    info = _USER_INFO.search(before[max(before.rfind(b"://"), 0) :])
    return before.endswith(b"*") or (info is not None and (info[1] is not None or len(local) > _LONGEST_PORT))
