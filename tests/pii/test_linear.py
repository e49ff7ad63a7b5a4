"""No input costs more than its length: every pattern over bait of its own, the scan over hostile files."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from stackmark.pii import assignments, ruleset
from stackmark.pii.finders import FINDERS, SCORED
from stackmark.pii.keyblocks import is_key_body
from stackmark.pii.paths import Place
from stackmark.pii.ruleset import Rule
from stackmark.pii.scan import confirmed, scan, scan_many
from tests.pii.made import made

SMALL, LARGE = 16_000, 32_000
MOST = 2.5  # times what half of the input costs
NOTHING = 0.002  # seconds that no ratio is taken of

RULES = ruleset.load()
#: What any pattern may run along: quotes, escapes, Base64, digits, names, blanks.
FILLERS = (b'"', b"'", b"\\", b"a", b"0", b"=", b" ", b"key=", b"Ab0+/", b"1.", b"a.", b"a@", b"-")


def baits(rule: Rule) -> list[bytes]:
    """Return the beginnings of what a rule looks for, cut where a match is near and not there."""
    texts = [made(example).replace(b"\n", b" ") for example in (*rule.match, *rule.miss)]
    return sorted({text[: max(4, len(text) * part // 3 - 1)] for text in texts for part in (1, 2, 3)})


def repeated(part: bytes, size: int) -> bytes:
    return (part * (size // len(part) + 1))[:size]


def tailed(part: bytes, filler: bytes, size: int) -> bytes:
    return part + repeated(filler, size - len(part))


def work(rule: Rule, text: bytes) -> None:
    if rule.find == SCORED:
        list(assignments.judge([(text, Place())], rule))
    elif rule.find:
        list(FINDERS[rule.find](text, rule, range(1, len(text), 16)))
    else:
        list(confirmed(text, rule, [(0, len(text))]))


def grows(run: Callable[[bytes], object], make: Callable[[int], bytes], small: int, large: int) -> bool:
    """Say whether twice the input costs much more than twice the time; several tries, because machines stall."""
    for _ in range(8):
        costs = []
        for size in (small, large):
            text = make(size)
            start = time.process_time()
            run(text)
            costs.append(time.process_time() - start)
        if costs[1] <= MOST * costs[0] or costs[1] < NOTHING:
            return False
    return True


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_takes_time_in_proportion(rule: Rule) -> None:
    found = baits(rule)
    made_of = [(part, None) for part in found] + [(found[-1], filler) for filler in FILLERS]
    work(rule, repeated(found[0], SMALL))
    slow = [
        (part, filler)
        for part, filler in made_of
        if grows(
            partial(work, rule), partial(tailed, part, filler) if filler else partial(repeated, part), SMALL, LARGE
        )
    ]
    assert slow == []


@pytest.mark.parametrize("part", [*FILLERS, b'\\n"+"', b"Comment: ", b"the key is ", b"-----BEGIN "])
def test_the_body_of_a_key_is_judged_in_time_in_proportion(part: bytes) -> None:
    assert not grows(is_key_body, lambda size: repeated(part, size), SMALL, LARGE)


@pytest.mark.parametrize(
    "part",
    [*FILLERS, b"password = \"", b"-----BEGIN PRIVATE KEY-----\\n", b"-----BEGIN PRIVATE KEY-----\n", b"eyJ", b"://a:",
     b'{"a":', b"PuTTY-User-Key-File-2: \n", b"ana@", b"4539 ", b"0.4539578763621486 ", b"token: 'a', "],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("newline", [b"", b"\n"], ids=["one-line", "lines"])
def test_a_hostile_file_takes_time_in_proportion(part: bytes, newline: bytes) -> None:
    scan(b"x")
    assert not grows(scan, lambda size: repeated(part + newline, size), 8 * SMALL, 8 * LARGE)


def test_a_line_of_many_pieces_is_scanned_like_lines() -> None:
    one = repeated(b'x = f(1); token = "", key: a1b2; ', 1 << 20)
    start = time.process_time()
    scan_many([one], ["bundle.js"])
    along = time.process_time() - start
    start = time.process_time()
    scan_many([one.replace(b"; ", b";\n")], ["bundle.js"])
    assert along < 12 * (time.process_time() - start) + 0.05
