"""What was made before is made again only if something differs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import stackmark
from stackmark import recipe as recipes
from stackmark.errors import RecipeError
from stackmark.pipeline import Silent
from stackmark.steps import recalling
from tests import building

ZIP = 'kind = "archive"\npath = "a.zip"'
FILES = {"LICENSE": building.MIT, "a.py": building.python("a")}


class Watch(Silent):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def step(self, name: str, unit: str):  # type: ignore[no-untyped-def]
        self.seen.append(name)
        return super().step(name, unit)


def steps(recipe: Path, version: str, extra: str = "") -> list[str]:
    """Build another version of a recipe, and return the steps that it took."""
    text = recipe.read_text()
    recipe.write_text(text.replace(recipes.load(recipe).version, version) + extra)
    watch = Watch()
    assert stackmark.build(recipe, watcher=watch).verify().ok
    return watch.seen


@pytest.fixture
def one(tmp_path: Path) -> Path:
    building.zipped(tmp_path / "a.zip", FILES)
    recipe = building.recipe(tmp_path, ZIP)
    stackmark.build(recipe)
    return recipe


def test_with_nothing_new_only_documents_are_made(one: Path) -> None:
    work = one.parent / ".stackmark"
    assert steps(one, "1.0.1") == ["origins", "publish"]
    assert steps(one, "1.0.2") == ["origins", "publish"]  # what was made is still remembered
    plain = stackmark.build(one, workdir=one.parent / "other")
    assert plain.digest == stackmark.Release.open(work / "releases" / f"{plain.name}-1.0.2").digest


def test_the_same_version_is_opened_and_nothing_is_written(one: Path) -> None:
    watch = Watch()
    stackmark.build(one, watcher=watch)
    assert watch.seen == ["origins"]


def test_a_changed_archive_of_equal_size_and_time_is_seen(one: Path) -> None:
    archive = one.parent / "a.zip"
    before = archive.stat()
    building.zipped(archive, {"LICENSE": building.MIT, "b.py": building.python("b")})
    archive.write_bytes(archive.read_bytes().ljust(before.st_size, b"\0")[: before.st_size])
    os.utime(archive, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert archive.stat().st_size == before.st_size
    assert "list" in steps(one, "2.0.0")


@pytest.mark.parametrize("extra", ['[licenses]\npolicy = "any"\n', '[quality]\nprofile = "none"\n'])
def test_a_changed_recipe_is_seen(one: Path, extra: str) -> None:
    assert "list" in steps(one, "2.0.0", extra)


def test_a_changed_profile_is_seen_and_a_broken_one_refused(one: Path) -> None:
    profile = one.parent / "own.toml"
    profile.write_text("rules = []\n")
    assert "list" in steps(one, "2.0.0", '[quality]\nprofile = "own.toml"\n')
    assert "list" not in steps(one, "2.0.1")
    profile.write_text("rules = [] # another\n")
    assert "list" in steps(one, "2.0.2")
    profile.write_text("rules = 3\n")
    with pytest.raises(RecipeError, match=r"quality\.profile"):
        steps(one, "2.0.3")


def test_tables_that_were_touched_are_made_anew(one: Path) -> None:
    (table,) = (one.parent / ".stackmark" / "stages").glob("tables-*/swhids.txt")
    os.utime(table)
    assert "write" in steps(one, "1.0.1")


def test_tables_that_are_gone_are_made_anew(one: Path) -> None:
    for folder in (one.parent / ".stackmark" / "stages").glob("tables-*"):
        shutil.rmtree(folder)
    assert "write" in steps(one, "1.0.1")


def test_a_build_needs_no_store_for_what_it_remembers(one: Path) -> None:
    shutil.rmtree(one.parent / ".stackmark" / "store")
    assert steps(one, "1.0.1") == ["origins", "publish"]


def test_a_changed_file_of_the_package_is_another_environment(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text("1")
    before = list(recalling.states(tmp_path))
    assert [name for name, _, _ in before] == ["inner/a.py"]
    os.utime(tmp_path / "inner" / "a.py", ns=(1, 1))
    assert list(recalling.states(tmp_path)) != before
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    assert len(list(recalling.states(tmp_path))) == 1
