"""Shingles: every five consecutive tokens of a text, as 64-bit hashes, read straight from bytes.

The rule is that of BigCode's `minhash_deduplication.py`: the text is split at every single character outside
`[A-Za-z0-9_]`, empty tokens between two such characters are kept, and a shingle is five tokens in a row. A character
beyond ASCII is one split, however many bytes it has. A byte that is no UTF-8 splits as a character would.

The kernel tells 64 bytes at a time what they are, walks the splits by their bits, and hashes a token of up to 16 bytes
without a branch. It is compiled once per machine and kept beside this module, or where NUMBA_CACHE_DIR says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.machine import classify, load_word, lowest_bit

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

#: Tokens in a shingle; a text of fewer has none.
WIDTH = 5
#: The kernel reads blocks: so many bytes after the end of a text must be there to read, whatever they hold.
SLACK = 64
#: Bytes of text whose tokens are held at once; a multiple of a block.
WINDOW = 1 << 15

U = np.uint64
ZERO, ONE = U(0), U(1)
# Odd numbers without a pattern: the golden ratio's fraction, and two from a generator.
MULTIPLY_LOW, MULTIPLY_HIGH, STIR = U(0x9E3779B97F4A7C15), U(0xD6E8FEB86659FD93), U(0xA0761D6478BD642F)
# Which bytes of the two words that are read at a token belong to it, by its length up to 16.
LOW_MASK = np.array([(1 << 8 * min(length, 8)) - 1 for length in range(17)], dtype=np.uint64)
HIGH_MASK = np.array([(1 << 8 * max(length - 8, 0)) - 1 for length in range(17)], dtype=np.uint64)


@njit(forceinline=True, nogil=True)
def rotate(value: Any, places: Any) -> Any:
    """Rotate the bits of a 64-bit number to the left."""
    return (value << places) | (value >> (U(64) - places))


@njit(forceinline=True, nogil=True, cache=True)
def hash_token(data: Any, start: Any, length: Any) -> Any:
    """Hash one token. No byte of a token is zero, so zeros after its end say its length."""
    some = min(length, U(16))
    value = STIR
    value += (load_word(data, start) & LOW_MASK[some]) * MULTIPLY_LOW
    value += (load_word(data, start + U(8)) & HIGH_MASK[some]) * MULTIPLY_HIGH
    while length > U(16):
        start += U(16)
        length -= U(16)
        some = min(length, U(16))
        value = (value ^ (value >> U(29))) * STIR
        value += (load_word(data, start) & LOW_MASK[some]) * MULTIPLY_LOW
        value += (load_word(data, start + U(8)) & HIGH_MASK[some]) * MULTIPLY_HIGH
    return value ^ (value >> U(32))


@njit(nogil=True, cache=True)
def hash_tokens(data: Any, place: Any, stop: Any, start: Any, carry: Any, tokens: Any, count: Any) -> Any:
    """Hash the tokens that a split between `place` and `stop` ends, after `count` that are there already.

    start: where the token at hand begins; carry: 1 if the byte before `place` is beyond ASCII.
    Returns the count, start and carry to go on with. A continuation byte after a byte beyond ASCII belongs to a
    character that has split already: it ends an empty token that is not counted.
    """
    while place < stop:
        splits, continuation, high = classify(data, place)
        if stop - place < U(64):
            splits &= (ONE << (stop - place)) - ONE
        if (high | carry) == ZERO:
            while splits != ZERO:
                end = place + lowest_bit(splits)
                splits &= splits - ONE
                tokens[count] = hash_token(data, start, end - start)
                count += ONE
                start = end + ONE
        else:
            inner = continuation & ((high << ONE) | carry)
            carry = high >> U(63)
            while splits != ZERO:
                bit = lowest_bit(splits)
                splits &= splits - ONE
                tokens[count] = hash_token(data, start, place + bit - start)
                count += ONE - ((inner >> bit) & ONE)
                start = place + bit + ONE
        place += U(64)
    return count, start, carry


@njit(nogil=True, cache=True)
def combine(tokens: Any, count: Any, shingles: Any, found: Any) -> Any:
    """Add the shingles of consecutive tokens after `found` ones, without one that repeats the one before it."""
    value = rotate(rotate(rotate(tokens[0], U(13)) ^ tokens[1], U(13)) ^ tokens[2], U(13)) ^ tokens[3]
    leaving = ZERO
    previous = shingles[found - ONE] if found > ZERO else ZERO
    for number in range(count - U(4)):
        # Five rotations by 13 turn by 65, which is 1: so the token that leaves is taken out.
        value = rotate(value, U(13)) ^ rotate(leaving, U(1)) ^ tokens[number + U(4)]
        leaving = tokens[number]
        shingles[found] = value
        found += ONE if value != previous or found == ZERO else ZERO
        previous = value
    return found


@njit(nogil=True, cache=True)
def scan(data: Any, begin: Any, end: Any, tokens: Any, shingles: Any) -> Any:
    """Write the shingles of `data[begin:end]` in reading order and return how many; repeats may be among them.

    data: bytes, SLACK of them readable after `end`; tokens: scratch for WINDOW + 8; shingles: room for every byte.
    """
    count, found, start, carry, place = ZERO, ZERO, begin, ZERO, begin
    while True:
        stop = min(place + U(WINDOW), end)
        count, start, carry = hash_tokens(data, place, stop, start, carry, tokens, count)
        if stop == end:
            tokens[count] = hash_token(data, start, end - start)
            count += ONE
        if count >= U(WIDTH):
            found = combine(tokens, count, shingles, found)
            for kept in range(U(4)):
                tokens[kept] = tokens[count - U(4) + kept]
            count = U(4)
        if stop == end:
            return found
        place = stop


@njit(nogil=True, cache=True)
def scan_one(data: Any, end: Any, shingles: Any) -> Any:
    """Write the shingles of one text of `end` bytes; see `scan`."""
    return scan(data, ZERO, end, np.empty(WINDOW + 8, np.uint64), shingles)


def shingles(content: bytes) -> Hashes:
    """Return the set of a text's shingles as sorted 64-bit hashes; empty for a text of fewer than five tokens.

    Two texts have the same set as BigCode's Python code gives them, but for chance: two different shingles of a
    pair of texts with 10,000 each share a hash once in 10^11 pairs. The hash has no key, so who wants to can make
    shingles that collide; what that buys is a near-duplicate that is none, of the maker's own file.
    """
    data = np.frombuffer(content + bytes(SLACK), np.uint8)
    room = np.empty(len(content) + 1, np.uint64)
    return np.unique(room[: scan_one(data, U(len(content)), room)])
