"""What compiled code asks of the processor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from stackmark.dedup.machine import classify, load_word, lowest_bit


@njit
def masks(data: npt.NDArray[np.uint8], place: int) -> tuple[int, int, int]:
    return classify(data, place)


@njit
def word(data: npt.NDArray[np.uint8], place: int) -> int:
    return load_word(data, place)


@njit
def low(value: int) -> int:
    return lowest_bit(np.uint64(value))


@given(st.binary(min_size=64, max_size=64), st.integers(0, 9))
def test_every_byte_is_told_apart(block: bytes, shift: int) -> None:
    data = np.frombuffer(bytes(shift) + block, np.uint8)
    splits, continuation, high = masks(data, shift)
    for place, byte in enumerate(block):
        is_word = byte == ord("_") or (byte < 128 and chr(byte).isalnum())
        assert (int(splits) >> place & 1) == (not is_word)
        assert (int(continuation) >> place & 1) == (0x80 <= byte < 0xC0)
        assert (int(high) >> place & 1) == (byte >= 0x80)


def test_all_256_bytes() -> None:
    data = np.arange(256, dtype=np.uint8)
    words = "".join(f"{int(masks(data, place)[0]) ^ ((1 << 64) - 1):064b}"[::-1] for place in range(0, 256, 64))
    assert [chr(place) for place, bit in enumerate(words) if bit == "1"] == sorted(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    )


@given(st.binary(min_size=16, max_size=16), st.integers(0, 8))
def test_words_are_read_at_any_place(data: bytes, place: int) -> None:
    assert word(np.frombuffer(data, np.uint8), place) == int.from_bytes(data[place : place + 8], "little")


@given(st.integers(1, (1 << 64) - 1))
def test_lowest_bit(value: int) -> None:
    assert low(np.uint64(value)) == (value & -value).bit_length() - 1
