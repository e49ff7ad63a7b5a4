from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stackmark import schema
from stackmark.errors import IntegrityError
from stackmark.release import tables


def write(folder: Path, name: str, table: pa.Table) -> Path:
    path = folder / "audit" / name
    path.parent.mkdir(exist_ok=True)
    pq.write_table(table, path)
    return path


def row(content_id: str) -> pa.Table:
    return pa.Table.from_pylist([{"content_id": content_id, "type": "PASSWORD"}], schema=schema.AUDIT)


def test_columns_come_in_the_order_asked_for_and_files_in_theirs(tmp_path: Path) -> None:
    write(tmp_path, "part-00001.parquet", row("b"))
    write(tmp_path, "part-00000.parquet", row("a"))
    found = list(tables.batches(tmp_path, "audit", ["type", "content_id"]))
    assert [batch.schema.names for batch in found] == [["type", "content_id"]] * 2
    assert [batch["content_id"].to_pylist() for batch in found] == [["a"], ["b"]]


def test_column_that_one_file_lacks_is_null_there(tmp_path: Path) -> None:
    write(tmp_path, "part-00000.parquet", row("a").drop_columns(["type"]))
    write(tmp_path, "part-00001.parquet", row("b"))
    assert tables.table(tmp_path, "audit", ["content_id", "type"]).to_pylist() == [
        {"content_id": "a", "type": None},
        {"content_id": "b", "type": "PASSWORD"},
    ]


def test_file_that_changes_is_looked_at_anew(tmp_path: Path) -> None:
    path = write(tmp_path, "part-00000.parquet", row("a"))
    assert tables.footer(path).num_rows == 1
    write(tmp_path, path.name, pa.concat_tables([row("a"), row("b")]))
    assert tables.footer(path).num_rows == 2
    assert tables.table(tmp_path, "audit", ["content_id"])["content_id"].to_pylist() == ["a", "b"]


def test_damaged_file_is_named_by_its_table(tmp_path: Path) -> None:
    path = write(tmp_path, "part-00000.parquet", row("a"))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(IntegrityError, match="audit"):
        list(tables.batches(tmp_path, "audit", ["content_id"]))
