"""Rebuild the corpus that the benchmarks read: real source archives in three sizes, under .cache/corpus.

The upstream archives named in corpus.toml come from the package index (through pip) and from Debian's source
packages (through apt-get, from the mirror that this machine is set up for), and are checked against
corpus.sha256. Their text files are packed again, one archive for each, so that every contestant is given the
same bytes and "MB" means the same to all. What is there already is not fetched or packed again.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from _environments import environment

HERE = Path(__file__).parent
ROOT = HERE.parent / ".cache" / "corpus"
UPSTREAM = ROOT / "upstream"
PLAN = tomllib.loads((HERE / "corpus.toml").read_text())
SIZES: dict[str, int] = PLAN["sizes"]
LICENSE_NAME = re.compile(r"(licen[cs]e|copying|notice)\b", re.IGNORECASE)


def corpus(size: str) -> Path:
    """Give the folder of archives of one size (a key of `[sizes]`), built if it is not there."""
    if not (ROOT / size / "complete.json").exists():
        build()
    return ROOT / size


def facts(size: str) -> dict[str, int]:
    """Give the number of `files` and their `bytes` in the corpus of one size."""
    counts: dict[str, int] = json.loads((corpus(size) / "complete.json").read_text())
    return counts


def documents(size: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of one size as (archive/path, content)."""
    for archive in sorted(corpus(size).glob("*.tar.gz")):
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                opened = tar.extractfile(member)
                if opened:
                    yield f"{archive.name}/{member.name}", opened.read()


def repository(size: str) -> Path:
    """Give a bare git repository whose one commit holds the files of one size, packed as `git gc` does it."""
    folder = ROOT / f"{size}.git"
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    git = ["git", f"--git-dir={folder}"]
    subprocess.run([*git, "init", "--quiet", "--bare", "--initial-branch=main"], check=True)
    with subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\n")
        for path, data in documents(size):
            name = json.dumps(path, ensure_ascii=False).encode()  # quoted as fast-import wants it
            child.stdin.write(b"M 644 inline %s\ndata %d\n" % (name, len(data)) + data + b"\n")
    subprocess.run([*git, "gc", "--quiet"], check=True)
    (folder / "complete").touch()
    return folder


def build() -> None:
    """Fetch, check and pack whatever is missing, and print what came of each pin."""
    UPSTREAM.mkdir(parents=True, exist_ok=True)
    _fetch_pypi()
    _fetch_debian()
    archives = _check()
    for size in SIZES:
        (ROOT / size).mkdir(exist_ok=True)
    totals = {size: {"archives": 0, "files": 0, "bytes": 0} for size in SIZES}
    for archive in archives:
        for size, counts in _pack(archive).items():
            for key, count in counts.items():
                totals[size][key] += count
    for size, counts in totals.items():
        (ROOT / size / "complete.json").write_text(json.dumps(counts))


def _pins() -> Iterator[tuple[str, str, str]]:
    for source, pins in PLAN["archives"].items():
        for pin in pins:
            name, version = re.split("==?", pin)
            yield source, name, version


def _upstream(source: str, name: str, version: str) -> list[Path]:
    """Find the files of a pin; Debian marks versions with +dfsg and the like, and may have several parts."""
    if source == "pypi":
        wanted = f"{name}-{version}.tar.gz".lower()
        return [path for path in UPSTREAM.iterdir() if path.name.lower() == wanted]
    return sorted(
        path
        for path in UPSTREAM.glob(f"{name}_{version}*.orig*.tar.*")
        if not path.name[len(f"{name}_{version}") :][:1].isdigit()
    )


def _fetch_pypi() -> None:
    missing = [(name, version) for source, name, version in _pins() if source == "pypi"]
    missing = [pin for pin in missing if not _upstream("pypi", *pin)]
    if not missing:
        return
    pip = [str(environment("corpus") / "python"), "-m", "pip", "download", "--quiet", "--no-deps"]
    pip += ["--no-binary", ":all:", "--no-build-isolation", "--dest", str(UPSTREAM)]
    for name, version in missing:  # one by one: pip keeps nothing of a call in which one package fails
        subprocess.run([*pip, f"{name}=={version}"], check=False)


def _fetch_debian() -> None:
    missing = [pin for pin in _pins() if pin[0] != "pypi" and not _upstream(*pin)]
    if not missing:
        return
    tool = apt({source for source, _, _ in missing})
    for source, name, _ in missing:
        command = [*tool, "source", "-qq", "--download-only", "--tar-only", f"{name}/{source}"]
        subprocess.run(command, cwd=UPSTREAM, check=False, stdout=subprocess.DEVNULL)


def apt(suites: set[str]) -> list[str]:
    """Set up an apt of our own beside the system's, with the source packages of the same mirror."""
    folder = ROOT / "apt"
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    query = ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"]
    targets = subprocess.run(query, check=True, capture_output=True, text=True).stdout.split("\n")
    site = next(target.split()[0] for target in targets if target.split()[1:] in (["bookworm"], ["trixie"]))
    (folder / "sources.list").write_text("".join(f"deb-src {site} {suite} main\n" for suite in sorted(suites)))
    places = {
        "Etc::SourceList": "sources.list",
        "Etc::SourceParts": "parts",
        "State::Lists": "lists",
        "Cache": "cache",
    }
    apt = ["apt-get", "-o", "APT::Sandbox::User=root"]  # it need not become another user to write here
    for key, place in places.items():
        apt += ["-o", f"Dir::{key}={(folder / place).resolve()}"]
    subprocess.run([*apt, "update", "-qq"], check=True)
    return apt


@cache
def _recorded() -> dict[str, str]:
    lines = (HERE / "corpus.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _check() -> list[Path]:
    """Print the table of pins and give the archives that may be used; a wrong checksum ends the run."""
    usable: list[Path] = []
    for source, name, version in _pins():
        files = _upstream(source, name, version)
        if not files:
            print(f"{source:9} {name} {version}: MISSING, left out")
        for path in files:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            recorded = _recorded().get(path.name)
            if recorded not in (None, digest):
                sys.exit(f"{path} is not the archive that corpus.sha256 names; delete it and run again")
            print(f"{source:9} {path.name}: {'as recorded' if recorded else 'NOT on record in corpus.sha256'}")
            usable.append(path)
    return usable


def _pack(upstream: Path) -> dict[str, dict[str, int]]:
    """Write the text files of one upstream archive into an archive of each size, in the same order."""
    counts = {size: {"archives": 1, "files": 0, "bytes": 0} for size in SIZES}
    with ExitStack() as stack:
        outputs = {}
        for size in SIZES:
            path = ROOT / size / f"{upstream.name.partition('.tar.')[0]}.tar.gz"
            raw = stack.enter_context(path.open("wb"))
            zipped = stack.enter_context(gzip.GzipFile("", "wb", 1, raw, mtime=0))
            outputs[size] = stack.enter_context(tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT))
        for name, data in _text_files(upstream):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for size in filter(lambda size: _belongs(name, SIZES[size]), SIZES):
                outputs[size].addfile(member, io.BytesIO(data))
                counts[size]["files"] += 1
                counts[size]["bytes"] += len(data)
    return counts


def _belongs(name: str, one_in: int) -> bool:
    """Choose by the path below the versioned folder, so that versions stay paired, and all top licences."""
    inner = name.partition("/")[2]
    digest = hashlib.sha256(inner.encode()).digest()
    return int.from_bytes(digest[:8]) % one_in == 0 or bool(LICENSE_NAME.match(inner) and "/" not in inner)


def _text_files(upstream: Path) -> Iterator[tuple[str, bytes]]:
    rules = PLAN["text"]
    with tarfile.open(upstream, "r|*") as tar:
        for member in tar:
            if not rules["min_bytes"] <= member.size <= rules["max_bytes"] or not member.isfile():
                continue
            if member.name.endswith(tuple(rules["drop_suffixes"])):
                continue
            opened = tar.extractfile(member)
            data = opened.read() if opened else b""
            if b"\0" not in data[:8192] and _is_utf8(data) and _is_utf8(member.name.encode(errors="surrogateescape")):
                yield member.name.removeprefix("./"), data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


if __name__ == "__main__":
    build()
    for size in SIZES:
        print(f"{size}: {facts(size)['files']:,} files, {facts(size)['bytes'] / 1e6:,.1f} MB in {corpus(size)}")
