from __future__ import annotations

import numpy as np
import pytest

from stackmark.errors import UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.document import around, in_context, places
from tests.ner.goldens import FOLDER
from tests.ner.test_passages import text_of
from tests.ner.test_tokenizer import opened_once

CONFIG = SpanMarkerConfig.from_file(FOLDER / "bert" / "config.json")


def texts(*sizes: int) -> list[object]:
    found, at = [], 0
    for size in sizes:
        text = text_of([1] * size)
        found.append(type(text)(text.ids + at, text.words, text.chars, text.ends))
        at += size
    return found


def test_neighbours_are_of_the_same_document_in_the_order_of_their_numbers() -> None:
    found = places(["a", "b", "a", "a"], [2, 0, 0, 1])
    assert found.before.tolist() == [3, -1, -1, 2]
    assert found.after.tolist() == [-1, -1, 3, 0]


def test_sides_take_turns_beginning_with_the_later_one() -> None:
    known = texts(3, 3, 2, 3, 3)
    where = places([0] * 5, list(range(5)))
    earlier, later = around(known, 2, where, 10, CONFIG)  # type: ignore[arg-type]
    assert later.tolist() == [8, 9, 10, 11, 12][:5]
    assert earlier.tolist() == [3, 4, 5]


def test_the_configuration_limits_the_neighbours() -> None:
    known = texts(3, 3, 2, 3, 3)
    config = SpanMarkerConfig(**{**vars(CONFIG), "max_prev_context": 0, "max_next_context": 1})
    earlier, later = around(known, 2, places([0] * 5, range(5)), 100, config)  # type: ignore[arg-type]
    assert (len(earlier), len(later)) == (0, 3)


def test_markers_move_with_the_text_before_the_sentence() -> None:
    known = texts(4, 2, 4)
    passage = next(in_context(known, 1, places([0] * 3, range(3)), opened_once("bert"), CONFIG))  # type: ignore[arg-type]
    first = passage.markers[0, 0]
    assert passage.ids[first] == known[1].ids[0]  # type: ignore[attr-defined]
    assert len(passage.ids) == 12


def test_ids_without_an_order_are_refused() -> None:
    with pytest.raises(UsageError):
        places([1, "a"], [0, 0])
    assert np.array_equal(places([], []).before, [])
