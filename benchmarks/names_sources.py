"""Texts that names are looked for in: packages of the index and archives of the corpus, under permissive licences.

Packages are fetched with pip and unpacked under .cache/names; the archives are those of `corpus.py`. What a model
learns from is taken file by file: `stackmark licenses` must call a file permissively licensed, whatever its package
says.

    python benchmarks/names_sources.py      the licences of the texts that are trained on, and what was left out
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from corpus import corpus

HERE = Path(__file__).parent
ROOT = HERE.parent / ".cache" / "names"
PLAN: dict[str, Any] = tomllib.loads((HERE / "names_train.toml").read_text("utf-8"))
Side = Literal["train", "test"]
#: Classes of licences, as `stackmark licenses` names them, under which a text may be learned from.
FREE = ("permissive", "public-domain")
#: What of a package is text for people, by the end of the name.
SUFFIXES = (".py", ".js", ".po", ".txt", ".rst", ".css", ".md", "")
LARGEST = 500_000


def package(name: str) -> Path:
    """Give the folder of an unpacked package, fetched if it is not there."""
    folder = ROOT / name
    if not (folder / "complete").exists():
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--target", str(folder)]
        pinned = f"{name}=={PLAN['packages'][name][0]}"
        subprocess.run([sys.executable, "-m", "pip", "install", *options, pinned], check=True)
        (folder / "complete").touch()
    return folder


def archives(side: Side) -> list[Path]:
    """Give the archives of the corpus that are on one side."""
    wanted = tuple(PLAN["archives"][side])
    return [path for path in sorted(corpus("large").glob("*.tar.gz")) if path.name.startswith(wanted)]


def packages(side: Side) -> list[str]:
    """Give the packages on one side."""
    return [name for name, (_, _, its_side) in PLAN["packages"].items() if its_side == side]


@cache
def licensed(name: str) -> dict[str, tuple[str, str]]:
    """Give (class, expression) of the licence of each file of a package or an archive, by its path in there."""
    known = ROOT / "licenses" / f"{name}.json"
    if not known.exists():
        known.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            known.write_text(json.dumps(_scanned(name, Path(folder)), indent=0, sort_keys=True), "utf-8")
    return {path: (kind, text) for path, (kind, text) in json.loads(known.read_text("utf-8")).items()}


def _scanned(name: str, folder: Path) -> dict[str, tuple[str, str | None]]:
    """Ask `stackmark licenses`; `folder` is for an archive to be unpacked in."""
    if name.endswith(".tar.gz"):
        with tarfile.open(corpus("large") / name) as tar:
            tar.extractall(folder, filter="data")
    else:
        folder = package(name)
    command = [sys.executable, "-m", "stackmark", "licenses", "scan", "--json", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return {row["path"]: (row["license_class"], row["expression"]) for row in json.loads(done.stdout)}


def is_free(name: str, path: str) -> bool:
    """Say whether a file of a package or an archive may be learned from."""
    return licensed(name).get(path, ("unknown", ""))[0] in FREE


def of_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive."""
    with tarfile.open(path, "r|gz") as tar:
        for member in tar:
            if opened := tar.extractfile(member):
                yield member.name, opened.read()


def of_package(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a package that hold text for people."""
    folder = package(name)
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < LARGEST:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def sources(side: Side) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Yield the files of each project of one side; for training, those alone that may be learned from."""
    found: list[tuple[str, Iterator[tuple[str, bytes]]]] = [(path.name, of_archive(path)) for path in archives(side)]
    found += [(name, of_package(name)) for name in packages(side)]
    for name, files in found:
        yield name, [(path, content) for path, content in files if side == "test" or is_free(name, path)]


def main() -> None:
    for name in [*(path.name for path in archives("train")), *packages("train")]:
        counts = Counter((kind, text) for kind, text in licensed(name).values())
        taken = sum(count for (kind, _), count in counts.items() if kind in FREE)
        print(f"{name}: {taken:,} of {counts.total():,} files")
        for (kind, text), count in counts.most_common():
            print(f"    {count:6,} {'' if kind in FREE else 'left out: '}{text}")


if __name__ == "__main__":
    main()
