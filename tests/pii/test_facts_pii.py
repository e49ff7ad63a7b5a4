"""Findings as facts: places in the text as UTF-8, one detector a sensitivity, and never a value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stackmark import schema, text
from stackmark.pii.facts_pii import DETECTORS, SCHEMA

MAIL = "maria" + "@" + "widget-forge.io"


def ask(*contents: bytes | None) -> list[list[dict[str, object]] | None]:
    data = pa.array(contents, pa.large_binary())
    plain, encoding, _ = text.decode_batch(data)
    ids = pa.array([b"i" * 20] * len(contents), pa.binary())
    path = pa.array([b"notes.py"] * len(contents), pa.binary())
    fields = pa.schema([*schema.INSPECTED, pa.field("path", pa.binary())])
    batch = pa.RecordBatch.from_arrays([ids, data, plain, encoding, path], schema=fields)
    (detector,) = (one for one in DETECTORS if one.feature == "pii-balanced")
    answer = detector.inspect(batch)
    assert answer.schema == SCHEMA
    return list(answer.column(0).to_pylist())


def test_one_detector_for_each_sensitivity() -> None:
    assert {one.feature for one in DETECTORS} == {"pii-strict", "pii-balanced", "pii-high"}
    assert len({one.name for one in DETECTORS}) == len(DETECTORS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_places_are_those_of_the_text_as_utf8(encoding: str) -> None:
    said = f'wo = "Köln, München, Düsseldorf"\nwer = "{MAIL}"\n' * 3
    (found,) = ask(said.encode(encoding))
    assert found
    plain, _, _ = text.decode(said.encode(encoding))
    assert plain is not None
    assert {plain.encode()[one["start"] : one["end"]].decode() for one in found} == {MAIL}


def test_what_is_no_text_is_null_and_a_clean_text_is_empty() -> None:
    assert ask(b"\x00\x01\x02", b"x = 1\n", None) == [None, [], None]


def test_no_value_is_kept() -> None:
    assert MAIL not in repr(ask(f'a = "{MAIL}"'.encode()))
