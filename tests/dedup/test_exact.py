from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stackmark.dedup import exact

rows = st.lists(st.tuples(st.sampled_from(exact.STRICTNESS), st.booleans()), min_size=1, max_size=40)


def priorities(entries: list[tuple[str, bool]]) -> list[int]:
    classes = pa.array([name for name, _ in entries])
    vendored = np.array([vendor for _, vendor in entries])
    return exact.priority(np.arange(len(entries), dtype=np.int64), classes, vendored).tolist()


@given(rows)
def test_strictest_then_not_vendored_then_first_stands_for_a_content(entries: list[tuple[str, bool]]) -> None:
    found = priorities(entries)
    best = min(range(len(entries)), key=found.__getitem__)
    expected = min(range(len(entries)), key=lambda n: (-exact.STRICTNESS.index(entries[n][0]), entries[n][1], n))
    assert best == expected
    assert len(set(found)) == len(entries)


def test_numbers_of_the_largest_entries_do_not_run_over() -> None:
    numbers = np.array([(1 << exact.NUMBER_BITS) - 1, 0], dtype=np.int64)
    found = exact.priority(numbers, pa.array(["permissive", "none"]), np.array([True, False]))
    assert (found > 0).all()
    assert found[0] < found[1]


def test_groups_say_who_is_best_and_who_is_refused() -> None:
    table = pa.table(
        {
            "content_id": pa.array([b"a", b"a", b"b", b"c"], pa.binary()),
            "entry_no": pa.array([1, 2, 3, 4], pa.int64()),
            "priority": pa.array([7, 5, None, 9], pa.int64()),
            "known_as": ["MIT", "ISC", "GPL-3.0-only", None],
            "refused_as": [None, None, "GPL-3.0-only", None],
        }
    )
    found = {row["content_id"]: row for row in exact.groups(table).to_pylist()}
    assert (found[b"a"]["best"], found[b"a"]["copies"], found[b"a"]["expressions"]) == (5, 2, 2)
    assert (found[b"b"]["best"], found[b"b"]["refused_as"]) == (None, "GPL-3.0-only")
    assert (found[b"c"]["best"], found[b"c"]["expressions"], found[b"c"]["refused_as"]) == (9, 0, None)
