"""The detector `structural`."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.dedup import facts_structural
from stackmark.dedup.bands import narrow
from stackmark.dedup.facts_structural import DETECTOR, MAX_READ, reader
from stackmark.dedup.lexer import family
from stackmark.dedup.sketches import sketch_sets
from stackmark.dedup.structural import structural_sets
from tests.dedup import texts
from tests.dedup.stores import inspected


def under(contents: list[bytes], paths: list[bytes]) -> pa.RecordBatch:
    batch = inspected(contents)
    return batch.append_column("path", pa.array(paths, pa.binary()))


def sketches(contents: list[bytes], paths: list[bytes]) -> list[bytes | None]:
    found = DETECTOR.inspect(under(contents, paths))
    assert found.schema == DETECTOR.schema
    return found["sketch"].to_pylist()


CODE = texts.data(texts.program(1))


def test_is_that_of_the_structure_as_the_path_is_lexed() -> None:
    again = CODE.replace(b"call_", b"other_name") + b"// a remark\n"
    found = sketches([CODE, again, again, CODE.decode().encode("utf-16")], [b"a.py", b"b.c", b"b.py", b"c.C"])
    expected = narrow(sketch_sets(*structural_sets([CODE], ["Python"])))[0].tobytes()
    assert found[0] == expected
    assert found[1] == expected
    assert found[2] != expected
    assert found[3] is not None


def test_what_is_no_code_or_too_short_or_too_long_has_none() -> None:
    contents = [CODE, CODE, CODE, b"", b"x = 1\n", b"\0\1\2" * 90, b"a+" * (MAX_READ // 2) + b"b"]
    paths = [b"a.json", b"Makefile", b".py", b"a.py", b"a.py", b"a.py", b"a.py"]
    assert sketches(contents, paths) == [None] * 7


def test_no_rows() -> None:
    assert sketches([], []) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=300), st.sampled_from([b"a.py", b"\xff/b.C", b"x", b"c.el", b"."]))))
def test_rows_do_not_depend_on_one_another(rows: list[tuple[bytes, bytes]]) -> None:
    contents, paths = [one for one, _ in rows], [path for _, path in rows]
    together = sketches(contents, paths)
    assert together == [sketches([one], [path])[0] for one, path in rows]


@pytest.mark.parametrize(
    ("path", "language"),
    [(b"a/b.PY", "Python"), (b"x.cpp", "C"), (b"x.h", "C"), (b"x.d/y", None), (b"\xff.rs", "Rust"), (b"x.sql", None)],
)
def test_reader_follows_the_end_of_the_name(path: bytes, language: str | None) -> None:
    assert reader(path) == language
    assert DETECTOR.wants(path) == (language is not None)


def test_every_reader_is_a_family_of_its_own() -> None:
    names = set(facts_structural.readers().values())
    ways = {(how.comments.tobytes(), how.block, how.quotes.tobytes()) for how in map(family, names)}
    assert len(ways) == len(names)


def test_is_found_by_its_name() -> None:
    assert (DETECTOR.name, DETECTOR.per, DETECTOR.feature) == ("structural", "entry", "structural")
    DETECTOR.prepare()
