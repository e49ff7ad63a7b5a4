"""Tables in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stackmark.errors import SourceError, UsageError
from stackmark.ner import frames


class Capitals:
    """Takes the first word of each text for a name."""

    config = SimpleNamespace(encoder={"hidden_size": 3})

    def stream(self, texts: Iterable[str], return_embeddings: bool = False) -> Iterator[list[dict[str, Any]]]:
        for text in texts:
            word = text.split(" ")[0]
            found = {"span": word, "label": "X", "score": 0.5, "char_start_index": 0, "char_end_index": len(word)}
            yield [{**found, "embedding": np.ones(3)} if return_embeddings else found] if word else []


TABLE = pa.table({"id": ["a", "b", "c"], "text": ["Ada saw", None, "Max"], "n": [1, 2, 3]})
EXPECTED = [
    {"row": 0, "span": "Ada", "label": "X", "score": 0.5, "start": 0, "end": 3, "id": "a"},
    {"row": 2, "span": "Max", "label": "X", "score": 0.5, "start": 0, "end": 3, "id": "c"},
]


def test_arrow_in_arrow_out() -> None:
    found = frames.predict_table(Capitals(), TABLE, keep=["id"])
    assert found.to_pylist() == EXPECTED
    assert found.schema.names == [*frames.ENTITIES.names, "id"]
    assert frames.predict_table(Capitals(), TABLE.to_batches()[0]).num_rows == 2


def test_rows_are_counted_over_all_chunks() -> None:
    table = pa.concat_tables([TABLE] * 700)
    found = frames.predict_table(Capitals(), table)
    assert found["row"].to_pylist() == [3 * n + extra for n in range(700) for extra in (0, 2)]


def test_pandas_in_pandas_out() -> None:
    pytest.importorskip("pandas", reason="needs pandas")
    found = frames.predict_table(Capitals(), TABLE.to_pandas(), keep=["id"])
    assert found.to_dict("records") == EXPECTED


def test_nothing_found_has_the_same_columns() -> None:
    empty = pa.table({"text": pa.array([None], pa.string())})
    assert frames.predict_table(Capitals(), empty).schema.equals(frames.ENTITIES)
    assert frames.predict_table(Capitals(), empty.slice(0, 0)).num_rows == 0


def test_embeddings_are_lists_of_fixed_size() -> None:
    found = frames.predict_table(Capitals(), TABLE, return_embeddings=True)
    assert found.schema.field("embedding").type == pa.list_(pa.float32(), 3)
    assert found["embedding"].to_pylist() == [[1, 1, 1]] * 2


def test_parquet_in_parquet_out(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet")
    told: list[tuple[int, int]] = []
    count = frames.predict_parquet(
        Capitals(), tmp_path / "in.parquet", tmp_path / "out.parquet", keep=["id"], watch=lambda *one: told.append(one)
    )
    assert count == 2
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == EXPECTED
    assert told == [(3, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_what_cannot_be_read_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'body'"):
        frames.predict_table(Capitals(), TABLE, "body")
    with pytest.raises(UsageError, match="not text"):
        frames.predict_table(Capitals(), TABLE, "n")
    with pytest.raises(UsageError, match="list"):
        frames.predict_table(Capitals(), [1])
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="cannot read"):
        frames.predict_parquet(Capitals(), tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
