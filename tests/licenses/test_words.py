from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import words


def split(text: str) -> list[str]:
    return list(words.split(text).words)


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
    assert split("the [Software](https://example.org/x) *is* `free`") == ["the", "software", "is", "free"]
    assert split("write to <jane@example.org> or <organization>") == [
        "write",
        "to",
        "jane",
        "example",
        "org",
        "or",
        "organization",
    ]


def test_line_numbers_are_those_of_the_file() -> None:
    assert words.split("a\n\nb c").lines.tolist() == [0, 2, 2]


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    found = words.split(text)
    assert len(found.hashes) == len(found.lines) == len(found.words)


@given(st.binary(max_size=300))
def test_any_bytes_decode(content: bytes) -> None:
    assert isinstance(words.decode(content), str)


def test_shingles_depend_on_order() -> None:
    one = words.shingles(words.split("a b c d").hashes, 3)
    other = words.shingles(words.split("b a c d").hashes, 3)
    assert len(one) == 2
    assert one[0] != other[0]
    assert len(words.shingles(words.split("a").hashes, 3)) == 0
