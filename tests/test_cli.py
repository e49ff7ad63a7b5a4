from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import building


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stackmark", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    building.mixed(folder)
    done = run("build", "recipe.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("command", ["build", "plan", "status", "verify", "explain", "diff"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"Example: stackmark {command} " in done.stdout
    assert "--json" in done.stdout


def test_build_prints_what_became_of_the_input(built: Path) -> None:
    done = run("build", "recipe.toml", cwd=built)
    assert done.returncode == 0
    for words in (
        "kept",
        "duplicate",
        "dropped",
        "Why files are not in data/",
        "report.html",
        "Not done: personal data",
    ):
        assert words in done.stdout
    assert done.stderr == ""


def test_build_json_is_json_alone(built: Path) -> None:
    done = run("build", "recipe.toml", "--json", cwd=built)
    found = json.loads(done.stdout)
    assert found["counts"]["outcomes"]["kept"]["files"] > 0
    assert Path(built / found["path"]).is_dir()


def test_schema_needs_no_recipe() -> None:
    assert json.loads(run("build", "--print-schema").stdout)["title"] == "Recipe"


def test_plan_counts_before_anything_is_read(tmp_path: Path) -> None:
    building.mixed(tmp_path)
    planned = json.loads(run("plan", "recipe.toml", "--json", cwd=tmp_path).stdout)
    git, tarballs, zips = planned["sources"]
    assert (git["entries"], git["bytes"]) == (len(building.FILES), sum(map(len, building.FILES.values())))
    assert (tarballs["origins"], tarballs["entries"]) == (2, None)
    assert zips["packed_bytes"] == (tmp_path / "other.zip").stat().st_size
    assert list((tmp_path / ".stackmark" / "store" / "packs").iterdir()) == []
    assert "Sources" in run("plan", "recipe.toml", cwd=tmp_path).stdout


def test_status_tells_what_there_is(built: Path) -> None:
    found = json.loads(run("status", "--json", cwd=built).stdout)
    assert found["releases"][0]["version"] == "1.0.0"
    assert found["contents"] > 5
    assert not found["locked"]
    assert run("status", built / "nowhere").returncode == 2


def test_verify_ends_with_1_for_a_changed_file(built: Path, tmp_path: Path) -> None:
    release = built / ".stackmark" / "releases" / "corpus-1.0.0"
    assert run("verify", release).returncode == 0
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(release), str(copy)], check=True)
    with (copy / "NOTICE").open("a") as file:
        file.write("x")
    done = run("verify", copy)
    assert done.returncode == 1
    assert "NOTICE" in done.stdout
    assert "NOT SOUND" in done.stdout


def test_explain_and_diff(built: Path) -> None:
    release = built / ".stackmark" / "releases" / "corpus-1.0.0"
    done = run("explain", release, "https://forge.example/alice/tool#empty.py")
    assert done.returncode == 0
    assert "dropped" in done.stdout
    unknown = run("explain", release, "https://forge.example/alice/tool#none.py")
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr
    assert run("diff", release, release).returncode == 1  # a repeated version is no step


ERRORS = {
    "no recipe": (("build",), 2),
    "missing recipe": (("build", "none.toml"), 3),
    "bad recipe": (("build", "bad.toml"), 3),
    "unknown command": (("bulid",), 2),
    "unknown option": (("build", "recipe.toml", "--fast"), 2),
    "no release": (("verify", "."), 2),
    "no folder": (("verify", "nowhere"), 2),
    "other engine": (("build", "recipe.toml", "--engine", "spark"), 2),
    "bad parent": (("build", "recipe.toml", "--parent", "nowhere"), 2),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_have_their_code_a_sentence_and_no_traceback(case: str, tmp_path: Path) -> None:
    building.mixed(tmp_path)
    (tmp_path / "bad.toml").write_text("name = 3")
    arguments, code = ERRORS[case]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run("--debug", "build", tmp_path / "none.toml")
    assert "Traceback" in done.stderr


def test_what_a_recipe_leaves_out_is_said(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip")
    building.recipe(tmp_path, 'kind = "archive"\npath = "a.zip"', extra='[pii]\nsensitivity = "balanced"')
    done = run("build", "recipe.toml", cwd=tmp_path)
    assert done.returncode == 0
    assert "Not done: near-duplicates were not removed." in done.stdout
    assert "personal data" not in done.stdout


def test_losses_end_with_1(tmp_path: Path) -> None:
    whole = building.tarball(tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(whole[: len(whole) // 2])
    building.recipe(tmp_path, 'kind = "archive"\npath = "a.tar.gz"')
    done = run("build", "recipe.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert "lost on the way" in done.stdout


def test_reader_that_goes_away_ends_with_141(built: Path) -> None:
    release = built / ".stackmark" / "releases" / "corpus-1.0.0"
    line = f"{sys.executable} -m stackmark explain {release} https://forge.example/alice/tool --json; echo $? >&2"
    done = subprocess.run(["sh", "-c", f"(sleep 0.5; {line}) | true"], capture_output=True, text=True)
    assert done.stderr.strip() == "141"
    assert "Traceback" not in done.stderr


def test_hostile_names_cannot_command_the_terminal(tmp_path: Path) -> None:
    evil = "evil\x1b]0;owned\x07.py"
    building.tarball(tmp_path / "a.tar.gz", {evil: b"", "LICENSE": building.MIT})
    building.recipe(tmp_path, 'kind = "archive"\npath = "a.tar.gz"')
    run("build", "recipe.toml", cwd=tmp_path)
    release = tmp_path / ".stackmark" / "releases" / "corpus-1.0.0"
    done = run("explain", release, f"archive:a.tar.gz#{evil}")
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stackmark", "--help"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 5
    assert done.stderr == "Error: cannot write the output: No space left on device\n"


def test_output_may_be_closed() -> None:
    command = f'"{sys.executable}" -m stackmark --help >&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_are_printed_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "grüß.py").write_text("x = 1\n")
    command = [sys.executable, "-m", "stackmark", "languages", str(tmp_path), "--explain"]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert "gr\\xfc\\xdf.py" in done.stdout


def test_an_interrupt_that_python_only_reports_is_given_again() -> None:
    script = """
import time, weakref
import stackmark.cli as cli

class Held: ...

def forgotten(_: object) -> None:
    raise KeyboardInterrupt

def command() -> None:
    held = Held()
    watched = weakref.ref(held, forgotten)
    del held
    time.sleep(5)

cli.cli.invoke = lambda context: command()
cli.main(["verify", "."])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
