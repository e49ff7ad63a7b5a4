"""What `predict` takes: a text, texts, lists of words, or a data set with context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackmark.errors import UsageError
from stackmark.ner.document import Places, places

Text = str | Sequence[str]


@dataclass(frozen=True)
class Inputs:
    """Texts (or lists of words), whether there was but one, and where they stand in documents if that is known."""

    texts: list[Text]
    single: bool = False
    where: Places | None = None


def read_inputs(given: object) -> Inputs:
    """Tell the kinds of input apart; raises UsageError for another.

    A list of strings is a list of texts, even of one word each, which the reference takes for the words of one text.
    """
    if isinstance(given, str):
        return Inputs([given], single=True)
    columns = _columns(given)
    if columns is not None:
        if "tokens" not in columns:
            raise UsageError("the data set has no column `tokens`", f"it has {', '.join(columns)}")
        texts: list[Text] = [text if isinstance(text, str) else list(text) for text in _column(given, "tokens")]
        if {"document_id", "sentence_id"} <= set(columns):
            where = places(_column(given, "document_id"), _column(given, "sentence_id"))
            if len(where.before) != len(texts):
                raise UsageError(f"{len(texts)} texts but {len(where.before)} document ids", "give one for each text")
            return Inputs(texts, where=where)
        return Inputs(texts)
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise UsageError(f"cannot predict on {type(given).__name__}", "give a text, a list of texts, or lists of words")
    return Inputs(list(given))


def _columns(given: object) -> list[str] | None:
    names = getattr(given, "column_names", None)
    if isinstance(given, Mapping):
        names = list(given)
    return list(names) if isinstance(names, list | tuple) else None


def _column(given: Any, name: str) -> list[Any]:
    column = given[name]
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)
