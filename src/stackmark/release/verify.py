"""Finds out whether a release is what it says it is.

First the files against SHA256SUMS and the manifest; whoever changed a single byte is found here. Then, if
the files are sound, what they say against one another (`consistency`): that finds whoever rewrote the
checksums as well, unless everything was made to agree; only the release's digest, kept elsewhere
(`expect`), tells such a forgery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackmark.errors import IntegrityError
from stackmark.release import consistency, manifest
from stackmark.release.manifest import MANIFEST, SUMS

#: progress(what, done, total): called after each of `total` files and steps.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a kind that programs can test, the file it is about, and a sentence."""

    kind: str
    path: str
    message: str


@dataclass(frozen=True)
class Checked:
    """How much was looked at: files and bytes against their checksums, ledger rows against the rest."""

    files: int
    bytes: int
    rows: int


@dataclass(frozen=True)
class Report:
    """The verdict on a release, sound if there are no problems; `deep` if the tables were compared too."""

    problems: tuple[Problem, ...]
    checked: Checked
    digest: str | None  # of SHA256SUMS, the name of this very release
    deep: bool

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify(folder: Path, *, deep: bool = True, expect: str | None = None, progress: Progress | None = None) -> Report:
    """Check the release in `folder`; every finding is a problem of the report, none raises.

    deep:     compare the tables with one another as well; skipped when the files themselves are damaged
    expect:   the digest (SHA-256 of SHA256SUMS in hex) that the release was announced with
    progress: called after each file and each step of the deep check
    """
    files, odd = manifest.walk(folder)
    total = len(files) + len(consistency.STEPS) * deep

    def tell(what: str, done: int) -> None:
        if progress:
            progress(what, done, total)

    problems = [Problem("odd-file", path, "it is not a plain file with a plain name") for path in odd]
    found = _hash_all(folder, files, tell)
    digest = found.get(SUMS)
    if expect is not None and digest != expect.lower():
        problems.append(Problem("digest", SUMS, f"this is not the expected release {expect}, but {digest}"))
    problems += _check_sums(folder, found)
    problems += _check_manifest(folder, found)
    rows, compared = 0, deep and not problems
    if compared:
        rows, findings = consistency.check(
            folder, manifest.load(folder), lambda what, done: tell(what, len(files) + done)
        )
        problems += [Problem(*finding) for finding in findings]
    size = sum((folder / path).stat().st_size for path in files)
    return Report(tuple(problems), Checked(len(files), size, rows), digest, compared)


def _hash_all(folder: Path, files: list[str], tell: Callable[[str, int], None]) -> dict[str, str]:
    found = {}
    for done, path in enumerate(files, 1):
        try:
            found[path] = manifest.sha256(folder / path)
        except OSError:
            found[path] = "unreadable"
        tell(path, done)
    return found


def _check_sums(folder: Path, found: Mapping[str, str]) -> Iterator[Problem]:
    """Compare what lies in the folder with SHA256SUMS."""
    try:
        sums = manifest.parse_sums((folder / SUMS).read_bytes())
    except FileNotFoundError:
        yield Problem("missing", SUMS, "the list of checksums is missing")
        return
    except (OSError, ValueError) as error:
        yield Problem("bad-sums", SUMS, f"the list of checksums cannot be used: {error}")
        return
    yield from compare_sums(sums, {path: sha for path, sha in found.items() if path != SUMS})


def compare_sums(sums: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is missing, added, changed, swapped or renamed, given checksums by path."""
    changed = {path for path in sums.keys() & found.keys() if sums[path] != found[path]}
    missing, added = sorted(sums.keys() - found.keys()), sorted(found.keys() - sums.keys())
    owners = {sums[path]: path for path in sorted(sums, reverse=True)}
    for path in sorted(changed):
        other = owners.get(found[path])
        if other in changed and found[other] == sums[path]:
            if path < other:
                yield Problem("swapped", path, f"it has changed places with {other}")
        elif other is not None:
            yield Problem("changed", path, f"it holds what belongs into {other}")
        else:
            yield Problem("changed", path, "its bytes are not those that SHA256SUMS lists")
    for path in missing:
        renamed = next((new for new in added if found[new] == sums[path]), None)
        yield Problem("missing", path, f"it was renamed to {renamed}" if renamed else "it is listed but not there")
    for path in added:
        yield Problem("added", path, "it is there but SHA256SUMS does not list it")


def _check_manifest(folder: Path, found: Mapping[str, str]) -> Iterator[Problem]:
    """Compare what lies in the folder with the list of files of the manifest."""
    try:
        entries = manifest.load(folder)["files"]
        listed = {str(entry["path"]): entry for entry in entries}
    except IntegrityError as error:
        yield Problem("bad-manifest", MANIFEST, str(error))
        return
    except (KeyError, TypeError):
        yield Problem("bad-manifest", MANIFEST, "it has no usable list of files")
        return
    if [entry["path"] for entry in entries] != sorted(listed):
        yield Problem("bad-manifest", MANIFEST, "its list of files is not sorted or names a file twice")
    there = {path: sha for path, sha in found.items() if path not in (MANIFEST, SUMS)}
    for path in sorted(there.keys() ^ listed.keys()):
        yield Problem("disagree", path, f"manifest and folder disagree on whether there is {path}")
    for path in sorted(there.keys() & listed.keys()):
        yield from _check_entry(folder, path, there[path], listed[path])


def _check_entry(folder: Path, path: str, sha256: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    if entry.get("sha256") != sha256:
        yield Problem("disagree", path, "its bytes are not those that the manifest lists")
    elif entry != (actual := _described(folder, path, sha256)):
        wrong = sorted(key for key in entry.keys() | actual.keys() if entry.get(key) != actual.get(key))
        yield Problem("disagree", path, f"the manifest is wrong about its {', '.join(wrong)}")


def _described(folder: Path, path: str, sha256: str) -> dict[str, Any]:
    try:
        return manifest.describe(folder, path, sha256)
    except IntegrityError:
        return {"path": path, "sha256": sha256, "rows": "unreadable"}
