from __future__ import annotations

import pyarrow as pa
import pytest

from stackmark import schema

TABLES = {name: value for name, value in vars(schema).items() if isinstance(value, pa.Schema)}


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_named_once(name: str) -> None:
    assert len(set(TABLES[name].names)) == len(TABLES[name].names)


@pytest.mark.parametrize("name", ["DATA", "LEDGER", "PROVENANCE", "RELEASE_ORIGINS"])
def test_tables_of_a_release_hold_types_that_every_reader_knows(name: str) -> None:
    known = {"string", "int64", "double", "bool", "timestamp[us, tz=UTC]", "large_string", "binary"}
    types = {str(field.type) for field in TABLES[name]}
    assert types - known <= {str(pa.list_(pa.string()))}


@pytest.mark.parametrize("name", ["ORIGINS", "ENTRIES", "CONTENTS", "INSPECTED"])
def test_ids_inside_are_bytes_of_any_length(name: str) -> None:
    ids = [field for field in TABLES[name] if field.name.endswith("_id")]
    assert ids
    assert all(field.type == pa.binary() for field in ids)


def test_names_of_the_stack_come_first_and_as_there() -> None:
    rows = (
        ("blob_id", "directory_id", "path", "content_id", "detected_licenses", "license_type", "repo_name"),
        ("snapshot_id", "revision_id", "branch_name", "visit_date", "revision_date", "committer_date"),
        ("src_encoding", "language", "is_vendor", "is_generated", "length_bytes", "extension"),
    )
    of_the_stack = [name for row in rows for name in row]
    assert schema.DATA.names[: len(of_the_stack)] == of_the_stack


def test_outcomes_are_those_of_the_ledger() -> None:
    assert set(schema.OUTCOMES) == {
        "kept",
        "duplicate",
        "near-duplicate",
        "dropped",
        "opted-out",
        "skipped",
        "quarantined",
    }
