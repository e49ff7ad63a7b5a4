"""The table of types in docs/pii.md names what the rules give, and what redaction writes."""

from __future__ import annotations

import re
from pathlib import Path

from stackmark.pii import names, ruleset
from stackmark.pii.replace import is_replaced

PAGE = Path(__file__).parents[2] / "docs" / "pii.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text().split("## Types")[1].split("\n## ")[0].splitlines()
    if line.startswith("| `")
]
RULES = ruleset.load()
#: The scorer names what it finds by the name that stands there.
SCORED = next(rule.name for rule in RULES if rule.find == "assignments")


def family(kind: str) -> str:
    return kind.partition(".")[0]


def test_every_family_has_one_row() -> None:
    assert [row[0].strip("`") for row in ROWS] == sorted({family(rule.type) for rule in RULES} | {names.TYPE})


def test_levels_are_the_lowest_of_the_rules() -> None:
    lowest = {
        kind: min((rule.level for rule in RULES if family(rule.type) == kind), key=ruleset.LEVELS.index)
        for kind in {family(rule.type) for rule in RULES}
    }
    assert {row[0].strip("`"): row[1] for row in ROWS if row[0] != f"`{names.TYPE}`"} == lowest


def test_rules_that_are_named_find_the_type() -> None:
    known = {rule.name: family(rule.type) for rule in RULES} | {names.RULE: names.TYPE}
    for kind, _, text, _ in ROWS:
        named = [name for name in re.findall(r"`([a-z0-9-]+)`", text) if name not in ruleset.LEVELS]
        assert named
        assert {known[name] for name in named if name != SCORED} <= {kind.strip("`")}


def test_what_stands_there_is_known_as_replaced() -> None:
    shown = {row[0].strip("`"): row[3].strip("`") for row in ROWS if re.fullmatch(r"`[^`]*`", row[3])}
    assert len(shown) > len(ROWS) - 5
    assert [kind for kind, after in shown.items() if not is_replaced(kind, after.encode(), "pseudonym")] == []
