"""MinHash signatures as datasketch gives them. The expected numbers were printed by datasketch 2.0.0."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from stackmark.dedup.minhash import Scheme, signatures
from stackmark.dedup.shingles import shingles
from stackmark.errors import UsageError

TEXTS = [b"a b c d e f", "def größe(x):\n    return x + 1\n".encode(), b""]
EXPECTED: dict[Scheme, list[list[int]]] = {
    "legacy": [
        [163474620, 376016464, 795136077, 310297494, 2084630476, 1444995478, 147536140, 1853808563],
        [161115700, 548690482, 169957381, 403267428, 360650935, 268728768, 386644743, 132000783],
        [4294967295] * 8,
    ],
    "affine32": [
        [1602166042, 426186007, 1555159081, 1317719442, 2454528589, 591785396, 355723734, 944478065],
        [215085599, 228770012, 792569079, 116199538, 47592013, 255064186, 111238238, 240527143],
        [4294967295] * 8,
    ],
}


@pytest.mark.parametrize("scheme", EXPECTED)
def test_equal_those_of_datasketch(scheme: Scheme) -> None:
    assert signatures(TEXTS, 8, scheme=scheme).tolist() == EXPECTED[scheme]


def test_legacy_is_the_formula_of_bigcode() -> None:
    """The arithmetic of `minhash_deduplication.py` in numpy, whose products overflow, over another hash."""
    generator = np.random.RandomState(42)
    prime = np.uint64((1 << 61) - 1)
    a, b = np.array(
        [
            (generator.randint(1, prime, dtype=np.uint64), generator.randint(0, prime, dtype=np.uint64))
            for _ in range(32)
        ]
    ).T
    words = TEXTS[0].decode().split(" ")
    hashes = np.array([zlib.crc32(" ".join(words[place : place + 5]).encode()) for place in (0, 1)], np.uint64)
    expected = (((hashes[:, None] * a + b) % prime) & np.uint64(0xFFFFFFFF)).min(axis=0)
    assert np.array_equal(signatures(TEXTS[:1], 32, 42, zlib.crc32, "legacy")[0], expected)


@pytest.mark.parametrize("scheme", EXPECTED)
def test_estimates_the_similarity(scheme: Scheme) -> None:
    one = " ".join(f"w{number}" for number in range(400)).encode()
    other = " ".join(f"w{number}" for number in range(100, 500)).encode()
    rows = signatures([one, other], 1024, scheme=scheme)
    sets = shingles(one), shingles(other)
    exact = len(np.intersect1d(*sets)) / len(np.union1d(*sets))
    assert (rows[0] == rows[1]).mean() == pytest.approx(exact, abs=0.05)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(UsageError, match="affine64"):
        signatures(TEXTS, scheme="affine64")  # type: ignore[arg-type]  # that it is refused is the point
