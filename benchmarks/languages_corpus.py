"""Labelled files out of published packages, to train on and, from other packages, to measure with.

    python benchmarks/languages_corpus.py [train] [test] [fresh] [--record]

`languages_packages.toml` names the packages and says which of their files are in which language; the archives come
from Debian's source packages, npm and PyPI through their own clients and are checked against
`languages_packages.sha256` (`--record` adds new ones to it). The result is one Parquet file a role under
.cache/languages, the same bytes each time:

    label    name of the language as the language table has it
    path     path inside the package; its base name is what a detector may see
    package  where it came from
    by       how the label was known: "package" (a pattern for this package), "folder" (a collection that sorts its
             examples by language), "name" (to train: a name that only one language has; to measure: `common`)
    content  the bytes
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus import apt
from stackmark.languages.tables import compiled, table

HERE = Path(__file__).parent
ROOT = HERE.parent / ".cache" / "languages"
UPSTREAM = ROOT / "upstream"
PLAN = tomllib.loads((HERE / "languages_packages.toml").read_text())
RECORD = HERE / "languages_packages.sha256"
LIMITS = PLAN["limits"]
#: What packages are for; no text of an earlier role is in a later one.
ROLES = ("train", "test", "fresh")
#: The top folder of an archive, named after the version.
TOP = re.compile(r"^[^/]+/")
_COMMON = [(pattern.lower(), label) for pattern, label in PLAN["common"].items()]


@dataclass(frozen=True)
class Package:
    """One entry of the plan: where it is from, and what is known of its files.

    labels: pattern of the path inside -> language; "" takes files out. The first that fits counts.
    folder: a regular expression whose group `alias` is an alias of the language; first of all
    """

    source: str  # bookworm, trixie, npm, pypi
    name: str
    version: str = ""  # of npm and pypi; Debian's suites have one
    labels: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    per_label: int = 0


@dataclass(frozen=True)
class Labelled:
    """One file with its language."""

    label: str
    path: str
    package: str
    by: str
    content: bytes


def corpus(role: str) -> Path:
    """Give the Parquet file of a role, built if it is not there."""
    path = ROOT / f"{role}.parquet"
    if not path.exists():
        build(role)
    return path


def build(role: str, record: bool = False) -> None:
    """Fetch, check and label the packages of a role."""
    packages = [Package(**entry) for entry in PLAN[role]]
    _fetch(packages)
    _check(packages, record)
    rows: list[Labelled] = []
    further = _by_name if role == "train" else _common
    for package in packages:
        rows += _sample(package, _labelled(package, further))
    rows = _once(rows, set().union(*(_contents(other) for other in ROLES[: ROLES.index(role)])))
    ROOT.mkdir(parents=True, exist_ok=True)
    columns = {name: [getattr(row, name) for row in rows] for name in ("label", "path", "package", "by", "content")}
    pq.write_table(pa.table(columns), ROOT / f"{role}.parquet", compression="zstd")


def trees(role: str) -> Iterator[tuple[Package, list[tuple[str, bytes]]]]:
    """Fetch and check the packages of a part of the plan; yield each with its files, by their paths inside."""
    packages = [Package(**entry) for entry in PLAN[role]]
    _fetch(packages)
    _check(packages)
    for package in packages:
        for archive in _archives(package):
            yield package, list(_files(archive))


def label(package: Package, path: str) -> str | None:
    """Give the language of a path inside a package where its provenance tells."""
    found = _label(package, path, _common)
    return found[0] if found else None


def _contents(role: str) -> set[bytes]:
    return {_key(content) for content in pq.read_table(corpus(role), columns=["content"])["content"].to_pylist()}


def _key(content: bytes) -> bytes:
    """Give a key that is the same for copies that differ in blanks alone."""
    return hashlib.sha256(b"".join(content.split())).digest()


def _once(rows: Iterable[Labelled], seen: set[bytes]) -> list[Labelled]:
    """Leave out copies, of one another and of what was seen, and bound the files of one language and suffix."""
    kept: list[Labelled] = []
    counts: Counter[tuple[str, str]] = Counter()
    for row in sorted(rows, key=lambda row: (row.label, hashlib.sha256(row.content).digest())):
        key = _key(row.content)
        if key in seen or counts[row.label, _suffix(row.path)] >= LIMITS["per_language"]:
            continue
        seen.add(key)
        counts[row.label, _suffix(row.path)] += 1
        kept.append(row)
    return kept


def _sample(package: Package, rows: Iterable[Labelled]) -> list[Labelled]:
    """Take so many files of each language and suffix, by a hash of the path."""
    groups: dict[tuple[str, str], list[Labelled]] = {}
    for row in rows:
        groups.setdefault((row.label, _suffix(row.path)), []).append(row)
    most = package.per_label or LIMITS["per_package"]
    found: list[Labelled] = []
    for group in groups.values():
        found += sorted(group, key=lambda row: hashlib.sha256(row.path.encode()).digest())[:most]
    return found


def _suffix(path: str) -> str:
    return Path(path).suffix.lower()


def _labelled(package: Package, further: Callable[[str], str | None]) -> Iterator[Labelled]:
    for archive in _archives(package):
        for path, content in _files(archive):
            found = _label(package, path, further)
            if found and LIMITS["min_bytes"] <= len(content) <= LIMITS["max_bytes"] and b"\0" not in content:
                yield Labelled(found[0], path, package.name, found[1], content)


def _label(package: Package, path: str, further: Callable[[str], str | None]) -> tuple[str, str] | None:
    """Give the language of a path inside a package and how it is known."""
    if package.folder and (hit := re.search(package.folder, path)):
        label = PLAN["aliases"].get(hit["alias"].lower()) or _aliases().get(_plain(hit["alias"]))
        return (label, "folder") if label else None
    for pattern, label in package.labels.items():
        if fnmatchcase(path.lower(), pattern.lower()):
            return (label, "package") if label else None
    if any(fnmatchcase(path.lower(), pattern) for pattern in PLAN["leave_out"]):
        return None
    label = further(path)
    return (label, "name") if label else None


def _common(path: str) -> str | None:
    """Give the language that everybody means by such a name, as the plan has it."""
    return next((label for pattern, label in _COMMON if fnmatchcase(path.lower(), pattern)), None)


def _by_name(path: str) -> str | None:
    """Give the language whose alone a file name or a suffix is."""
    name = path.rpartition("/")[2]
    whole = compiled()["filenames"].get(name, [])
    parts, known = name.lower().split("."), compiled()["extensions"]
    suffixes = [".".join(["", *parts[first:]]) for first in range(1, len(parts))]
    found: list[str] = whole or next((known[one] for one in suffixes if one in known), [])
    return found[0] if len(found) == 1 else None


def _plain(alias: str) -> str:
    return re.sub(r"[^a-z0-9+#*]", "", alias.lower())


def _aliases() -> dict[str, str]:
    names = {_plain(alias): facts.name for facts in table().values() for alias in facts.aliases}
    return {**names, **{_plain(name): name for name in table()}}


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the regular files of a sensible size of an archive, by their path below its top folder."""
    most = 4 * LIMITS["max_bytes"]
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                if 0 < info.file_size <= most:
                    yield info.filename, wheel.read(info)
        return
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            opened = tar.extractfile(member) if member.isfile() and 0 < member.size <= most else None
            if opened:
                name = member.name.removeprefix("./").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield TOP.sub("", name), opened.read()


def _archives(package: Package) -> list[Path]:
    """Find what was fetched of a package."""
    name = package.name.removeprefix("@").replace("/", "-")
    if package.source == "npm":
        return sorted(UPSTREAM.glob(f"{name}-{package.version}.tgz"))
    if package.source == "pypi":
        return sorted(UPSTREAM.glob(f"{name.replace('-', '_')}-{package.version}-*.whl"))
    return sorted(UPSTREAM.glob(f"{name}_*.orig*.tar.*"))


def _fetch(packages: Iterable[Package]) -> None:
    """Fetch what is not there yet, each through the client of its registry."""
    missing = [package for package in packages if not _archives(package)]
    if not missing:
        return
    UPSTREAM.mkdir(parents=True, exist_ok=True)
    suites = {package.source for package in missing} & {"bookworm", "trixie"}
    tool = apt(suites) if suites else []
    clients: dict[str, Callable[[Package], list[str]]] = {
        "npm": lambda one: ["npm", "pack", "--silent", f"{one.name}@{one.version}"],
        "pypi": lambda one: [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
                             f"{one.name}=={one.version}"],
    }  # fmt: skip
    for package in missing:
        debian = [*tool, "source", "-qq", "--download-only", "--tar-only", f"{package.name}/{package.source}"]
        command = clients[package.source](package) if package.source in clients else debian
        subprocess.run(command, cwd=UPSTREAM, check=False, stdout=subprocess.DEVNULL)


def _check(packages: Iterable[Package], record: bool = False) -> None:
    """End the run on a wrong checksum; name what is missing, which the rest can do without."""
    lines = RECORD.read_text().splitlines() if RECORD.exists() else []
    recorded: dict[str, Any] = {name: digest for digest, name in (line.split() for line in lines)}
    for package in packages:
        if not _archives(package):
            print(f"{package.source} {package.name}: MISSING, left out", file=sys.stderr)
        for path in _archives(package):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if record:
                recorded.setdefault(path.name, digest)
            if recorded.get(path.name) != digest:
                sys.exit(f"{path} is not the archive that {RECORD.name} names; delete it and run again")
    if record:
        RECORD.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(recorded.items())))


def describe(role: str) -> None:
    """Print what a role holds."""
    rows = pq.read_table(corpus(role))
    packages, labels = len(rows["package"].unique()), len(rows["label"].unique())
    size = sum(map(len, rows["content"].to_pylist())) / 1e6
    digest = hashlib.sha256(corpus(role).read_bytes()).hexdigest()[:16]
    print(f"{role}: {len(rows):,} files, {labels} languages, {packages} packages, {size:.1f} MB, sha256 {digest}")


if __name__ == "__main__":
    for role in [name for name in ROLES if name in sys.argv[1:]] or ROLES:
        build(role, "--record" in sys.argv)
        describe(role)
