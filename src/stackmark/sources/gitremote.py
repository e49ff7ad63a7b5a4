"""Runs git against repositories of elsewhere: with whom the user trusts, without a prompt, and not for ever."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stackmark.errors import StoreError
from stackmark.gitchild import environment
from stackmark.sources.gitrepository import RepositoryProblem

#: Seconds for which git may say nothing: it tells of its progress, and of that of the other side, all the time.
SILENCE = 300.0
TOO_LONG = "it did not answer in time"
#: What the user's shell may say of a connection, beside what ssh and curl look up by themselves. Not GIT_SSL_NO_VERIFY.
_TRUSTED = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_PROXY_SSL_CAINFO")
_SSH = "-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=20"
_TOLD_BYTES = 1024 * 1024  # of what git answers: one reference was asked for
_SAID_BYTES = 64 * 1024  # of what git says beside; the reason comes last
_PROGRESS = re.compile(rb"^(?:remote: )?[A-Z][\w ]*: +\d.*$", re.MULTILINE)
_FREE = "Free some space and run the same command again; finished work is kept."
#: What git says, or how it dies, when it is our own disk that fails; lines of the other side begin with `remote:`.
_FULL = re.compile(
    rb"^(?!remote:).*(no space left on device|disk quota exceeded|read-only file system|file too large"
    rb"|died of signal 25)",  # SIGXFSZ: a limit on the size of files
    re.IGNORECASE | re.MULTILINE,
)
#: What git says, in the order in which we look, and what goes on record: git's words hold paths and times.
_REASONS = (
    (
        ("could not resolve host", "name or service not known", "could not resolve hostname"),
        "the host is not known",
    ),
    (
        ("certificate verif", "certificate problem", "certificate verify", "no alternative certificate"),
        "its certificate is not trusted",
    ),
    (("host key verification failed",), "its host key is not the one that is known, or none is"),
    (
        ("disabled in libcurl", "unsupported protocol", "not supported or disabled", "transport 'http' not allowed"),
        "it sends on to a place that may not be asked",
    ),
    (
        ("authentication failed", "permission denied", "could not read username", "error: 403", "error: 401"),
        "access was denied",
    ),
    (
        ("not found", "does not exist", "does not appear to be a git repository"),
        "there is no such repository",
    ),
    (("timed out", "low speed", "operation too slow"), TOO_LONG),
    (("connection refused", "failed to connect", "could not connect"), "no connection could be made"),
)


def git(
    arguments: Sequence[str], cwd: Path, settings: Mapping[str, str], protocol: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run git with settings that do not show on its command line, because a URL may hold a token.

    Raises StoreError if our own disk fails, RepositoryProblem("unreachable") if git is silent for too long.
    """
    pairs = {
        "gc.auto": "0",
        "maintenance.auto": "false",
        "core.hooksPath": os.devnull,
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "60",
        **settings,
    }
    numbered = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs.items()):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    done = _run(["git", *arguments], cwd, environment(cwd, protocol) | _connection() | numbered)
    full = _FULL.search(done.stderr) if done.returncode else None
    if full:
        raise StoreError(f"git cannot write into the work directory: {full[1].decode().lower()}", _FREE)
    return done


def unreachable(said: bytes) -> RepositoryProblem:
    """Return the problem that git's words tell of."""
    text = _PROGRESS.sub(b"", said).decode("utf-8", "replace").lower()
    if "mismatched algorithms" in text:
        return RepositoryProblem("unsupported-repository", "its object ids are not SHA-1")
    for words, reason in _REASONS:
        if any(word in text for word in words):
            return RepositoryProblem("unreachable", reason)
    return RepositoryProblem("unreachable", "git could not copy it")


def _connection() -> dict[str, str]:
    """Return what the user has said of connections, with an ssh that asks nothing."""
    said = {name: os.environ[name] for name in _TRUSTED if name in os.environ}
    # Ours come first, because ssh keeps the first value that it is given.
    ssh = re.sub(r"^(\s*(?:[\w./~-]*/)?ssh)(?=\s|$)", rf"\1 {_SSH}", os.environ.get("GIT_SSH_COMMAND") or "ssh")
    return {**said, "GIT_SSH_COMMAND": ssh}


def _run(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=env
    ) as process:
        try:
            said = _listen(process)
        except BaseException:
            _kill(process.pid)
            raise
    return subprocess.CompletedProcess(command, process.returncode, said["stdout"], said["stderr"])


def _listen(process: subprocess.Popen[bytes]) -> dict[str, bytes]:
    """Return what a process writes: the beginning of its output, the end of its errors."""
    said = {"stdout": b"", "stderr": b""}
    with selectors.DefaultSelector() as selector:
        for name in said:
            selector.register(getattr(process, name), selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(SILENCE)
            if not ready:
                raise RepositoryProblem("unreachable", TOO_LONG)
            for key, _ in ready:
                piece = os.read(key.fd, 65536)
                said[key.data] += piece.replace(b"\r", b"\n") if key.data == "stderr" else piece
                if not piece:
                    selector.unregister(key.fileobj)
            said = {"stdout": said["stdout"][:_TOLD_BYTES], "stderr": said["stderr"][-_SAID_BYTES:]}
    return said


def _kill(pid: int) -> None:
    """Kill a process and what it has started: git's helpers would go on waiting for the network."""
    for one in [*_descendants(pid), pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those have (Linux; none elsewhere)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)
