from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import words


def split(text: str) -> list[str]:
    found = words.split(text)
    return [found.between(place, place + 1).split()[0].strip("\"'<>*`[]().,:") for place in range(len(found))]


@pytest.mark.parametrize(
    "line",
    [
        "Copyright (c) 2020 Jane Doe",
        "# Copyright 2012-2020 The Foo Authors. All rights reserved.",
        " * © 2020, Contoso GmbH",
        "Copyright (C) <year> <name of author>",
        "Copyright [yyyy] [name of copyright owner]",
        "(c) 2011 Somebody",
        "All rights reserved.",
        "Portions Copyright (c) 1998 X",
        "Copyright Jane Doe <jane@example.org>",
        "Copyright the Foo contributors",
    ],
)
def test_lines_that_name_a_holder_are_left_out(line: str) -> None:
    assert split(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "copyright notice, this list of conditions and the following disclaimer.",
        "Copyright holders shall not be liable",
        "copyright owner that is granting the License",
        "COPYRIGHT HOLDERS AND CONTRIBUTORS BE LIABLE",
        "(c) You must retain, in the Source form",
        "The above copyright notice and this permission notice",
    ],
)
def test_lines_of_the_text_itself_stay(line: str) -> None:
    assert split(line)


def test_markup_falls_away() -> None:
    assert split("<p class='x'>the &quot;<b>Software</b>&quot;</p>") == ["the", "software"]
    assert split("the **Software** *is* `free`") == ["the", "software", "is", "free"]
    assert split(r"{\rtf1\ansi{\fonttbl{\f0 Times;}}\pard the {\b Software}\par}") == ["the", "software"]
    assert split("write to <jane> or <organization>") == ["write", "to", "jane", "or", "organization"]


def test_line_numbers_are_those_of_the_file() -> None:
    found = words.split("a\n\nb <br\n> c\nCopyright 2020 X\nd")
    assert [found.line(place) for place in range(len(found))] == [1, 3, 4, 6]


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    found = words.split(text)
    assert len(found) == len(found.hashes) == len(found.starts)


@given(st.binary(max_size=300))
def test_any_bytes_decode(content: bytes) -> None:
    assert isinstance(words.decode(content), str)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_many_texts_split_like_each_alone(texts: list[str]) -> None:
    hashes, offsets = words.split_all(texts)
    for number, text in enumerate(texts):
        alone = words._cut(words.bare(text), fortran=False)  # a known text is no Fortran
        assert hashes[offsets[number] : offsets[number + 1]].tolist() == alone.hashes.tolist()


def test_words_that_begin_comments_fall_away() -> None:
    assert split("dnl the software\ndnl is free\nthe rem stays") == [
        "the",
        "software",
        "is",
        "free",
        "the",
        "rem",
        "stays",
    ]
    assert split("C the software\nC is free\n      X = C + 1") == ["the", "software", "is", "free", "x", "c", "1"]


def test_a_run_has_the_same_hash_wherever_it_stands() -> None:
    one, other = words.split("a b c d"), words.split("x y a b c")
    assert words.shingles(one.sums, 3)[0] == words.shingles(other.sums, 3)[2]
    assert words.run_hashes(one.sums, np.array([0]), np.array([3])) == words.shingles(one.sums, 3)[:1]
    assert words.shingles(words.split("b a c").sums, 3)[0] != words.shingles(one.sums, 3)[0]
    assert len(words.shingles(words.split("a").sums, 3)) == 0


def test_the_number_of_a_word_does_not_depend_on_its_place() -> None:
    assert (
        words.split("one licence, two LICENSES").hashes.tolist()
        == words.word_hashes(["one", "license", "two", "licenses"]).tolist()
    )
