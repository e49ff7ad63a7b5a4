"""What `stackmark diff` prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from stackmark.cli import cli
from tests.release import synthetic
from tests.release.synthetic import INFO, STANDARD, TOOL, Entry


def test_what_came_and_what_went_is_named_with_its_reason(tmp_path: Path) -> None:
    old = synthetic.release(tmp_path / "old").path
    entries = [entry for entry in STANDARD if entry.path != "lib/a.c"]
    entries.append(Entry(TOOL, "new.py", "new = 1\n"))
    new = synthetic.release(tmp_path / "new", entries, replace(INFO, version="1.0.1")).path
    done = CliRunner().invoke(cli, ["diff", str(old), str(new)], standalone_mode=False)
    assert done.return_value == 1  # something was added, which a patch must not
    said = done.stdout.splitlines()
    (gone,) = (entry for entry in STANDARD if entry.path == "lib/a.c")
    assert "Removed, 1 file: It is no longer in the sources." in said
    assert f"  + {TOOL}#/new.py" in said
    assert any(line.startswith(f"  - {gone.origin}#/lib/a.c: ") for line in said)
    assert said[-1].endswith("use 1.1.0")
