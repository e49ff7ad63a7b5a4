from __future__ import annotations

import copy
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import schema
from stackmark.dedup import exact
from stackmark.licenses import propagate
from stackmark.steps import fetching, inspecting, rules
from stackmark.steps.listing import ENTRY_BITS, NUMBERED
from stackmark.steps.settings import Settings

JOINED = pa.schema(
    [*NUMBERED, *list(fetching.LOSSES)[1:], *(field for one in inspecting.detectors() for field in one.schema)]
)
RESOLVED = pa.schema([*JOINED, *propagate.RESOLVED])
SETTINGS = Settings("permissive", "the-stack-v2", 1000)
FINE = {
    "entry_no": 0,
    "path": b"a.py",
    "mode": 0o100644,
    "kind": "file",
    "content_id": b"c" * 20,
    "asked_id": b"c" * 20,
    "length": 100,
    "src_encoding": "utf-8",
    "is_lfs_pointer": False,
    "length_chars": 100,
    "num_lines": 5,
    "avg_line_length": 20.0,
    "max_line_length": 40,
    "alpha_chars": 80,
    "alphanum_chars": 85,
    "generated_marker": False,
    "language": "Python",
    "extension": "py",
    "is_vendor": False,
    "is_generated": False,
    "license_expression": "MIT",
    "license_class": "permissive",
    "license_basis": "directory",
}
BARE = {name: FINE[name] for name in ("entry_no", "path", "mode", "kind", "content_id", "length")}
SILENT = {"license_class": "none", "license_expression": None}


def applied(*rows: dict[str, Any], settings: Settings = SETTINGS) -> list[dict[str, Any]]:
    table = pa.Table.from_pylist([{**row, "entry_no": place} for place, row in enumerate(rows)], schema=RESOLVED)
    found: list[dict[str, Any]] = rules.apply(table, settings).to_pylist()
    return found


CASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "fine": (FINE, None),
    "opted out": ({**BARE, **SILENT, "request": "swh:1:cnt:..."}, "opted-out/opt-out/opted-out-content"),
    "symlink": ({**BARE, **SILENT, "kind": "symlink"}, "skipped/list/symlink"),
    "submodule": ({**BARE, **SILENT, "kind": "submodule"}, "skipped/list/submodule"),
    "lost directory": ({**BARE, **SILENT, "kind": "directory"}, "skipped/list/no-content"),
    "problem of the listing": ({**BARE, **SILENT, "problem": "unsafe-path"}, "quarantined/list/unsafe-path"),
    "over-size in the listing": ({**BARE, **SILENT, "problem": "over-size"}, "skipped/list/over-size"),
    "too long": ({**BARE, **SILENT, "length": 1001}, "skipped/fetch/over-size"),
    "too long for the source": ({**BARE, **SILENT, "status": "too_large"}, "skipped/fetch/over-size"),
    "corrupt": ({**BARE, **SILENT, "status": "corrupt"}, "quarantined/fetch/corrupt"),
    "never seen": ({**BARE, **SILENT}, "quarantined/fetch/missing"),
    "never seen, id unknown": ({**BARE, **SILENT, "content_id": None}, "quarantined/fetch/missing"),
    "lfs pointer": ({**FINE, "is_lfs_pointer": True}, "skipped/text/lfs-pointer"),
    "binary": ({**FINE, "text_problem": "binary"}, "skipped/text/binary"),
    "undecodable": ({**FINE, "text_problem": "undecodable"}, "quarantined/text/undecodable"),
    "no licence": ({**FINE, **SILENT}, "dropped/license/license-none"),
    "unknown licence": ({**FINE, **SILENT, "license_class": "unknown"}, "dropped/license/license-unknown"),
    "copyleft": (
        {**FINE, "license_expression": "GPL-3.0-only", "license_class": "strong-copyleft"},
        "dropped/license/license-not-allowed",
    ),
    "generated": ({**FINE, "is_generated": True}, "dropped/quality/generated"),
    "opted out before all else": (
        {**FINE, "request": "r", "problem": "p", "kind": "symlink", "text_problem": "binary"},
        "opted-out/opt-out/opted-out-content",
    ),
    "problem before kind": (
        {**BARE, **SILENT, "kind": "symlink", "problem": "unsafe-path"},
        "quarantined/list/unsafe-path",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_first_rule_that_applies_decides(case: str) -> None:
    row, expected = CASES[case]
    (found,) = applied(row)
    settled = None if found["outcome"] is None else f"{found['outcome']}/{found['stage']}/{found['rule']}"
    assert settled == expected
    assert (found["priority"] is None) == (expected is not None)
    if expected and "problem" not in row:
        assert found["detail"] or case in ("too long for the source", "corrupt")


def test_rows_do_not_depend_on_their_neighbours() -> None:
    together = applied(*(row for row, _ in CASES.values()))
    for place, (row, _) in enumerate(CASES.values()):
        (alone,) = applied(row)
        differ = {name for name in alone if alone[name] != together[place][name]}
        assert differ <= {"entry_no", "priority"}


@given(st.lists(st.sampled_from(sorted(CASES)), max_size=12))
def test_every_entry_is_settled_once_or_open(cases: list[str]) -> None:
    for case, row in zip(cases, applied(*(CASES[case][0] for case in cases)), strict=True):
        settled = [row[name] is not None for name in ("outcome", "stage", "rule")]
        assert all(settled) or not any(settled)
        assert row["outcome"] in (None, *schema.OUTCOMES)
        assert (row["outcome"] is None) == (CASES[case][1] is None)


def test_licence_is_refused_even_where_another_rule_came_first() -> None:
    (row,) = applied({**CASES["copyleft"][0], "text_problem": "binary"})
    assert (row["rule"], row["refused_as"], row["known_as"]) == ("binary", "GPL-3.0-only", "GPL-3.0-only")


def test_copy_without_a_known_licence_says_nothing() -> None:
    (row,) = applied(CASES["no licence"][0])
    assert (row["known_as"], row["refused_as"]) == (None, None)


@given(st.lists(st.integers(0, 2), max_size=12))
def test_licences_spread_within_their_origin_alone(owners: list[int]) -> None:
    owners.sort()
    rows = []
    for place, owner in enumerate(owners):
        first = owners.index(owner) == place
        entry = {**BARE, "entry_no": (owner << ENTRY_BITS) + place, "is_vendor": False}
        said = {"path": b"LICENSE", "file_expression": "MIT"} if first and owner != 1 else {"path": b"f%d" % place}
        rows.append({**entry, **said})
    table = rules.resolve_licenses(pa.Table.from_pylist(rows, schema=JOINED), ENTRY_BITS)
    expected = [None if owner == 1 else "MIT" for owner in owners]
    assert table["license_expression"].to_pylist() == expected
    assert table.schema.names == RESOLVED.names


def test_settings_travel_by_name_and_differ_by_digest() -> None:
    assert SETTINGS.policy.digest()
    travelled = copy.copy(SETTINGS)  # as it goes to another process: by __getstate__
    assert travelled == SETTINGS
    assert travelled.digest() == SETTINGS.digest()
    others = [("any", "the-stack-v2", 1000), ("permissive", "none", 1000), ("permissive", "the-stack-v2", 1001)]
    digests = {Settings(*other).digest() for other in others}
    assert len(digests | {SETTINGS.digest()}) == 4


def test_priorities_are_those_of_the_classes() -> None:
    classes = ("permissive", "weak-copyleft")
    rows = applied(*({**FINE, "license_class": one} for one in classes), settings=Settings("any", "none", 1000))
    assert rows[1]["priority"] < rows[0]["priority"]
    assert set(classes) < set(exact.STRICTNESS)
