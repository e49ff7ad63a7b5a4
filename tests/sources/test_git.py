"""The git source on sound repositories: names, branches, dates, ids, contents."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from pathlib import Path

import pytest
from pydantic import ValidationError

from stackmark import schema
from stackmark.errors import RecipeError, SourceError, StoreError
from stackmark.sources import Limits, git, kinds

from .gitkit import (
    EXECUTABLE,
    LINK,
    WHEN,
    add_commit,
    add_tree,
    discover,
    keep_nothing,
    make,
    pack_all,
    pin,
    read,
    run_git,
)

FILES = {
    b"a.txt": b"one\n",
    b"src/b.py": b"print(2)\n",
    b"src/run": (EXECUTABLE, b"#!/bin/sh\n"),
    b"l": (LINK, b"a.txt"),
}


def test_the_module_is_a_source_of_its_kind() -> None:
    assert kinds()["git"] is git
    assert not [name for name in kinds() if name.startswith("git") and name != "git"]


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_entries_and_contents_are_those_of_git(tmp_path: Path, packed: bool) -> None:
    repository = make(tmp_path / "r.git", FILES)
    if packed:
        pack_all(repository)
    reading = read(tmp_path, repository)
    listed = run_git(
        repository,
        "ls-tree",
        "-r",
        "-z",
        "--format=%(objectmode) %(objectname) %(objectsize) %(path)",
        "main",
    )
    ours = {
        b"%06o %s %d %s" % (row["mode"], row["content_id"].hex().encode(), row["length"], row["path"])
        for row in reading.rows
    }
    assert ours == set(listed.rstrip(b"\0").split(b"\0"))
    assert {row["path"]: row["kind"] for row in reading.rows} == {
        b"a.txt": "file", b"l": "symlink", b"src/b.py": "file", b"src/run": "file"
    }  # fmt: skip
    assert reading.files == {path: file if isinstance(file, bytes) else file[1] for path, file in FILES.items()}
    for row in reading.contents.values():
        assert row["blob_id"] == hashlib.sha1(row["data"], usedforsecurity=False).digest()
        assert row["sha256"] == hashlib.sha256(row["data"]).digest()
        assert row["length"] == len(row["data"])
    assert reading.origin.revision_id == bytes.fromhex(run_git(repository, "rev-parse", "main").decode())
    assert reading.origin.directory_id == bytes.fromhex(run_git(repository, "rev-parse", "main^{tree}").decode())


def test_batches_have_the_schemas_and_their_bounds(tmp_path: Path) -> None:
    files = {b"%d" % number: bytes([number]) * 40_000 for number in range(20)}
    origin = pin(tmp_path, path=str(make(tmp_path / "r.git", files)))
    listed = list(git.entries(origin, Limits(), keep_nothing))
    wanted = [id_ for batch in listed for id_ in batch["content_id"].to_pylist()]
    batches = list(git.contents(origin, [*wanted, wanted[0]], Limits(batch_bytes=100_000)))
    assert all(batch.schema == schema.ENTRIES for batch in listed)
    assert all(batch.schema == schema.CONTENTS for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 20
    assert max(sum(batch["length"].to_pylist()) for batch in batches) <= 100_000
    for batch in batches:
        batch.validate(full=True)


def test_contents_keep_their_bytes_at_odd_sizes(tmp_path: Path) -> None:
    sizes = [0, 1, 9, 10, 99, 100, 4095, 65_536, 5_000_000]
    files = {b"%d" % size: b"%d" % size * (size // len(b"%d" % size) + 1) for size in sizes}
    files = {path: data[: int(path)] for path, data in files.items()}
    reading = read(tmp_path, make(tmp_path / "r.git", files))
    assert reading.files == files


def test_reading_twice_gives_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", FILES)
    first, second = read(tmp_path, repository), read(tmp_path, repository)
    assert first == second
    assert list(first.contents) == list(second.contents)


def test_a_working_tree_is_never_looked_at(tmp_path: Path) -> None:
    bare = make(tmp_path / "r.git", {b"a": b"committed\n"})
    run_git(tmp_path, "clone", "--quiet", str(bare), "checkout")
    (tmp_path / "checkout" / "a").write_bytes(b"edited\n")
    (tmp_path / "checkout" / "new").write_bytes(b"untracked\n")
    assert read(tmp_path, tmp_path / "checkout").files == {b"a": b"committed\n"}


def test_nothing_stays_in_the_scratch_folder(tmp_path: Path) -> None:
    read(tmp_path, make(tmp_path / "r.git", FILES))
    assert list((tmp_path / "work" / "git").iterdir()) == []


# --- settings and names


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"path": "a", "url": "https://forge.example/a/b"},
        {"path": ""},
        {"url": "http://forge.example/a/b"},
        {"url": "git://forge.example/a/b"},
        {"url": "ext::sh -c touch% /tmp/x"},
        {"url": "fd::7"},
        {"url": "-uevil"},
        {"url": "--upload-pack=evil"},
        {"url": "ssh://-oProxyCommand=evil/x"},
        {"url": "-oProxyCommand=evil:x"},
        {"url": "git@host:-evil"},
        {"url": "file://elsewhere.example/share/x"},
        {"url": "https:///x"},
        {"url": "https://forge.example/a b"},
        {"url": "https://forge.example/a\nb"},
        {"url": "../relative/x.git"},
        {"path": "a", "origin": "x\ny"},
        {"path": "a", "branch": "main"},
    ],
    ids=str,
)
def test_settings_that_are_refused(keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        git.Settings(kind="git", **keys)


@pytest.mark.parametrize(
    "url",
    [
        "https://forge.example/a/b.git",
        "ssh://git@forge.example:2222/a/b",
        "git@forge.example:a/b.git",
        "file:///srv/a.git",
    ],
)
def test_urls_that_are_taken(url: str) -> None:
    assert git.Settings(kind="git", url=url).url == url


def test_a_path_that_matches_nothing_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^path matches no file"):
        discover(tmp_path, path="mirrors/*.git")


def test_an_origin_for_several_repositories_is_an_error(tmp_path: Path) -> None:
    for name in ("a.git", "b.git"):
        make(tmp_path / name)
    with pytest.raises(RecipeError, match=r"^origin names one repository, but path matches 2"):
        discover(tmp_path, path="*.git", origin="https://forge.example/a/b")
    (one,) = discover(tmp_path, path="a*.git", origin="https://forge.example/a/b")
    assert one.url == "https://forge.example/a/b"


def test_a_glob_is_sorted_and_names_stay_apart_without_machine_paths(tmp_path: Path) -> None:
    for name in ("x/tool.git", "y/tool.git", "x/other.git"):
        make(tmp_path / "m" / name)
    found = discover(tmp_path, path="m/*/*.git")
    assert [origin.url for origin in found] == ["local:x/other.git", "local:x/tool.git", "local:y/tool.git"]
    assert [origin.url for origin in discover(tmp_path, path="m/x/*.git")] == [
        "local:other.git",
        "local:tool.git",
    ]


def test_a_path_with_glob_characters_is_taken_as_it_is(tmp_path: Path) -> None:
    make(tmp_path / "a[1].git", {b"a": b"x"})
    (origin,) = discover(tmp_path, path="a[1].git")
    assert origin.url == "local:a[1].git"


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("https://forge.example/alice/tool.git", "https://forge.example/alice/tool.git"),
        ("https://bob:secret@forge.example/alice/tool?token=t#f", "https://forge.example/alice/tool"),
        ("git@forge.example:alice/tool.git", "ssh://forge.example/alice/tool.git"),
        ("ssh://git@forge.example:2222/alice/tool", "ssh://forge.example:2222/alice/tool"),
        ("/home/me/tool.git", "local:r.git"),
        ("../tool.git", "local:r.git"),
        ("file:///home/me/tool.git", "local:r.git"),
        ("ext::sh -c evil", "local:r.git"),
    ],
)
def test_the_remote_names_the_origin_without_credentials_or_machine_paths(
    tmp_path: Path, remote: str, name: str
) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    run_git(repository, "config", "remote.origin.url", remote)
    assert discover(tmp_path, path="r.git")[0].url == name


# --- which branch


@pytest.mark.parametrize(
    ("branches", "head", "chosen", "rule"),
    [
        (["odd", "main"], "odd", "odd", "symref-head"),
        (["odd", "main", "master"], "gone", "main", "main"),
        (["odd", "master", "trunk"], "gone", "master", "master"),
        (["trunk", "develop"], "gone", "trunk", "trunk"),
        (["develop", "default"], "gone", "develop", "develop"),
        (["default", "odd"], "gone", "default", "default"),
        (["older", "newer"], "gone", "newer", "newest"),
    ],
)
def test_the_main_branch_and_the_rule(tmp_path: Path, branches: list[str], head: str, chosen: str, rule: str) -> None:
    repository = make(tmp_path / "r.git")
    for number, branch in enumerate(branches):
        add_commit(repository, add_tree(repository, {b"a": branch.encode()}), branch=branch, date=WHEN + number)
    run_git(repository, "symbolic-ref", "HEAD", f"refs/heads/{head}")
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule) == (f"refs/heads/{chosen}", rule)
    assert read(tmp_path, repository).files == {b"a": chosen.encode()}


def test_a_detached_head_yields_to_named_branches_but_not_to_nothing(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    commit = run_git(repository, "rev-parse", "main").decode().strip()
    (repository / "HEAD").write_text(commit + "\n")
    assert pin(tmp_path, path="r.git").branch_rule == "main"
    run_git(repository, "update-ref", "-d", "refs/heads/main")
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule, origin.revision_id) == (
        "HEAD",
        "newest",
        bytes.fromhex(commit),
    )


def test_a_repository_of_tags_alone_gives_the_newest(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 5])
    run_git(repository, "tag", "-a", "-m", "x", "v1", "main~1")
    run_git(repository, "tag", "-a", "-m", "x", "v2", "main")
    run_git(repository, "update-ref", "-d", "refs/heads/main")
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule, origin.committer_date) == (
        "refs/tags/v2",
        "newest",
        WHEN + 5,
    )


# --- as of a date


def test_as_of_takes_the_first_parent_dated_at_or_before(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, {b"a": b"3"}, dates=[WHEN, WHEN + 10, WHEN + 20])
    main = [bytes.fromhex(id_) for id_ in run_git(repository, "rev-list", "--reverse", "main").decode().split()]
    found = [pin(tmp_path, as_of, path="r.git").revision_id for as_of in (WHEN, WHEN + 9, WHEN + 10, WHEN + 99, None)]
    assert found == [main[0], main[0], main[1], main[2], main[2]]
    none = pin(tmp_path, WHEN - 1, path="r.git")
    assert (none.problem, none.revision_id, none.branch_name) == (
        "no-revision-as-of",
        None,
        "refs/heads/main",
    )


def test_as_of_does_not_leave_the_first_parents_for_a_side_branch(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"base"}, dates=[WHEN])
    side = add_commit(repository, add_tree(repository, {b"a": b"side"}), "-p", "main", branch="side", date=WHEN + 5)
    add_commit(repository, add_tree(repository, {b"a": b"merged"}), "-p", "main", "-p", side, date=WHEN + 10)
    origin = pin(tmp_path, WHEN + 6, path="r.git")
    assert origin.committer_date == WHEN
    assert origin.flags == ()


def test_skewed_clocks_on_the_way_are_flagged(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, {b"a": b"3"}, dates=[WHEN, WHEN + 30, WHEN + 20])
    assert pin(tmp_path, WHEN + 5, path="r.git").flags == ("clock-skew",)
    assert pin(tmp_path, path="r.git").flags == ()  # no date was asked for
    assert repository.is_dir()


def test_a_commit_that_claims_to_be_older_than_its_parent_is_flagged(tmp_path: Path) -> None:
    make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, {b"a": b"3"}, dates=[WHEN, WHEN + 30, WHEN + 20])
    origin = pin(tmp_path, WHEN + 25, path="r.git")  # its tree holds what is dated five seconds later
    assert (origin.committer_date, origin.flags) == (WHEN + 20, ("clock-skew",))
    assert pin(tmp_path, WHEN + 35, path="r.git").flags == ("clock-skew",)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (b"99999999999 +0000", 99_999_999_999),
        (b"-5000000000 +0000", -5_000_000_000),
        (b"0 +0000", 0),
        (b"123456789012345678901234567890 +0000", 2**63 - 1),
        (b"yesterday", None),
        (b"1700000000", 1_700_000_000),
    ],
)
def test_odd_dates_survive_as_whole_seconds(tmp_path: Path, written: bytes, read_as: int | None) -> None:
    repository = make(tmp_path / "r.git")
    add_commit(repository, add_tree(repository, {b"a": b"x"}), date=written)
    origin = pin(tmp_path, path="r.git")
    assert (origin.committer_date, origin.revision_date, origin.problem) == (read_as, read_as, None)


# --- snapshots; ids computed by swh.loader.git 3.4.0 with swh.model 8.4.1 on the same repositories


def _snapshot_repository(tmp_path: Path) -> Path:
    repository = tmp_path / "s"
    repository.mkdir()
    run_git(repository, "init", "--quiet", "--initial-branch", "main")
    (repository / "a").write_bytes(b"x\n")
    run_git(repository, "add", "a")
    run_git(repository, "commit", "--quiet", "-m", "one")
    run_git(repository, "branch", "dev")
    run_git(repository, "tag", "-a", "v1", "-m", "v1")
    run_git(repository, "tag", "light")
    for name, target in [
        ("pull/1/head", "HEAD"), ("pull/1/merge", "HEAD"), ("odd/tree", "HEAD^{tree}"), ("odd/blob", "HEAD:a")
    ]:  # fmt: skip
        run_git(repository, "update-ref", f"refs/{name}", target)
    run_git(repository, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/dev")
    return repository


@pytest.mark.parametrize(
    ("head", "snapshot"),
    [
        (["symbolic-ref", "HEAD", "refs/heads/main"], "196c6ade9e1242fbae5aa414e4694b8eb769d3e3"),
        (["checkout", "--quiet", "--detach"], "0a403800a6bf19fa6acb9fb81ea8569ee4d71e4a"),
        (["symbolic-ref", "HEAD", "refs/heads/none"], "51985034b97bc4ede2f757299f864e6c3ae75e69"),
    ],
    ids=["branch", "detached", "nowhere"],
)
def test_the_snapshot_is_that_of_software_heritage(tmp_path: Path, head: list[str], snapshot: str) -> None:
    repository = _snapshot_repository(tmp_path)
    run_git(repository, *head)
    for packed in (False, True):
        if packed:
            run_git(repository, "pack-refs", "--all")
        origin = pin(tmp_path, path="s")
        assert origin.snapshot_id is not None
        assert origin.snapshot_id.hex() == snapshot


# --- copies


def test_a_url_is_cloned_bare_and_updated_by_the_next_build(tmp_path: Path) -> None:
    upstream = make(tmp_path / "up" / "tool.git", {b"a": b"1"}, branch="old")
    url = upstream.as_uri()
    first = read(tmp_path, url=url)
    assert (first.files, first.origin.branch_name) == ({b"a": b"1"}, "refs/heads/old")
    assert first.origin.url == "local:tool.git"
    (mirror,) = (tmp_path / "work" / "mirrors").iterdir()
    assert mirror.name == hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()

    add_commit(upstream, add_tree(upstream, {b"a": b"2"}), branch="new", date=WHEN + 5)
    run_git(upstream, "symbolic-ref", "HEAD", "refs/heads/new")
    run_git(upstream, "update-ref", "-d", "refs/heads/old")
    second = read(tmp_path, url=url)
    assert (second.files, second.origin.branch_name) == ({b"a": b"2"}, "refs/heads/new")
    assert run_git(mirror, "for-each-ref", "--format=%(refname)").split() == [b"refs/heads/new"]
    assert [each.name for each in mirror.parent.iterdir()] == [mirror.name]


def test_a_clone_that_was_killed_or_damaged_is_made_anew(tmp_path: Path) -> None:
    url = make(tmp_path / "tool.git", {b"a": b"1"}).as_uri()
    name = hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()
    half = tmp_path / "work" / "mirrors" / f"{name}.new"
    half.mkdir(parents=True)
    (half / "HEAD").write_bytes(b"rubbish")
    assert read(tmp_path, url=url).files == {b"a": b"1"}
    assert not half.exists()
    (half.with_name(name) / "packed-refs.lock").write_bytes(b"")  # as a killed fetch leaves it
    assert read(tmp_path, url=url).files == {b"a": b"1"}
    (half.with_name(name) / "config").write_bytes(b"[broken")
    assert read(tmp_path, url=url).files == {b"a": b"1"}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:///nonexistent/tool.git", "not-a-repository"),
        ("https://bob:secret@127.0.0.1:1/tool.git", "unreachable"),
        ("ssh://bob@127.0.0.1:1/tool.git", "unreachable"),
    ],
)
def test_a_clone_that_fails_says_so_without_credentials(tmp_path: Path, url: str, problem: str) -> None:
    origin = pin(tmp_path, url=url)
    assert origin.problem == problem
    assert origin.detail
    assert not any(word in f"{origin.url} {origin.detail}" for word in ("secret", "bob", str(tmp_path), "nonexistent"))
    assert list((tmp_path / "work").glob("mirrors/" + "[0-9a-f]" * 40)) == []


@pytest.mark.parametrize("how", ["url", "bundle"])
def test_a_clone_that_the_disk_cannot_hold_is_not_blamed_on_the_repository(tmp_path: Path, how: str) -> None:
    """A limit on the size of files stands for the full disk: git meets a real error."""
    place = make(tmp_path / "r.git", {b"a": os.urandom(100_000)})
    settings = {"url": place.as_uri()}
    if how == "bundle":
        run_git(place, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "--all")
        settings = {"path": str(tmp_path / "r.bundle")}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StoreError, match="git cannot write into the work directory"):
            pin(tmp_path, **settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert pin(tmp_path, **settings).problem is None


def test_a_bundle_is_a_repository(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"})
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "--all")
    reading = read(tmp_path, tmp_path / "r.bundle")
    assert (reading.files, reading.origin.url) == ({b"a": b"2"}, "local:r.bundle")
    assert reading.origin.branch_name == "refs/heads/main"


def test_a_bundle_of_head_alone_is_read_too(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"})
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "HEAD")
    assert read(tmp_path, tmp_path / "r.bundle").files == {b"a": b"1"}


def test_a_worktree_has_its_own_head_and_the_objects_of_its_repository(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"main"})
    add_commit(repository, add_tree(repository, {b"a": b"side"}), branch="side")
    run_git(repository, "worktree", "add", "--quiet", str(tmp_path / "tree"), "side")
    reading = read(tmp_path, tmp_path / "tree")
    assert (reading.origin.branch_name, reading.files) == ("refs/heads/side", {b"a": b"side"})


def test_the_locator_alone_reopens_a_pinned_origin(tmp_path: Path) -> None:
    origin = pin(tmp_path, path=str(make(tmp_path / "r.git", {b"a": b"x"})))
    run_git(tmp_path / "r.git", "gc", "--quiet")  # packs may change between pinning and reading
    assert set(json.loads(origin.locator)) == {"path", "scratch"}
    (batch,) = git.entries(origin, Limits(), keep_nothing)
    assert batch["path"].to_pylist() == [b"a"]


def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (origin,) = discover(tmp_path, url="https://forge.example/a/b")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="git is not installed"):
        git.pin(origin, None, tmp_path / "work")


def test_a_work_directory_that_cannot_be_written_is_not_blamed_on_the_repository(tmp_path: Path) -> None:
    (origin,) = discover(tmp_path, path=str(make(tmp_path / "r.git", {b"a": b"x"})))
    (tmp_path / "work").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError, match="work directory"):
        git.pin(origin, None, tmp_path / "work")
