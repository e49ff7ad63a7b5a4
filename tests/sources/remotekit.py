"""Servers on loopback that real clones are made from: git's own over TLS, and an unprivileged sshd."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Authority:
    """Whom to trust, and the certificate and key of a server that it vouches for."""

    own: Path
    certificate: Path
    key: Path


def authority(folder: Path) -> Authority:
    """Make a certificate authority, as a company has one, and a certificate of it for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not here")
    folder.mkdir()
    made = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl(folder, "req", "-x509", *curve, "-subj", "/CN=Test", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", *curve, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "asked.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"]
    openssl(folder, "x509", "-req", "-in", "asked.pem", *signed, "-out", "server.pem")
    return made


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Backend(BaseHTTPRequestHandler):
    """Hands requests to `git http-backend`; what lies below /away is said to be elsewhere."""

    root: Path
    away = ""
    password = ""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.away and self.path.startswith("/away/"):
            self._answer(302, {"Location": self.away + self.path.removeprefix("/away")})
        elif self.password and self.headers["Authorization"] != self.password:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
        else:
            self._serve()

    do_POST = do_GET

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",  # the folders may belong to somebody else than the one who runs the tests
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=env, check=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._answer(int(lines.pop("Status", "200").split()[0]), lines, answer)

    def _answer(self, code: int, lines: dict[str, str], body: bytes = b"") -> None:
        self.send_response(code)
        for name, value in {**lines, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def https(root: Path, by: Authority, **kind: str) -> Iterator[str]:
    """Serve the repositories of a folder; gives the URL."""
    handler = type("Here", (Backend,), {"root": root, **kind})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(by.certificate, by.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Take connections and say nothing; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@dataclass(frozen=True)
class Shell:
    """An sshd: its port, the key that it lets in and another, and the options by which a client knows it."""

    port: int
    key: Path
    other: Path
    options: str


@contextlib.contextmanager
def sshd(folder: Path, command: str = "") -> Iterator[Shell]:
    """Run an sshd of one's own, which may be told to run `command` whatever it is asked for."""
    if not SSHD:
        pytest.skip("sshd is not here (Debian: apt install openssh-server)")
    folder.mkdir(mode=0o700)
    for name in ("host", "key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copyfile(folder / "key.pub", folder / "authorized")
    port = free_port()
    lines = [
        f"ListenAddress 127.0.0.1:{port}",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'authorized'}",
        f"PidFile {folder / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        *([f"ForceCommand {command}"] if command else []),
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd drops its rights, if it has any
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        wait_for(port)
        known = f"-o UserKnownHostsFile={folder / 'known'} -o IdentitiesOnly=yes -o IdentityAgent=none -F none"
        yield Shell(port, folder / "key", folder / "other", known)
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until something listens at a port."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.025)
    pytest.skip("sshd does not start here")
