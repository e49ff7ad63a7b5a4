"""The lexer without a grammar."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup import lexer

SAME = [
    ("C", "int add(int a, int b) { return a + b; } // sum", "int sum(int x, int y) { /* two\nlines */ return x + y; }"),
    ("Python", "def f(x):\n    return x + 1  # one", "def grow(value):\n    return value + 0x2F\n"),
    ("Python", 'a = "x" + """y\n"z" """', "b = 'long one' + '''other'''"),
    ("Python", "x = 'it\\'s'", 'y = "z"'),
    ("JavaScript", "let s = `a\n${b}`;", "let t = 'c';"),
    ("Rust", "fn f<'a>(x: &'a str) {}", "fn g<'b>(y: &'b str) {}"),
    ("SQL", "select a from b -- note", "select c\nfrom d"),
    ("TeX", "\\item a % b", "\\item c"),
    (None, "größe = 1", "size = 2"),
]
OTHER = [
    ("C", "a + b", "a - b"),
    ("C", "return a;", "throw a;"),
    ("C", "#include <a>", ""),
    ("Python", "a // b", "a"),
    ("SQL", "a -- b", "a b"),
    ("Haskell", "f' x", "f x y"),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_names_literals_and_comments_do_not_matter(language: str | None, one: str, other: str) -> None:
    assert np.array_equal(lexer.tokens(one.encode(), language), lexer.tokens(other.encode(), language))
    assert len(lexer.tokens(one.encode(), language)) >= 3


@pytest.mark.parametrize(("language", "one", "other"), OTHER)
def test_what_the_code_does_matters(language: str | None, one: str, other: str) -> None:
    assert not np.array_equal(lexer.tokens(one.encode(), language), lexer.tokens(other.encode(), language))


def test_every_listed_language_is_listed_once() -> None:
    listed = [name for row in lexer._data()["families"].values() for name in row.get("languages", ())]
    assert len(listed) == len(set(listed))


@given(st.binary(max_size=200), st.sampled_from(["C", "Python", "Rust", "Haskell", None]))
def test_any_bytes(data: bytes, language: str | None) -> None:
    assert len(lexer.tokens(data, language)) <= len(data)


@pytest.mark.parametrize("part", [b"'", b"\\'", b'"""', b"/*", b"`", b"'\\", b"1.", b"a", b"/", b"\xff", b"\n'"])
def test_takes_linear_time(part: bytes) -> None:
    lexer.tokens(part, "C")
    start = time.process_time()
    lexer.tokens(part * (2_000_000 // len(part)), "C")
    assert time.process_time() - start < 2
