from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackmark.dedup import exact
from stackmark.engine import LocalEngine, Threads
from stackmark.steps import deciding, fetching, inspecting, listing
from stackmark.store import ContentIndex, PackWriter, write_table
from stackmark.workdir import Stage, WorkDir
from tests.steps.conftest import Enter, file, identity
from tests.steps.test_rules import SETTINGS

NO_LOSSES = fetching.LOSSES.empty_table()
RESOLVED = pa.schema(
    [
        ("entry_no", pa.int64()),
        ("path", pa.binary()),
        ("kind", pa.string()),
        ("content_id", pa.binary()),
        ("request", pa.string()),
        ("outcome", pa.string()),
        ("stage", pa.string()),
        ("rule", pa.string()),
        ("detail", pa.string()),
        ("priority", pa.int64()),
        ("known_as", pa.string()),
        ("refused_as", pa.string()),
        ("license_conflict", pa.bool_()),
    ]
)

#: content, licence (None: not known; GPL is refused), dropped by a rule, vendored, opted out
copies = st.tuples(
    st.sampled_from([b"a", b"b", b"c", None]),
    st.sampled_from([None, "MIT", "ISC", "GPL-3.0-only"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)


def row(number: int, copy: tuple[bytes | None, str | None, bool, bool, bool]) -> dict[str, Any]:
    content, licence, dropped, vendored, wish = copy
    dropped = dropped or licence in (None, "GPL-3.0-only") or wish or content is None
    return {
        "entry_no": number,
        "path": b"p%d" % number,
        "kind": "file",
        "content_id": content and identity(content),
        "request": "r" if wish else None,
        **({"outcome": "dropped", "stage": "s", "rule": "r", "detail": "d"} if dropped else {}),
        "priority": None if dropped else (int(vendored) << exact.NUMBER_BITS) | number,
        "known_as": licence,
        "refused_as": licence if licence == "GPL-3.0-only" else None,
        "license_conflict": False,
    }


def reference(rows: list[dict[str, Any]]) -> list[tuple[str, str | None, bytes | None, bool]]:
    """Settle as the decision on copies says it, one entry after the other."""
    answers = []
    for one in rows:
        group = [
            other
            for other in rows
            if other["content_id"] == one["content_id"] and other["content_id"] and not other["request"]
        ]
        licences = {other["known_as"] for other in group} - {None}
        best = min((other for other in group if not other.get("outcome")), key=lambda o: o["priority"], default=None)
        outcome, rule, where = one.get("outcome"), one.get("rule"), None
        if outcome is None:
            if any(other["refused_as"] for other in group):
                outcome, rule = "dropped", "license-conflict"
            elif one is best:
                outcome, rule = "kept", "kept"
            else:
                assert best
                outcome, rule, where = "duplicate", "exact-duplicate", best["path"]
        answers.append((outcome, rule, where, len(licences) > 1 and one["content_id"] is not None))
    return answers


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(copies, min_size=1, max_size=14), st.integers(1, 3))
def test_copies_are_settled_as_the_decision_says(found: list[Any], buckets: int) -> None:
    import tempfile

    rows = [row(number, copy) for number, copy in enumerate(found)]
    with tempfile.TemporaryDirectory() as folder:
        work = WorkDir(Path(folder))
        resolved = Stage(Path(folder) / "resolved")
        table = pa.Table.from_pylist(rows, schema=RESOLVED)
        for bucket, part in enumerate(listing.split(table, buckets)):
            write_table(resolved.path(f"{bucket:05d}-00000.parquet"), part)
        resolved.finish(buckets=buckets)
        decided = deciding.decide(work, resolved)
        files = sorted(decided.folder.glob("*.parquet"))
        answer = sorted((one for path in files for one in pq.read_table(path).to_pylist()), key=lambda o: o["entry_no"])
    assert [one["entry_no"] for one in answer] == list(range(len(rows)))
    names = ("outcome", "rule", "kept_path", "license_conflict")
    assert [tuple(one[name] for name in names) for one in answer] == reference(rows)
    assert all((one["outcome"] == "duplicate") == (one["kept_no"] is not None) for one in answer)


def stored(work: WorkDir, *contents: bytes) -> None:
    writer = PackWriter(work.incoming, "test", ContentIndex.of(work))
    for data in contents:
        writer.add(identity(data), data)
    writer.flush()
    work.adopt_packs(writer.names)


def joined(work: WorkDir, entries: Stage, losses: pa.Table = NO_LOSSES, origins: int = 1) -> list[dict[str, Any]]:
    packs = inspecting.inspect_all(work, entries, LocalEngine(1), lambda *_: None)
    stage = deciding.join(work, entries, inspecting.detectors(), packs, losses, origins, Threads(1))
    rows = [one for path in stage.folder.glob("*.parquet") for one in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda one: one["entry_no"])


def test_what_has_no_like_gets_nulls_and_nothing_moves() -> None:
    table = pa.table({"id": [b"b", None, b"a", b"b", b"c"], "path": [b"x", b"x", b"y", b"y", b"x"]})
    found = pa.table({"path": [b"y", b"x"], "id": [b"b", b"c"], "said": [1, 2]})
    beside = deciding.beside(table, found, ["id", "path"])
    assert beside.drop_columns(["said"]).equals(table)
    assert beside["said"].to_pylist() == [None, None, None, 1, 2]
    lost = pa.table({"id": [b"a"], "why": ["gone"]})
    assert deciding.beside(beside, lost, ["id"])["why"].to_pylist() == [None, None, "gone", None, None]
    assert deciding.beside(table, lost.slice(0, 0), ["id"])["why"].to_pylist() == [None] * 5


def test_entry_that_was_opted_out_since_has_no_facts(work: WorkDir, enter: Enter) -> None:
    """The facts of an earlier build are still there, and a licence file would speak through them."""
    stored(work, b"# license: MIT\n", b"other")
    rows = [file("LICENSE", b"# license: MIT\n"), file("a.py", b"other")]
    before = joined(work, enter(rows))
    assert before[0]["is_lfs_pointer"] is False
    after = joined(work, enter(rows, optouts="swh:1:cnt:" + identity(b"# license: MIT\n").hex()))
    assert after[0]["request"]
    names = [name for detector in inspecting.detectors() for name in detector.schema.names]
    assert {after[0][name] for name in names if name != "file_keys"} == {None}
    assert after[1]["is_lfs_pointer"] is False


@pytest.mark.parametrize(
    "unsound", [{"problem": "duplicate-name"}, {"kind": "symlink"}, {"length": 11 * 1024 * 1024}], ids=str
)
def test_entry_that_is_not_looked_at_has_no_facts_though_its_content_has(
    work: WorkDir, enter: Enter, unsound: dict[str, Any]
) -> None:
    stored(work, b"text\n")
    sound, other = joined(work, enter([file("a.py", b"text\n"), {**file("b.py", b"text\n"), **unsound}]))
    assert sound["num_lines"] == 1
    assert other["num_lines"] is None
    assert other["language"] is None


@pytest.mark.parametrize("memory", [4 * 10**9, 2 * 10**5])
def test_buckets_neither_lose_nor_double_an_entry(work: WorkDir, enter: Enter, memory: int) -> None:
    contents = [b"content %d\n" % number for number in range(30)]
    stored(work, *contents)
    listings = [[file(f"{n}.py", data) for n, data in enumerate(contents[start:])] for start in range(4)]
    rows = joined(work, enter(*listings, memory=memory), origins=4)
    assert len(rows) == sum(map(len, listings))
    assert all(one["num_lines"] == 1 and one["language"] == "Python" for one in rows)


def test_length_that_a_listing_could_not_tell_comes_from_the_store(work: WorkDir, enter: Enter) -> None:
    stored(work, b"four")
    rows = joined(work, enter([file("a", b"four"), file("b", b"never seen"), file("c", b"four", length=4)]))
    assert [one["length"] for one in rows] == [4, None, 4]


def test_losses_stand_beside_their_entries(work: WorkDir, enter: Enter) -> None:
    lost = {"content_id": identity(b"lost"), "status": "corrupt", "status_detail": "why"}
    losses = pa.Table.from_pylist([lost], schema=fetching.LOSSES)
    rows = joined(work, enter([file("a", b"lost"), {**file("b", b"x"), "content_id": None}]), losses)
    assert [one["status"] for one in rows] == ["corrupt", None]


def test_stages_are_made_again_when_something_changes(work: WorkDir, enter: Enter) -> None:
    entries = enter([file("a", b"a")])
    detectors = inspecting.detectors()
    newer = [replace(detectors[0], version="next"), *detectors[1:]]
    lost = {"content_id": identity(b"a"), "status": "missing", "status_detail": None}
    losses = pa.Table.from_pylist([lost], schema=fetching.LOSSES)
    stages = [
        deciding.join(work, entries, detectors, [], NO_LOSSES, 1, Threads(1)),
        deciding.join(work, entries, newer, [], NO_LOSSES, 1, Threads(1)),
        deciding.join(work, entries, detectors, [], losses, 1, Threads(1)),
        deciding.join(work, enter([file("b", b"a")]), detectors, [], NO_LOSSES, 1, Threads(1)),
    ]
    assert len({stage.folder for stage in stages}) == 4
    assert deciding.join(work, entries, detectors, [], NO_LOSSES, 1, Threads(1)) == stages[0]
    other = replace(SETTINGS, policy_name="any")
    one = deciding.resolve(work, stages[0], SETTINGS, LocalEngine(1))
    assert one.folder != deciding.resolve(work, stages[0], other, LocalEngine(1)).folder
