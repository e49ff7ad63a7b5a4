from __future__ import annotations

from pathlib import Path

from stackmark.steps import releasing
from stackmark.workdir import Stage


def stage(folder: Path) -> Stage:
    made = Stage(folder)
    made.path("data").mkdir(parents=True)
    made.path("data/one.parquet").write_bytes(b"one")
    made.path("swhids.txt").write_bytes(b"ids")
    made.finish(files=releasing.files(made))
    return made


def test_place_gives_the_same_bytes_under_a_second_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    releasing.place(tmp_path / "a", tmp_path / "deep" / "b")
    assert (tmp_path / "deep" / "b").read_bytes() == b"x" * 1000


def test_tables_are_whole_until_a_file_is_changed_or_gone(tmp_path: Path) -> None:
    made = stage(tmp_path / "a")
    assert releasing.whole(made)
    made.path("swhids.txt").write_bytes(b"idx")
    assert not releasing.whole(made)
    gone = stage(tmp_path / "b")
    gone.path("data/one.parquet").unlink()
    assert not releasing.whole(gone)


def test_tables_that_were_never_finished_are_not_whole(tmp_path: Path) -> None:
    assert not releasing.whole(Stage(tmp_path))


def test_a_manifest_is_compared_as_json_has_it(tmp_path: Path) -> None:
    assert releasing.plain({"a": ("b", ["c"])}) == {"a": ["b", ["c"]]}
