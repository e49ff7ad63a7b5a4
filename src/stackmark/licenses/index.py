"""The index over all known licence texts: built once, kept as one file, mapped into memory by every worker.

It holds the words of each text (as hashes), a table that finds any of the texts as a run of words of a file
(`phrases`), and a table from each run of five words to the texts that have it (`align`).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import time
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stackmark import caches
from stackmark.errors import StoreError
from stackmark.licenses import added, corpus, words

#: Raise it whenever the file's layout or the choice of texts changes.
INDEX_VERSION = "23"
SHINGLE = 5
#: A text of fewer words is only found word for word.
MIN_ALIGNED = 20
#: Seconds after which an index of another version is not kept.
_UNUSED = 30 * 24 * 3600
#: Sizes of the runs by which a text is looked up: the longest that its words allow.
LEVELS = (1, 2, 3, 4, 6, 8, 12, 16, 32, 64)
#: Bits of a hash that address the tables of what is in the index at all, and of where in it a shingle is.
LEAD_BITS, SHINGLE_BITS, KEY_BITS = 21, 26, 20
#: Beside the file of an index: the state in which it was summed and found whole.
CHECKED = ".checked"


@dataclass(frozen=True)
class Index:
    """All known texts. Text i has the words `tokens[offsets[i]:offsets[i + 1]]`.

    names, expressions, kinds, files: per text, see `corpus.KnownText`; files are joined by line ends
    classes: per text, the rank of its licence class; speaks: 1 where it has a word that speaks of licensing
    relevance, minimum: per text, see `corpus.KnownText`
    required: 1 for each word without which the text is another licence's, parallel to `tokens`
    full: the hash of all words, per text
    whole, whole_text: the same sorted, and which text each is
    leads, lead_text: sorted hashes of the first words of the texts, as many as the greatest of LEVELS that
    fits; which text each begins; lead_seen is 1 at the high bits of each lead, eight to a byte
    keys, starts, postings: sorted shingles; those of `keys[k]` are `postings[starts[k]:starts[k + 1]]`, text
    numbers; shingle_seen as lead_seen; key_at: how many keys have lesser high bits, for each value of these
    distinct: how many different shingles each text has
    """

    names: list[str]
    expressions: list[str]
    kinds: list[str]
    files: list[str]
    classes: npt.NDArray[np.int8]
    speaks: npt.NDArray[np.uint8]
    relevance: npt.NDArray[np.int16]
    minimum: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.uint32]
    required: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    full: npt.NDArray[np.uint64]
    whole: npt.NDArray[np.uint64]
    whole_text: npt.NDArray[np.int32]
    leads: npt.NDArray[np.uint64]
    lead_text: npt.NDArray[np.int32]
    lead_seen: npt.NDArray[np.uint8]
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    postings: npt.NDArray[np.int32]
    shingle_seen: npt.NDArray[np.uint8]
    key_at: npt.NDArray[np.int32]
    distinct: npt.NDArray[np.int32]

    @functools.cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Return the number of words of each text: int64[texts]."""
        return np.diff(self.offsets)

    @functools.cached_property
    def seen(self) -> dict[bytes, Any]:
        """Give what `match.find_again` has found lately."""
        return {}

    def text(self, number: int) -> npt.NDArray[np.uint32]:
        """Return the words of a text: uint32[n]."""
        return self.tokens[self.offsets[number] : self.offsets[number + 1]]

    def knows(self, runs: words.Sums) -> npt.NDArray[np.bool_]:
        """Return bool[n]: the runs of SHINGLE words that a text has; one in fifty of the others passes too."""
        return _marked(self.shingle_seen, runs, SHINGLE_BITS)

    def begins(self, runs: words.Sums) -> npt.NDArray[np.bool_]:
        """Return bool[n]: the runs of words that are leads; one in seventy of the others passes too."""
        return _marked(self.lead_seen, runs, LEAD_BITS)

    def find_shingles(self, runs: words.Sums) -> words.Places:
        """Return the place of each run among the keys, -1 where no text has it: int64[n].

        Hashes are spread evenly, so the high bits of one lead to within a few keys of it.
        """
        if len(self.keys) == 0:
            return np.full(len(runs), -1)
        last = len(self.keys) - 1
        place = np.minimum(self.key_at[_address(runs, KEY_BITS)], last).astype(np.int64)
        while (before := (self.keys[place] < runs) & (place < last)).any():
            place += before
        return np.where(self.keys[place] == runs, place, -1)

    def find_whole(self, body: words.Words) -> int | None:
        """Return the number of the text that has exactly these words, None if there is none."""
        key = words.run_hashes(body.sums, np.zeros(1, np.int64), np.array([len(body)]))[0]
        place = int(np.searchsorted(self.whole, key))
        if place == len(self.whole) or self.whole[place] != key:
            return None
        number = int(self.whole_text[place])
        return number if np.array_equal(self.text(number), body.hashes) else None


def _address(hashes: words.Sums, bits: int) -> words.Places:
    # Of signed numbers numpy makes addresses as they are, unsigned ones it converts one by one.
    return (hashes >> np.uint64(64 - bits)).view(np.int64)


def _marked(table: npt.NDArray[np.uint8], hashes: words.Sums, bits: int) -> npt.NDArray[np.bool_]:
    place = _address(hashes, bits)
    marks: npt.NDArray[np.uint8] = (table[place >> 3] >> (place & 7).astype(np.uint8)) & np.uint8(1)
    return marks.view(np.bool_)


def version() -> str:
    """Return what the answers of this index stand on: its own versions, the data packages' and added texts."""
    texts = added.digest(added.folder())
    own = f"{INDEX_VERSION}.{words.WORDS_VERSION} ({corpus.version()})"
    return f"{own}, added {texts}" if texts else own


def load(cache: Path | None = None) -> Index:
    """Return the index, building its file first where it is missing, damaged or of other versions.

    Several processes may do so at once: each writes a file of its own and renames it into place.
    Raises StackmarkError when the licence texts are missing, StoreError when the folder cannot be written.
    """
    return _load(cache or caches.folder(), version())


def _path(folder: Path, stamp: str) -> Path:
    return folder / f"licenses-{hashlib.blake2b(stamp.encode(), digest_size=8).hexdigest()}.arrow"


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamp: str) -> Index:
    path = _path(folder, stamp)
    index = _read(path, stamp)
    if index is None:
        from stackmark.licenses import indexing  # only the first start on a machine needs it

        known = [*corpus.texts(), *corpus.named_by_id(added.folder())]
        _write(indexing.build(known), path, stamp)
        index = _read(path, stamp)
    if index is None:
        raise StoreError(f"the licence index {path.name} cannot be read back", "is the disk full or damaged?")
    return index


def _write(index: Index, path: Path, stamp: str) -> None:
    columns = {field.name: _column(getattr(index, field.name)) for field in fields(index)}
    sums = {name: _checksum(column) for name, column in columns.items()}
    table = pa.table(columns).replace_schema_metadata({"stamp": stamp, **sums})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise StoreError(
            f"cannot write the licence index: {error.strerror}", "set STACKMARK_CACHE to a folder that can be written"
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
            file.flush()
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
        _forget_old(path)
    except OSError as error:
        raise StoreError(f"cannot write the licence index: {error.strerror}", "is the disk full?") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _forget_old(path: Path) -> None:
    """Remove indexes of other versions that nobody has used for a month: each takes 80 MB."""
    for other in path.parent.glob("licenses-*.arrow"):
        with contextlib.suppress(OSError):
            used = other.stat()
            if other != path and time.time() - max(used.st_atime, used.st_mtime) > _UNUSED:
                other.unlink()
                other.with_suffix(CHECKED).unlink()


def _column(values: Any) -> pa.Array:
    """A whole array as the one row of a list column: columns must be of equal length, these are not."""
    flat = pa.array(values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(flat)], pa.int64()), flat)


def _checksum(column: pa.Array) -> str:
    total = 0
    for buffer in column.values.buffers():
        total = zlib.crc32(buffer, total) if buffer is not None else total
    return f"{len(column.values)}-{total}"


def _state(path: Path) -> str:
    """Tell a file as it stands from one that has been written again."""
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _is_checked(path: Path) -> bool:
    """Say whether these bytes have been summed before: to read all 200 MB of them takes longer than all else."""
    with contextlib.suppress(OSError):
        return path.with_suffix(CHECKED).read_text("ascii", "replace") == _state(path)
    return False


def _note(path: Path) -> None:
    """Write down that a file has been summed; where that cannot be written, it is summed each time."""
    with contextlib.suppress(OSError):
        path.with_suffix(CHECKED).write_text(_state(path), "ascii")


def _read(path: Path, stamp: str) -> Index | None:
    """Return the index in a file, None unless it is whole and of this version."""
    try:
        checked = _is_checked(path)
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        stored = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        if stored.get("stamp") != stamp:
            return None
        values: list[Any] = []
        for field in fields(Index):
            column = table.column(field.name).chunk(0)
            if not checked and stored.get(field.name) != _checksum(column):
                return None
            flat = column.values
            values.append(flat.to_pylist() if pa.types.is_string(flat.type) else flat.to_numpy(zero_copy_only=True))
    except (OSError, KeyError, IndexError, ValueError, pa.ArrowInvalid):
        return None
    if not checked:
        _note(path)
    return Index(*values)
