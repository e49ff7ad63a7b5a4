"""Classic MinHash signatures, for those who exchange them: equal to datasketch's, number by number.

The shingles are those of `stackmark.dedup.shingles`, each as its five tokens with a blank between, as BigCode writes
them. A shingle is hashed to 32 bits (the first four bytes of SHA-1, little end first, unless told otherwise) and
permuted in one of two ways:

    affine32   datasketch from version 2 on: MurmurHash3's last steps, then a * hash + b mod 2^32
    legacy     datasketch before it, and BigCode: (a * hash + b) mod (2^61 - 1), of which the low 32 bits count;
               the product overflows at 2^64, as it does in numpy

This runs at the pace of Python's own tokens. For finding near-duplicates, sketches are better in every way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from stackmark.dedup.columns import Contents, as_binary
from stackmark.dedup.shingles import WIDTH, Hashes, U
from stackmark.errors import UsageError

Signatures = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]
Scheme = Literal["affine32", "legacy"]

PRIME = (1 << 61) - 1
LARGEST = (1 << 32) - 1
SPLIT = re.compile("[^A-Za-z_0-9]")


def sha1_32(shingle: bytes) -> int:
    """Return the first four bytes of SHA-1 as a number; datasketch's default hash."""
    return int.from_bytes(hashlib.sha1(shingle, usedforsecurity=False).digest()[:4], "little")


def permutations(count: int, seed: int, scheme: Scheme) -> Hashes:
    """Return the factors and summands of `count` permutations, shape [2, count], as datasketch draws them."""
    generator = np.random.RandomState(seed)
    if scheme == "affine32":
        factors = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
        return np.array([factors, generator.randint(0, 1 << 32, count, dtype=np.uint32)]).astype(np.uint64)
    drawn = [
        (generator.randint(1, PRIME, dtype=np.uint64), generator.randint(0, PRIME, dtype=np.uint64))
        for _ in range(count)
    ]
    return np.array(drawn, dtype=np.uint64).reshape(count, 2).T.copy()


def shingle_texts(text: str) -> set[bytes]:
    """Return the shingles of a text as bytes; none for one of fewer than five tokens."""
    tokens = SPLIT.split(text)
    return {" ".join(tokens[place : place + WIDTH]).encode() for place in range(len(tokens) - WIDTH + 1)}


@njit(nogil=True, cache=True)
def lower_affine(hashes: Any, factors: Any, summands: Any, signature: Any) -> None:
    """Lower each number of a signature to the least permuted hash, by the scheme `affine32`."""
    low = U(LARGEST)
    for number in hashes:
        mixed = ((number ^ (number >> U(16))) * U(0x85EBCA6B)) & low  # the finalizer of MurmurHash3 for 32 bits
        mixed = ((mixed ^ (mixed >> U(13))) * U(0xC2B2AE35)) & low
        mixed ^= mixed >> U(16)
        for place in range(len(signature)):
            signature[place] = min(signature[place], (mixed * factors[place] + summands[place]) & low)


@njit(nogil=True, cache=True)
def lower_legacy(hashes: Any, factors: Any, summands: Any, signature: Any) -> None:
    """Lower each number of a signature to the least permuted hash, by the scheme `legacy`."""
    prime, low = U(PRIME), U(LARGEST)
    for number in hashes:
        for place in range(len(signature)):
            value = number * factors[place] + summands[place]
            value = (value & prime) + (value >> U(61))
            value = value - prime if value >= prime else value
            signature[place] = min(signature[place], value & low)


LOWER: dict[str, Any] = {"affine32": lower_affine, "legacy": lower_legacy}


def signatures(
    contents: Contents,
    count: int = 128,
    seed: int = 1,
    hashfunc: Callable[[bytes], int] = sha1_32,
    scheme: Scheme = "affine32",
) -> Signatures:
    """Return MinHash signatures of shape [n, count], uint32 or for `legacy` uint64, as datasketch has them.

    contents: a sequence of bytes, or an Arrow array of binary or string; what is no UTF-8 counts as U+FFFD
    count, seed, hashfunc, scheme: as in `datasketch.MinHash`, which calls the first `num_perm`

    A text without shingles has 2^32 - 1 throughout. Raises UsageError for an unknown scheme.
    """
    if scheme not in LOWER:
        raise UsageError(f"unknown scheme {scheme!r}", f"Schemes are: {', '.join(LOWER)}.")
    factors, summands = permutations(count, seed, scheme)
    found = np.full((len(contents), count), LARGEST, np.uint64)
    for row, content in zip(found, as_binary(contents).to_pylist(), strict=True):
        texts = shingle_texts((content or b"").decode("utf-8", "replace"))
        LOWER[scheme](np.fromiter(map(hashfunc, texts), np.uint64, len(texts)), factors, summands, row)
    return found if scheme == "legacy" else found.astype(np.uint32)
