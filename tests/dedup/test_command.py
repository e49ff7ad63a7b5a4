"""`stackmark dedup` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from stackmark.commands.dedup import command
from stackmark.errors import UsageError
from tests.dedup import texts


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "src"
    root.mkdir()
    for number, one in enumerate(texts.family(1, [0.02, 0.5])):
        (root / f"{number}.py").write_bytes(one)
    return root


def test_json(folder: Path) -> None:
    done = run(folder, "--json")
    found = json.loads(done.output)
    assert done.return_value == 1
    assert (found["texts"], found["near_duplicates"], found["problems"]) == (3, 1, [])
    (cluster,) = found["clusters"]
    assert cluster["representative"] == f"{folder}/0.py"
    assert [member["text"] for member in cluster["members"]] == [f"{folder}/1.py"]
    assert 0.7 <= cluster["members"][0]["jaccard"] < 1


def test_output_and_report(folder: Path, tmp_path: Path) -> None:
    done = run(folder, "--output", tmp_path / "c.parquet", "--report", tmp_path / "r.html")
    assert "1 of 3 texts is a near-duplicate, in 1 cluster." in done.output
    rows = pq.read_table(tmp_path / "c.parquet").to_pylist()
    assert [(row["cluster"], Path(row["text"]).name, Path(row["representative"]).name) for row in rows] == [
        (0, "0.py", "0.py"),
        (0, "1.py", "0.py"),
    ]
    assert "1.py" in (tmp_path / "r.html").read_text()


def test_what_is_named_first_represents(folder: Path) -> None:
    found = json.loads(run(folder / "1.py", folder, "--json").output)
    assert found["clusters"][0]["representative"] == f"{folder}/1.py"


def test_nothing_found_ends_with_zero(folder: Path) -> None:
    assert run(folder / "0.py", folder / "2.py").return_value == 0


def test_within(tmp_path: Path) -> None:
    one, other = (content.decode() for content in texts.family(1, [0.02]))
    rows = [{"text": one, "lang": "C"}, {"text": other, "lang": "D"}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert run(path).return_value == 1
    assert run(path, "--within", "lang").return_value == 0


def test_within_holds_for_structure_too(tmp_path: Path) -> None:
    code = "".join(f"def name{number}(x):\n    return [x + {number}, len(x), x * x, -x]\n" for number in range(9))
    rows = [{"text": code, "lang": "C"}, {"text": code.replace("name", "other"), "lang": "D"}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert run(path, "--structural").return_value == 1
    assert run(path, "--structural", "--within", "lang").return_value == 0


def test_structural_finds_renamed_copies(tmp_path: Path) -> None:
    code = "".join(
        f"def name{number}(x):\n    return [x + {number}] * {'len(' * number}x{')' * number}\n" for number in range(9)
    )
    (tmp_path / "one.py").write_text(code)
    (tmp_path / "two.py").write_text(code.replace("name", "other").replace("x", "value"))
    assert run(tmp_path).return_value == 0
    found = json.loads(run(tmp_path, "--structural", "--json").output)
    assert [cluster["members"] for cluster in found["clusters"]] == [[{"text": f"{tmp_path}/two.py", "jaccard": 1.0}]]


def test_a_line_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a b c d e"}\nno\n')
    done = run(path)
    assert done.return_value == 1
    assert "Not read:" in done.stderr


def test_an_impossible_threshold_is_refused(folder: Path) -> None:
    assert isinstance(run(folder, "--threshold", "2").exception, UsageError)
