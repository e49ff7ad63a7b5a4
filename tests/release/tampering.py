"""Ways to tamper with a release, with and without rewriting its checksums."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stackmark.release import manifest

Rows = list[dict[str, Any]]


def reseal(folder: Path) -> None:
    """Rewrite the list of files and the checksums so that they agree with what lies in the folder."""
    head = manifest.load(folder)
    del head["files"]
    manifest.write(folder, head)


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, in its proper form, and make SHA256SUMS agree."""
    value = manifest.load(folder)
    change(value)
    (folder / manifest.MANIFEST).write_bytes(manifest.canonical(value))
    sums = manifest.parse_sums((folder / manifest.SUMS).read_bytes())
    sums[manifest.MANIFEST] = manifest.sha256(folder / manifest.MANIFEST)
    (folder / manifest.SUMS).write_bytes(manifest.format_sums(sums))


def edit_table(folder: Path, path: str, change: Callable[[Rows], object]) -> None:
    """Change the rows of a Parquet file and rewrite all checksums."""
    table = pq.read_table(folder / path, partitioning=None)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), folder / path, compression="zstd")
    reseal(folder)


def flip_bit(folder: Path, files: list[str], rng: random.Random) -> None:
    path = folder / rng.choice(files)
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def truncate(folder: Path, files: list[str], rng: random.Random) -> None:
    path = folder / rng.choice(files)
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def append(folder: Path, files: list[str], rng: random.Random) -> None:
    path = folder / rng.choice(files)
    path.write_bytes(path.read_bytes() + rng.choice([b"\n", b"\0", b" ", b"x"]))


def remove(folder: Path, files: list[str], rng: random.Random) -> None:
    (folder / rng.choice(files)).unlink()


def add(folder: Path, files: list[str], rng: random.Random) -> None:
    place = (folder / rng.choice(files)).parent
    (place / f"extra{rng.randrange(99)}{rng.choice(['', '.parquet', '.txt'])}").write_bytes(b"extra")


def swap(folder: Path, files: list[str], rng: random.Random) -> None:
    one, two = (folder / path for path in rng.sample(files, 2))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def rename(folder: Path, files: list[str], rng: random.Random) -> None:
    path = folder / rng.choice(files)
    path.rename(path.with_name(f"renamed-{path.name}"))


def link(folder: Path, files: list[str], rng: random.Random) -> None:
    path = folder / rng.choice(files)
    elsewhere = folder.with_name("elsewhere")
    shutil.copyfile(path, elsewhere)
    path.unlink()
    path.symlink_to(elsewhere)


def edit_counts(folder: Path, _: list[str], rng: random.Random) -> None:
    edit_manifest(folder, lambda value: change_leaf(value["counts"], rng))


def edit_listing(folder: Path, _: list[str], rng: random.Random) -> None:
    edit_manifest(folder, lambda value: change_leaf(value["files"], rng))


def edit_configs(folder: Path, _: list[str], rng: random.Random) -> None:
    edit_manifest(folder, lambda value: change_leaf(value["configs"], rng))


def change_leaf(value: Any, rng: random.Random) -> None:
    """Change one number or text somewhere inside a JSON value."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = rng.choice([key for key in keys if value[key] not in ([], {})])
    if isinstance(value[key], dict | list):
        change_leaf(value[key], rng)
    elif isinstance(value[key], int):
        value[key] += rng.choice([-1, 1, 1000])
    else:
        value[key] = f"{value[key]}x"


#: The last three leave all checksums right, so the whole deep check runs: there are fewer of them.
MUTATIONS: list[Callable[[Path, list[str], random.Random], None]] = [
    *([flip_bit] * 20),
    *([truncate, append, remove, add, swap, rename, link] * 3),
    edit_counts,
    edit_listing,
    edit_configs,
]
