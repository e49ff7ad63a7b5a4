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


def test_of_two_versions_the_one_that_explains_the_title_wins_in_a_file_that_is_cut_off() -> None:
    older = " ".join(["the", "heron", "license", "version", "one", *A[:80]])
    newer = " ".join(["the", "heron", "license", "version", "two", "point", "four", *A[:80], *A[90:100]])
    texts = [KnownText("1.LICENSE", "MIT", "license", older), KnownText("2.LICENSE", "ISC", "license", newer)]
    index = indexing.build(texts)
    cut = " ".join(newer.split()[:70])
    assert [name for name, _, _ in found(index, cut)] == ["2.LICENSE"]


def test_a_long_text_that_lost_a_chapter_is_one_text() -> None:
    numbers = random.Random(3)
    long = [f"w{numbers.randrange(100_000)}" for _ in range(1600)]
    index = indexing.build([KnownText("l.LICENSE", "MIT", "license", " ".join(long))])
    assert found(index, " ".join([*long[:700], *long[880:]])) == [("l.LICENSE", 0, 1420)]


def test_a_text_of_repeated_paragraphs_is_a_candidate() -> None:
    whole = " ".join([*A[:40], *A[60:100], *A[60:100], *A[60:100]])
    part = " ".join(A[60:100])
    texts = [KnownText("w.LICENSE", "MIT", "license", whole), KnownText("p.LICENSE", "ISC", "license", part)]
    index = indexing.build(texts)
    assert "w.LICENSE" in [name for name, _, _ in found(index, whole.replace(A[20], "changed"))]


def test_many_variants_of_one_licence_leave_room_for_another() -> None:
    variants = [KnownText(f"{n}.RULE", "MIT", "text", " ".join([*A[:90], *f"v{n} " * 9])) for n in range(20)]
    other = KnownText("o.LICENSE", "ISC", "license", " ".join([*A[:88], "zebra", "yak", "xenon"]))
    index = indexing.build([*variants, other])
    tokens = words.shingles(words.split(other.text).sums, 5)
    chosen = align._candidates(index, tokens, np.ones(len(tokens), bool))
    assert "ISC" in [index.expressions[text] for text in chosen]


@pytest.mark.parametrize("band", [1, 20, 600])
def test_the_densest_stretch_is_the_one_that_counting_finds(band: int) -> None:
    chance = random.Random(band)
    for _ in range(50):
        values = [chance.randrange(-300, 300) for _ in range(chance.randrange(1, 80))]
        size = {low: sum(low <= one <= low + band for one in values) for low in values}
        assert align._densest(np.array(values), band) == min(values, key=lambda low: (-size[low], low))
