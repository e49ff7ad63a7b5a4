from __future__ import annotations

import importlib.util
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from stackmark.errors import StackmarkError, StoreError
from stackmark.licenses import corpus, index, indexing, words
from stackmark.licenses.corpus import KnownText

MIT = "Permission is granted to do anything with this text that anybody could ever want to do with a text."
TEXTS = [
    KnownText("a.LICENSE", "MIT", "license", MIT),
    KnownText("b.RULE", "LicenseRef-scancode-b", "text", MIT.upper()),
    KnownText("d.RULE", "Zlib", "text", "Permission is {{hereby not}} granted.", 0.9),
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "texts", lambda: iter(TEXTS))
    index._load.cache_clear()


def test_of_equal_words_the_best_named_stays() -> None:
    built = indexing.build(TEXTS)
    assert built.names == ["a.LICENSE", "d.RULE"]


def test_required_words_and_minimum() -> None:
    built = indexing.build(TEXTS)
    assert built.required.tolist()[-5:] == [0, 0, 1, 1, 0]
    assert built.minimum.tolist() == [0.0, 0.9]


def test_a_whole_text_is_found_by_its_hash() -> None:
    built = indexing.build(TEXTS)
    assert built.find_whole(words.split("\n * " + MIT.lower())) == 0
    assert built.find_whole(words.split(MIT + " more")) is None


def test_shingles_are_found_where_a_search_finds_them() -> None:
    text = " ".join(f"word{number}" for number in range(5000))
    built = indexing.build([KnownText("c.LICENSE", "MIT", "license", text)])
    some = built.keys[::7]
    nearby = np.concatenate([some, some - np.uint64(1), some + np.uint64(1), np.array([0, 2**64 - 1], np.uint64)])
    expected = np.searchsorted(built.keys, nearby)
    there = built.keys[np.minimum(expected, len(built.keys) - 1)] == nearby
    assert there.sum() == len(some)
    assert np.array_equal(built.find_shingles(nearby), np.where(there, expected, -1))
    assert built.knows(some).all()
    assert built.begins(built.leads).all()


def test_an_index_without_shingles_finds_none() -> None:
    built = indexing.build([KnownText("e.RULE", "MIT", "tag", "mit license")])
    assert built.find_shingles(np.array([0, 7], np.uint64)).tolist() == [-1, -1]


def test_written_and_read_back(tmp_path: Path, small: None) -> None:
    first = index.load(tmp_path)
    index._load.cache_clear()
    second = index.load(tmp_path)
    assert second.names == first.names
    assert np.array_equal(second.postings, indexing.build(TEXTS).postings)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".arrow", index.CHECKED]


def test_indexes_that_nobody_has_used_for_long_go(tmp_path: Path, small: None) -> None:
    old, late = tmp_path / "licenses-0.arrow", tmp_path / "licenses-1.arrow"
    for path in (old, late, old.with_suffix(index.CHECKED)):
        path.write_bytes(b"")
    os.utime(old, (1, 1))
    index.load(tmp_path)
    assert not old.exists()
    assert not old.with_suffix(index.CHECKED).exists()
    assert late.exists()


def test_a_file_is_summed_again_only_if_it_has_changed(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.load(tmp_path)
    (path,) = tmp_path.glob("*.arrow")
    real = index._checksum
    for touched in (False, True, False):
        summed: list[object] = []

        def sum_(column: object, summed: list[object] = summed) -> str:
            summed.append(column)
            return real(column)

        monkeypatch.setattr(index, "_checksum", sum_)
        if touched:
            os.utime(path, ns=(1, 1))
        index._load.cache_clear()
        index.load(tmp_path)
        assert bool(summed) is touched


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "other"])
def test_a_damaged_file_is_built_anew(tmp_path: Path, small: None, harm: str) -> None:
    index.load(tmp_path)
    (path,) = tmp_path.glob("*.arrow")
    data = bytearray(path.read_bytes())
    where = data.find(words.split(MIT).hashes.tobytes())
    assert where > 0
    if harm == "flip":
        data[where] ^= 1
    damaged = {"cut": data[: len(data) // 2], "flip": data, "empty": b"", "other": b"x" * 5000}[harm]
    path.unlink()  # a mapped file is replaced, never written over
    path.write_bytes(damaged)
    index._load.cache_clear()
    assert index.load(tmp_path).names == ["a.LICENSE", "d.RULE"]
    assert path.read_bytes() != damaged


def _load_in_child(folder: str) -> int:
    corpus.texts = lambda data=None: iter(TEXTS)  # type: ignore[assignment]
    return len(index.load(Path(folder)).names)


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_load_in_child, [str(tmp_path)] * 2) == [2, 2]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".arrow", index.CHECKED]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, small: None) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        index.load(tmp_path / "file" / "below")


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StackmarkError, match="licensedcode-data"):
        corpus.folder()


def test_a_package_that_lost_its_texts_is_an_error(tmp_path: Path) -> None:
    for name in ("licenses", "rules"):
        (tmp_path / name).mkdir()
    (tmp_path / "licenses" / "mit.LICENSE").write_text("---\nkey: mit\n---\n\nPermission ...\n")
    with pytest.raises(StackmarkError, match="only 1 licence"):
        list(corpus.texts(tmp_path))


def test_the_version_names_the_data_package() -> None:
    assert "licensedcode-data" in index.version()


def test_a_notice_with_the_words_of_an_exception_alone_is_the_exception() -> None:
    words_ = " ".join(f"linking{number} permits" for number in range(30))
    notice = f"{words_} more"
    known = [
        KnownText("x.LICENSE", "LicenseRef-exception-Classpath-exception-2.0", "license", words_),
        KnownText("a.RULE", "GPL-2.0-only WITH Classpath-exception-2.0", "notice", notice),
        KnownText(
            "b.RULE", "GPL-2.0-only WITH Classpath-exception-2.0", "notice", f"under gpl version two {words_}" * 2
        ),
    ]
    built = indexing.build(known)
    assert built.expressions == [known[0].expression, known[0].expression, known[2].expression]
