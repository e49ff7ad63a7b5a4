"""Every rule finds what it says it finds, and leaves what it says it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackmark.pii import ruleset
from stackmark.pii.finders import FINDERS, SCORED
from stackmark.pii.ruleset import Rule
from stackmark.pii.scan import scan, scan_many
from stackmark.pii.validators import VALIDATORS
from tests.pii.made import made

RULES = ruleset.load()
DRAWS = 3


def test_every_match_of_every_rule_is_found() -> None:
    cases = [(rule.name, made(example, seed)) for rule in RULES for example in rule.match for seed in range(DRAWS)]
    found = scan_many([text for _, text in cases], None, "high")
    missed = [case for case, spans in zip(cases, found, strict=True) if case[0] not in {span.rule for span in spans}]
    assert missed == []


def test_no_miss_of_any_rule_is_found() -> None:
    cases = [(rule, made(example)) for rule in RULES for example in rule.miss]
    found = scan_many([text for _, text in cases], None, "high")
    wrong = [
        (rule.name, text, span)
        for (rule, text), spans in zip(cases, found, strict=True)
        for span in spans
        if span.rule == rule.name and not span.is_example
    ]
    assert wrong == []


def test_every_rule_has_examples_of_both_kinds() -> None:
    assert [rule.name for rule in RULES if not rule.match or not rule.miss] == []


def test_rules_name_validators_that_are_there() -> None:
    assert {name for rule in RULES for name in (*rule.validators, *rule.bonus)} <= VALIDATORS.keys()


def test_rules_name_finders_that_are_there_and_each_is_named() -> None:
    assert {rule.find for rule in RULES if rule.find} == FINDERS.keys() | {SCORED}


def test_at_least_two_hundred_providers_have_a_type_of_their_own() -> None:
    assert len({rule.type for rule in RULES if rule.type.startswith("API_KEY.")}) >= 200


def test_a_service_of_several_names_the_type_after_the_one_that_is_there() -> None:
    span = scan(made("COINMARKETCAP_API_KEY={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"))[0]
    assert span.type == "API_KEY.coinmarketcap"


def test_levels_add_rules_and_never_take_one_away() -> None:
    strict, balanced, high = (set(ruleset.of_level(level)) for level in ruleset.LEVELS)
    assert strict < balanced < high == set(RULES)


def test_an_unknown_sensitivity_is_refused() -> None:
    with pytest.raises(ValueError, match="strict, balanced, high"):
        scan(b"x", sensitivity="medium")


def test_the_version_is_the_same_for_the_same_files() -> None:
    assert ruleset.version() == ruleset.version()
    assert len(ruleset.version()) == 12


class TestARuleFile:
    def read(self, folder: Path, text: str) -> list[Rule]:
        (folder / "one.toml").write_text(text)
        return ruleset.read(folder / "one.toml")

    def test_gives_its_head_to_every_rule(self, tmp_path: Path) -> None:
        rules = self.read(tmp_path, "level = 'high'\n[[rule]]\nname='a'\ntype='T'\ntoken='a{4}'\n")
        assert [(rule.name, rule.level) for rule in rules] == [("a", "high")]

    def test_with_a_wrong_key_is_refused_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"one\.toml: a: "):
            self.read(tmp_path, "[[rule]]\nname='a'\ntype='T'\ntoken='a'\nlenght=3\n")

    def test_with_a_wrong_level_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"one\.toml: a: "):
            self.read(tmp_path, "[[rule]]\nname='a'\ntype='T'\ntoken='a'\nlevel='most'\n")
