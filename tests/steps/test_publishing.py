from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stackmark
from stackmark import optout, schema
from stackmark.engine import LocalEngine
from stackmark.errors import IntegrityError
from stackmark.release import write
from stackmark.sources import Origin
from stackmark.steps import listing, origins, publishing
from stackmark.steps.listing import ENTRY_BITS
from stackmark.store import ContentIndex, PackWriter, write_table
from stackmark.workdir import Stage, WorkDir
from tests import building
from tests.steps.conftest import identity
from tests.steps.test_rules import FINE, RESOLVED

DECIDED = pa.schema([*RESOLVED, *((name, pa.string()) for name in ("outcome", "stage", "rule", "detail"))])
DECIDED = pa.schema([*DECIDED, ("kept_no", pa.int64()), ("kept_path", pa.binary()), ("copies", pa.int64())])
KEPT = {**FINE, "outcome": "kept", "stage": "write", "rule": "kept", "license_conflict": False, "copies": 1}
TEXT = b"the text of the licence\n"


def named(*urls: str, problems: dict[int, str] | None = None) -> pa.Table:
    found = [
        Origin(
            url,
            "archive",
            "",
            revision_id=None if number in (problems or {}) else bytes([number]) * 20,
            problem=(problems or {}).get(number),
        )
        for number, url in enumerate(urls)
    ]
    return origins.table(found)


def decided(folder: Path, *parts: list[dict[str, Any]]) -> Stage:
    stage = Stage(folder / f"decided-{len(parts)}")
    for number, rows in enumerate(parts):
        write_table(stage.path(f"{number:05d}.parquet"), pa.Table.from_pylist(rows, schema=DECIDED))
    stage.finish(buckets=len(parts))
    return stage


def entry(origin: int, place: int, path: str, data: bytes = TEXT, **more: Any) -> dict[str, Any]:
    number = (origin << ENTRY_BITS) + place
    return {
        **KEPT,
        "entry_no": number,
        "path": path.encode(),
        "content_id": identity(data),
        "length": len(data),
        **more,
    }


@pytest.mark.parametrize("buckets", [1, 2, 5])
def test_refused_version_of_an_origin_has_one_row_however_the_ledger_is_cut(tmp_path: Path, buckets: int) -> None:
    url = "https://forge.example/a/tool"  # five versions of it, one of which could not be read
    table = named(url, url, url, url, "https://forge.example/b/tool", problems={0: "unreadable"})
    rows = [entry(number, 0, f"v{number}.py") for number in range(1, 5)]
    parts = [rows[place::buckets] for place in range(buckets)]
    found = pa.concat_tables(publishing.ledger(decided(tmp_path, *parts), table)).to_pylist()
    assert [(row["kind"], row["path"]) for row in found] == [
        ("origin", ""),
        *(("file", f"v{number}.py") for number in range(1, 5)),
    ]


@pytest.mark.parametrize("wish", ["forge.example", "alice", "swh:1:cnt:" + identity(TEXT).hex()])
def test_what_is_opted_out_is_never_written(tmp_path: Path, wish: str) -> None:
    registry = optout.parse("https://forge.example/alice" if wish == "forge.example" else wish, "optout.txt")
    table = named("https://forge.example/alice/tool")
    part = pa.Table.from_pylist([entry(0, 0, "a.py")], schema=DECIDED)
    with pytest.raises(IntegrityError, match="nothing was published"):
        publishing.recheck(part, table, registry)
    publishing.recheck(part, table, optout.parse("bob", "optout.txt"))


def stored(folder: Path, *contents: bytes) -> WorkDir:
    work = WorkDir(folder)
    with work.locked():
        writer = PackWriter(work.incoming, "test", ContentIndex([]))
        for data in contents:
            writer.add(identity(data), data)
        writer.flush()
        work.adopt_packs(writer.names)
    return work


def test_notice_quotes_the_licence_file_that_was_read_and_not_its_double(tmp_path: Path) -> None:
    work = stored(tmp_path / "w", TEXT)
    licence = entry(0, 1, "LICENSE", outcome="dropped", file_expression="MIT")
    double = {**licence, "entry_no": 2, "content_id": identity(b"never read"), "file_expression": None}
    kept = entry(0, 0, "A.py", b"code", license_evidence=b"LICENSE")
    for order in ([kept, licence, double], [double, licence, kept]):
        (notice,) = publishing.notices(work, decided(tmp_path, order), named("local:a"))
        assert (notice.path, notice.text, notice.expression) == ("LICENSE", TEXT.decode(), "MIT")


def test_the_notice_of_an_apache_repository_is_passed_on(tmp_path: Path) -> None:
    said = b"Heron\nCopyright 2020 Heron authors\nThis product includes reeds.\n"
    work = stored(tmp_path / "w", TEXT, said)
    licence = entry(0, 1, "lib/LICENSE", outcome="dropped", file_expression="Apache-2.0")
    beside = entry(0, 2, "lib/NOTICE", said, outcome="dropped", src_encoding="utf-8")
    elsewhere = entry(0, 3, "test/NOTICE", said, outcome="kept", src_encoding="utf-8")
    kept = entry(0, 0, "lib/a.py", b"code", license_evidence=b"lib/LICENSE")
    found = publishing.notices(work, decided(tmp_path, [kept, licence, beside, elsewhere]), named("local:a"))
    assert [(one.path, one.text) for one in found] == [("lib/LICENSE", TEXT.decode()), ("lib/NOTICE", said.decode())]
    opted_out = {**beside, "outcome": "opted-out"}
    found = publishing.notices(work, decided(tmp_path / "b", [kept, licence, opted_out]), named("local:a"))
    assert [one.path for one in found] == ["lib/LICENSE"]


def test_the_holders_that_another_file_declares_are_named(tmp_path: Path) -> None:
    declaring = entry(0, 1, "REUSE.toml", outcome="dropped", copyrights=["Copyright (c) 2020 Heron"])
    shared = {"license_evidence": b"REUSE.toml", "license_basis": "reuse", "license_expression": "MIT"}
    kept = entry(0, 0, "a.py", b"code", **shared, copyrights=["Copyright (c) 2021 Ibis"])
    ((_, path, expression, holders),) = publishing.stating(decided(tmp_path, [kept, declaring]))
    assert (path, expression, holders) == (b"a.py", "MIT", ["Copyright (c) 2021 Ibis", "Copyright (c) 2020 Heron"])


def data_files(work: WorkDir, rows: list[list[dict[str, Any]]], tmp_path: Path) -> dict[str, bytes]:
    stage = publishing.write_stage(
        work,
        decided(tmp_path, *rows),
        None,
        named("local:a"),
        None,
        optout.parse("", ""),
        LocalEngine(1),
        lambda *_: None,
    )
    return {
        path.relative_to(stage.folder).as_posix(): path.read_bytes() for path in stage.folder.glob("*/**/*.parquet")
    }


def test_paths_that_read_alike_stand_in_one_order_whatever_the_buckets(tmp_path: Path) -> None:
    """A byte that is no text reads like the escape that somebody wrote out."""
    contents = sorted([b"first", b"other", b"third"], key=identity, reverse=True)  # buckets turn their order around
    work = stored(tmp_path / "w", *contents)
    names = [b"a\xff.py", b"a\\xff.py", b"z.py"]
    rows = [
        {**entry(0, place, "", data), "path": name, "content_id": identity(data)}
        for place, (name, data) in enumerate(zip(names, contents, strict=True))
    ]
    table = pa.Table.from_pylist(rows, schema=DECIDED)
    found = []
    for buckets in (1, 7, 40):
        parts = [part.to_pylist() for part in listing.split(table, buckets)]
        found.append(data_files(work, parts, tmp_path / str(buckets)))
    assert found[0] == found[1] == found[2]
    assert not list(work.incoming.iterdir()), "what was handed to the tasks has been cleared away"


def test_nothing_kept_is_still_a_set_of_tables(tmp_path: Path) -> None:
    work = stored(tmp_path / "w")
    files = data_files(work, [[]], tmp_path)
    tables = ["audit/part-00000.parquet", "ledger/part-00000.parquet"]
    assert sorted(files) == [*tables, "provenance/origins.parquet", "provenance/part-00000.parquet"]


def test_origins_are_counted(tmp_path: Path) -> None:
    rows = [
        entry(1, 0, "a"),
        entry(1, 1, "b", outcome="dropped"),
        entry(1, 2, "", kind="origin", outcome="quarantined"),
    ]
    table = publishing.origin_rows(decided(tmp_path, rows), named("local:a", "local:b", problems={0: "empty"}))
    assert table.schema == schema.RELEASE_ORIGINS
    assert table["entries"].to_pylist() == [0, 2]
    assert table["kept"].to_pylist() == [0, 1]


@pytest.mark.parametrize("harm", ["longer", "later", "gone"])
def test_tables_that_were_changed_through_a_release_are_written_again(tmp_path: Path, harm: str) -> None:
    """Releases and the work directory name the same bytes; who writes into the one writes into the other."""
    building.zipped(tmp_path / "a.zip")
    recipe = building.recipe(tmp_path, 'kind = "archive"\npath = "a.zip"')
    first = stackmark.build(recipe)
    (place,) = first.path.glob("data/Python/*.parquet")
    (stage,) = (tmp_path / ".stackmark" / "stages").glob("tables-*")
    if harm == "gone":
        (stage / place.relative_to(first.path)).unlink()
    elif harm == "longer":
        with place.open("ab") as file:
            file.write(b"x")
    else:
        whole = place.read_bytes()
        place.write_bytes(whole[:100] + b"x" + whole[101:])
        os.utime(place, (1, 1))
    recipe.write_text(recipe.read_text().replace("1.0.0", "1.0.1"))
    assert stackmark.build(recipe).verify().ok


def test_untouched_tables_are_not_written_again(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip")
    recipe = building.recipe(tmp_path, 'kind = "archive"\npath = "a.zip"')
    first = stackmark.build(recipe)
    recipe.write_text(recipe.read_text().replace("1.0.0", "1.0.1"))
    second = stackmark.build(recipe)
    (one,), (two,) = (release.path.glob("data/Python/*.parquet") for release in (first, second))
    assert one.stat().st_ino == two.stat().st_ino


def test_tables_have_the_same_bytes_however_they_were_gathered(tmp_path: Path) -> None:
    kind = pa.schema([("id", pa.string()), ("group", pa.string())])
    ids = hashlib.shake_128(b"seed").hexdigest(1_000_000)
    rows = 100_000
    columns = [[ids[20 * row : 20 * row + 20] for row in range(rows)], [str(row // 1000) for row in range(rows)]]
    whole = pa.table(columns, schema=kind)
    written = []
    for step in (rows, 1000, 3333):
        pieces = (whole.slice(start, step) for start in range(0, rows, step))
        write.write_parts(tmp_path / str(step), pieces, kind)
        written.append((tmp_path / str(step) / "part-00000.parquet").read_bytes())
    assert written[0] == written[1] == written[2]
    assert pq.read_table(tmp_path / "1000") == whole
