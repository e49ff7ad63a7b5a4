from __future__ import annotations

from pathlib import Path

import pytest

from stackmark import caches


def test_folder_is_the_one_that_is_named_else_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACKMARK_CACHE", str(tmp_path / "own"))
    assert caches.folder() == tmp_path / "own"
    monkeypatch.delenv("STACKMARK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert caches.folder() == tmp_path / "stackmark"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert caches.folder() == tmp_path / ".cache" / "stackmark"
