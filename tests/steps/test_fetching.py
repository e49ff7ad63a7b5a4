from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from stackmark import optout, schema
from stackmark.engine import LocalEngine
from stackmark.sources import Limits, Origin, git
from stackmark.steps import fetching, listing
from stackmark.store import ContentIndex
from stackmark.workdir import Stage, WorkDir
from tests import building
from tests.steps.conftest import Enter, file, identity

LIMITS = Limits()
A, B, C = b"content a", b"content b", b"content c"


def asked(entries: Stage, work: WorkDir, **more: Any) -> dict[int, set[bytes]]:
    found = fetching.wanted(entries, ContentIndex.of(work), **more)
    return {number: {ids[start : start + 20] for start in range(0, len(ids), 20)} for number, ids in found.items()}


def test_every_content_is_asked_from_the_first_origin_that_has_it(enter: Enter, work: WorkDir) -> None:
    entries = enter([file("a", A), file("again", A)], [file("a", A), file("b", B)])
    assert asked(entries, work) == {0: {identity(A)}, 1: {identity(B)}}


def test_buckets_do_not_change_what_is_asked(enter: Enter, work: WorkDir) -> None:
    listings = [[file(f"{n}", b"%d" % n) for n in range(start, 40, 3)] for start in range(3)]
    assert asked(enter(*listings), work) == asked(enter(*listings, memory=10**5), work)


def test_what_is_opted_out_too_long_or_unsound_is_never_asked(enter: Enter, work: WorkDir) -> None:
    rows = [
        file("optout", A),
        file("long", B, length=LIMITS.max_content + 1),
        file("problem", C, problem="unsafe-path"),
        {**file("link", b"l"), "kind": "symlink"},
        {**file("sub", b"s"), "kind": "submodule"},
        {**file("unknown", b"u"), "content_id": None},
    ]
    assert asked(enter(rows, optouts="swh:1:cnt:" + identity(A).hex()), work) == {}


def test_content_that_one_origin_lacks_is_asked_from_the_next_alone(enter: Enter, work: WorkDir) -> None:
    entries = enter([file("a", A)], [file("b", B)], [file("a", A)], [file("a", A)])
    assert asked(entries, work, tried={identity(A): 0}) == {2: {identity(A)}}
    assert asked(entries, work, tried={identity(A): 2}) == {3: {identity(A)}}
    assert asked(entries, work, tried={identity(A): 3}) == {}


def collected(work: WorkDir, *repositories: Path, optouts: str = "") -> tuple[list[Origin], Stage]:
    locators = [json.dumps({"path": str(path)}) for path in repositories]
    origins = [git.pin(Origin(f"local:{n}", "git", one), None, work.root) for n, one in enumerate(locators)]
    listing.list_all(work, origins, LIMITS, LocalEngine(1), lambda _: None)
    stage, origins = listing.collect(work, origins, LIMITS, optout.parse(optouts, "optout.txt"), 10**9)
    return origins, stage


def fetched(work: WorkDir, origins: list[Origin], entries: Stage, ticks: list[int] | None = None) -> pa.Table:
    ticks = [] if ticks is None else ticks
    return fetching.fetch_all(work, origins, entries, LIMITS, LocalEngine(1), lambda done, _: ticks.append(done))


def lose(repository: Path, name: str) -> None:
    blob = building.git(repository, "rev-parse", f"HEAD:{name}").strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()


def test_lost_content_comes_from_the_next_origin_and_the_rest_is_a_loss(tmp_path: Path, work: WorkDir) -> None:
    """The join of the second round once never ended."""
    first = building.repository(tmp_path / "one", {"a": A, "b": B})
    second = building.repository(tmp_path / "two", {"a": A, "c": C})
    lose(first, "a")
    lose(first, "b")
    origins, entries = collected(work, first, second)
    losses = fetched(work, origins, entries)
    assert losses.schema == fetching.LOSSES
    assert losses["content_id"].to_pylist() == [identity(B)]
    assert losses["status"].to_pylist() == ["missing"]
    index = ContentIndex.of(work)
    assert [index.has(identity(data)) for data in (A, B, C)] == [True, False, True]


def test_nothing_is_fetched_twice(tmp_path: Path, work: WorkDir) -> None:
    origins, entries = collected(work, building.repository(tmp_path / "one", {"a": A, "b": B}))
    fetched(work, origins, entries)
    shutil.rmtree(tmp_path / "one")
    ticks: list[int] = []
    assert fetched(work, origins, entries, ticks).num_rows == 0
    assert ticks == []


def test_opted_out_content_never_reaches_the_store(tmp_path: Path, work: WorkDir) -> None:
    repository = building.repository(tmp_path / "one", {"a": A, "b": B})
    origins, entries = collected(work, repository, optouts="swh:1:cnt:" + identity(A).hex())
    fetched(work, origins, entries)
    index = ContentIndex.of(work)
    assert [index.has(identity(data)) for data in (A, B)] == [False, True]


def test_repaired_repository_gives_what_it_lacked(tmp_path: Path, work: WorkDir) -> None:
    repository = building.repository(tmp_path / "one", {"a": A})
    shutil.copytree(repository, tmp_path / "sound")
    lose(repository, "a")
    origins, entries = collected(work, repository)
    assert fetched(work, origins, entries).num_rows == 1
    shutil.copytree(tmp_path / "sound", repository, dirs_exist_ok=True)
    assert fetched(work, origins, entries).num_rows == 0
    assert ContentIndex.of(work).has(identity(A))


def test_losses_have_the_columns_that_the_decision_needs() -> None:
    assert set(fetching.LOSSES.names) == {"content_id", "status", "status_detail"}
    assert fetching.LOSSES.field("content_id").type == schema.ID
