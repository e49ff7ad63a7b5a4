from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackmark.release import pages


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder for compiled templates, to an environment that starts anew."""
    monkeypatch.setenv("STACKMARK_CACHE", str(tmp_path / "cache"))
    pages._environment.cache_clear()
    yield tmp_path / "cache" / "templates"
    pages._environment.cache_clear()


def names() -> int:
    """Load the style sheet, as a new process would; return how many names it holds."""
    pages._environment.cache_clear()
    return len(pages._environment().get_template("report.css.jinja").render())


def test_templates_are_compiled_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = names()
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr("jinja2.environment.Environment.compile", None)  # calling it would fail
    assert names() == first


def test_damaged_template_is_compiled_again(cache: Path) -> None:
    first = names()
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])
    assert names() == first


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")
def test_template_of_somebody_else_is_not_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names()
    (kept,) = cache.iterdir()
    os.chown(kept, 12345, 12345)
    monkeypatch.setattr("jinja2.environment.Environment.compile", None)
    with pytest.raises(TypeError):
        names()


def test_pages_without_a_place_to_keep_templates(tmp_path: Path, cache: Path) -> None:
    cache.parent.write_text("a file where a folder should be")
    assert names() > 0
