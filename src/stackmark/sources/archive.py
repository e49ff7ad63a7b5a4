"""Archives as sources: tar (plain, gzip, xz, bzip2, Zstandard) and zip; so wheels, sdists, npm tarballs.

An archive is read as a stream and never extracted. Its revision is the git blob id of the archive file. Its
root directory id stands in the entries' row with the empty path; it is the one that git gives the extracted
files.

When an archive is damaged, that row has a problem (`truncated`, `corrupt`, `incomplete`, `not-an-archive`,
`unreadable`) in place of an id, and the rows read so far stand. When it breaks a limit (`archive-ratio`,
`archive-size`, `too-many-entries`, `overlapping-members`), that row is the only one.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pyarrow as pa

from stackmark import schema
from stackmark.errors import RecipeError
from stackmark.sources import Keep, Limits, Origin, SourceSettings
from stackmark.sources.archive_listing import Listing, refused
from stackmark.sources.archive_member import Budget, Damaged, Hostile, Member
from stackmark.sources.archive_names import origin_url
from stackmark.sources.archive_stream import PIECE, open_stream
from stackmark.sources.archive_tar import BLOCK, is_tar, tar_members
from stackmark.sources.archive_zip import is_zip, zip_members

READS_TO_LIST = True


class Settings(SourceSettings):
    """Settings of an archive source.

    path:   a file, or a glob of them (`**` crosses folders)
    origin: what to call it, else a name is made from the file name; versions of one project may share it
    """

    kind: Literal["archive"]
    path: str
    origin: str | None = None


def discover(settings: Settings, base: Path) -> Iterator[Origin]:
    """Yield one origin for each file that the path names, sorted. Raises RecipeError when there is none."""
    # `Path.glob` refuses absolute patterns.
    found = glob.glob(settings.path, root_dir=base, recursive=True)  # noqa: PTH207
    paths = [base / name for name in sorted(found, key=os.fsencode)]
    # A file whose own name holds brackets or stars is meant before the pattern.
    whole = base / settings.path
    if _is_file(whole):
        paths = [whole]
    files = [path for path in paths if _is_file(path)]
    if not files:
        raise RecipeError(f"path matches no file: {settings.path}", "paths are relative to the recipe's folder")
    for path in files:
        url = settings.origin or origin_url(path.name)
        yield Origin(url=url, kind="archive", locator=str(path.absolute()), vcs="archive")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above may not be entered
        return False


def pin(origin: Origin, as_of: int | None, workdir: Path) -> Origin:  # noqa: ARG001  (the contract)
    """Return the origin with the git blob id of the archive file as its revision.

    An archive has no history: a wish for an earlier state is answered by the flag "no-history".
    """
    flags = origin.flags if as_of is None else (*origin.flags, "no-history")
    try:
        revision = _file_id(Path(origin.locator))
    except OSError as error:
        return replace(origin, vcs="archive", flags=flags, problem="unreadable", detail=error.strerror)
    return replace(origin, vcs="archive", flags=flags, revision_id=revision)


def entries(origin: Origin, limits: Limits, keep: Keep) -> Iterator[pa.RecordBatch]:
    """Yield the entries of an archive as schema.ENTRIES, sorted by path, once it has been read to its end.

    `keep` gets the bytes of every regular file within the size limit, as they come: also those of an archive
    that turns out to be hostile later.
    """
    listing = Listing(limits)
    damage: Damaged | None = None
    try:
        for member in _members(Path(origin.locator), limits):
            if member.data is not None and member.content_id is not None:
                keep(member.content_id, member.data)
            listing.add(member)
    except Hostile as error:
        yield refused(error)
        return
    except Damaged as error:
        damage = error
    yield from listing.batches(damage)


def contents(origin: Origin, wanted: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield one row of schema.CONTENTS for each wanted id, in batches of about `limits.batch_bytes`."""
    missing = set(wanted)
    reason = "not in the archive any more"
    rows: list[dict[str, object]] = []
    size = 0
    try:
        for member in _members(Path(origin.locator), limits):
            if member.kind != "file" or member.content_id not in missing:
                continue
            missing.remove(member.content_id)
            rows.append(_content(member))
            size += len(member.data or b"")
            if size >= limits.batch_bytes:
                yield pa.RecordBatch.from_pylist(rows, schema=schema.CONTENTS)
                rows, size = [], 0
            if not missing:
                break
    except Damaged as error:
        reason = error.detail
    rows += [{"content_id": blob, "status": "missing", "detail": reason} for blob in sorted(missing)]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=schema.CONTENTS)


def _content(member: Member) -> dict[str, object]:
    if member.data is None:
        status = {"status": "too_large", "detail": member.detail}
        return {"content_id": member.content_id, "length": member.length, **status}
    return {
        "content_id": member.content_id,
        "blob_id": hashlib.sha1(member.data, usedforsecurity=False).digest(),
        "sha256": hashlib.sha256(member.data).digest(),
        "length": len(member.data),
        "status": "ok",
        "data": member.data,
    }


def _members(path: Path, limits: Limits) -> Iterator[Member]:
    """Yield the members of an archive, whose format its bytes tell. Raises Damaged or Hostile."""
    try:
        with path.open("rb", buffering=PIECE) as file:
            head = file.read(BLOCK)
            if not head:
                raise Damaged("not-an-archive", "the file is empty")
            budget = Budget(os.fstat(file.fileno()).st_size, limits)
            file.seek(0)
            stream = open_stream(file, head, budget)
            if not stream.packed and not is_tar(head) and is_zip(file, head):
                members = zip_members(file, limits, budget)
            else:
                file.seek(0)
                members = tar_members(stream, limits)
            for count, member in enumerate(members, 1):
                if count > limits.max_entries:
                    raise Hostile("too-many-entries", f"more than {limits.max_entries} entries")
                yield member
    except OSError as error:
        raise Damaged("unreadable", error.strerror or "the archive cannot be read") from error


def _file_id(path: Path) -> bytes:
    """Return the git blob id of a file, read a piece at a time."""
    with path.open("rb") as file:
        sha1 = hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size, usedforsecurity=False)
        while piece := file.read(PIECE):
            sha1.update(piece)
    return sha1.digest()
