from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses.runs import RunTable

# Few different bits, so that many hashes share an address in both tables.
CLOSE = st.lists(st.sampled_from([(a << 62) | (b << 21) | c for a in range(2) for b in range(2) for c in range(9)]))
ANY = st.lists(st.integers(0, 2**64 - 1), max_size=50)


@given(st.one_of(CLOSE, ANY), st.one_of(CLOSE, ANY))
def test_each_run_is_found_where_it_stands(file: list[int], asked: list[int]) -> None:
    hashes = np.array(file, np.uint64)
    table = RunTable(hashes)
    wanted = asked + file
    found = table.find(np.array(wanted, np.uint64))
    assert [place >= 0 for place in found.tolist()] == [one in file for one in wanted]
    assert all(file[place] == one for place, one in zip(found.tolist(), wanted, strict=True) if place >= 0)
    assert table.names.tolist() == found[len(asked) :].tolist()


@given(CLOSE)
def test_equal_runs_have_one_name(file: list[int]) -> None:
    names = RunTable(np.array(file, np.uint64)).names.tolist()
    assert len(set(names)) == len(set(file))
