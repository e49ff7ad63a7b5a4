"""Strict span metrics, by hand."""

from __future__ import annotations

import pytest

from stackmark.ner import metrics
from stackmark.ner.metrics import Counts

GOLD = [[(0, 2, "PER"), (4, 5, "LOC")], [(0, 1, "LOC")], []]
FOUND = [[(0, 2, "PER"), (4, 6, "LOC")], [(0, 1, "ORG")], [(3, 4, "PER")]]


@pytest.fixture
def scores() -> metrics.Scores:
    return metrics.score(GOLD, FOUND, ["de", "fr", "fr"], 12)


def test_borders_and_type_must_both_be_right(scores: metrics.Scores) -> None:
    assert scores.all == Counts(right=1, found=4, gold=3)
    assert (scores.all.precision, scores.all.recall, scores.all.f1) == (1 / 4, 1 / 3, 2 / 7)


def test_per_type_and_language(scores: metrics.Scores) -> None:
    assert scores.types == {"LOC": Counts(0, 1, 2), "ORG": Counts(0, 1, 0), "PER": Counts(1, 2, 1)}
    assert scores.languages == {"de": Counts(1, 2, 2), "fr": Counts(0, 2, 1)}
    assert scores.macro_f1 == pytest.approx((0 + 2 / 3) / 2)


def test_confusion_and_borders(scores: metrics.Scores) -> None:
    assert scores.confusion == {("LOC", "O"): 1, ("LOC", "ORG"): 1, ("O", "LOC"): 1, ("O", "PER"): 1, ("PER", "PER"): 1}
    assert scores.borders == {"LOC": 1}


def test_nothing_to_find() -> None:
    empty = metrics.score([[]], [[]], [""], 5)
    assert (empty.all.f1, empty.macro_f1, empty.types) == (0.0, 0.0, {})
    assert empty.to_dict()["gold"] == 0


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        metrics.score([[]], [], [""], 0)
