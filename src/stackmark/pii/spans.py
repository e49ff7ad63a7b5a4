"""A finding: where it lies, what it is, how sure we are. And how findings that overlap become one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: What may lie in one place, strongest first: a typed secret, personal data, a scored generic secret, bare entropy.
RANKS = ("secret", "personal", "generic", "entropy")


class Span(NamedTuple):
    """One finding in one content.

    start, end: byte offsets into the content, end exclusive; the value alone, without quotes or separators
    type:       a name of the taxonomy, e.g. `EMAIL_ADDRESS`, `API_KEY.github`, `PASSWORD`
    score:      0 to 1, how sure the rule is
    rule:       the name of the rule in `pii/rules/`
    is_example: the value is a well-known or evident example, e.g. a test card number
    rank:       index in RANKS: what wins a place
    """

    start: int
    end: int
    type: str
    score: float
    rule: str
    is_example: bool = False
    rank: int = 0

    def moved(self, by: int) -> Span:
        """Return the same finding so many bytes further on."""
        return Span(self.start + by, self.end + by, self.type, self.score, self.rule, self.is_example, self.rank)


def merge(found: Iterable[Span]) -> list[Span]:
    """Keep at most one span a place, sorted by place: the higher rank, then the longer, the surer, the earlier."""
    spans = sorted(found, key=_place)
    if len(spans) < 2:
        return spans
    chosen: list[Span] = []
    for span in spans:
        while chosen and chosen[-1].end > span.start:
            if _preference(chosen[-1]) <= _preference(span):
                break
            chosen.pop()
        else:
            chosen.append(span)
    return chosen


def _place(span: Span) -> tuple[int, int, str, str]:
    return span.start, -span.end, span.rule, span.type


def _preference(span: Span) -> tuple[int, int, float, int, str]:
    return span.rank, span.start - span.end, -span.score, span.start, span.rule
