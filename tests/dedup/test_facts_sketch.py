"""The detector `sketch`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stackmark import dedup
from stackmark.dedup.facts_sketch import DETECTOR
from tests.dedup.stores import inspected


def test_is_the_lowest_byte_of_each_number_of_the_text() -> None:
    contents = [b"a b c d e f", "größe = wert ; x".encode("utf-16"), b"x = 1", b"\0\1\2" * 50, b""]
    found = DETECTOR.inspect(inspected(contents))
    assert found.schema == DETECTOR.schema
    texts = [b"a b c d e f", "\ufeffgröße = wert ; x".encode()]
    expected = [row.astype(np.uint8).tobytes() for row in dedup.sketch(texts)]
    assert found["sketch"].to_pylist() == [*expected, None, None, None]


def test_no_rows() -> None:
    assert DETECTOR.inspect(inspected([])).num_rows == 0


def test_is_found_by_its_name() -> None:
    assert (DETECTOR.name, DETECTOR.per, DETECTOR.schema) == ("sketch", "content", pa.schema([("sketch", pa.binary())]))
    DETECTOR.prepare()
