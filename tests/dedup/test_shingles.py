"""Shingles are those of BigCode's Python code, on every text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup.shingles import WINDOW, shingles

SPLIT = re.compile("[^A-Za-z_0-9]")
WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def grams(tokens: list[str] | list[bytes]) -> set[tuple[str | bytes, ...]]:
    return {tuple(tokens[place : place + 5]) for place in range(len(tokens) - 4)}


def of_text(text: str) -> set[tuple[str | bytes, ...]]:
    """The rule, on characters."""
    return grams(SPLIT.split(text))


def of_bytes(data: bytes) -> set[tuple[str | bytes, ...]]:
    """The rule on bytes that may be no UTF-8: a continuation goes with a byte beyond ASCII before it."""
    tokens, at_hand, before = [], bytearray(), 0
    for byte in data:
        if byte in WORD:
            at_hand.append(byte)
        elif byte & 0xC0 != 0x80 or before < 0x80:
            tokens.append(bytes(at_hand))
            at_hand.clear()
        before = byte
    return grams([*tokens, bytes(at_hand)])


#: Texts in which the same few tokens come again, so that shingles do too.
CODE = st.lists(
    st.sampled_from(["x", "=", " ", "    ", "\n", "é", "值", "🦀", "a_1", "A" * 17, "B" * 40, "."]), max_size=60
)


@given(CODE.map("".join))
def test_sets_are_as_large_as_in_python(text: str) -> None:
    assert len(shingles(text.encode())) == len(of_text(text))


@given(CODE.map("".join), CODE.map("".join))
def test_two_texts_share_as_many_as_in_python(one: str, other: str) -> None:
    common = np.intersect1d(shingles(one.encode()), shingles(other.encode()))
    assert len(common) == len(of_text(one) & of_text(other))


@given(st.text(max_size=200))
def test_any_unicode(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert len(shingles(data)) == len(of_bytes(data))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert len(shingles(data)) == len(of_bytes(data))


@pytest.mark.parametrize("text", ["", "x", "x = 1", "import os", "a b c d", "(((", "\n" * 3])
def test_fewer_than_five_tokens_have_none(text: str) -> None:
    assert len(shingles(text.encode())) == 0


def test_five_tokens_have_one_even_if_all_are_empty() -> None:
    assert len(shingles(b"    ")) == 1
    assert len(shingles(b"a b c d e")) == 1


@pytest.mark.parametrize("length", [7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200])
def test_every_byte_of_a_token_counts(length: int) -> None:
    sets = [shingles(b"a b c d " + b"x" * place + b"y" + b"x" * (length - place)) for place in range(length + 1)]
    assert len(set(np.concatenate(sets).tolist())) == length + 1


@pytest.mark.parametrize("shift", range(-3, 4))
def test_tokens_over_the_edge_of_a_window(shift: int) -> None:
    text = "word " * ((WINDOW + shift) // 5) + "é" * 5 + " ".join(f"token_{number}" for number in range(9000))
    assert len(shingles(text.encode())) == len(of_text(text))


def test_a_token_longer_than_windows() -> None:
    text = "a b c d " + "x" * (3 * WINDOW) + " e f"
    assert len(shingles(text.encode())) == 3


@pytest.mark.parametrize("data", [b"x" * 10_000_000, b"x " * 5_000_000, b" " * 10_000_000, b"\xff" * 10_000_000])
def test_ten_megabytes_of_the_same(data: bytes) -> None:
    assert len(shingles(data)) == len(of_bytes(data[:100]))


def test_every_file_of_the_corpus_has_the_python_set(shared_data: Path) -> None:
    """All of them take Python half a minute; a fifth is looked at here."""
    contents = pq.read_table(shared_data / "corpus" / "sample.parquet")["content"].to_pylist()[::5]
    different = [len(one) for one in contents if len(shingles(one)) != len(of_text(one.decode()))]
    assert different == []
