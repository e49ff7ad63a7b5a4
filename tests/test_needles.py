from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import needles

PATTERNS = (rb"ab+c", rb"[0-9]{3}", rb"a.b")
CONTENTS = st.lists(st.none() | st.text("abcABC01\n", max_size=12).map(str.encode), max_size=8)


def expected(contents: list[bytes | None], caseless: bool) -> list[list[bool]]:
    flags = re.DOTALL | (re.IGNORECASE if caseless else 0)
    return [[one is not None and bool(re.search(pattern, one, flags)) for one in contents] for pattern in PATTERNS]


@pytest.mark.parametrize("engine", [True, False])
@given(contents=CONTENTS, start=st.integers(0, 8), caseless=st.booleans())
def test_both_engines_find_the_rows_that_hold_a_pattern(
    engine: bool, contents: list[bytes | None], start: int, caseless: bool
) -> None:
    if engine and not needles.has_hyperscan():
        pytest.skip("the hyperscan wheel is not here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needles, "has_hyperscan", lambda: engine)
        column = pa.array(contents, pa.large_binary())[start:]
        found = needles.rows_with(column, PATTERNS, caseless=caseless)
    assert found.tolist() == expected(contents[start:], caseless)


@pytest.mark.parametrize("engine", [True, False])
@given(contents=CONTENTS, head=st.integers(0, 6), tail=st.integers(0, 6))
def test_of_a_long_row_only_its_ends_count(engine: bool, contents: list[bytes | None], head: int, tail: int) -> None:
    if engine and not needles.has_hyperscan():
        pytest.skip("the hyperscan wheel is not here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needles, "has_hyperscan", lambda: engine)
        found = needles.rows_with(pa.array(contents, pa.large_binary()), PATTERNS, ends=(head, tail))
    first, last = [], []
    for one in contents:
        is_long = one is not None and len(one) > head + tail
        first.append(one[:head] if one is not None and is_long else one)
        last.append(one[len(one) - tail :] if one is not None and is_long else one)
    assert found.tolist() == np.logical_or(expected(first, False), expected(last, False)).tolist()
