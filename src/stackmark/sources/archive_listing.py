"""Gather the members of one archive: the entries that an extraction would leave, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

import pyarrow as pa

from stackmark import schema
from stackmark.sources import Limits
from stackmark.sources.archive_member import Damaged, Hostile, Member
from stackmark.sources.archive_names import is_plain, tidy, too_long, unsafe
from stackmark.trees import DIRECTORY_MODE, directory_ids

#: Bytes that the paths of one archive and their directories may take: two million paths of 64 bytes.
MAX_LISTING = 128 * 1024 * 1024
BATCH_ROWS = 8192


#: A row of schema.ENTRIES. No named tuple: of plain ones the garbage collector need not keep track.
_Row = tuple[bytes, int, str, bytes | None, int | None, str | None, str | None]


class Listing:
    """The entries of one archive, collected member by member."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows: list[_Row] = []
        self._at: dict[bytes, int] = {}  # path -> row that an extraction would leave there
        self._directories: set[bytes] = {b""}
        self._beyond: list[bytes] = []  # paths beyond the limits, cut to their length
        self._misplaced = False  # whether a file cannot be told where it belongs
        self._bytes = 0

    def add(self, member: Member) -> None:
        """Take in the next member. Raises Hostile when the paths outgrow every bound."""
        path = member.path
        if not is_plain(path):
            why = unsafe(path)
            if why:
                self._refuse(member, why)
                return
            path = tidy(path)
        if member.kind == "directory":
            return  # git knows no empty directories, and the others follow from their files
        if not path:
            self._refuse(member, "an empty path")
            return
        why = too_long(path, self._limits)
        if why:
            self._refuse(member, why)
            self._beyond.append(path[: self._limits.max_path])
            return
        row = (path, member.mode, member.kind, member.content_id, member.length, member.problem, member.detail)
        if member.problem in ("unsafe-path", "bad-header"):
            self._misplaced |= member.problem == "bad-header"
            self._append(row)
            return
        self._place(self._linked(row, tidy(member.target)) if member.kind == "hardlink" else row)

    def batches(self, damage: Damaged | None) -> Iterator[pa.RecordBatch]:
        """Yield all rows as batches of schema.ENTRIES, sorted by path; the root comes first.

        damage: what ended the reading too soon. Then no directory is known to be whole: only the root has a
            row, which tells the damage.
        """
        if self._misplaced and not damage:
            damage = Damaged("incomplete", "a file has a damaged header and may belong anywhere")
        rows = self._rows + ([_root(damage)] if damage else self._directory_rows())
        rows.sort(key=itemgetter(0))
        for start in range(0, len(rows), BATCH_ROWS):
            yield _batch(rows[start : start + BATCH_ROWS])

    def _refuse(self, member: Member, why: str) -> None:
        # The empty path is the root's alone.
        path = member.path[: self._limits.max_path] or b"."
        kind = "file" if member.kind == "hardlink" else member.kind
        mode = DIRECTORY_MODE if kind == "directory" else member.mode
        self._append((path, mode, kind, member.content_id, member.length, "unsafe-path", why))

    def _linked(self, link: _Row, target: bytes) -> _Row:
        """Return a hard link as what it is in the end: one more file with the content of its target."""
        place = self._at.get(target)
        if place is None:
            detail = "a hard link to nothing that stands before it in the archive"
            return (link[0], link[1], "file", link[3], link[4], "link-escapes", detail)
        return (link[0], *self._rows[place][1:])

    def _place(self, row: _Row) -> None:
        """Put a row where an extraction would: over an older one of the same path, never over a directory."""
        path = row[0]
        above = self._new_directories(path)
        if path in self._directories or not self._at.keys().isdisjoint(above):
            self._append((*row[:5], "duplicate-name", "a path that is a file and a directory in the same archive"))
            return
        older = self._at.get(path)
        if older is not None:
            detail = "a later member of the archive has the same path"
            self._rows[older] = (*self._rows[older][:5], "duplicate-name", detail)
        self._at[path] = len(self._rows)
        for directory in above:
            self._directories.add(directory)
            self._count(directory)
        self._append(row)

    def _known_above(self, path: bytes) -> bytes:
        """Return the nearest directory above a path that holds a file within the limits."""
        while (path := path.rpartition(b"/")[0]) not in self._directories:
            pass
        return path

    def _new_directories(self, path: bytes) -> list[bytes]:
        """Return the directories above a path that are not known yet; only those can clash with a file."""
        new: list[bytes] = []
        while (path := path.rpartition(b"/")[0]) not in self._directories:
            new.append(path)
        return new

    def _append(self, row: _Row) -> None:
        self._rows.append(row)
        self._count(row[0])

    def _count(self, path: bytes) -> None:
        self._bytes += len(path)
        if len(self._rows) + len(self._directories) > self._limits.max_entries:
            raise Hostile("too-many-entries", f"more than {self._limits.max_entries} files and directories")
        if self._bytes > MAX_LISTING:
            raise Hostile("too-many-entries", f"the paths alone take more than {MAX_LISTING} bytes")

    def _directory_rows(self) -> list[_Row]:
        left = [self._rows[place] for place in self._at.values()]
        lost = [path.rpartition(b"/")[0] for path, _, kind, own_id, _, _, _ in left if not own_id and kind != "special"]
        files = [(path, mode, own_id) for path, mode, _, own_id, _, _, _ in left if own_id]
        ids = directory_ids(files, [*lost, *map(self._known_above, self._beyond)])
        detail = f"{len(lost)} of {len(left)} entries could not be read" if lost else "a path is beyond the limits"
        return [
            (path, DIRECTORY_MODE, "directory", own_id, None, None, None)
            if own_id is not None
            else (path, DIRECTORY_MODE, "directory", None, None, "incomplete", detail)
            for path, own_id in ids.items()
        ]


def refused(damage: Damaged) -> pa.RecordBatch:
    """Return the one row that stands for an archive of which nothing is used."""
    return _batch([_root(damage)])


def _root(damage: Damaged) -> _Row:
    return (b"", DIRECTORY_MODE, "directory", None, None, damage.rule, damage.detail)


def _batch(rows: list[_Row]) -> pa.RecordBatch:
    columns = [
        pa.array(column, type=field.type) for column, field in zip(zip(*rows, strict=True), schema.ENTRIES, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema.ENTRIES)
