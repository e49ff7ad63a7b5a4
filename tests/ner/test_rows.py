"""One row of labelled text."""

from __future__ import annotations

import pytest

from stackmark.errors import SourceError
from stackmark.ner import rows


def test_numbered_tags_have_the_given_names() -> None:
    row = rows.parse({"tokens": ["Ada", "left"], "ner_tags": [1, 0], "lang": "en"}, ["O", "B-PER"], "row 1")
    assert row == rows.Row(("Ada", "left"), ("B-PER", "O"), (), "en")


def test_entities_are_sorted_and_may_touch() -> None:
    row = rows.parse({"tokens": ["a", "b", "c"], "entities": [[1, 3, "Y"], [0, 1, "X"]]}, (), "row 1")
    assert row.entities == ((0, 1, "X"), (1, 3, "Y"))
    assert row.tags is None


def test_texts_are_cut_into_words_and_marks() -> None:
    row = rows.parse({"text": "O'Neil, 東京.", "entities": [{"start": 0, "end": 6, "label": "P"}]}, (), "row 1")
    assert row.words == ("O", "'", "Neil", ",", "東京", ".")
    assert row.entities == ((0, 3, "P"),)


@pytest.mark.parametrize(
    "bad", [None, 3, "text", {"text": 3}, {"tokens": ["a"], "ner_tags": [-1]}, {"sentence_id": "x"}]
)
def test_anything_else_is_refused_with_its_place(bad: object) -> None:
    with pytest.raises(SourceError, match=r"^row 7: "):
        rows.parse(bad, (), "row 7")
