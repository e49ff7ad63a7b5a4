from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark import schema, text
from stackmark.facts import Detector, always, nothing
from stackmark.steps import inspecting

DETECTORS = inspecting.detectors()
ODD = [b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"#!", b"a" * 70_000, b"\xff\xfea\0", "é".encode("latin-1"), b"\r" * 9]
contents = st.one_of(st.sampled_from(ODD), st.binary(max_size=80), st.text(max_size=40).map(str.encode))
paths = st.one_of(
    st.sampled_from([b"LICENSE", b"a.py", b"\xff", b"x/" * 40 + b"a.min.js"]), st.binary(min_size=1, max_size=9)
)


def batch(rows: list[tuple[bytes, bytes]], detector: Detector) -> pa.RecordBatch:
    data = pa.array([one for one, _ in rows], pa.large_binary())
    plain, encoding, _ = text.decode_batch(data)
    ids = pa.array([b"%020d" % number for number in range(len(rows))], pa.binary())
    columns, fields = [ids, data, plain, encoding], list(schema.INSPECTED)
    if detector.per == "entry":
        columns.append(pa.array([path for _, path in rows], pa.binary()))
        fields.append(pa.field("path", pa.binary()))
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def test_defaults_want_every_path_and_prepare_nothing() -> None:
    assert always(b"")
    assert nothing() is None


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_name_and_version_can_name_a_folder(detector: Detector) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]+", detector.name)
    assert detector.version
    assert detector.per in ("content", "entry")
    assert not set(detector.schema.names) & {"content_id", "path"}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
@settings(max_examples=25)
@given(rows=st.lists(st.tuples(contents, paths), max_size=6))
def test_any_bytes_get_an_answer_that_depends_on_their_row_alone(
    detector: Detector, rows: list[tuple[bytes, bytes]]
) -> None:
    detector.prepare()
    answer = detector.inspect(batch(rows, detector))
    assert answer.schema == detector.schema
    assert answer.num_rows == len(rows)
    alone = [detector.inspect(batch([row], detector)).to_pylist()[0] for row in rows]
    assert answer.to_pylist() == alone
