"""A build that looks for names of persons: they are replaced like other values, and the manifest says what was read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import stackmark
from stackmark.commands.pii import command
from stackmark.errors import RecipeError, StackmarkError, UsageError
from stackmark.pii.facts_names import asked
from stackmark.pii.names import SHIPPED
from tests import building

pytest.importorskip("torch", reason="names need the extra ner")

PERSON = "Elisabeth Hartmann"
FILES = {
    "LICENSE": building.MIT,
    "src/one.py": f"# Author: {PERSON} <e.hartmann@hartmann-werke.de>\n".encode() + building.python("one"),
    "src/two.py": f"# Signed-off-by: {PERSON} <e.hartmann@hartmann-werke.de>\n".encode() + building.python("two"),
}


def build(folder: Path, names: str, sensitivity: str = 'sensitivity = "balanced"\n') -> stackmark.Release:
    if not (folder / "repo").exists():
        building.repository(folder / "repo", FILES)
    extra = f'[pii]\n{sensitivity}names = "{names}"\n'
    building.recipe(folder, 'kind = "git"\npath = "repo"\norigin = "https://forge.example/eva/tool"', extra=extra)
    return stackmark.build(folder / "recipe.toml")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> stackmark.Release:
    return build(tmp_path_factory.mktemp("names"), "default")


def contents(release: stackmark.Release) -> str:
    tables = [pq.ParquetFile(path).read(["content"]) for path in sorted(release.path.glob("data/*/*.parquet"))]
    return "\n".join(str(text) for table in tables for text in table["content"].to_pylist())


def test_a_person_is_one_and_the_same_stand_in_in_a_repository(release: stackmark.Release) -> None:
    said = contents(release)
    assert PERSON not in said
    assert said.count("Person1") == 2
    assert "hartmann-werke" not in said
    assert release.verify().problems == ()


def test_the_audit_lists_persons_beside_other_types(release: stackmark.Release) -> None:
    types = [row["type"] for path in release.path.glob("audit/*") for row in pq.read_table(path).to_pylist()]
    assert sorted(types) == ["EMAIL_ADDRESS"] * 2 + ["PERSON"] * 2


def test_the_manifest_says_which_model_read_how_much(release: stackmark.Release) -> None:
    manifest = json.loads((release.path / "manifest.json").read_text())
    (detector,) = asked(["names:default"])
    assert manifest["detectors"]["pii-names"] == detector.version
    shares = manifest["measured"]["names"]
    assert 0 < shares["read"] < shares["seen"]
    assert manifest["recipe"]["pii"]["names"] == "default"


def test_another_model_is_another_detector(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("trained again")
    (one,), (other,) = asked(["names:default"]), asked([f"names:{tmp_path / 'model'}"])
    assert one.version != other.version


def test_a_folder_is_relative_to_the_recipe_and_never_told(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "people")
    release = build(tmp_path, "people", sensitivity="")
    assert "Person1" in contents(release)
    assert "hartmann-werke" in contents(release)
    assert str(tmp_path) not in (release.path / "manifest.json").read_text()


def test_a_folder_without_a_model_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StackmarkError):
        build(tmp_path, "empty")
    with pytest.raises(RecipeError):
        build(tmp_path, "nowhere")


def test_scan_and_redact_take_names(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_bytes(FILES["src/one.py"])
    assert types("scan", "--json", str(path)) == ["EMAIL_ADDRESS"]
    assert types("scan", "--names", "--json", str(path)) == ["PERSON", "EMAIL_ADDRESS"]
    done = CliRunner().invoke(command, ["redact", "--names", str(path)], standalone_mode=False)
    assert done.stdout.startswith("# Author: Person1 <user1")
    refused = CliRunner().invoke(command, ["scan", "--model", str(tmp_path), str(path)], standalone_mode=False)
    assert isinstance(refused.exception, UsageError)


def types(*arguments: str) -> list[str]:
    found = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    assert found.return_value == 1
    return [row["type"] for row in json.loads(found.stdout)["findings"]]
