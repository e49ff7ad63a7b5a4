"""Near-duplicates among the contents of a work directory: as in memory, and from build to build."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stackmark import dedup, engine
from stackmark.dedup import facts_structural, links, stored
from stackmark.dedup.bands import Layout, layout_for
from stackmark.dedup.structural import structural_clones
from stackmark.store import ContentIndex, WorkDir, write_table
from tests.dedup import texts
from tests.dedup.stores import add_pack, inspected, wanted

FIRST = [one for seed in range(8) for one in texts.family(seed, [0.02, 0.07, 0.3])] + [b"", b"x = 1", b"y = 2"]
SECOND = [texts.data(texts.edited(texts.program(seed), 0.05, 900 + seed)) for seed in range(0, 12, 2)]
SECOND += [texts.data(texts.program(seed)) for seed in range(8, 12)]


class Kept:
    """A work directory, its fact files, and the folder that is kept between builds."""

    def __init__(self, root: Path) -> None:
        self.work = WorkDir(root / "work")
        with self.work.locked():
            pass
        self.facts: list[Path] = []
        self.folder = self.work.root / "store" / "near"

    def add(self, contents: list[bytes]) -> None:
        self.facts.append(add_pack(self.work, contents))

    def find(self, table: pa.Table, threshold: float = 0.7, memory: int = 10**9, workers: int = 1) -> pa.Table:
        index = ContentIndex.of(self.work)
        with engine.start("local", workers) as running:
            return stored.near_duplicates(
                table, self.facts, index, self.folder, running, threshold=threshold, memory=memory
            )


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def in_memory(contents: list[bytes]) -> pa.Table:
    return dedup.near_duplicates(pa.table({"content": contents, "rank": list(range(len(contents)))}))


class TestBuild:
    def test_gives_what_the_call_in_memory_gives(self, kept: Kept) -> None:
        kept.add(FIRST[:10])
        kept.add(FIRST[10:])
        found = kept.find(wanted(FIRST))
        assert found.num_rows > 16
        assert found.equals(in_memory(FIRST))

    def test_memory_and_workers_do_not_matter(self, kept: Kept, tmp_path: Path) -> None:
        kept.add(FIRST)
        expected = kept.find(wanted(FIRST))
        other = Kept(tmp_path / "other")
        for number in range(4):
            other.add(FIRST[number::4])
        assert other.find(wanted(FIRST), memory=300_000, workers=2).equals(expected)
        assert links.Links.open(other.folder, layout_for(0.7)).generations[0]["buckets"] > 3

    def test_scopes_keep_contents_apart(self, kept: Kept) -> None:
        family = texts.family(1, [0.02, 0.02, 0.02])
        kept.add(family)
        found = kept.find(wanted(family, ["C", "C", "C++", "C++"]))
        assert len(set(found["cluster_id"].to_pylist())) == 2

    def test_texts_in_another_encoding_are_compared_as_texts(self, kept: Kept) -> None:
        text = "".join(texts.program(1)) + "größe = 1\n" * 3
        contents = [text.encode(), text.encode("utf-16")]
        kept.add(contents)
        assert kept.find(wanted(contents))["jaccard"].to_pylist() >= [
            0.99,
            0.99,
        ]  # the mark at the start of one of them is a character

    def test_nothing_is_wanted(self, kept: Kept) -> None:
        assert kept.find(wanted([])).num_rows == 0
        kept.add(FIRST)
        assert kept.find(wanted([])).num_rows == 0


class TestNextBuild:
    def test_gives_the_clusters_of_a_first_build(self, kept: Kept) -> None:
        kept.add(FIRST)
        kept.find(wanted(FIRST), memory=400_000)
        kept.add(SECOND)
        found = kept.find(wanted(SECOND + FIRST), memory=1_000_000)
        assert found.equals(in_memory(SECOND + FIRST))

    def test_compares_only_groups_that_changed(self, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.add(FIRST)
        kept.find(wanted(FIRST))
        more = [texts.data(texts.edited(texts.program(0), 0.02, 77))]
        kept.add(more)
        compared: list[int] = []
        true = stored.cluster_stored

        def spy(source: str, target: str, packs: list[str], threshold: float, by_structure: bool) -> None:
            compared.append(len(stored.pq.read_table(source)))
            true(source, target, packs, threshold, by_structure)

        monkeypatch.setattr(stored, "cluster_stored", spy)
        found = kept.find(wanted(FIRST + more))
        assert found.equals(in_memory(FIRST + more))
        assert sum(compared) <= 5
        compared.clear()
        assert kept.find(wanted(FIRST + more)).equals(found)
        assert compared == []

    def test_a_content_that_is_no_longer_wanted_hands_on_its_place(self, kept: Kept) -> None:
        kept.add(FIRST)
        kept.find(wanted(FIRST))
        left = FIRST[1:]
        assert kept.find(wanted(left)).equals(in_memory(left))

    def test_ranks_may_change(self, kept: Kept) -> None:
        kept.add(FIRST)
        kept.find(wanted(FIRST))
        assert kept.find(wanted(FIRST[::-1])).equals(in_memory(FIRST[::-1]))

    def test_another_threshold_has_links_of_its_own(self, kept: Kept) -> None:
        kept.add(FIRST)
        assert kept.find(wanted(FIRST)).num_rows > kept.find(wanted(FIRST), threshold=0.9).num_rows > 0

    def test_a_crash_half_way_costs_nothing_but_time(self, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.add(FIRST)
        kept.find(wanted(FIRST))
        kept.add(SECOND)
        with monkeypatch.context() as patched:
            patched.setattr(links, "write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                kept.find(wanted(FIRST + SECOND))
        assert kept.find(wanted(FIRST + SECOND)).equals(in_memory(FIRST + SECOND))


class TestLinks:
    def test_buckets_cover_all_keys_once(self) -> None:
        keys = np.array([0, 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1], np.uint64)
        for buckets in (1, 2, 3, 7, 100):
            places = links.bucket_of(keys, buckets)
            assert places.min() == 0
            assert places.max() == buckets - 1
            assert (np.diff(places) >= 0).all()

    def test_nodes_are_the_heads_of_ids(self) -> None:
        ids = np.array([bytes(range(20)), b"\0" * 20, bytes(range(8)) + b"\xff" * 12], dtype="S20")
        nodes = links.node_ids(ids)
        assert nodes[0] == nodes[2] != nodes[1] == 0

    def test_more_keys_or_less_memory_make_more_buckets(self) -> None:
        assert links.bucket_count(20_000_000, 600 * 10**6) > links.bucket_count(20_000_000, 10**9) > 1
        assert links.bucket_count(1000, 4 * 10**9) == 1

    def test_damaged_links_are_made_anew(self, tmp_path: Path) -> None:
        (tmp_path / "25x10-1-1").mkdir()
        (tmp_path / "25x10-1-1" / "links.json").write_text("[{")
        assert links.Links.open(tmp_path, Layout(25, 10)).generations == []


class TestByStructure:
    def find(self, kept: Kept, contents: list[bytes], scopes: list[str], workers: int = 1) -> pa.Table:
        batch = inspected(contents).append_column("path", pa.array([b"a.py"] * len(contents), pa.binary()))
        sketches = facts_structural.DETECTOR.inspect(batch)["sketch"]
        path = kept.work.facts / "structural-1" / "some.parquet"
        write_table(path, pa.table({"content_id": batch["content_id"], "sketch": sketches}))
        with engine.start("local", workers) as running:
            return stored.near_duplicates(
                wanted(contents, scopes),
                [path],
                ContentIndex.of(kept.work),
                kept.work.root / "store" / "structural",
                running,
                threshold=0.8,
                memory=10**9,
                by_structure=True,
            )

    def test_gives_what_the_call_in_memory_gives(self, kept: Kept) -> None:
        contents = [one.replace(b"call_", b"x") for one in FIRST] + FIRST
        kept.add(contents)
        table = pa.table(
            {"content": contents, "rank": list(range(len(contents))), "language": ["Python"] * len(contents)}
        )
        expected = structural_clones(table, 0.8)
        assert expected.num_rows > len(FIRST)
        assert self.find(kept, contents, ["Python\nPython"] * len(contents)).equals(expected)

    def test_what_is_too_short_as_it_is_lexed_now_is_like_nothing(self, kept: Kept) -> None:
        contents = [b"% " + one for one in (b"a(b) " * 60, b"c(d) " * 60)]
        kept.add(contents)
        assert self.find(kept, contents, ["X\nErlang"] * 2).num_rows == 0
        assert self.find(kept, contents, ["X\nPython"] * 2).num_rows == 2
