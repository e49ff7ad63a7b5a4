"""Object files as files: the order of objects in packs, mended copies of damaged packs, loose objects."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stackmark.sources.gitobjects import Answer, checked

_COPY_BYTES = 1024 * 1024
_LARGEST_PACK = 1 << 40
_NO_PACK = np.iinfo(np.int64).max
_HEADER = re.compile(rb"(blob|tree|commit|tag) ([0-9]{1,19})\0")
_HEADER_BYTES = 32


def pack_order(pack_dir: Path, ids: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the `ids` that lie in packs, pack by pack at rising offsets, and those that do not, by id.

    Reading in this order keeps the bases of deltas in git's cache. Only the first 8 bytes of ids are
    compared: a collision costs time, never an answer.
    """
    wanted = _keys(np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 20))
    packs = np.full(len(ids), _NO_PACK)
    offsets = np.zeros(len(ids), np.int64)
    for number, path in enumerate(sorted(pack_dir.glob("*.idx"))):
        index = read_index(path)
        if index is None or not len(index[0]):
            continue
        keys, places = index
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = (keys[at] == wanted) & (packs > number)
        packs[hit], offsets[hit] = number, places[at[hit]]
    ordered = [ids[i] for i in np.lexsort((wanted, offsets, packs)).tolist()]
    packed = int(np.count_nonzero(packs != _NO_PACK))
    return ordered[:packed], ordered[packed:]


def read_index(path: Path) -> tuple[NDArray[np.uint64], NDArray[np.int64]] | None:
    """Return the first 8 bytes of all ids of a pack index (version 2), sorted, and their offsets in the pack.

    None for what is not a sound index of that version (git's gitformat-pack: header, fan-out of 256, ids,
    checksums, 32-bit offsets of which those with the top bit set point into a table of 64-bit ones, two
    trailing ids).
    """
    raw = np.fromfile(path, np.uint8)
    if len(raw) < 1072 or raw[:8].tobytes() != b"\xfftOc\0\0\0\2":
        return None
    count = int.from_bytes(raw[1028:1032].tobytes(), "big")
    ids_end = 1032 + 20 * count
    small_start, small_end = ids_end + 4 * count, ids_end + 8 * count
    if small_end + 40 > len(raw) or (len(raw) - small_end - 40) % 8:
        return None
    offsets = raw[small_start:small_end].view(">u4").astype(np.int64)
    large = raw[small_end:-40].view(">u8").astype(np.int64)
    far = offsets >= 1 << 31
    which = offsets[far] - (1 << 31)
    if which.size and which.max() >= len(large):
        return None
    offsets[far] = large[which]
    return _keys(raw[1032:ids_end].reshape(-1, 20)), offsets


def _keys(ids: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(ids[:, :8]).view(">u8").ravel().astype(np.uint64)


def read_loose(git_dir: Path, id_: bytes, max_size: int) -> Answer | None:
    """Read an object from a file of its own; None if there is no such file.

    git streams these, and over a file with fewer bytes than it claims git says nothing at all: a reader would
    wait for the rest until its patience ends.
    """
    name = id_.hex()
    try:
        with (git_dir / "objects" / name[:2] / name[2:]).open("rb") as file:
            packed = file.read(max_size + max_size // 100 + 1024)  # what cannot be compressed grows a little
        data = zlib.decompressobj().decompress(packed, max_size + _HEADER_BYTES)
    except OSError:
        return None
    except zlib.error:
        return Answer(id_, b"", None, "corrupt")
    header = _HEADER.match(data)
    if not header:
        return Answer(id_, b"", None, "corrupt")
    if int(header[2]) > max_size:
        return Answer(id_, header[1], None, "too_large")
    body = data[header.end() :]
    return checked(id_, header[1], body) if len(body) == int(header[2]) else Answer(id_, b"", None, "corrupt")


def matches_index(pack: Path, index: Path) -> bool:
    """Tell whether git would open the pack: its trailing checksum is the one that the index names."""
    with pack.open("rb") as first, index.open("rb") as second:
        if min(first.seek(0, os.SEEK_END), second.seek(0, os.SEEK_END)) < 40:
            return False
        first.seek(-20, os.SEEK_END)
        second.seek(-40, os.SEEK_END)
        return first.read(20) == second.read(20)


def mend(pack: Path, index: Path, target: Path) -> None:
    """Make a private copy of a cut or altered pack that git agrees to open.

    git refuses a whole pack whose header or trailer is not what the index says. With both put right, and
    zeros where bytes are lost, it reads every object that is still there.
    """
    offsets = read_index(index)
    furthest = int(offsets[1].max()) if offsets and len(offsets[1]) else 0
    with index.open("rb") as file:
        count = file.read(1032)[1028:]
        file.seek(-40, os.SEEK_END)
        checksum = file.read(20)
    with pack.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, _COPY_BYTES)
        end = max(copy.tell(), furthest) + _COPY_BYTES
        if end < _LARGEST_PACK:  # the zeros take no room on disk, but no file can be longer than a disk allows
            copy.seek(end)
        copy.write(checksum)
        copy.seek(0)
        copy.write(b"PACK\0\0\0\2" + count)
