"""What holds for every kind of source: the contract of `stackmark.sources`."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from stackmark import schema, sources
from stackmark.errors import RecipeError
from stackmark.sources import Limits, Origin, Source, kinds
from stackmark.sources.settings import SourceSettings
from tests import building

LIMITS = Limits()
Make = Callable[[Path], Path]
MAKE: dict[str, Make] = {
    "archive": lambda folder: building.tarball(folder / "it", building.FILES),
    "git": lambda folder: building.repository(folder / "it", building.FILES),
}


def identity(data: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).digest()


@pytest.fixture(params=sorted(kinds()))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(kind: str) -> Source:
    return kinds()[kind]


def settings(source: Source, **keys: str) -> SourceSettings:
    return source.Settings(**keys)


def pinned(source: Source, kind: str, tmp_path: Path) -> Origin:
    (origin,) = source.discover(settings(source, kind=kind, path="it"), tmp_path)
    return source.pin(origin, None, tmp_path / "work")


def test_kinds_are_named_by_their_modules_and_sorted() -> None:
    found = kinds()
    assert list(found) == sorted(found)
    assert {"archive", "git"} <= set(found)
    assert set(found) == set(MAKE), "a new kind of source needs an input in this file"
    for kind, module in found.items():
        assert module.Settings.model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]


def test_no_kind_is_taken_for_a_part_of_another() -> None:
    modules = [
        importlib.import_module(f"stackmark.sources.{info.name}") for info in pkgutil.iter_modules(sources.__path__)
    ]
    defining = [
        module
        for module in modules
        if getattr(module, "Settings", None) and module.Settings.__module__ == module.__name__
    ]
    assert [module.__name__.rpartition(".")[2] for module in defining] == list(kinds())


def test_settings_refuse_unknown_keys_and_do_not_change(source: Source, kind: str) -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        settings(source, kind=kind, path="it", speed="high")
    with pytest.raises(ValueError, match="frozen"):
        settings(source, kind=kind, path="it").kind = "other"


def test_discovery_names_without_opening(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    (origin,) = source.discover(settings(source, kind=kind, path="it"), tmp_path)
    assert origin.kind == kind
    assert origin.revision_id is None
    assert str(tmp_path) not in origin.url
    assert origin.url.isprintable()
    assert all(isinstance(value, str | tuple | None) for value in dataclasses.asdict(origin).values())


def test_name_in_the_recipe_is_the_name(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    (origin,) = source.discover(settings(source, kind=kind, path="it", origin="https://forge.example/a/b"), tmp_path)
    assert origin.url == "https://forge.example/a/b"


def test_path_that_matches_nothing_is_a_recipe_error(source: Source, kind: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^path matches no file"):
        list(source.discover(settings(source, kind=kind, path="none*"), tmp_path))


def test_pinning_again_gives_the_same(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    first = pinned(source, kind, tmp_path)
    assert first.problem is None
    assert first.revision_id is not None
    assert len(first.revision_id) == 20
    assert pinned(source, kind, tmp_path) == first


@pytest.mark.parametrize("bad", ["garbage", "empty", "gone"])
def test_pinning_never_raises_for_a_bad_origin(source: Source, kind: str, tmp_path: Path, bad: str) -> None:
    place = MAKE[kind](tmp_path)
    (origin,) = source.discover(settings(source, kind=kind, path="it"), tmp_path)
    place.rename(tmp_path / "away")
    if bad != "gone":
        place.write_bytes(b"garbage" if bad == "garbage" else b"")
    found = source.pin(origin, None, tmp_path / "work")
    if found.problem is None:  # some are found out when they are listed
        tables = list(source.entries(found, LIMITS, lambda _id, _data: None))
        assert any(problem for table in tables for problem in table.column("problem").to_pylist())
    else:
        assert found.detail
        assert str(tmp_path) not in found.detail


def test_entries_are_the_files_with_gits_ids(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    batches = list(source.entries(pinned(source, kind, tmp_path), LIMITS, lambda _id, _data: None))
    assert all(batch.schema == schema.ENTRIES for batch in batches)
    rows = [row for row in pa.Table.from_batches(batches).to_pylist() if row["kind"] == "file"]
    assert {row["path"].decode(): row["content_id"] for row in rows} == {
        name: identity(data) for name, data in building.FILES.items()
    }
    assert {row["length"] for row in rows} == {len(data) for data in building.FILES.values()}
    assert all(row["problem"] is None for row in rows)


def test_contents_are_one_row_each_and_true(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    origin = pinned(source, kind, tmp_path)
    absent = identity(b"what nobody has")
    wanted = [identity(data) for data in building.FILES.values()] + [absent]
    wanted = list(dict.fromkeys(wanted))
    batches = list(source.contents(origin, wanted, LIMITS))
    assert all(batch.schema == schema.CONTENTS for batch in batches)
    rows = {row["content_id"]: row for batch in batches for row in batch.to_pylist()}
    assert sum(batch.num_rows for batch in batches) == len(rows) == len(wanted)
    assert rows[absent]["status"] == "missing"
    assert rows[absent]["data"] is None
    for data in building.FILES.values():
        row = rows[identity(data)]
        assert (row["status"], row["data"], row["length"]) == ("ok", data, len(data))
        assert row["blob_id"] == hashlib.sha1(data).digest()
        assert row["sha256"] == hashlib.sha256(data).digest()


def test_contents_over_the_limit_are_not_delivered(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    limits = Limits(max_content=40)
    wanted = [identity(data) for data in dict.fromkeys(building.FILES.values())]
    rows = [
        row for batch in source.contents(pinned(source, kind, tmp_path), wanted, limits) for row in batch.to_pylist()
    ]
    assert len(rows) == len(wanted)
    assert all((row["status"] == "ok") == (row["data"] is not None) for row in rows)
    assert all(len(row["data"]) <= 40 for row in rows if row["data"] is not None)


def test_batches_are_bounded(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    wanted = [identity(data) for data in dict.fromkeys(building.FILES.values())]
    limits = Limits(batch_bytes=200)
    for batch in source.contents(pinned(source, kind, tmp_path), wanted, limits):
        sizes = [len(one or b"") for one in batch.column("data").to_pylist()]
        assert sum(sizes) - max(sizes) <= 200


def test_origin_that_went_away_delivers_rows_and_no_error(source: Source, kind: str, tmp_path: Path) -> None:
    place = MAKE[kind](tmp_path)
    origin = pinned(source, kind, tmp_path)
    place.rename(tmp_path / "away")
    wanted = [identity(data) for data in dict.fromkeys(building.FILES.values())]
    rows = [row for batch in source.contents(origin, wanted, LIMITS) for row in batch.to_pylist()]
    assert {row["status"] for row in rows} == {"missing"}
    assert len(rows) == len(wanted)
    tables = list(source.entries(origin, LIMITS, lambda _id, _data: None))
    assert any(problem for table in tables for problem in table.column("problem").to_pylist())


def test_kinds_that_read_while_they_list_hand_over_every_content(source: Source, kind: str, tmp_path: Path) -> None:
    MAKE[kind](tmp_path)
    kept: dict[bytes, bytes] = {}
    list(source.entries(pinned(source, kind, tmp_path), LIMITS, kept.__setitem__))
    expected = {identity(data): data for data in building.FILES.values()}
    assert kept == (expected if getattr(source, "READS_TO_LIST", False) else {})


def test_sources_are_read_without_what_checks_recipes() -> None:
    code = "import sys; from stackmark.sources import archive_reading, gitcontents; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
