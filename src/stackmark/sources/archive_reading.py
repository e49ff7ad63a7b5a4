"""Read an archive: its entries, and contents that are asked for; what `sources.archive` does once there is work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from stackmark import schema
from stackmark.sources import Keep, Limits, Origin
from stackmark.sources.archive_listing import Listing, refused
from stackmark.sources.archive_member import Budget, Damaged, Hostile, Member
from stackmark.sources.archive_stream import PIECE, open_stream
from stackmark.sources.archive_tar import BLOCK, is_tar, tar_members
from stackmark.sources.archive_zip import is_zip, zip_members


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
