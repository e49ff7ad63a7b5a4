from __future__ import annotations

from pathlib import Path

import pytest

from stackmark.licenses import added


def test_the_folder_is_the_one_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("STACKMARK_LICENSES", raising=False)
    assert added.folder() == tmp_path / "stackmark" / "licenses"
    monkeypatch.setenv("STACKMARK_LICENSES", str(tmp_path / "own"))
    assert added.folder() == tmp_path / "own"


def test_the_digest_tells_names_and_texts(tmp_path: Path) -> None:
    assert added.digest(tmp_path) == ""
    seen = set()
    for name, text in (("a.txt", "one"), ("a.txt", "two"), ("b.txt", "two")):
        (tmp_path / name).write_text(text)
        seen.add(added.digest(tmp_path))
    assert len(seen) == 3
