from __future__ import annotations

import json
from pathlib import Path

from stackmark.release import figures
from tests.release import synthetic
from tests.release.synthetic import STANDARD


def test_figures_are_plain_json(tmp_path: Path) -> None:
    synthetic.write_tables(tmp_path / "r", STANDARD)
    found = figures.take(tmp_path / "r")
    assert json.loads(json.dumps(found)) == found
    assert sum(column["files"] for column in found["sizes"]) == sum(column["files"] for column in found["copies"]) > 0
