from __future__ import annotations

import pyarrow as pa
import pytest

from stackmark.errors import UsageError
from stackmark.ner.inputs import read_inputs


def test_strings_are_texts_and_lists_are_words() -> None:
    assert read_inputs("a b").single
    assert not read_inputs(["Paris", "Rome"]).single
    assert read_inputs((["a"], ["b"])).texts == [["a"], ["b"]]


def test_an_arrow_table_is_a_data_set() -> None:
    table = pa.table({"tokens": [["a", "b"], ["c"]], "document_id": ["x", "x"], "sentence_id": [1, 0]})
    found = read_inputs(table)
    assert found.texts == [["a", "b"], ["c"]]
    assert found.where is not None
    assert found.where.before.tolist() == [1, -1]


def test_a_data_set_without_tokens_is_refused() -> None:
    with pytest.raises(UsageError, match="tokens"):
        read_inputs(pa.table({"text": ["a"]}))


def test_document_ids_that_are_too_few_are_refused() -> None:
    with pytest.raises(UsageError, match="2 texts but 1 document ids"):
        read_inputs({"tokens": [["a"], ["b"]], "document_id": [1], "sentence_id": [0]})
