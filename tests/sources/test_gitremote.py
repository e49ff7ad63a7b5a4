"""Clones over https and ssh, made for real from servers on loopback."""

from __future__ import annotations

import base64
import getpass
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackmark.sources import gitremote
from stackmark.sources.gitremote import TOO_LONG
from tests.sources import remotekit
from tests.sources.gitkit import add_commit, add_tree, make, pin, read
from tests.sources.remotekit import Authority, Shell


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return remotekit.authority(tmp_path_factory.mktemp("tls") / "company")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with remotekit.sshd(tmp_path_factory.mktemp("ssh") / "d") as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make(tmp_path / "served" / "tool.git", {b"a": b"1"})


def add(repository: Path) -> None:
    """Add a revision that a clone does not have yet."""
    add_commit(repository, add_tree(repository, {b"a": b"2"}), "-p", "refs/heads/main")


def problem(tmp_path: Path, url: str) -> str | None:
    """Return why a URL cannot be cloned, which it must say soon."""
    start = time.monotonic()
    origin = pin(tmp_path, url=url)
    assert origin.problem == "unreachable"
    assert time.monotonic() - start < 20
    return origin.detail


def test_clone_over_https_and_its_update(
    tmp_path: Path, repository: Path, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(company.own))
    with remotekit.https(repository.parent, company) as url:
        assert read(tmp_path, url=f"{url}/tool.git").files == {b"a": b"1"}
        add(repository)
        assert read(tmp_path, url=f"{url}/tool.git").files == {b"a": b"2"}
        assert problem(tmp_path, f"{url}/nothing.git") == "there is no such repository"


def test_certificate_of_nobody_that_is_trusted(
    tmp_path: Path, repository: Path, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSL_NO_VERIFY", "true")  # is not heard: it would trust everybody
    with remotekit.https(repository.parent, company) as url:
        assert problem(tmp_path, f"{url}/tool.git") == "its certificate is not trusted"
        other = remotekit.authority(tmp_path / "other")
        monkeypatch.setenv("GIT_SSL_CAINFO", str(other.own))
        assert problem(tmp_path, f"{url}/tool.git") == "its certificate is not trusted"


def test_password_over_https_comes_from_netrc_and_is_never_asked_for(
    tmp_path: Path, repository: Path, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(company.own))
    monkeypatch.setenv("GIT_ASKPASS", "echo")  # is not heard: it may open a window
    monkeypatch.setenv("HOME", str(tmp_path))
    password = "Basic " + base64.b64encode(b"ann:word").decode()
    with remotekit.https(repository.parent, company, password=password) as url:
        assert problem(tmp_path, f"{url}/tool.git") == "access was denied"
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password word\n")
        assert read(tmp_path, url=f"{url}/tool.git").files == {b"a": b"1"}


@pytest.mark.parametrize("away", ["http://127.0.0.1:1", "file:///etc", "ftp://127.0.0.1:1"])
def test_redirect_to_another_protocol_is_refused(
    tmp_path: Path, repository: Path, company: Authority, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(company.own))
    with remotekit.https(repository.parent, company, away=away) as url:
        assert problem(tmp_path, f"{url}/away/tool.git") == "it sends on to a place that may not be asked"


def test_clone_over_ssh_and_its_update(
    tmp_path: Path, repository: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh {shell.options} -i {shell.key}")
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{shell.port}{repository}"
    assert read(tmp_path, url=url).files == {b"a": b"1"}
    add(repository)
    assert read(tmp_path, url=url).files == {b"a": b"2"}
    assert problem(tmp_path, url + ".nothing") == "there is no such repository"


def test_key_that_is_not_let_in(
    tmp_path: Path, repository: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the user says comes after ours, which ssh keeps: a password could be asked for.
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh {shell.options} -o BatchMode=no -i {shell.other}")
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{shell.port}{repository}"
    assert problem(tmp_path, url) == "access was denied"


def test_host_that_is_not_known(
    tmp_path: Path, repository: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = shell.options.replace("/known ", "/none ")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh {options} -i {shell.key}")
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{shell.port}{repository}"
    assert problem(tmp_path, url) == "its host key is not the one that is known, or none is"


@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_server_that_says_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setattr(gitremote, "SILENCE", 0.5)
    with remotekit.silent() as port:
        assert problem(tmp_path, f"{scheme}://127.0.0.1:{port}/tool.git") == TOO_LONG


def test_server_that_lets_in_and_then_says_nothing_is_left(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gitremote, "SILENCE", 2.0)
    with remotekit.sshd(tmp_path / "sshd", command="sleep 20") as shell:
        monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh {shell.options} -i {shell.key}")
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{shell.port}{repository}"
        assert problem(tmp_path, url) == TOO_LONG


def test_progress_is_no_reason() -> None:
    said = b"remote: Counting objects: 40% (403/1000)\nReceiving objects:  41% (401/1000)\nfatal: the end\n"
    assert str(gitremote.unreachable(said)) == "git could not copy it"
