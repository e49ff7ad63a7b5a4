"""Rooms offer what they say, load it late, and keep their names whatever else is imported."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

ROOMS = ("languages", "licenses", "optout", "pii", "release")


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_has_a_home(room: str) -> None:
    package = importlib.import_module(f"stackmark.{room}")
    assert set(package._homes) == set(package.__all__)
    for name in package.__all__:
        assert not isinstance(getattr(package, name), ModuleType)


def test_a_module_does_not_take_the_name_of_a_function() -> None:
    code = (
        "import stackmark.licenses.detect, stackmark.pii.scan\n"
        "from stackmark.licenses import detect\n"
        "from stackmark import pii\n"
        "print(callable(detect), callable(pii.scan), callable(pii.redact))"
    )
    assert run(code) == "True True True"


def test_an_unknown_name_is_an_attribute_error() -> None:
    from stackmark import licenses

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = licenses.nothing  # type: ignore[attr-defined]


def test_a_name_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    from stackmark import licenses

    monkeypatch.setattr(licenses, "detect", len)
    assert licenses.detect is len


@pytest.mark.parametrize(
    "heavy", ["daft", "jinja2", "stackmark.licenses.detect", "stackmark.pii.scan", "license_expression"]
)
def test_the_pipeline_loads_no_room(heavy: str) -> None:
    assert run(f"import sys, stackmark.pipeline; print({heavy!r} in sys.modules)") == "False"


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    return done.stdout.strip()


@pytest.mark.parametrize("heavy", ["stackmark.sources.archive_tar", "stackmark.sources.gitobjects", "rich", "numpy.ma"])
def test_reading_a_recipe_loads_no_reader_and_no_display(heavy: str) -> None:
    load = "import sys; from stackmark import cli, pipeline, terminal; terminal.Watch()"
    assert run(f"{load}; print({heavy!r} in sys.modules)") == "False"


def test_a_command_loads_no_other() -> None:
    load = "import sys; from stackmark import cli; cli.cli.get_command(None, 'status')"
    assert run(f"{load}; print('stackmark.commands.ner' in sys.modules)") == "False"


@pytest.mark.parametrize("heavy", ["daft", "jinja2", "stackmark.pii.redact", "stackmark.release.diff"])
def test_a_build_loads_no_room_that_its_recipe_does_not_ask_for(heavy: str) -> None:
    load = (
        "import sys; from stackmark import pipeline; from stackmark.release import changelog; pipeline.load_rooms(())"
    )
    assert run(f"{load}; print({heavy!r} in sys.modules)") == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are spawned")
def test_workers_can_be_forked_once_the_rooms_are_loaded() -> None:
    quiet = "import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'"
    load = "from stackmark import engine, pipeline; pipeline.load_rooms(())"
    assert run(f"{quiet}; {load}; print(engine.can_fork())") == "True"


def test_a_build_without_near_duplicates_loads_no_dataframes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('hello')\n" * 9)
    with tarfile.open(tmp_path / "a-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "a.py", "a-1.0/a.py")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        'name = "a"\nversion = "1.0.0"\n[[sources]]\nkind = "archive"\npath = "*.tar.gz"\n[licenses]\npolicy = "any"\n'
    )
    load = f"import sys; from stackmark import pipeline; kept = pipeline.build({str(recipe)!r}).manifest['counts']"
    assert run(f"{load}; print(kept['outcomes']['kept']['files'], 'daft' in sys.modules)") == "1 False"
