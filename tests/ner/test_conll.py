"""Tag schemes and hostile files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.errors import SourceError
from stackmark.ner import conll

ENTITIES = ((0, 2, "PER"), (2, 3, "PER"), (4, 7, "LOC"))


def read(text: str) -> list[conll.Tagged]:
    return list(conll.sentences(text.split("\n"), "file"))


@pytest.mark.parametrize(
    "tags",
    [
        "B-PER I-PER B-PER O B-LOC I-LOC I-LOC",
        "I-PER I-PER B-PER O I-LOC I-LOC I-LOC",
        "B-PER E-PER S-PER O B-LOC I-LOC E-LOC",
        "B-PER L-PER U-PER O B-LOC I-LOC L-LOC",
    ],
    ids=["IOB2", "IOB1", "BIOES", "BILOU"],
)
def test_schemes_say_the_same(tags: str) -> None:
    assert conll.spans(tags.split(), True) == ENTITIES


def test_tags_without_prefix_join_neighbours() -> None:
    assert conll.spans(["PER", "PER", "PER", "O", "LOC", "LOC", "creative-work"], False) == (
        (0, 3, "PER"),
        (4, 6, "LOC"),
        (6, 7, "creative-work"),
    )


def test_an_inside_tag_of_another_type_begins_an_entity() -> None:
    assert conll.spans(["B-PER", "I-LOC", "O", "I-ORG"], True) == ((0, 1, "PER"), (1, 2, "LOC"), (3, 4, "ORG"))


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", "PER", "LOC-x"])), max_size=8))
def test_what_is_tagged_is_read_again(parts: list[tuple[int, str]]) -> None:
    tags: list[str] = []
    expected = []
    for length, label in parts:
        if label:
            expected.append((len(tags), len(tags) + length, label))
        tags += [f"B-{label}", *[f"I-{label}"] * (length - 1)] if label else ["O"] * length
    assert conll.spans(tags, True) == tuple(expected)


def test_mixed_schemes_are_refused() -> None:
    with pytest.raises(SourceError, match="different schemes"):
        conll.has_prefixes(["O", "B-PER", "LOC"], "file")


def test_documents_comments_byte_order_mark_and_other_line_ends() -> None:
    text = (
        "\ufeff# id = 1\n-DOCSTART- -X- O O\n\nAda NNP B-PER\r\n. . O\r\n\r\nHi UH O\n\n-DOCSTART- O\nBerlin NNP B-LOC"
    )
    assert read(text) == [
        conll.Tagged(("Ada", "."), ("B-PER", "O"), 1, 0),
        conll.Tagged(("Hi",), ("O",), 1, 1),
        conll.Tagged(("Berlin",), ("B-LOC",), 2, 0),
    ]


def test_words_with_unusual_blanks_and_hashes_stay_words() -> None:
    found = read("#\tO\n# O\na\u2028b\tO\nc\u00a0d O\n#tag B-PER")
    assert found[0].words == ("#", "#", "a\u2028b", "c\u00a0d", "#tag")


@pytest.mark.parametrize("line", ["word", "word\t", "\tO", "a\0b\tO", "x" * 70_000 + "\tO"])
def test_a_line_that_is_none_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(SourceError, match="file:2: "):
        read(f"Ada\tB-PER\n{line}")
