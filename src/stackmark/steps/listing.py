"""list: the entries of every origin. A listing is kept by revision and never made twice."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stackmark import schema
from stackmark.engine import ROW_BYTES, Engine, bucket_count
from stackmark.errors import StoreError
from stackmark.optout import Registry
from stackmark.sources import Limits, Origin, kinds
from stackmark.store import ContentIndex, PackWriter, read_tables, write_table
from stackmark.workdir import Stage, WorkDir, digest

VERSION = "1"  # raise it when a listing of the same revision can change
COLLECTED = "2"  # raise it when what `collect` makes of the same listings can change
GROUP = 128  # origins that one task lists at most, when they are small
GROUP_BYTES = 8 * 1024 * 1024  # of packed archives in a task, and of listings in memory at once
#: Problems that may be mended while the revision stays the same.
PASSING = frozenset({"missing-tree", "unreadable", "changed-while-read"})
ENTRY_BITS = 24  # an entry's number is its origin's number and, below, its place in the origin

#: The entries of all origins of a build, in buckets by content id.
NUMBERED = pa.schema(
    [
        ("entry_no", pa.int64()),
        *(field.with_name("problem_detail") if field.name == "detail" else field for field in schema.ENTRIES),
        ("request", pa.string()),  # the opt-out request that names this content or a directory above it
        ("asked_id", schema.ID),  # the content id where the content may be looked at; what is null here has no facts
    ]
)


def key(origin: Origin, limits: Limits) -> str:
    """Return the key under which the listing of an origin at its revision is kept."""
    revision = origin.revision_id.hex() if origin.revision_id else ""
    return digest([VERSION, origin.kind, revision, dataclasses.asdict(limits)])


def partial(path: Path) -> bool:
    """Say whether a listing has to be made again because the origin could not be read as a whole when it was made."""
    metadata = pq.read_schema(path).metadata or {}
    return bool(metadata.get(b"partial") == b"1")


def list_group(root: str, label: str, origins: Sequence[Origin], limits: Limits) -> tuple[list[str], list[str]]:
    """List some origins (a task). Returns the names in `incoming` of new packs and of one listing an origin."""
    work = WorkDir(Path(root))
    writer = PackWriter(work.incoming, f"list-{label}", ContentIndex.of(work))
    names = []
    for number, origin in enumerate(origins):
        names.append(f"list-{label}-{number}.parquet")
        batches = list(kinds()[origin.kind].entries(origin, limits, writer.add))
        table = changed() if moved(origin, work.root) else pa.Table.from_batches(batches, schema=schema.ENTRIES)
        damaged = not PASSING.isdisjoint(table["problem"].unique().to_pylist())
        table = table.replace_schema_metadata({b"partial": b"1" if damaged else b"0"})
        write_table(work.incoming / names[-1], table)
    writer.flush()
    return writer.names, names


def moved(origin: Origin, workdir: Path) -> bool:
    """Say whether an origin without a history was replaced after it was pinned, so that something else was listed."""
    source = kinds()[origin.kind]
    if not getattr(source, "READS_TO_LIST", False):
        return False
    return source.pin(origin, None, workdir).revision_id != origin.revision_id


def changed() -> pa.Table:
    """Return the listing of an origin that changed while it was read."""
    detail = "it was changed while it was read; build again"
    row = {"path": b"", "mode": 0o040000, "kind": "directory", "problem": "changed-while-read", "detail": detail}
    return pa.Table.from_pylist([row], schema=schema.ENTRIES)


def size(origin: Origin) -> int:
    """Return how much there may be to read: an archive's bytes, a whole group for a repository."""
    path = Path(origin.locator)
    return path.stat().st_size if path.is_file() else GROUP_BYTES


def groups(origins: Sequence[Origin]) -> list[list[Origin]]:
    """Split origins into tasks. Neighbours stay together: versions of one project share most contents."""
    found: list[list[Origin]] = []
    room = 0
    for origin in origins:
        if room <= 0 or len(found[-1]) >= GROUP:
            found.append([])
            room = GROUP_BYTES
        found[-1].append(origin)
        room -= size(origin)
    return found


def is_large(origins: Sequence[Origin], least: int = GROUP_BYTES) -> bool:
    """Say whether there is so much to read, in packed bytes, that several processes are sooner done than one."""
    return sum(size(origin) for origin in origins if not origin.problem) >= least


def list_all(
    work: WorkDir, origins: Sequence[Origin], limits: Limits, engine: Engine, tick: Callable[[int], None]
) -> None:
    """Make the listings that are not there yet; `tick` is told how many origins were done.

    Origins at the same revision share a listing; where one of them is damaged, it is made from the next.
    """
    places: dict[str, list[Origin]] = {}
    for origin in origins:
        places.setdefault(key(origin, limits), []).append(origin)
    open_ = {name: twins for name, twins in places.items() if not listed(work.entries(name))}
    tick(sum(len(twins) for name, twins in places.items() if name not in open_))
    for turn in itertools.count():
        chosen = {key(twins[turn], limits): twins[turn] for twins in open_.values() if turn < len(twins)}
        tasks = groups([origin for name, origin in chosen.items() if not listed(work.entries(name))])
        if not tasks:
            return
        arguments = [(str(work.root), f"{turn}-{number:06d}", group, limits) for number, group in enumerate(tasks)]
        for number, (packs, names) in engine.run(list_group, arguments):
            work.adopt_packs(packs)
            for name, origin in zip(names, tasks[number], strict=True):
                work.adopt_entries(name, key(origin, limits))
            tick(len(names))


def listed(path: Path) -> bool:
    """Say whether a listing is there and whole."""
    return path.exists() and not partial(path)


def collect(
    work: WorkDir, origins: Sequence[Origin], limits: Limits, registry: Registry, memory: int
) -> tuple[Stage, list[Origin]]:
    """Number all entries, mark what the opt-out list names, and put them in buckets by content id.

    Returns the stage, whose manifest says how many buckets and parts there are, and the origins with the directory ids
    that only their listings reveal (those of archives).
    """
    paths = [None if origin.problem else work.entries(key(origin, limits)) for origin in origins]
    buckets = bucket_count(sum(weight(path) for path in paths if path), memory)
    states = [[o.url, p.stem + damage(p) if p else o.problem] for o, p in zip(origins, paths, strict=True)]
    # Not the registry's digest: an entry quotes its request with its line, which may move while its meaning stays.
    requests = [[r.kind, r.key, r.text, r.line] for r in registry.requests if r.kind in ("content", "directory")]
    stage = work.stage("entries", [VERSION, COLLECTED, buckets, registry.source_name, requests, states])
    manifest = stage.manifest() or write_buckets(stage, paths, registry, buckets, limits.max_content)
    roots = manifest["roots"]
    return stage, [
        dataclasses.replace(origin, directory_id=bytes.fromhex(roots[str(number)])) if str(number) in roots else origin
        for number, origin in enumerate(origins)
    ]


def weight(path: Path) -> int:
    """Return for how many rows of usual length a listing counts; a path comes up thrice in the widest table."""
    metadata = pq.read_metadata(path)
    size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    return max(int(metadata.num_rows), int(size) * 3 // ROW_BYTES)


def damage(path: Path) -> str:
    """Return what tells two listings of one damaged repository apart, empty for a sound one."""
    return digest([str(row) for row in read_tables([path]).to_pylist()]) if partial(path) else ""


def write_buckets(
    stage: Stage, paths: Sequence[Path | None], registry: Registry, buckets: int, max_content: int
) -> dict[str, Any]:
    """Write the bucket files of `collect` and finish its stage."""
    roots: dict[str, str] = {}
    parts = 0
    for listings in gathered(paths, registry):
        roots |= root_ids(listings)
        for bucket, table in enumerate(split(numbered(listings, max_content), buckets)):
            write_table(stage.path(f"{bucket:05d}-{parts:05d}.parquet"), table)
        parts += 1
    return stage.finish(buckets=buckets, parts=parts, roots=roots)


def gathered(paths: Sequence[Path | None], registry: Registry) -> Iterator[pa.Table]:
    """Yield the listings of the origins together, GROUP_BYTES or a little more at a time; see `marked`."""
    group, size = [marked(schema.ENTRIES.empty_table(), 0, registry)], 0
    for number, path in enumerate(paths):
        if path is None:
            continue
        group.append(marked(read_tables([path]).cast(schema.ENTRIES), number, registry))
        size += group[-1].nbytes
        if size > GROUP_BYTES:
            yield pa.concat_tables(group)
            group, size = group[:1], 0
    yield pa.concat_tables(group)


def marked(listing: pa.Table, origin_no: int, registry: Registry) -> pa.Table:
    """Add the request that forbids each entry of one origin, and the origin's number."""
    listing = listing.append_column("request", registry.forbidden_entries(listing))
    return listing.append_column("origin_no", pa.array(np.full(listing.num_rows, origin_no, dtype=np.int64)))


def root_ids(listings: pa.Table) -> dict[str, str]:
    """Return the directory id of each origin's root (hex) by its number, where its listing says it."""
    found = listings.filter(pc.and_(pc.equal(listings["path"], b""), pc.is_valid(listings["content_id"])))
    numbers, ids = found["origin_no"].to_pylist(), found["content_id"].to_pylist()
    return {str(number): root.hex() for number, root in zip(numbers[::-1], ids[::-1], strict=True)}  # the first counts


def bucket_files(stage: Stage, bucket: int) -> list[str]:
    """Return the files of one bucket of `collect`."""
    parts = (stage.manifest() or {})["parts"]
    return [str(stage.path(f"{bucket:05d}-{part:05d}.parquet")) for part in range(parts)]


def asked(listing: pa.Table, max_content: int) -> pa.ChunkedArray:
    """Return the content ids of files that are sound, not opted out and not too long, null for all other entries."""
    sound = pc.and_(pc.is_null(listing["problem"]), pc.is_null(listing["request"]))
    short = pc.less_equal(pc.fill_null(listing["length"], 0), max_content)
    file = pc.and_(pc.equal(listing["kind"], "file"), pc.and_(sound, short))
    return pc.if_else(file, listing["content_id"], pa.scalar(None, schema.ID))


def numbered(listings: pa.Table, max_content: int) -> pa.Table:
    """Return the entries of some origins, each in path order, with their numbers and opt-out requests.

    Sound directories are no entries of the ledger. A problem of the root is one of the origin as a whole.
    """
    listings = listings.append_column("asked_id", asked(listings, max_content))
    listings = listings.sort_by([("origin_no", "ascending"), ("path", "ascending")])
    root = pc.equal(listings["path"], b"")
    whole = pc.and_(root, pc.not_equal(pc.fill_null(listings["problem"], "incomplete"), "incomplete"))
    directory = pc.equal(listings["kind"], "directory")
    lost = pc.and_(pc.invert(root), pc.or_(pc.invert(directory), pc.is_valid(listings["problem"])))
    kind = pc.if_else(root, "origin", listings["kind"])
    listings = listings.set_column(listings.schema.get_field_index("kind"), "kind", kind)
    listings = listings.filter(pc.or_(whole, lost))
    origins = listings["origin_no"].to_numpy()
    places = np.arange(len(origins)) - np.searchsorted(origins, origins)
    if len(places) and int(places.max()) >= 1 << ENTRY_BITS:
        raise StoreError("an origin has more than 16 million entries")
    listings = listings.drop_columns(["origin_no"]).add_column(
        0, "entry_no", pa.array(places + (origins << ENTRY_BITS))
    )
    return listings.rename_columns(NUMBERED.names).cast(NUMBERED)


def split(table: pa.Table, buckets: int) -> list[pa.Table]:
    """Split rows by ranges of their content id; rows without one go to the first bucket."""
    if buckets == 1:
        return [table]
    heads = [(one or b"")[:4].ljust(4, b"\0") for one in table["content_id"].to_pylist()]
    numbers = np.frombuffer(b"".join(heads), dtype=">u4").astype(np.int64) * buckets >> 32
    return [table.filter(pa.array(numbers == bucket)) for bucket in range(buckets)]


def content_range(bucket: int, buckets: int) -> tuple[bytes, bytes | None]:
    """Return the lowest content id of a bucket and the lowest of the next, None after the last."""
    low = -(-(bucket << 32) // buckets)
    high = -(-((bucket + 1) << 32) // buckets)
    return low.to_bytes(4, "big"), high.to_bytes(4, "big") if bucket + 1 < buckets else None
