"""The environment of git children."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackmark.gitchild import environment


def test_nothing_of_the_caller_reaches_a_reading_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "1")
    given = environment(tmp_path)
    assert not {"GIT_DIR", "GIT_CONFIG_COUNT", "SECRET_OF_THE_CALLER"} & given.keys()
    assert given["GIT_ALLOW_PROTOCOL"] == "none"


def test_a_fetching_child_keeps_proxies_and_gets_its_protocols_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("GIT_SSH_COMMAND", "evil")
    given = environment(Path("/nowhere"), "https:ssh")
    assert (given["HTTPS_PROXY"], given["GIT_ALLOW_PROTOCOL"]) == ("proxy.example:3128", "https:ssh")
    assert "GIT_SSH_COMMAND" not in given


def test_git_sees_no_configuration_of_the_user(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = somebody\n")
    shown = subprocess.run(
        ["git", "config", "--get", "user.name"], env=environment(tmp_path), cwd=tmp_path, capture_output=True
    )
    assert (shown.returncode, shown.stdout) == (1, b"")
