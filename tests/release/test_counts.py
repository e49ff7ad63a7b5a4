from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.release import counts
from stackmark.schema import OUTCOMES
from tests.release import synthetic
from tests.release.synthetic import STANDARD, TOOL, WHEEL, Entry


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("counts")
    synthetic.write_tables(folder, STANDARD)
    return counts.count(folder)


def test_outcomes_sum_to_the_input(counted: dict) -> None:
    files = [entry for entry in STANDARD if entry.kind != "origin"]
    assert counted["input"] == {"files": len(files), "bytes": sum(len(entry.data) for entry in files)}
    assert sum(one["files"] for one in counted["outcomes"].values()) == len(files)
    assert counted["outcomes"]["kept"]["files"] == 7
    assert counted["outcomes"]["duplicate"] == {"files": 2, "bytes": 30}


def test_every_outcome_is_counted_even_at_zero(counted: dict) -> None:
    assert list(counted["outcomes"]) == list(OUTCOMES)
    assert counted["outcomes"]["near-duplicate"] == {"files": 0, "bytes": 0}


def test_rules_languages_and_licences_are_margins_of_the_same_rows(counted: dict) -> None:
    for part in ("rules", "languages"):
        rows = [row.get("input", row) for row in counted[part]]
        assert sum(row["files"] for row in rows) == counted["input"]["files"]
        assert sum(row["bytes"] for row in rows) == counted["input"]["bytes"]
    for part in ("license_expressions", "license_classes"):
        assert sum(row["bytes"] for row in counted[part]) == counted["outcomes"]["kept"]["bytes"]
    assert {
        "stage": "quality",
        "rule": "long-lines",
        "outcome": "dropped",
        "files": 1,
        "bytes": 5000,
    } in counted["rules"]


def test_an_origin_that_was_not_listed_is_no_file(counted: dict) -> None:
    assert counted["origins"] == {"listed": 3, "not_listed": 1}
    assert counted["origins_not_listed"] == [
        {"stage": "list", "rule": "unreachable", "outcome": "quarantined", "origins": 1}
    ]


def test_data_is_counted_apart_from_the_ledger(counted: dict) -> None:
    assert counted["data"]["rows"] == counted["outcomes"]["kept"]["files"]
    assert counted["data"]["with_copies"] == 1
    assert counted["data"]["redactions"] == 1


def test_merging_parts_does_not_change_the_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: dict) -> None:
    synthetic.write_tables(tmp_path, STANDARD)
    monkeypatch.setattr(counts, "_MERGE_AFTER", 2)
    monkeypatch.setattr("stackmark.release.tables._BATCH_ROWS", 2)
    assert counts.count(tmp_path) == counted


names = st.sampled_from(["kept", "dropped", "skipped", "quarantined", "opted-out"])
entries = st.lists(
    st.tuples(names, st.sampled_from(["Python", "C", None]), st.sampled_from([TOOL, WHEEL]), st.integers(0, 99)),
    max_size=30,
)


@settings(max_examples=40)
@given(entries)
def test_whatever_the_ledger_the_outcomes_sum_to_the_input(rows: list) -> None:
    made = [
        Entry(origin, f"{number}.py", "x" * length, outcome, "stage", f"{outcome}-rule", language=language)
        for number, (outcome, language, origin, length) in enumerate(rows)
    ]
    with tempfile.TemporaryDirectory() as folder:
        synthetic.write_tables(Path(folder), made)
        counted = counts.count(Path(folder))
    assert counted["input"] == {"files": len(made), "bytes": sum(len(entry.data) for entry in made)}
    for unit in ("files", "bytes"):
        for part in ("outcomes", "rules", "languages"):
            values = counted[part].values() if part == "outcomes" else counted[part]
            assert sum(row.get("input", row)[unit] for row in values) == counted["input"][unit]
