"""Bare copies of remote repositories and bundles in the work directory, each in its place once whole."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stackmark.sources.gitrefs import is_reference_name, references
from stackmark.sources.gitremote import TOO_LONG, git, unreachable
from stackmark.sources.gitrepository import RepositoryProblem, opened, read_small

_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[^@/:\s]+):(?P<path>[^\s]+)")
_SYMREF = re.compile(rb"ref: (\S+)\tHEAD\n")
_ID = re.compile(rb"([0-9a-f]{40})\tHEAD\n")
_BUNDLE = re.compile(rb"# v[23] git bundle\n")
_BUNDLE_HEAD = re.compile(rb"^([0-9a-f]{40}) HEAD$", re.MULTILINE)
_BUNDLE_HEADER = 16 * 1024 * 1024


def scheme(url: str) -> str | None:
    """Return the transport of a URL that may be cloned (https, ssh or file), None for any other text.

    ``host:path``, as scp writes it, is ssh. What begins with a dash, names no host, or holds blanks or
    control characters is refused, and so are http and git's helper transports (``ext::``, ``fd::``).
    """
    if not url.isprintable() or re.search(r"\s", url) or url.startswith("-") or "::" in url:
        return None
    if "://" not in url:
        found = _SCP_LIKE.fullmatch(url)
        return "ssh" if found and not found["host"].startswith("-") and not found["path"].startswith("-") else None
    parts = _split(url)
    if parts is None:
        return None
    kind, host, path = parts
    if kind == "file":
        return kind if host in ("", "localhost") and path else None
    return kind if kind in ("https", "ssh") and host and not host.startswith("-") else None


def public_name(url: str) -> str | None:
    """Return a remote's URL without user, password, query and fragment; None for a place on this machine."""
    if not url.isprintable() or re.search(r"\s", url) or "::" in url:
        return None
    if "://" not in url:
        found = _SCP_LIKE.fullmatch(url)
        if not found or url.startswith((".", "/", "-")):
            return None
        return f"ssh://{found['host']}/{found['path'].lstrip('/')}"
    parts = _split(url)
    if parts is None or parts[0] == "file" or not parts[1]:
        return None
    return "{}://{}{}".format(*parts)


def _split(url: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    return parts.scheme.lower(), (parts.hostname or "") + port, parts.path


def mirror(url: str, folder: Path, scratch: Path) -> Path:
    """Clone `url` into `folder`, or bring the clone of an earlier build up to date; return where it lies.

    Raises RepositoryProblem("unreachable"). A clone that cannot be updated is made anew before giving up,
    because it may be the clone that is damaged.
    """
    final = folder / hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()
    if final.is_dir():
        try:
            _fetch(url, final, scratch)
            return final
        except RepositoryProblem as problem:
            if str(problem) == TOO_LONG:
                raise
    fresh = _new_repository(final)
    _fetch(url, fresh, scratch)
    _put(fresh, final)
    return final


def is_bundle(path: Path) -> bool:
    """Tell whether a file is a git bundle, by its first line."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return bool(_BUNDLE.match(file.read(32)))


def unbundle(path: Path, folder: Path) -> Path:
    """Unpack a bundle into `folder`, once for each version of its bytes; return where it lies.

    Raises RepositoryProblem("unreadable-bundle"). A bundle names the revision of HEAD but not its branch.
    """
    with path.open("rb") as file:
        header = file.read(_BUNDLE_HEADER).partition(b"\n\n")[0]
        file.seek(0)
        final = folder / f"bundle-{hashlib.file_digest(file, 'sha1').hexdigest()}"
    if not final.is_dir():
        head = _BUNDLE_HEAD.search(header)
        fresh = _new_repository(final)
        failure = _git_fetch(str(path), fresh, "file", ["HEAD"] if head else [])
        if failure is not None:
            raise RepositoryProblem(
                "unreadable-bundle", "the bundle is damaged, or needs revisions that it does not hold"
            )
        _set_head(fresh, head[1] if head else b"ref: refs/heads/none")
        _put(fresh, final)
    return final


def _new_repository(final: Path) -> Path:
    """Make an empty bare repository beside the place that it will take; one that was left half done goes."""
    fresh = final.with_name(final.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    git(["init", "--bare", "--quiet", "--template=", "--initial-branch=none", str(fresh)], fresh, {})
    return fresh


def _put(fresh: Path, final: Path) -> None:
    old = final.with_name(final.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    fresh.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _fetch(url: str, into: Path, scratch: Path) -> None:
    """Bring all references and HEAD of `url` into the bare repository `into`; drop those that are gone."""
    for lock in [*into.glob("*.lock"), *(into / "refs").rglob("*.lock")]:
        lock.unlink()  # left by a build that was killed; this folder is ours alone
    if scheme(url) == "file":
        _fetch_local(Path(unquote(urlsplit(url).path)), into, scratch)
        return
    protocol = scheme(url) or "none"
    listed = git(["ls-remote", "--symref", "origin", "HEAD"], into, {"remote.origin.url": url}, protocol)
    failure = listed.stderr if listed.returncode else _git_fetch(url, into, protocol, [])
    if failure is not None:
        raise unreachable(failure)
    found = _SYMREF.search(listed.stdout) or _ID.search(listed.stdout)
    if found:
        _set_head(into, b"ref: " + found[1] if found.re is _SYMREF else found[1])


def _fetch_local(path: Path, into: Path, scratch: Path) -> None:
    # Served from a private folder, so that a local repository's alternates and settings play no part either.
    with opened(path, scratch) as repository:
        refs = references(repository.place)
        served = repository.git_dir
        (served / "packed-refs").write_bytes(
            b"".join(b"%s %s\n" % (refs.ids[name].hex().encode(), name) for name in sorted(refs.ids))
        )
        (served / "shallow").write_bytes(read_small(repository.place.common / "shallow") or b"")
        failure = _git_fetch(str(served), into, "file", [])
    if failure is not None:
        raise unreachable(failure)
    _set_head(into, b"ref: " + refs.head if refs.head else (refs.detached or b"").hex().encode())


def _set_head(repository: Path, value: bytes) -> None:
    if not value or (value.startswith(b"ref: ") and not is_reference_name(value[5:])):
        return
    fresh = repository / "HEAD.new"
    fresh.write_bytes(value + b"\n")
    fresh.replace(repository / "HEAD")


def _git_fetch(url: str, into: Path, protocol: str, more: Sequence[str]) -> bytes | None:
    """Fetch every reference; return None, or what git said if it failed."""
    options = [
        "--prune",
        "--force",
        "--no-tags",
        "--update-head-ok",
        "--update-shallow",
        "--no-write-fetch-head",
    ]
    done = git(
        ["fetch", "--progress", *options, "--no-recurse-submodules", "origin", "+refs/*:refs/*", *more],
        into,
        {"remote.origin.url": url},
        protocol,
    )
    return done.stderr if done.returncode else None
