"""Labelled text by way of the library `datasets` itself: saved folders, Parquet, parts, and a hub out of reach."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

datasets = pytest.importorskip("datasets", reason="needs the package datasets")

from click.testing import CliRunner  # noqa: E402

from stackmark.commands.ner import command  # noqa: E402
from stackmark.errors import SourceError, UsageError  # noqa: E402
from stackmark.ner import data  # noqa: E402
from stackmark.ner.data import Sentence  # noqa: E402
from stackmark.ner.datasets import DEV, TEST, is_name  # noqa: E402
from tests.ner import making  # noqa: E402

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
TRAIN, VALIDATION, TESTED = making.sentences(30, 1), making.sentences(9, 2), making.sentences(8, 3)


def dataset(sentences: list[Sentence]) -> Any:
    """Make a data set with numbered tags whose names are in its features."""
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "ner_tags": datasets.List(datasets.ClassLabel(names=NAMES))}
    )
    rows = []
    for one in sentences:
        tags = [0] * len(one.words)
        for first, last, label in one.entities:
            tags[first:last] = [NAMES.index(f"{'B' if n == first else 'I'}-{label}") for n in range(first, last)]
        rows.append({"tokens": list(one.words), "ner_tags": tags})
    return datasets.Dataset.from_list(rows, features=features)


def bare(sentences: list[Sentence]) -> list[Sentence]:
    return [Sentence(one.words, one.entities) for one in sentences]


@pytest.fixture(scope="module")
def parts() -> Any:
    return datasets.DatasetDict({"train": dataset(TRAIN), "validation": dataset(VALIDATION), "test": dataset(TESTED)})


@pytest.fixture(scope="module")
def saved(parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "parts"
    parts.save_to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def parquet(parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet")
    (folder / "data").mkdir()
    half = len(TRAIN) // 2
    dataset(TRAIN[:half]).to_parquet(folder / "data" / "train-00000-of-00002.parquet")
    dataset(TRAIN[half:]).to_parquet(folder / "data" / "train-00001-of-00002.parquet")
    parts["validation"].to_parquet(folder / "data" / "validation-00000-of-00001.parquet")
    (folder / "test").mkdir()
    parts["test"].to_parquet(folder / "test" / "0000.parquet")
    return folder


@pytest.mark.parametrize("kind", ["saved", "parquet", "parts"])
def test_each_use_takes_its_part(kind: str, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(kind)
    assert data.read(source) == bare(TRAIN)
    assert data.read(source, parts=DEV) == bare(VALIDATION)
    assert data.read(source, parts=TEST) == bare(TESTED)


@pytest.mark.parametrize("kind", ["saved", "parquet"])
def test_a_part_and_a_language_can_be_named(kind: str, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(kind)
    assert data.read(f"{source}#test") == bare(TESTED)
    assert data.read([f"en={source}#validation", f"{source}#test"])[0].language == "en"
    with pytest.raises(UsageError, match="no part 'tset'"):
        data.read(f"{source}#tset")


def test_one_data_set_is_taken_for_any_use(tmp_path: Path) -> None:
    made = dataset(TRAIN)
    made.save_to_disk(tmp_path / "one")
    made.to_parquet(tmp_path / "one.parquet")
    (tmp_path / "folder").mkdir()
    made.to_parquet(tmp_path / "folder" / "0.parquet")
    for source in (made, tmp_path / "one", tmp_path / "one.parquet", tmp_path / "folder"):
        assert data.read(source) == data.read(source, parts=TEST) == bare(TRAIN)


def test_parts_of_other_names_must_be_named(tmp_path: Path) -> None:
    datasets.DatasetDict({"a": dataset(TRAIN), "b": dataset(TESTED)}).save_to_disk(tmp_path)
    with pytest.raises(UsageError, match="no part 'train'"):
        data.read(tmp_path)
    assert data.read(f"{tmp_path}#b") == bare(TESTED)


def test_folders_that_are_none_or_damaged_are_clear_errors(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no Parquet files"):
        data.read(tmp_path)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(SourceError, match="cannot read"):
        data.read(tmp_path)
    shutil.copytree(saved, tmp_path / "b")
    for path in (tmp_path / "b").rglob("*.arrow"):
        path.write_bytes(b"x")
    with pytest.raises(SourceError, match="cannot read"):
        data.read(tmp_path / "b")
    (tmp_path / "b" / "train" / "state.json").write_text("{}")
    with pytest.raises(SourceError, match="cannot read"):
        data.read(tmp_path / "b")


def test_a_data_set_of_the_hub_that_cannot_be_fetched_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    for name in ("nobody/nothing", "de=nobody/nothing:de#test"):
        with pytest.raises(SourceError, match=r"cannot read nobody/nothing"):
            data.read(name)


def test_a_name_of_the_hub_is_no_path() -> None:
    assert is_name("owner/name")
    assert is_name("owner/name:de")
    assert not any(
        map(is_name, ["name", "./owner/name", "../name", "/owner/name", "a/b/c", "tests/x", "a.docx", "a/ b"])
    )


def test_a_data_set_whose_library_would_run_code_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "__version__", "3.6.0")
    with pytest.raises(UsageError, match="4 or later"):
        data.read(saved)


def test_train_and_evaluate_take_their_parts_of_one_folder(saved: Path, parquet: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs torch (extra `ner`)")
    pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")
    output = tmp_path / "model"
    arguments = ["train", f"en={saved}", "--dev", str(parquet), "--output", str(output), "--epochs", "1", "--json"]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["training"]["sentences"] == len(TRAIN)
    assert metrics["dev"]["sentences"] == len(VALIDATION)
    done = CliRunner().invoke(command, ["evaluate", str(parquet), "--model", str(output), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sentences"] == len(TESTED)
