from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from stackmark.licenses import align, indexing, words
from stackmark.licenses.corpus import KnownText
from stackmark.licenses.index import Index

A, B = ([f"{letter}{number}" for number in range(120)] for letter in "ab")
GRANT = "anybody may use copy and sell this program and its parts in any way that the law of the land allows"


@pytest.fixture(scope="module")
def two() -> Index:
    """Give an index of two texts that share no word."""
    return indexing.build(
        [
            KnownText("a.LICENSE", "MIT", "license", " ".join(A)),
            KnownText("b.LICENSE", "GPL-3.0-only", "license", " ".join(B)),
        ]
    )


def found(index: Index, text: str) -> list[tuple[str, int, int]]:
    body = words.split(text)
    return [(index.names[one.text], one.start, one.end) for one in align.find(index, body, np.ones(len(body), bool))]


def test_a_text_with_words_changed_and_others_around(two: Index) -> None:
    changed = [word if number % 30 else "other" for number, word in enumerate(A)]
    ((name, start, end),) = found(two, " ".join(["x"] * 50 + changed + ["y"] * 50))
    assert name == "a.LICENSE"
    assert 50 <= start <= 52
    assert 168 <= end <= 170


def test_each_copy_is_found_once(two: Index) -> None:
    text = " ".join([*A, *(["x"] * 60), *B, *(["y"] * 60), *A])
    assert sorted(found(two, text)) == [("a.LICENSE", 0, 120), ("a.LICENSE", 360, 480), ("b.LICENSE", 180, 300)]


def test_less_than_half_of_a_text_is_not_the_text(two: Index) -> None:
    assert found(two, " ".join(A[:50])) == []
    assert found(two, " ".join(A[:90])) == [("a.LICENSE", 0, 90)]


def test_words_in_another_order_are_not_the_text(two: Index) -> None:
    assert found(two, " ".join(random.Random(0).sample(A, len(A)))) == []


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace("may use", "may not use"), lambda text: text.replace("sell ", "")],
    ids=["word put in", "word taken out"],
)
def test_a_short_notice_counts_only_as_a_whole(change: Callable[[str], str]) -> None:
    index = indexing.build([KnownText("n.RULE", "MIT", "notice", GRANT)])
    text = change(GRANT)
    assert text != GRANT
    assert found(index, GRANT) != []
    assert found(index, text) == [] or "not" in text  # the added word stays for the residue to judge


def test_a_file_that_lacks_the_not_of_a_text_is_not_that_text() -> None:
    forbidding = " ".join([*A[:60], "is", "not", "permitted", *A[60:]])
    index = indexing.build([KnownText("p.LICENSE", "LicenseRef-scancode-proprietary-license", "license", forbidding)])
    assert found(index, forbidding) != []
    assert found(index, forbidding.replace(" not ", " ")) == []


def test_required_words_are_required() -> None:
    index = indexing.build([KnownText("r.RULE", "MIT", "text", " ".join([*A[:50], "{{by the king}}", *A[50:]]))])
    assert found(index, " ".join([*A[:50], "by the king", *A[50:]])) != []
    assert found(index, " ".join([*A[:50], "by the cook", *A[50:]])) == []
