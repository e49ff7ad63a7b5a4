"""The index over all known licence texts: built once, kept as one file, mapped into memory by every worker.

It holds the words of each text (as hashes), a table from the hash of a whole text to the text, and a table
from each run of five words to the texts that have it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stackmark.errors import StoreError
from stackmark.licenses import corpus, expressions, words

#: Raise it whenever the file's layout or the choice of texts changes.
INDEX_VERSION = "4"
SHINGLE = 5
#: Notices shorter than this are references to a licence rather than grants; matching them is not this
#: index's task.
MIN_NOTICE = 20
# Words that stand for {{ and }} while a known text is split; no text has them.
_OPEN, _CLOSE = "stackmarkopen", "stackmarkclose"


@dataclass(frozen=True)
class Index:
    """All known texts. Text i has the words `tokens[offsets[i]:offsets[i + 1]]`.

    names, expressions: per text; kinds: "license", "text" or "notice"
    minimum: per text, the share of it that a file must have, 0 to 1
    required: 1 for each word without which the text is another licence's, parallel to `tokens`
    whole, whole_text:  sorted hashes of whole texts, and which text each is
    keys, starts, postings: sorted shingles; those of `keys[k]` are `postings[starts[k]:starts[k + 1]]`, text
    numbers
    """

    names: list[str]
    expressions: list[str]
    kinds: list[str]
    minimum: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.uint32]
    required: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    whole: npt.NDArray[np.uint64]
    whole_text: npt.NDArray[np.int32]
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    postings: npt.NDArray[np.int32]

    def text(self, number: int) -> npt.NDArray[np.uint32]:
        """Return the words of a text: uint32[n]."""
        return self.tokens[self.offsets[number] : self.offsets[number + 1]]

    def find_whole(self, tokens: npt.NDArray[np.uint32]) -> int | None:
        """Return the number of the text that has exactly these words, None if there is none."""
        place = int(np.searchsorted(self.whole, whole_hash(tokens)))
        if place == len(self.whole) or self.whole[place] != whole_hash(tokens):
            return None
        number = int(self.whole_text[place])
        return number if np.array_equal(self.text(number), tokens) else None


def whole_hash(tokens: npt.NDArray[np.uint32]) -> np.uint64:
    """Return the hash of a whole text."""
    digest = hashlib.blake2b(tokens.astype("<u4").tobytes(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def version() -> str:
    """Return what the answers of this index stand on: its own versions and those of the data packages."""
    return f"{INDEX_VERSION}.{words.WORDS_VERSION} ({corpus.version()})"


def cache_folder() -> Path:
    """Return where indexes are kept: STACKMARK_CACHE, else `stackmark` in the user's cache folder."""
    own = os.environ.get("STACKMARK_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stackmark"


def load(cache: Path | None = None) -> Index:
    """Return the index, building its file first where it is missing, damaged or of other versions.

    Several processes may do so at once: each writes a file of its own and renames it into place.
    Raises StackmarkError when the licence texts are missing, StoreError when the folder cannot be written.
    """
    return _load(cache or cache_folder(), version())


@functools.lru_cache(maxsize=4)
def _load(folder: Path, stamp: str) -> Index:
    digest = hashlib.blake2b(stamp.encode(), digest_size=8).hexdigest()
    path = folder / f"licenses-{digest}.arrow"
    index = _read(path, stamp)
    if index is None:
        _write(build(corpus.texts()), path, stamp)
        index = _read(path, stamp)
    if index is None:
        raise StoreError(f"the licence index {path.name} cannot be read back", "is the disk full or damaged?")
    return index


def build(texts: Iterable[corpus.KnownText]) -> Index:
    """Return the index over some texts; of texts with the same words only the best named one stays."""
    by_words: dict[bytes, tuple[corpus.KnownText, npt.NDArray[np.uint32], npt.NDArray[np.uint8]]] = {}
    for known in texts:
        hashes, required = _words(known.text)
        if len(hashes) == 0 or (known.kind == "notice" and len(hashes) < MIN_NOTICE):
            continue
        key = hashes.tobytes()
        if key not in by_words or _preference(known) < _preference(by_words[key][0]):
            by_words[key] = (known, hashes, required)
    chosen = [known for known, _, _ in by_words.values()]
    tokens = [hashes for _, hashes, _ in by_words.values()]
    whole = np.array([whole_hash(hashes) for hashes in tokens], np.uint64)
    order = np.argsort(whole, kind="stable")
    return Index(
        [known.name for known in chosen],
        [known.expression for known in chosen],
        [known.kind for known in chosen],
        np.array([known.minimum for known in chosen], np.float64),
        np.concatenate(tokens) if tokens else np.empty(0, np.uint32),
        np.concatenate([one for _, _, one in by_words.values()]) if tokens else np.empty(0, np.uint8),
        np.concatenate(([0], np.cumsum([len(t) for t in tokens], dtype=np.int64))).astype(np.int64),
        whole[order],
        order.astype(np.int32),
        *_shingle_table(tokens),
    )


def _words(text: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return the words of a known text and which of them stand in {{ }}."""
    if "{{" not in text:
        hashes = words.split(text).hashes
        return hashes, np.zeros(len(hashes), np.uint8)
    marked = words.split(text.replace("{{", f" {_OPEN} ").replace("}}", f" {_CLOSE} "))
    depth = np.cumsum(np.array([(word == _OPEN) - (word == _CLOSE) for word in marked.words], np.int64))
    keep = np.array([word not in (_OPEN, _CLOSE) for word in marked.words], bool)
    return marked.hashes[keep], (depth[keep] > 0).astype(np.uint8)


def _preference(known: corpus.KnownText) -> tuple[bool, bool, bool, int, str]:
    """Where two texts have the same words: an SPDX id first, then a licence's own text, then the stricter."""
    strictness = -expressions.rank(expressions.license_class(known.expression))
    loose = known.kind != "notice" and "-or-later" in known.expression
    return ("LicenseRef-" in known.expression, known.kind != "license", loose, strictness, known.name)


def _shingle_table(
    tokens: list[npt.NDArray[np.uint32]],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return sorted shingles, where the list of each starts, and the lists of the texts that have them."""
    unique = [np.unique(words.shingles(t, SHINGLE)) for t in tokens]
    everything = np.concatenate(unique) if unique else np.empty(0, np.uint64)
    owners = np.repeat(np.arange(len(unique), dtype=np.int32), [len(u) for u in unique])
    order = np.argsort(everything, kind="stable")
    keys, counts = np.unique(everything, return_counts=True)
    return keys, np.concatenate(([0], np.cumsum(counts))).astype(np.int64), owners[order]


def _write(index: Index, path: Path, stamp: str) -> None:
    columns = {field.name: _column(getattr(index, field.name)) for field in fields(index)}
    sums = {name: _checksum(column) for name, column in columns.items()}
    table = pa.table(columns).replace_schema_metadata({"stamp": stamp, **sums})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise StoreError(
            f"cannot write the licence index: {error.strerror}", "set STACKMARK_CACHE to a folder"
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
            file.flush()
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write the licence index: {error.strerror}", "is the disk full?") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _column(values: Any) -> pa.Array:
    """A whole array as the one row of a list column: columns must be of equal length, these are not."""
    flat = pa.array(values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(flat)], pa.int64()), flat)


def _checksum(column: pa.Array) -> str:
    total = 0
    for buffer in column.values.buffers():
        total = zlib.crc32(buffer, total) if buffer is not None else total
    return f"{len(column.values)}-{total}"


def _read(path: Path, stamp: str) -> Index | None:
    """Return the index in a file, None unless it is whole and of this version."""
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        stored = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        if stored.get("stamp") != stamp:
            return None
        values: list[Any] = []
        for field in fields(Index):
            column = table.column(field.name).chunk(0)
            if stored.get(field.name) != _checksum(column):
                return None
            flat = column.values
            values.append(flat.to_pylist() if pa.types.is_string(flat.type) else flat.to_numpy(zero_copy_only=True))
    except (OSError, KeyError, IndexError, ValueError, pa.ArrowInvalid):
        return None
    return Index(*values)
