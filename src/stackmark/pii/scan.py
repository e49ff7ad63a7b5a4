"""The scan: one pass for triggers over many contents, then a confirm pattern on the line of each hit, then validators.

What is found does not depend on which engine looked for triggers, nor on how contents were put into batches: an engine
only says which lines deserve a look, and each look reads its own content and nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, islice

import pyarrow as pa
import re2

from stackmark.pii import assignments, finders, lines, paths, triggers, values, wide
from stackmark.pii.guards import bytes_of
from stackmark.pii.paths import Path
from stackmark.pii.ruleset import Rule, of_level
from stackmark.pii.spans import RANKS, Span, merge
from stackmark.pii.triggers import Engine
from stackmark.pii.validators import VALIDATORS, text_of

#: Findings of one rule in one content; more say that the content is a list of such things, not that it leaks them.
MAX_FOUND = 10_000
_GAP = r"[^\n]{0,"  # in a confirm pattern: anything may stand between a command and its value
_BEFORE = 200  # bytes before a value in which words of its context count


@dataclass(frozen=True)
class Plan:
    """The rules of one sensitivity, in the order of the trigger patterns."""

    rules: tuple[Rule, ...]
    patterns: tuple[str, ...]
    owners: tuple[int, ...]  # the index of the rule of each pattern


@cache
def plan(sensitivity: str) -> Plan:
    """Return the rules of a sensitivity and their trigger patterns, for an engine."""
    rules = of_level(sensitivity)
    pairs = [(pattern, index) for index, rule in enumerate(rules) for pattern in rule.trigger]
    return Plan(rules, tuple(pattern for pattern, _ in pairs), tuple(index for _, index in pairs))


def scan(content: bytes, path: Path = None, sensitivity: str = "balanced") -> list[Span]:
    """Find personal data and credentials in a content.

    content:     any bytes; UTF-16 with or without a byte order mark is read as such
    path:        where the content lies; lock files, tests and documents are judged as what they are
    sensitivity: `strict` (values that tell by themselves what they are), `balanced` (also credentials that their name
                 and form give away) or `high` (also bare random strings, national phone numbers and the like)

    Returns spans sorted by place, none overlapping another. Never raises for any content.
    """
    return scan_many([content], [path], sensitivity)[0]


def scan_batch(batch: pa.RecordBatch, sensitivity: str = "balanced") -> list[list[Span]]:
    """Find the same in each row of a batch with a column `data` (large_binary) and perhaps `path` (binary).

    A null or a content that is null gives no spans. Row-local: each list is what `scan` gives for the row.
    """
    contents = batch.column("data").to_pylist()
    named = "path" in batch.schema.names
    return scan_many(contents, batch.column("path").to_pylist() if named else None, sensitivity)


def scan_many(
    contents: Sequence[bytes | None],
    where: Sequence[Path] | None = None,
    sensitivity: str = "balanced",
    engine: Engine | None = None,
    judged: bool = True,
) -> list[list[Span]]:
    """Find the same in many contents with one pass for triggers.

    engine: overrides the one that is installed
    judged: also what the scorer judges; its training leaves that out
    """
    rules = plan(sensitivity)
    find = engine or triggers.engine(rules.patterns)
    narrowed = [wide.narrow(content or b"") for content in contents]
    found: list[list[Span]] = [[] for _ in contents]
    scored: dict[int, list[tuple[int, list[int]]]] = {}
    for row, hits in _by_row(narrowed, rules, find).items():
        content = narrowed[row]
        for owner, ends in hits.items():
            rule = rules.rules[owner]
            if rule.find == finders.SCORED:
                scored.setdefault(owner, []).append((row, ends))
            else:
                found[row] += islice(look(content, rule, ends), MAX_FOUND)
    for owner, hit in scored.items() if judged else ():
        counts = [0] * len(narrowed)
        for row, span in _scored(narrowed, where, hit, rules.rules[owner]):
            counts[row] += 1
            if counts[row] <= MAX_FOUND:
                found[row].append(span)
    return [wide.widen(content or b"", merge(spans)) for content, spans in zip(contents, found, strict=True)]


def _by_row(contents: Sequence[bytes], rules: Plan, find: Engine) -> dict[int, dict[int, list[int]]]:
    """Return for each content with hits where those of each rule end.

    Each content stands behind a line end, so that a trigger may ask what is before a value.
    """
    joined = b"\n".join([b"", *contents])
    starts = list(accumulate((len(content) + 1 for content in contents), initial=1))
    row = low = high = -1
    by_row: dict[int, dict[int, list[int]]] = {}
    here: dict[int, list[int]] = {}
    for pattern, end in find(memoryview(joined)):
        if not low < end <= high:
            row = bisect_right(starts, end - 1) - 1
            low, high = starts[row], starts[row + 1] - 1
            here = by_row.setdefault(row, {})
        ends = here.get(rules.owners[pattern])
        if ends is None:
            ends = here[rules.owners[pattern]] = []
        ends.append(end - low)
    return by_row


def _scored(
    contents: Sequence[bytes], where: Sequence[Path] | None, hits: Iterable[tuple[int, list[int]]], rule: Rule
) -> Iterator[tuple[int, Span]]:
    """Yield row and span of what the scorer finds; a line that stands in several places is judged once."""
    spots: dict[tuple[bytes, paths.Place], list[tuple[int, int]]] = {}
    for row, ends in hits:
        content, place = contents[row], paths.of(where[row] if where else None)
        if not place.lock:
            for line, end in lines.hit(content, ends):
                start = assignments.begin(content, line)
                spots.setdefault((content[start:end], place), []).append((row, start))
    equal = list(spots.values())
    for number, span in assignments.judge(spots, rule):
        for row, start in equal[number]:
            yield row, span.moved(start)


def look(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield what a rule finds on the lines on which its triggers end."""
    if rule.find:
        return finders.FINDERS[rule.find](content, rule, ends)
    return confirmed(content, rule, lines.hit(content, ends))


def confirmed(content: bytes, rule: Rule, places: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """Yield what the confirm pattern of a rule finds on lines, given by their offsets."""
    pattern, group = _confirmer(rule.confirm)
    literal = rule.literal.encode()
    for start, end in places:
        at = start
        while at < end and content.find(literal, at, end) >= 0 and (match := pattern.search(content, at, end)):
            found = [match]
            if _GAP in rule.confirm:  # the longest match is that of the last of several commands
                found += _earlier(pattern, group, content, match)
            for one in found:
                span = _judge(content, rule, *one.span(group))
                if span is not None:
                    yield span._replace(type=_named(rule.type, one)) if rule.type.endswith("*") else span
            at = max(match.end(group), match.start() + 1)


def _earlier(
    pattern: re2._Regexp[bytes], group: int, content: bytes, match: re2._Match[bytes]
) -> Iterator[re2._Match[bytes]]:
    """Yield what else matches from where a match begins up to its value, the last first."""
    found: re2._Match[bytes] | None = match
    while found and (found := pattern.search(content, match.start(), found.start(group))):
        yield found


@cache
def _confirmer(pattern: str) -> tuple[re2._Regexp[bytes], int]:
    compiled = triggers.compiled(pattern, longest=True)
    return compiled, compiled.groupindex[b"value"]


def _named(kind: str, match: re2._Match[bytes]) -> str:
    """Name the type after the service that the pattern matched."""
    service = match.group(match.re.groupindex[b"service"])
    return kind.replace("*", "".join(chr(byte) for byte in service.lower() if chr(byte).isalnum()))


def _judge(content: bytes, rule: Rule, start: int, end: int) -> Span | None:
    """Return the span of a value if all that the rule asks of it and of its place holds."""
    if start == end or (end < len(content) and content[end] in bytes_of(rule.guard)):
        return None
    weighed = _weigh(rule, content[start:end])
    if weighed is None or not _in_context(content, rule, start, end):
        return None
    return Span(start, end, rule.type, weighed[0], rule.name, weighed[1], RANKS.index(rule.rank))


@lru_cache(maxsize=1024)  # what is given away once is given away again
def _weigh(rule: Rule, value: bytes) -> tuple[float, bool] | None:
    """Return the score of a value and whether it is an example, None if it is not what the rule looks for."""
    if not all(VALIDATORS[name](value) for name in rule.validators):
        return None
    secret = rule.rank != "personal"
    if secret and (
        values.is_placeholder(value)
        or values.is_template(value)
        or (rule.entropy and values.entropy(value) < rule.entropy)
    ):
        return None
    score = min(1.0, rule.score + 0.05 * sum(VALIDATORS[name](value) for name in rule.bonus))
    example = (
        values.is_example(value) or values.is_weak(value) or values.is_word(value) or values.is_published(value)
        if secret
        else text_of(value).encode() in values.listed("test_cards")
    )
    return round(score, 4), example


def _in_context(content: bytes, rule: Rule, start: int, end: int) -> bool:
    if not rule.context and not rule.suppress:
        return True
    line_start = max(content.rfind(b"\n", max(0, start - _BEFORE), start) + 1, start - _BEFORE, 0)
    if rule.suppress and triggers.compiled(rule.suppress).search(content[line_start:start]):
        return False
    if not rule.context:
        return True
    line_end = content.find(b"\n", end, end + _BEFORE)
    until = line_end if line_end >= 0 else min(len(content), end + _BEFORE)
    context = triggers.compiled(rule.context)
    if context.search(content, max(0, start - _BEFORE), until) is None:
        return False
    around = content[max(0, start - _BEFORE) : until]
    return context.search(values.without_stand_ins(around)) is not None
