"""Scores of a model, and the page that shows them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stackmark.errors import UsageError
from stackmark.ner.data import Sentence
from stackmark.ner.evaluation import evaluate
from stackmark.ner.report import make_report

DATA = [
    Sentence(("Ada", "saw", "Paris"), ((0, 1, "PER"), (2, 3, "LOC")), "en"),
    Sentence(("Ada", "sah", "Köln"), ((0, 1, "PER"), (2, 3, "LOC")), "de"),
]


class Knows:
    """Takes every capitalised word for a person."""

    def predict(self, inputs: list[list[str]], batch_size: int = 32, threshold: float = 0.0) -> list[Any]:
        return [
            [
                {"word_start_index": place, "word_end_index": place + 1, "label": "PER"}
                for place, word in enumerate(words)
                if word[0].isupper() and threshold < 1
            ]
            for words in inputs
        ]


def test_scores_per_language_and_type() -> None:
    scores = evaluate(Knows(), DATA)
    assert (scores.all.right, scores.all.found, scores.all.gold) == (2, 4, 4)
    assert scores.types["PER"].recall == 1
    assert scores.confusion["LOC", "PER"] == 2
    assert sorted(scores.languages) == ["de", "en"]


def test_languages_and_options() -> None:
    assert evaluate(Knows(), DATA, languages=["de"]).sentences == 1
    assert evaluate(Knows(), DATA, threshold=1.0).all.found == 0
    with pytest.raises(UsageError, match="no sentence in fr"):
        evaluate(Knows(), DATA, languages=["fr"])


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    evaluate(Knows(), DATA * 20, batch_size=2, watch=lambda done, total: told.append((done, total)))
    assert sum(done for done, _ in told) == 40
    assert {total for _, total in told} == {40}


def test_the_page_stands_alone_and_is_no_way_in() -> None:
    hostile = Sentence(("Ada",), ((0, 1, "<script>alert(1)</script>"),), '"><img src=x>')
    page = make_report(evaluate(Knows(), [*DATA, hostile]), "Scores <b>")
    assert "<script" not in page
    assert "<img" not in page
    assert "Scores &lt;b&gt;" in page
    assert not re.search(r"https?://|url\(", page)
    assert page.count("<svg") == page.count("</svg>") == 2


def test_a_page_of_nothing() -> None:
    assert "<svg" in make_report(evaluate(Knows(), [Sentence(("a",), ())]), "none")
