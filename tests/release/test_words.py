"""The words of `words.toml`: complete where the code and the docs speak of rules, stages and strategies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackmark.release import words
from stackmark.release.layout import STAGES
from stackmark.schema import DATA

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "stackmark" / "sources"


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    below = (ROOT / "docs" / page).read_text("utf-8").partition(f"## {heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", below, re.M)
    assert table, heading
    return [line.strip("|").split("|") for line in table[0].splitlines()[2:]]


def test_the_docs_list_the_rules_that_have_words() -> None:
    told = {stage: sorted(words._sentences()[stage]) for stage in STAGES}
    listed = {names(stage)[0]: names(rules) for stage, rules in rows("ledger.md", "Stages and rules")}
    assert listed == told


def test_every_problem_that_a_source_tells_has_words() -> None:
    told = "\n".join(path.read_text("utf-8") for path in SOURCES.glob("*.py"))
    raised = set(re.findall(r"(?:Damaged|Hostile|RepositoryProblem)\(\s*\"([a-z-]+)\"", told))
    raised |= set(re.findall(r"problem=\"([a-z-]+)\"", told))
    assert len(raised) > 15
    assert {rule for rule in raised if not words.sentence("list", rule)} == set()


def test_every_strategy_of_the_languages_has_words() -> None:
    listed = [name for row in rows("languages.md", "How it decides") for name in names(row[0])]
    assert sorted(listed) == sorted(words._sentences()["strategies"])
    assert words.strategy("rule") == "marks of the text"
    assert words.strategy("later") == "later"


def test_every_column_has_words() -> None:
    assert list(words._sentences()["columns"]) == DATA.names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (False, "no"),
        (True, "yes"),
        (None, "no"),
        (0.7, "0.7"),
        ("permissive", "permissive"),
        ({"PASSWORD_HASH": "tag", "EMAIL_ADDRESS": "drop"}, "EMAIL_ADDRESS: drop, PASSWORD_HASH: tag"),
        ({}, "none"),
        (["a", "b"], "a, b"),
    ],
)
def test_a_setting_is_told_as_people_write_it(value: object, text: str) -> None:
    assert words.setting(value) == text


def test_counts_have_their_noun() -> None:
    assert [words.plural(number, "entry", "entries") for number in (0, 1, 1200)] == [
        "0 entries",
        "1 entry",
        "1,200 entries",
    ]
    assert words.plural(2, "file") == "2 files"
