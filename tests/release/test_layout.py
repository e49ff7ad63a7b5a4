from __future__ import annotations

from stackmark.release import layout, tables


def test_every_table_has_a_place_and_columns() -> None:
    assert layout.PATTERNS.keys() == tables.SCHEMAS.keys()
