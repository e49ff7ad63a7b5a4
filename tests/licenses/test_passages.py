from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import needles
from stackmark.licenses import passages

CODE = b"int main(void) {\n  return 0;\n}\n" * 20


def texts(content: bytes) -> list[bytes]:
    return [content[start:end] for start, end in passages.find(content)]


def test_code_without_a_word_on_licences_has_no_passage() -> None:
    assert passages.find(CODE) == ()


def test_a_passage_is_the_whole_comment_and_no_code() -> None:
    for comment in (
        b"/*\n * Copyright 2020 X\n *\n * Licensed under the MIT license.\n */\n",
        b"// Copyright 2020 X\n// Licensed under the MIT license.\n// No warranty.\n",
        b"/* Copyright X\n   Licensed under the MIT license\n   and no other. */\n",
    ):
        (found,) = texts(comment + CODE)
        assert found.strip() == comment.strip()


def test_comments_that_follow_each_other_are_one_passage() -> None:
    content = b"/* Licensed under the GPL. */\n\n/* As an exception, permission is given. */\n" + CODE
    assert texts(content) == [content[: content.index(b"\nint main")]]


def test_the_middle_of_a_large_file_is_left_out() -> None:
    notice = b"// Licensed under the MIT license.\n"
    content = notice + CODE * 200 + notice + CODE * 200 + notice
    assert len(passages.find(content)) == 2


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_passages_are_whole_lines_in_order(before: bytes, after: bytes) -> None:
    content = before + b"LICENSE" + after
    found = passages.find(content)
    assert found
    assert all(start < end for start, end in found)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))
    assert any(b"LICENSE" in content[start:end] for start, end in found)


LINES = st.lists(
    st.sampled_from([b"", b" ", b"\r", b"* x", b" */", b"/* y", b"# z", b"#", b"x #", b"*" * 2001, b"#" * 2000])
)


@given(above=LINES, below=LINES, mark=st.sampled_from([b"*", b"/*", b"#"]), repeated=st.sampled_from([1, 100]))
def test_a_comment_goes_on_as_far_below_as_it_would_above(
    above: list[bytes], below: list[bytes], mark: bytes, repeated: int
) -> None:
    lines = below * repeated
    text = b"\n".join([*above, mark + b" Licensed under the MIT license.", *lines])
    start = len(b"".join(one + b"\n" for one in above))
    _, end = passages._passage(text, text.index(b"Licensed", start), start, len(text))
    reached = passages._reach(lines[: passages._AFTER], mark, (), ())
    assert end == text.index(b"license.", start) + 8 + sum(len(one) + 1 for one in lines[:reached])


@pytest.mark.parametrize("engine", [True, False])
def test_the_quick_look_over_a_column_misses_no_text_with_a_passage(
    engine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine and not needles.has_hyperscan():
        pytest.skip("the hyperscan wheel is not here")
    monkeypatch.setattr(needles, "has_hyperscan", lambda: engine)
    spoken = ["a LICENCE", "лицензия", "ЛИЦЕНЗИЯ", "li\u0441ense", "Licen\u017fe", "许可", "ware is FREELY given", "x"]
    contents = [one.encode() for one in spoken]
    rows = passages.mentioning(pa.array([*contents, None, b""], pa.large_binary()))
    assert {row for row, content in enumerate(contents) if passages.find(content)} <= set(rows)
    assert len(contents) - 1 not in rows
