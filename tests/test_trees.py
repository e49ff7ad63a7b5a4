import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.swhid import content_id
from stackmark.trees import directory_ids

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    command = ["git", "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, cwd=folder, input=data, capture_output=True, check=True).stdout.decode().strip()


def git_tree(folder: Path, files: dict[bytes, tuple[int, bytes]]) -> str:
    """What git itself calls the tree of these files, by way of its index and no file on disk."""
    git(folder, "init", "-q")
    lines = b"".join(
        b"%o %s\t%s\0" % (mode, content_id(data).hex().encode(), path) for path, (mode, data) in files.items()
    )
    git(folder, "-c", "core.protectNTFS=false", "update-index", "-z", "--index-info", data=lines)
    return git(folder, "write-tree", "--missing-ok")


def ours(files: dict[bytes, tuple[int, bytes]]) -> dict[bytes, bytes | None]:
    return directory_ids((path, mode, content_id(data)) for path, (mode, data) in files.items())


def test_no_files_give_gits_empty_tree():
    assert directory_ids([])[b""].hex() == EMPTY_TREE


def test_tree_equals_git_for_files_modes_symlinks_and_names_that_sort_oddly(tmp_path):
    files = {
        b"a": (0o100644, b"1"),
        b"a.b/c": (0o100755, b"2"),
        b"a-b": (0o120000, b"a"),
        b"ab/x/y/z": (0o100644, b""),
        b"ab/x.y": (0o100644, b"3"),
        b"\xe9t\xe9/\xff": (0o100644, b"4"),
        b"with space/tab\there": (0o100644, b"5"),
    }
    assert ours(files)[b""].hex() == git_tree(tmp_path, files)


def test_every_directory_has_the_id_that_git_gives_it(tmp_path):
    files = {b"p/q/r": (0o100644, b"1"), b"p/s": (0o100644, b"2"), b"t": (0o100644, b"3")}
    root = git_tree(tmp_path, files)
    for path in (b"p", b"p/q"):
        assert ours(files)[path].hex() == git(tmp_path, "rev-parse", f"{root}:{path.decode()}")


names = st.binary(min_size=1, max_size=4).filter(
    lambda name: not set(b"/\0\\:~") & set(name) and name.strip(b".") and b"git" not in name.lower()
)
paths = st.lists(names, min_size=1, max_size=4).map(b"/".join)


def without_clashes(found: set[bytes]) -> set[bytes]:
    return {path for path in found if not any(other.startswith(path + b"/") for other in found)}


@settings(max_examples=25, deadline=None)
@given(found=st.sets(paths, max_size=12).map(without_clashes), executable=st.booleans())
def test_any_names_give_the_tree_of_git(tmp_path_factory, found, executable):
    mode = 0o100755 if executable else 0o100644
    files = {path: (mode, path) for path in found}
    assert ours(files)[b""].hex() == git_tree(tmp_path_factory.mktemp("git"), files)


def test_an_incomplete_directory_takes_the_id_from_itself_and_all_above_it_only():
    files = [(b"a/b/c", 0o100644, bytes(20)), (b"a/d/e", 0o100644, bytes(20)), (b"f/g", 0o100644, bytes(20))]
    ids = directory_ids(files, [b"a/b"])
    assert [path for path, own in ids.items() if own is None] == [b"a/b", b"a", b""]
    assert ids[b"a/d"] is not None and ids[b"f"] is not None


def test_an_incomplete_directory_without_any_file_left_is_still_named():
    assert directory_ids([], [b"x/y"]) == {b"x/y": None, b"x": None, b"": None}


@pytest.mark.parametrize(
    ("path", "mode", "id_"),
    [(b"lib/lost", 0o100644, None), (b"lib/lost", None, b"x" * 20), (b"lib/no\0name", 0o100644, b"x" * 20)],
)
def test_a_directory_that_is_not_known_whole_has_no_id(path: bytes, mode: int | None, id_: bytes | None):
    ids = directory_ids([(path, mode, id_), (b"lib/deep/c.py", 0o100644, b"c" * 20)])
    assert [directory for directory, own in ids.items() if own] == [b"lib/deep"]


def test_a_directory_that_is_listed_itself_counts_as_it_is_listed():
    inside = (b"a/b/c", 0o100644, bytes(20))
    told = directory_ids([inside, (b"a/b", 0o040000, b"t" * 20)])
    assert told[b"a"] == directory_ids([(b"a/b", 0o040000, b"t" * 20)])[b"a"]
    assert told[b"a/b"] == directory_ids([inside])[b"a/b"]


def test_sixty_thousand_paths_take_under_three_seconds():
    files = [(b"d%d/e%d/f%d.py" % (n % 50, n % 1500, n), 0o100644, bytes(20)) for n in range(60_000)]
    start = time.process_time()
    assert len(directory_ids(files)) == 1551
    assert time.process_time() - start < 3
