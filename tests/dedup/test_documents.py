"""Texts from files, folders, Parquet and JSON Lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stackmark.dedup.documents import read
from stackmark.errors import SourceError, UsageError


def texts(places: list[Path], column: str | None = None) -> dict[str, bytes]:
    found = read(places, column)
    return dict(zip(found.names, found.contents.to_pylist(), strict=True))


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.py").write_bytes(b"1")
    (tmp_path / "a" / "two").write_bytes(b"\xff")
    (tmp_path / "a" / "link").symlink_to("one.py")
    (tmp_path / "b.txt").write_bytes(b"3")
    folder, file = tmp_path / "a", tmp_path / "b.txt"
    expected = {f"{folder}/one.py": b"1", f"{folder}/two": b"\xff", str(file): b"3"}
    assert texts([folder, file]) == expected
    assert read([folder, file, folder / "one.py", folder]).names == read([folder, file]).names


@pytest.mark.parametrize("name", ["content", "text", "code"])
@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_parquet(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({name: pa.array([b"x", None], pa.binary()).cast(kind), "path": ["p", None]}), path)
    assert texts([path]) == {f"{path}#0 p": b"x", f"{path}#1": None}


def test_a_column_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": ["no"], "source": ["yes"]}), path)
    assert texts([path], "source") == {f"{path}#0": b"yes"}


def test_json_lines_with_bad_ones(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    lines = [json.dumps({"text": "a"}), "{broken", "", "[1]", '{"text": "\\ud800"}', '{"text": "b"}', "[" * 100_000]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found = read([path])
    assert found.contents.to_pylist() == [b"a", b"?", b"b"]
    assert found.names == [f"{path}#{line}" for line in (0, 4, 5)]
    assert [problem.split(":")[1] for problem in found.problems] == ["2", "4", "7"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.parquet", b"PAR1 no"), ("t.jsonl.gz", b"no gzip"), ("t.jsonl.gz", gzip.compress(b"x" * 99, mtime=0)[:-9])],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=name):
        read([tmp_path / name])


def test_a_table_without_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"content": [1], "lang": ["C"]}), path)
    with pytest.raises(UsageError, match="no column of texts"):
        read([path])
    with pytest.raises(UsageError, match="no column source") as caught:
        read([path], "source")
    assert caught.value.hint == "It has: content, lang. Name one with --column."


def test_json_lines_may_have_other_keys_in_each_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": 7, "text": 1}\n{"text": "a"}\n{"text": "b", "id": 9, "more": [1]}\n')
    found = read([path], within="id")
    assert found.contents.to_pylist() == [None, b"a", b"b"]
    assert found.names == [f"{path}#0 7", f"{path}#1", f"{path}#2 9"]
    assert found.scopes is not None
    assert found.scopes.to_pylist() == ["7", None, "9"]


def test_json_lines_without_a_row_have_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("{\n")
    found = read([tmp_path / "t.jsonl"])
    assert (found.names, len(found.problems)) == ([], 1)


def test_a_column_where_no_table_is(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a")
    with pytest.raises(UsageError, match="no table to have a column 'lang'"):
        read([tmp_path], within="lang")


def test_within_reads_a_column_more(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "lang": "C"}\n{"text": "b", "lang": "D"}\n')
    found = read([path], within="lang")
    assert found.scopes is not None
    assert found.scopes.to_pylist() == ["C", "D"]
    with pytest.raises(UsageError, match="'language'"):
        read([path], within="language")


def test_files_of_a_folder_that_are_no_text_are_counted_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"print(1)\n")
    (tmp_path / "a.pyc").write_bytes(b"\x6f\x0d\x0d\x0a\0\0\0\0")
    found = read([tmp_path])
    assert ([Path(name).name for name in found.names], found.binary) == (["a.py"], 1)
    assert read([tmp_path / "a.pyc"]).contents.to_pylist() == [b"\x6f\x0d\x0d\x0a\0\0\0\0"]  # asked for
