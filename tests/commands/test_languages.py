import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from stackmark.commands.languages import command


def run(*arguments, code=0):
    done = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    assert done.return_value == code
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print()\n" * 9)
    (tmp_path / "run.sh").write_text("#!/bin/sh\necho\n")
    (tmp_path / "go.sum").write_text("x\n")
    return tmp_path


def test_a_bar_with_shares(folder):
    said = run(folder)
    assert "3 files" in said
    assert "█" in said
    assert "Python" in said.splitlines()[2]
    assert "Shell" in said.splitlines()[3]
    assert "Left out: 1 data, 1 generated" in said


def test_a_bar_for_an_output_that_has_letters_only(folder):
    done = CliRunner(charset="ascii").invoke(command, [str(folder)], standalone_mode=False)
    assert done.exception is None
    assert done.stdout.splitlines()[1] == "#" * 72
    assert done.stdout.splitlines()[2].startswith("*")


def test_what_could_not_be_read_is_said(folder):
    (folder / "link").symlink_to("run.sh")
    done = CliRunner().invoke(command, [str(folder / "link"), str(folder / "run.sh")], standalone_mode=False)
    assert (done.return_value, done.stderr) == (1, f"Not read: {folder}/link: a link, or no file that can be read\n")
    assert "Shell" in done.stdout


def test_json(folder):
    (report,) = json.loads(run(folder, "--json"))
    assert [one["language"] for one in report["languages"]] == ["Python", "Shell"]
    assert sum(one["share"] for one in report["languages"]) == pytest.approx(1)
    assert report["left_out"] == {"generated": 1, "data": 1}
    assert "each" not in report


def test_json_of_single_files_tells_each(folder):
    (report,) = json.loads(run(folder / "run.sh", "--json"))
    assert report["each"] == [
        {"path": "run.sh", "length": 15, "encoding": "utf-8", "language": "Shell", "strategy": "extension",
         "confidence": 0.99, "kernel": None, "left_out": [], "why": []}
    ]  # fmt: skip


def test_all_counts_what_is_left_out_otherwise(folder):
    (report,) = json.loads(run(folder, "--json", "--all"))
    assert "Go Checksums" in [one["language"] for one in report["languages"]]
    assert report["left_out"] == {}


def test_explain(folder):
    said = run(folder, "--explain")
    assert "lock-files" in said
    assert "extension" in said


def test_files(folder):
    said = run(folder / "src" / "main.py", folder / "go.sum")
    assert "Python" in said
    assert "Go Checksums" in said


def test_what_git_ignores_is_left_out_and_no_program_of_the_repository_is_run(folder):
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".gitignore").write_text("*.rb\n")
    (folder / "a.rb").write_text("puts\n")
    hook = folder / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {folder}/run\n")
    hook.chmod(0o755)
    subprocess.run(["git", "-C", folder, "config", "core.fsmonitor", str(hook)], check=True)
    (report,) = json.loads(run(folder, "--json"))
    assert "Ruby" not in [one["language"] for one in report["languages"]]
    assert not (folder / "run").exists()


def test_without_paths_all_languages_are_listed():
    assert "Rocq Prover" in run()
    languages = json.loads(run("--json"))
    assert len(languages) > 800
    assert languages["Python"]["type"] == "programming"


def test_a_name_cannot_command_the_terminal(tmp_path):
    (tmp_path / "a\x1b[31m[bold].py").write_text("x\n")
    (tmp_path / os.fsdecode(b"\xff.py")).write_bytes(b"x\n")
    said = run(tmp_path, "--explain")
    assert "\x1b[31m[bold]" not in said
    assert "[bold]" in said


def test_a_path_that_is_not_there_is_a_usage_error():
    done = CliRunner().invoke(command, ["no/such/path"])
    assert done.exit_code == 2
