"""The commands `stackmark ner ...`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("onnxruntime", reason="needs onnxruntime")

from stackmark.commands.ner import command
from stackmark.errors import SourceError, StackmarkError, StoreError, UsageError
from stackmark.ner import SpanMarkerModel
from stackmark.ner.onnx_export import export
from tests.ner import making

LINES = "Ada Lovelace lives in Paris.\n\nSnow fell on New York all night.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model")
    making.write_model(place)
    return place


def run(*arguments: object, text: str | None = None) -> str:
    done = CliRunner().invoke(command, [str(one) for one in arguments], input=text)
    if isinstance(done.exception, StackmarkError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def predicted(folder: Path) -> list[list[dict[str, Any]]]:
    model = SpanMarkerModel.from_pretrained(folder)
    found = model.predict(LINES.splitlines())
    assert sum(map(len, found)) > 2
    return found


def test_predict_reads_lines_and_prints_lines(folder: Path, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in run("predict", "--model", folder, text=LINES).splitlines()]
    expected = [(number, one) for number, found in enumerate(predicted(folder), 1) for one in found]
    assert [(int(row[0]), int(row[1]), row[3], row[5]) for row in rows] == [
        (number, one["char_start_index"], one["label"], one["span"]) for number, one in expected
    ]
    (tmp_path / "in.txt").write_text(LINES)
    assert len(run("predict", tmp_path / "in.txt", "--model", folder).splitlines()) == len(rows)


def test_predict_json_is_an_object_a_text(folder: Path) -> None:
    objects = [json.loads(line) for line in run("predict", "--model", folder, "--json", text=LINES).splitlines()]
    assert [one["text"] for one in objects] == [1, 2, 3]
    assert [[e["span"] for e in one["entities"]] for one in objects] == [
        [e["span"] for e in f] for f in predicted(folder)
    ]


def test_predict_jsonl_to_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"body": line}) + "\n" for line in LINES.splitlines()))
    run("predict", tmp_path / "in.jsonl", "--column", "body", "--model", folder, "--out", tmp_path / "out.jsonl")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


def test_predict_parquet(folder: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [5, 6, 7], "body": LINES.splitlines()}), tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"
    said = run("predict", tmp_path / "in.parquet", "--column", "body", "--keep", "id", "--out", out, "--model", folder)
    table = pq.read_table(out)
    assert table.num_rows == sum(map(len, predicted(folder)))
    assert set(table["id"].to_pylist()) <= {5, 7}
    assert said.startswith(f"{table.num_rows} entities")


def test_a_parquet_file_that_cannot_be_written_is_an_error_of_the_output(folder: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": LINES.splitlines()}), tmp_path / "in.parquet")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        run("predict", tmp_path / "in.parquet", "--out", tmp_path / "file" / "out.parquet", "--model", folder)
    assert caught.value.hint


def test_predict_with_an_exported_model(folder: Path, tmp_path: Path) -> None:
    written = json.loads(run("export", tmp_path, "--model", folder, "--json"))
    assert sorted(written["files"]) == ["markers.onnx", "text.onnx", "weights.bin"]
    assert run("predict", "--model", tmp_path, text=LINES) == run("predict", "--model", folder, text=LINES)
    with pytest.raises(UsageError, match="exported model"):
        run("predict", "--model", tmp_path, "--dtype", "int8", text=LINES)


def test_fit_prefilter_is_saved_and_used(tmp_path: Path) -> None:
    making.write_model(tmp_path)
    texts = "".join(" ".join(one.words) + "\n" for one in making.sentences(120, 5))
    report = json.loads(run("fit-prefilter", "--model", tmp_path, "--recall", "0.9", "--json", text=texts))
    assert report["recall"] == 0.9
    assert json.loads(run("info", "--model", tmp_path, "--json"))["prefilter"] is True
    all_lines, kept = (
        set(run("predict", "--model", tmp_path, "--prefilter", how, text=texts).splitlines()) for how in ("off", "auto")
    )
    assert 0.8 * len(all_lines) < len(all_lines & kept)
    run("export", tmp_path / "onnx", "--model", tmp_path)
    onnx = run("predict", "--model", tmp_path / "onnx", "--prefilter", "auto", text=texts)
    assert len(set(onnx.splitlines()) & kept) > 0.99 * len(kept)
    with pytest.raises(UsageError, match="unknown"):
        run("predict", "--model", tmp_path, "--prefilter", "some", text="Ada\n")


def test_threshold(folder: Path) -> None:
    assert run("predict", "--model", folder, "--threshold", "1", text=LINES) == ""


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("a.jsonl", "{", SourceError), ("a.jsonl", '{"body": 1}', SourceError), ("a.parquet", "", UsageError)],
)
def test_predict_refuses_what_it_cannot_read(
    folder: Path, tmp_path: Path, name: str, content: str, error: type[Exception]
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(error):
        run("predict", tmp_path / name, "--model", folder)


@pytest.mark.parametrize("words", [["predict"], ["fit-prefilter"]])
def test_a_closed_standard_input_is_a_wrong_argument(
    folder: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it after `<&-`
    callback = command.commands[words[0]]
    with pytest.raises(UsageError, match="standard input is closed"):
        callback.main([*words[1:], "--model", str(folder)], standalone_mode=False)


def test_columns_are_kept_of_parquet_only(folder: Path) -> None:
    with pytest.raises(UsageError, match="--keep is for Parquet"):
        run("predict", "--model", folder, "--keep", "id", text=LINES)


def test_bytes_that_are_no_text_do_not_stop_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"\xff\xfe Ada\nMax\n")
    assert len(run("predict", tmp_path / "in.txt", "--model", folder, "--json").splitlines()) == 2


def test_evaluate_and_its_page(folder: Path, tmp_path: Path) -> None:
    data = making.sentences(20, 4)
    (tmp_path / "dev.conll").write_text(making.conll(data))
    arguments = ("evaluate", f"en={tmp_path}/dev.conll", "--model", folder, "--page", tmp_path / "page.html")
    scores = json.loads(run(*arguments, "--json"))
    assert scores["gold"] == sum(len(one.entities) for one in data)
    assert list(scores["languages"]) == ["en"]
    assert "<svg" in (tmp_path / "page.html").read_text()
    assert "precision" in run(*arguments)


def test_train_then_info(tmp_path: Path) -> None:
    for name, seed in (("train", 1), ("dev", 2)):
        (tmp_path / f"{name}.conll").write_text(making.conll(making.sentences(30, seed)))
    output = tmp_path / "model"
    data = (f"en={tmp_path}/train.conll", "--dev", f"xx={tmp_path}/dev.conll", "--output", output)
    said = run("train", *data, "--epochs", 1, "--languages", "en")
    assert "unseen" in said
    told = json.loads(run("info", "--model", output, "--json"))
    assert told["types"] == ["LOC", "PER"]
    assert told["encoder"] == "bert"
    assert "LOC, PER" in run("info", "--model", output)
    again = json.loads(run("train", *data, "--epochs", 1, "--json"))
    assert again["training"]["sentences"] == 30


@pytest.mark.parametrize("device", ["nonsense", "xla"])
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, device: str) -> None:
    (tmp_path / "train.conll").write_text(making.conll(making.sentences(5, 1)))
    with pytest.raises(UsageError, match=f"cannot compute on '{device}'"):
        run("train", tmp_path / "train.conll", "--output", tmp_path / "model", "--device", device)


def test_info_of_an_exported_model(folder: Path, tmp_path: Path) -> None:
    export(SpanMarkerModel.from_pretrained(folder), tmp_path)
    assert json.loads(run("info", "--model", tmp_path, "--json"))["parameters"] is None


def test_every_command_has_an_example() -> None:
    assert isinstance(command, click.Group)
    for name, one in command.commands.items():
        assert f"stackmark ner {name}" in (one.epilog or "")


def test_the_module_loads_nothing_heavy() -> None:
    code = "import stackmark.commands.ner, sys; print({'torch', 'numpy', 'transformers', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
