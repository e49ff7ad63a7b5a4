from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stackmark.errors import RecipeError
from stackmark.quality.filters import filters
from stackmark.quality.profile import Profile
from tests.quality.judged import facts_row, judge, rows_of


def load(folder: Path, text: str) -> Profile:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return Profile.load(str(path))


def test_the_stack_v2_has_all_published_rules_in_order() -> None:
    assert [rule.filter.RULE for rule in Profile.load("the-stack-v2").rules] == [
        "unknown-language",
        "empty",
        "too-many-lines",
        "long-lines",
        "generated",
        "low-alphabetic",
        "encoded-data",
        "data-lines",
        "html-visible",
        "text-name",
    ]


def test_every_filter_is_found_and_keeps_the_contract() -> None:
    found = filters()
    assert {rule.filter.RULE for rule in Profile.load("the-stack-v2").rules} <= set(found)
    for name, one in found.items():
        assert name == one.RULE
        assert set(one.LIMITS.values()) <= {int, float, list}


def test_none_drops_nothing() -> None:
    profile = Profile.load("none")
    rows = rows_of(facts_row(language=None, length_chars=0), facts_row(num_lines=10**9))
    assert profile.columns == []
    rule, detail = profile.judge(rows)
    assert rule.to_pylist() == detail.to_pylist() == [None, None]
    assert rule.type == detail.type == pa.string()


def test_an_ordinary_row_passes() -> None:
    assert judge(facts_row()) == (None, None)


def test_missing_facts_are_no_reason_to_drop() -> None:
    nothing = dict.fromkeys(facts_row())
    assert judge(nothing | {"language": "Python"}) == (None, None)
    assert judge(nothing | {"language": "HTML", "path": b"a"}) == (None, None)


def test_one_known_violation_suffices() -> None:
    assert judge(facts_row(generated_marker=None, is_generated=True))[0] == "generated"
    assert judge(facts_row(generated_marker=True, is_generated=None))[0] == "generated"
    assert judge(facts_row(avg_line_length=None, max_line_length=1001))[0] == "long-lines"
    assert judge(facts_row(avg_line_length=101.0, max_line_length=None))[0] == "long-lines"
    assert judge(facts_row(encoded_longest=None, encoded_chars=2000))[0] == "encoded-data"


def test_the_first_rule_in_order_decides() -> None:
    bad = facts_row(num_lines=100_001, max_line_length=2000, is_generated=True)
    assert judge(bad)[0] == "too-many-lines"
    assert judge(bad | {"language": None})[0] == "unknown-language"


def test_order_limits_and_repetition_are_the_profile_s(tmp_path: Path) -> None:
    profile = load(
        tmp_path,
        '[[rules]]\nrule = "data-lines"\nlanguages = ["C"]\nmax_lines = 5\n'
        '[[rules]]\nrule = "data-lines"\nlanguages = ["Python"]\nmax_lines = 7\n'
        '[[rules]]\nrule = "unknown-language"\n',
    )
    assert profile.name == "mine"
    assert profile.columns == ["language", "num_lines"]
    rows = rows_of(*(facts_row(language=name, num_lines=6) for name in ("C", "Python", "Go", None)))
    rule, detail = profile.judge(rows)
    assert rule.to_pylist() == ["data-lines", None, None, "unknown-language"]
    assert detail.to_pylist() == [
        "it has 6 lines; C may have at most 5",
        None,
        None,
        "its language is not known",
    ]


@pytest.mark.parametrize("language", [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()])
def test_strings_of_any_arrow_type_are_read(language: pa.DataType) -> None:
    rows = rows_of(facts_row(language="JSON", num_lines=513), facts_row())
    rows = rows.set_column(rows.schema.get_field_index("language"), "language", rows["language"].cast(language))
    assert Profile.load("the-stack-v2").judge(rows)[0].to_pylist() == ["data-lines", None]


def test_no_rows_and_many_chunks() -> None:
    profile = Profile.load("the-stack-v2")
    rows = rows_of(facts_row(), facts_row(length_chars=0), facts_row(num_lines=10**6))
    assert profile.judge(rows.slice(0, 0))[0].to_pylist() == []
    chunked = pa.concat_tables([rows.slice(0, 1), rows.slice(1, 0), rows.slice(1, 2)])
    assert profile.judge(chunked)[0].to_pylist() == [None, "empty", "too-many-lines"]


def test_digest_is_of_rules_and_limits(tmp_path: Path) -> None:
    first = load(tmp_path, '[[rules]]\nrule = "too-many-lines"\nmax_lines = 5\n').digest()
    same = load(tmp_path, '# other layout\nrules = [{max_lines = 5, rule = "too-many-lines"}]\n').digest()
    other = load(tmp_path, '[[rules]]\nrule = "too-many-lines"\nmax_lines = 6\n').digest()
    assert first == same != other
    assert len(first) == 64
    assert Profile.load("the-stack-v2").digest() != Profile.load("none").digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "rules must be an array", id="no rules"),
        pytest.param("rules = 3", "rules must be an array", id="rules of a wrong type"),
        pytest.param("rules = [3]", "rules must be an array", id="a rule of a wrong type"),
        pytest.param("rules = []\nname = 'x'", "unknown key 'name'", id="unknown key"),
        pytest.param("[[rules]]\nmax_lines = 3", "rules[0].rule is missing", id="no rule"),
        pytest.param("[[rules]]\nrule = 3", "rules[0].rule is unknown: 3", id="rule of a wrong type"),
        pytest.param("[[rules]]\nrule = 'emtpy'", "rules[0].rule is unknown: 'emtpy'", id="unknown rule"),
        pytest.param(
            "[[rules]]\nrule = 'empty'\n[[rules]]\nrule = 'empty'\nmax = 3",
            "rules[1].max is unknown",
            id="unknown limit",
        ),
        pytest.param("[[rules]]\nrule = 'too-many-lines'", "rules[0].max_lines is missing", id="missing limit"),
        pytest.param(
            "[[rules]]\nrule = 'too-many-lines'\nmax_lines = '5'",
            "rules[0].max_lines must be a whole number, not '5'",
            id="text for a number",
        ),
        pytest.param(
            "[[rules]]\nrule = 'too-many-lines'\nmax_lines = 5.0",
            "must be a whole number",
            id="float for int",
        ),
        pytest.param(
            "[[rules]]\nrule = 'too-many-lines'\nmax_lines = true",
            "must be a whole number",
            id="bool for int",
        ),
        pytest.param("[[rules]]\nrule = 'too-many-lines'\nmax_lines = -1", "must be a whole number", id="negative"),
        pytest.param(
            "[[rules]]\nrule = 'encoded-data'\nmax_longest = 1\nmax_fraction = nan",
            "must be a number",
            id="not a number",
        ),
        pytest.param(
            "[[rules]]\nrule = 'encoded-data'\nmax_longest = 1\nmax_fraction = inf",
            "must be a number",
            id="infinite",
        ),
        pytest.param(
            "[[rules]]\nrule = 'data-lines'\nmax_lines = 5\nlanguages = 'C'",
            "must be a list of strings",
            id="no list",
        ),
        pytest.param(
            "[[rules]]\nrule = 'data-lines'\nmax_lines = 5\nlanguages = [1]",
            "must be a list of strings",
            id="wrong items",
        ),
        pytest.param("rules = [", "is not TOML", id="broken TOML"),
    ],
)
def test_a_wrong_profile_is_an_error_that_names_the_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)


@pytest.mark.parametrize("name", ["the-stack-v9", "", "../profiles/none", "no/such.toml", "\0", "a\0.toml"])
def test_an_unknown_profile_is_an_error_with_a_hint(name: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Profile.load(name)
    assert "the-stack-v2" in caught.value.hint


def test_bytes_that_are_not_utf8_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"# \xff\nrules = []\n")
    with pytest.raises(RecipeError, match="not TOML"):
        Profile.load(str(path))


def test_limits_cannot_be_changed() -> None:
    limits: Any = Profile.load("the-stack-v2").rules[2].limits
    with pytest.raises(TypeError):
        limits["max_lines"] = 1
