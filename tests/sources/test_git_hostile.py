"""Hostile and damaged repositories: nothing runs, nothing foreign is read, what is sound is delivered."""

from __future__ import annotations

import os
import shutil
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from stackmark.sources import Limits, git
from stackmark.sources.gitobjects import ObjectReader, read_chunks, read_headers
from stackmark.sources.gittree import is_unsafe

from .gitkit import (
    WHEN,
    add_blob,
    add_commit,
    add_raw_tree,
    add_tree,
    keep_nothing,
    loose,
    make,
    pack_all,
    pin,
    read,
    run_git,
)

# --- nothing of the repository runs


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that exists only once a command of the repository has run, and a script that makes it."""
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    script.chmod(0o755)
    return tmp_path / "ran"


COMMANDS = [
    "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy",
    "core.alternateRefsCommand", "uploadpack.packObjectsHook", "credential.helper", "diff.external",
    "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "alias.cat-file",
]  # fmt: skip


@pytest.mark.parametrize("how", ["path", "url"])
def test_no_command_in_the_configuration_runs(tmp_path: Path, marker: Path, how: str) -> None:
    repository = make(tmp_path / "r.git", {b".gitattributes": b"* filter=x diff=x\n", b"a": b"raw $Id$\r\n"})
    for key in COMMANDS:
        run_git(repository, "config", key, f"{tmp_path}/evil.sh")
    for key, value in [
        ("core.bare", "false"),
        ("core.worktree", str(tmp_path)),
        ("include.path", "/nonexistent/x"),
    ]:
        run_git(repository, "config", key, value)
    settings = {"path": str(repository)} if how == "path" else {"url": repository.as_uri()}
    assert read(tmp_path, **settings).files[b"a"] == b"raw $Id$\r\n"
    assert not marker.exists()


@pytest.mark.parametrize("how", ["path", "url"])
def test_no_hook_runs(tmp_path: Path, marker: Path, how: str) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / "hooks").mkdir(exist_ok=True)
    for hook in (
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "pre-auto-gc",
        "post-upload-pack",
    ):
        shutil.copy(tmp_path / "evil.sh", repository / "hooks" / hook)
    settings = {"path": str(repository)} if how == "path" else {"url": repository.as_uri()}
    assert read(tmp_path, **settings).files == {b"a": b"x"}
    assert not marker.exists()


def test_variables_of_the_caller_do_not_reach_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make(tmp_path / "other.git", {b"a": b"other"})
    monkeypatch.setenv("GIT_DIR", str(other))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(other / "objects"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / "objects"))
    assert read(tmp_path, make(tmp_path / "r.git", {b"a": b"mine"})).files == {b"a": b"mine"}


def test_a_submodule_with_a_dash_url_is_a_row_and_not_fetched(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    modules = b'[submodule "x"]\n\tpath = sub\n\turl = --upload-pack=touch ran\n'
    blob = add_blob(repository, modules)
    raw = b"100644 .gitmodules\0" + bytes.fromhex(blob) + b"160000 sub\0" + b"\x11" * 20
    add_commit(repository, add_raw_tree(repository, raw))
    reading = read(tmp_path, repository)
    assert reading.entries[b"sub"]["kind"] == "submodule"
    assert reading.entries[b"sub"]["content_id"] == b"\x11" * 20
    assert reading.files == {b".gitmodules": modules}


def test_an_lfs_pointer_is_an_ordinary_content(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5\n"
    assert read(tmp_path, make(tmp_path / "r.git", {b"big.bin": pointer})).files == {b"big.bin": pointer}


# --- nothing foreign is read


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Another repository of this machine that nobody has put into the recipe."""
    return make(tmp_path / "private" / "secret.git", {b"key": b"private\n"})


def _claim(repository: Path, secret: Path) -> Path:
    """Make `repository` point to the revision of `secret` without holding its objects."""
    id_ = run_git(secret, "rev-parse", "main")
    (repository / "refs" / "heads").mkdir(exist_ok=True, parents=True)
    (repository / "refs" / "heads" / "main").write_bytes(id_)
    return repository


@pytest.mark.parametrize("how", ["path", "url"])
def test_alternates_are_not_followed(tmp_path: Path, secret: Path, how: str) -> None:
    repository = _claim(make(tmp_path / "r.git"), secret)
    (repository / "objects" / "info" / "alternates").write_text(f"{secret}/objects\n")
    assert run_git(repository, "cat-file", "-p", "main:key") == b"private\n"  # plain git would hand it out
    reading = read(tmp_path, **({"path": str(repository)} if how == "path" else {"url": repository.as_uri()}))
    assert reading.rows == []
    assert reading.origin.problem == ("missing-revision" if how == "path" else "unreachable")


def test_a_repository_with_objects_of_its_own_and_alternates_is_flagged(tmp_path: Path, secret: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / "objects" / "info" / "alternates").write_text(f"{secret}/objects\n")
    reading = read(tmp_path, repository)
    assert reading.origin.flags == ("alternates-ignored",)
    assert reading.files == {b"a": b"x"}


def test_linked_packs_loose_objects_and_folders_are_not_followed(tmp_path: Path, secret: Path) -> None:
    for where in ("loose-file", "loose-folder", "pack-file", "pack-folder"):
        repository = _claim(make(tmp_path / f"{where}.git"), secret)
        if where.startswith("pack"):
            pack_all(secret)
        objects, foreign = repository / "objects", secret / "objects"
        if where == "pack-folder":
            shutil.rmtree(objects / "pack")
            (objects / "pack").symlink_to(foreign / "pack")
        for path in foreign.glob("pack/*" if where == "pack-file" else "??/*"):
            if where == "loose-folder" and not (objects / path.parent.name).exists():
                (objects / path.parent.name).symlink_to(path.parent)
            elif where.endswith("file"):
                (objects / path.parent.name).mkdir(exist_ok=True)
                (objects / path.parent.name / path.name).symlink_to(path)
        assert run_git(repository, "cat-file", "-p", "main:key") == b"private\n"
        origin = pin(tmp_path, path=str(repository))
        assert (origin.problem, origin.revision_id) == ("missing-revision", None), where


def test_a_linked_objects_folder_is_refused(tmp_path: Path, secret: Path) -> None:
    repository = _claim(make(tmp_path / "r.git"), secret)
    shutil.rmtree(repository / "objects")
    (repository / "objects").symlink_to(secret / "objects")
    assert pin(tmp_path, path="r.git").problem == "unsupported-repository"


@pytest.mark.parametrize("text", ["gitdir: {}\n", "gitdir: {}/worktrees/x\n", "gitdir: /nonexistent\n", "rubbish", ""])
def test_a_git_file_cannot_lay_claim_to_a_repository(tmp_path: Path, secret: Path, text: str) -> None:
    (tmp_path / "claim").mkdir()
    (tmp_path / "claim" / ".git").write_text(text.format(secret))
    origin = pin(tmp_path, path="claim")
    assert origin.problem in ("unsupported-repository", "not-a-repository")
    assert origin.detail
    assert str(tmp_path) not in origin.detail


def test_a_linked_git_folder_is_refused(tmp_path: Path, secret: Path) -> None:
    (tmp_path / "claim").mkdir()
    (tmp_path / "claim" / ".git").symlink_to(secret)
    assert pin(tmp_path, path="claim").problem == "unsupported-repository"


def test_a_commondir_file_in_a_plain_repository_is_not_followed(tmp_path: Path, secret: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / "commondir").write_text(str(secret))
    assert run_git(repository, "cat-file", "-p", "main:key") == b"private\n"
    assert read(tmp_path, repository).files == {b"a": b"x"}


def test_replace_references_and_grafts_change_nothing(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 9])
    true, evil = add_blob(repository, b"2"), add_blob(repository, b"evil")
    run_git(repository, "replace", true, evil)
    tip = run_git(repository, "rev-parse", "main").strip()
    (repository / "info").mkdir(exist_ok=True)
    (repository / "info" / "grafts").write_bytes(tip + b"\n")
    assert run_git(repository, "cat-file", "-p", "main:a") == b"evil"
    reading = read(tmp_path, repository)
    assert reading.files == {b"a": b"2"}
    assert reading.origin.flags == ("grafts-ignored", "replace-refs-ignored")
    assert pin(tmp_path, WHEN, path="r.git").committer_date == WHEN


def test_a_partial_clone_does_not_fetch_what_it_lacks(tmp_path: Path, marker: Path) -> None:
    origin = make(tmp_path / "full.git", {b"a": b"1", b"b": b"2"})
    run_git(origin, "config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", origin.as_uri(), "part.git")
    run_git(tmp_path / "part.git", "config", "remote.origin.uploadpack", f"{tmp_path}/evil.sh")
    reading = read(tmp_path, tmp_path / "part.git")
    assert reading.files == {b"a": "missing", b"b": "missing"}
    assert [row["length"] for row in reading.rows] == [None, None]
    assert reading.origin.flags == ("partial-clone",)
    assert not marker.exists()


# --- damage stays where it is


def _bytes_of(number: int) -> bytes:
    """Bytes that hardly compress, so that damage to one object hits no other."""
    state = number + 1
    found = bytearray()
    for _ in range(600):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        found += state.to_bytes(8, "big")
    return bytes(found)


MANY = {b"%02d" % number: _bytes_of(number) for number in range(40)}


def _offset(pack: Path, hexid: bytes) -> int:
    listed = run_git(pack.parent, "show-index", feed=pack.with_suffix(".idx").read_bytes())
    (line,) = [line for line in listed.splitlines() if hexid in line]
    return int(line.split()[0])


def test_a_flipped_byte_in_a_pack_loses_one_content(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    hit = run_git(repository, "rev-parse", "main:07").strip()
    data = bytearray(pack.read_bytes())
    data[_offset(pack, hit) + 1000] ^= 0x55
    pack.write_bytes(data)
    assert read(tmp_path, repository).files == MANY | {b"07": "corrupt"}


def test_many_damaged_contents_are_told_one_by_one(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    hits = [b"%02d" % number for number in range(0, 40, 3)]
    data = bytearray(pack.read_bytes())
    for name in hits:
        data[_offset(pack, run_git(repository, "rev-parse", b"main:" + name).strip()) + 1000] ^= 0x55
    pack.write_bytes(data)
    assert read(tmp_path, repository).files == MANY | dict.fromkeys(hits, "corrupt")


def test_a_packed_content_under_the_id_of_another_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    index = pack_all(repository).with_suffix(".idx")
    true = bytes.fromhex(run_git(repository, "rev-parse", "main:07").decode())
    false = true[:-1] + bytes([true[-1] ^ 1])
    index.chmod(0o644)
    index.write_bytes(index.read_bytes().replace(true, false))
    blobs = run_git(repository, "ls-tree", "main").splitlines()
    ids = [false if line.endswith(b"07") else bytes.fromhex(line.split()[2].decode()) for line in blobs]
    add_commit(repository, add_raw_tree(repository, b"".join(b"100644 %02d\0%s" % each for each in enumerate(ids))))
    assert run_git(repository, "cat-file", "-p", "main:07") == MANY[b"07"]  # git itself does not look
    assert read(tmp_path, repository).files == MANY | {b"07": "corrupt"}


@pytest.mark.parametrize("kept", [0.9, 0.5])
def test_a_cut_pack_gives_what_lies_before_the_cut(tmp_path: Path, kept: float) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    whole = pack.read_bytes()
    pack.write_bytes(whole[: int(len(whole) * kept)])
    ends = {
        name: _offset(pack, run_git(tmp_path, "hash-object", "--stdin", feed=data).strip())
        for name, data in MANY.items()
    }
    before = {name for name, start in ends.items() if start + 5500 < len(whole) * kept}
    reading = read(tmp_path, repository)
    assert reading.origin.flags == ("damaged-pack",)
    delivered = {name for name, data in reading.files.items() if data == MANY[name]}
    assert before
    assert before <= delivered < set(MANY)
    assert {reading.files[name] for name in MANY.keys() - delivered} <= {"missing", "corrupt"}


def test_a_pack_with_a_wrong_trailer_is_read_whole(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    pack = pack_all(repository)
    data = bytearray(pack.read_bytes())
    data[-1] ^= 1
    data[4:8] = b"\0\0\0\7"
    pack.write_bytes(data)
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == (MANY, ("damaged-pack",))


@pytest.mark.parametrize("damage", ["gone", "empty", "rubbish", "cut"])
def test_a_pack_without_a_sound_index_does_not_spoil_other_packs(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    pack_all(repository)
    other = make(tmp_path / "other.git", {b"b": b"y"})
    pack = pack_all(other)
    index = pack.with_suffix(".idx").read_bytes()
    shutil.copy(pack, repository / "objects" / "pack" / pack.name)
    broken = {"empty": b"", "rubbish": b"\xfftOc\0\0\0\2" + b"\xff" * 2000, "cut": index[:1100]}
    if damage != "gone":
        (repository / "objects" / "pack" / pack.name).with_suffix(".idx").write_bytes(broken[damage])
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == ({b"a": b"x"}, ("damaged-pack",))


def test_a_loose_object_with_other_bytes_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"true", b"b": b"kept"})
    blob = run_git(repository, "rev-parse", "main:a").decode().strip()
    run_git(repository, "unpack-objects", "-q", feed=b"", fails=True)
    path = repository / "objects" / blob[:2] / blob[2:]
    if not path.exists():
        pack = pack_all(repository)
        moved = shutil.move(pack, tmp_path / "moved.pack")
        pack.with_suffix(".idx").unlink()
        run_git(repository, "unpack-objects", "-q", feed=Path(moved).read_bytes())
    loose(repository, blob).write_bytes(zlib.compress(b"blob 4\0lies"))
    assert read(tmp_path, repository).files == {b"a": "corrupt", b"b": b"kept"}


LOOSE_DAMAGE = {
    "empty": b"",
    "rubbish": b"\xff" * 40,
    "cut": zlib.compress(b"blob 4\0true")[:8],
    "too-short": zlib.compress(b"blob 400\0true"),
    "too-long": zlib.compress(b"blob 1\0true"),
    "huge-claim": zlib.compress(b"blob 9223372036854775807\0true"),
    "no-size": zlib.compress(b"blob \0true"),
    "other-type": zlib.compress(b"tree 4\0true"),
    "no-such-type": zlib.compress(b"blub 4\0true"),
}


@pytest.mark.parametrize("damage", LOOSE_DAMAGE)
def test_a_damaged_loose_object_loses_itself_alone(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git")
    names = {name: add_blob(repository, data) for name, data in {b"a": b"true", b"b": b"kept", b"c": b"too"}.items()}
    raw = b"".join(b"100644 %s\0%s" % (name, bytes.fromhex(id_)) for name, id_ in names.items())
    add_commit(repository, add_raw_tree(repository, raw))
    loose(repository, names[b"a"]).write_bytes(LOOSE_DAMAGE[damage])
    files = read(tmp_path, repository).files
    assert files.pop(b"a") == ("too_large" if damage == "huge-claim" else "corrupt")
    assert files == {b"b": b"kept", b"c": b"too"}


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_a_loose_object_that_is_no_file_does_not_hang(tmp_path: Path, kind: str) -> None:
    repository = make(tmp_path / "r.git")
    blob, kept = add_blob(repository, b"true"), add_blob(repository, b"kept")
    raw = b"100644 a\0" + bytes.fromhex(blob) + b"100644 b\0" + bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, raw))
    path = loose(repository, blob)
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    reading = read(tmp_path, repository)
    assert (reading.files, reading.origin.flags) == ({b"a": "missing", b"b": b"kept"}, ("links-ignored",))


def test_a_missing_blob_is_a_row_and_the_rest_comes(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    kept = add_blob(repository, b"kept")
    raw = b"100644 a\0" + b"\x12" * 20 + b"100644 b\0" + bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, raw))
    assert read(tmp_path, repository).files == {b"a": "missing", b"b": b"kept"}


@pytest.mark.parametrize("damage", ["missing", "corrupt", "a blob"])
def test_a_bad_tree_loses_its_subtree_alone(tmp_path: Path, damage: str) -> None:
    repository = make(tmp_path / "r.git")
    kept = add_blob(repository, b"kept")
    inner = bytes.fromhex(add_raw_tree(repository, b"100644 x\0" + bytes.fromhex(kept)))
    bad = bytes.fromhex(add_raw_tree(repository, b"100644 y\0" + bytes.fromhex(kept)))
    if damage == "missing":
        loose(repository, bad.hex()).unlink()
    elif damage == "corrupt":
        loose(repository, bad.hex()).write_bytes(zlib.compress(b"tree 29\x00100644 z\0" + bytes.fromhex(kept)))
    else:
        bad = bytes.fromhex(kept)
    add_commit(repository, add_raw_tree(repository, b"40000 bad\0" + bad + b"40000 good\0" + inner))
    reading = read(tmp_path, repository)
    assert reading.problems == {b"bad": "missing-tree"}
    assert reading.entries[b"bad"]["kind"] == "directory"
    assert reading.entries[b"bad"]["content_id"] == bad
    assert reading.files == {b"good/x": b"kept"}


def test_a_missing_root_tree_is_one_row(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    add_commit(repository, "13" * 20)
    reading = read(tmp_path, repository)
    assert reading.problems == {b"": "missing-tree"}


def test_a_file_entry_that_points_to_a_directory_is_corrupt(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    tree = add_tree(repository, {b"x": b"1"})
    add_commit(repository, add_raw_tree(repository, b"100644 a\0" + bytes.fromhex(tree)))
    assert read(tmp_path, repository).files == {b"a": "corrupt"}


def test_a_main_branch_that_cannot_be_read_is_passed_over_and_flagged(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"}, branch="other")
    (repository / "refs" / "heads" / "main").write_text("14" * 20 + "\n")
    run_git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule, origin.flags) == (
        "refs/heads/other",
        "newest",
        ("head-unreadable",),
    )


def test_history_that_is_missing_ends_the_walk(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 9])
    first = run_git(repository, "rev-parse", "main~1").decode().strip()
    loose(repository, first).unlink()
    origin = pin(tmp_path, WHEN, path="r.git")
    assert (origin.problem, origin.flags) == ("no-revision-as-of", ("missing-history",))
    assert pin(tmp_path, path="r.git").problem is None


def test_a_shallow_clone_is_read_and_flagged(tmp_path: Path) -> None:
    upstream = make(tmp_path / "up.git", {b"a": b"1"}, {b"a": b"2"}, dates=[WHEN, WHEN + 9])
    run_git(tmp_path, "clone", "--quiet", "--bare", "--depth", "1", upstream.as_uri(), "r.git")
    reading = read(tmp_path, tmp_path / "r.git")
    assert (reading.files, reading.origin.flags) == ({b"a": b"2"}, ("shallow",))
    early = pin(tmp_path, WHEN, path="r.git")
    assert (early.problem, early.flags) == ("no-revision-as-of", ("shallow",))
    assert read(tmp_path, url=(tmp_path / "r.git").as_uri()).files == {b"a": b"2"}


def test_a_damaged_bundle_says_so(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", MANY)
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "main")
    data = (tmp_path / "r.bundle").read_bytes()
    (tmp_path / "r.bundle").write_bytes(data[: len(data) // 2])
    origin = pin(tmp_path, path="r.bundle")
    assert origin.problem == "unreadable-bundle"
    assert not list((tmp_path / "work" / "mirrors").glob("bundle-" + "?" * 40))


def test_a_bundle_that_needs_older_revisions_says_so(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"1"}, {b"a": b"2"})
    run_git(repository, "bundle", "create", "--quiet", str(tmp_path / "r.bundle"), "main~1..main")
    assert pin(tmp_path, path="r.bundle").problem == "unreadable-bundle"


# --- HEAD and references


def test_an_empty_repository(tmp_path: Path) -> None:
    make(tmp_path / "r.git")
    assert pin(tmp_path, path="r.git").problem == "empty"
    assert pin(tmp_path, url=(tmp_path / "r.git").as_uri()).problem == "empty"


@pytest.mark.parametrize("target", ["refs/heads/main", "/etc/passwd", "/dev/zero", "../../private"])
def test_a_head_that_is_a_symbolic_link(tmp_path: Path, target: str) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / "HEAD").unlink()
    (repository / "HEAD").symlink_to(target)
    origin = pin(tmp_path, path="r.git")
    assert (origin.branch_name, origin.branch_rule) == (
        "refs/heads/main",
        "symref-head" if target.startswith("refs/") else "main",
    )


@pytest.mark.parametrize("name", ["HEAD", "config", "packed-refs", "shallow", "refs/heads/pipe"])
def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path, name: str) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / name).unlink(missing_ok=True)
    os.mkfifo(repository / name)
    assert read(tmp_path, repository).files == {b"a": b"x"}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"ref: ../../etc/passwd\n",
        b"ref: refs/heads/../../x\n",
        b"\xff\xfe",
        b"ref: \n",
        b"0" * 39,
        b"x" * 2_000_000,
    ],
)
def test_a_malformed_head_leaves_the_named_branches(tmp_path: Path, head: bytes) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    (repository / "HEAD").write_bytes(head)
    assert pin(tmp_path, path="r.git").branch_rule == "main"


def test_broken_and_circular_references_are_left_out(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"a": b"x"})
    before = pin(tmp_path, path="r.git").snapshot_id
    heads = repository / "refs" / "heads"
    (heads / "one").write_text("ref: refs/heads/two\n")
    (heads / "two").write_text("ref: refs/heads/one\n")
    (heads / "rubbish").write_bytes(b"\0\1\2")
    (heads / "main.lock").write_bytes(b"")
    (heads / "with blank").write_text("15" * 20)
    with (repository / "packed-refs").open("ab") as packed:
        packed.write(b"# pack-refs\n^" + b"1" * 40 + b"\nshort refs/heads/x\n" + b"1" * 40 + b" refs/../../x\n")
    assert pin(tmp_path, path="r.git").snapshot_id == before


@pytest.mark.parametrize("kind", ["sha256", "reftable"])
def test_formats_that_cannot_be_read_say_so(tmp_path: Path, kind: str) -> None:
    if kind == "sha256":
        run_git(tmp_path, "init", "--quiet", "--bare", "--object-format=sha256", "r.git")
    else:
        run_git(make(tmp_path / "r.git", {b"a": b"x"}), "config", "extensions.refstorage", "reftable")
    origin = pin(tmp_path, path="r.git")
    assert origin.problem == "unsupported-repository"
    assert origin.detail


@pytest.mark.parametrize("name", ["folder", "file.txt", "device"])
def test_a_match_that_is_no_repository_is_an_origin_with_a_problem(tmp_path: Path, name: str) -> None:
    make(tmp_path / "m" / "r.git", {b"a": b"x"})
    place = tmp_path / "m" / name
    place.mkdir() if name == "folder" else place.symlink_to("/dev/null") if name == "device" else place.write_text("x")
    found = {
        origin.url: git.pin(origin, None, tmp_path / "work")
        for origin in git.discover(git.Settings(kind="git", path="m/*"), tmp_path)
    }
    assert len(found) == 2
    assert found.pop("local:r.git").problem is None
    assert [origin.problem for origin in found.values()] == ["not-a-repository"]


# --- odd trees


def _tree_of(repository: Path, *entries: tuple[bytes, bytes]) -> str:
    blob = bytes.fromhex(add_blob(repository, b"x"))
    return add_raw_tree(repository, b"".join(b"%s %s\0%s" % (mode, name, blob) for mode, name in entries))


UNSAFE = [
    b"", b".", b"..", b".git", b".GIT", b".Git ", b".git.", b"git~1", b"GIT~1", b".git::$INDEX_ALLOCATION",
    b".g\xe2\x80\x8cit", b"\xef\xbb\xbf.git", b"a/b", b"/abs", b"..\\x", b"a\\.git\\config",
]  # fmt: skip
SAFE = [
    b".gitignore", b".github", b"git", b"git~2", b"...", b"a b", b"-rf", b"--", b"a\nb", b"~", b"\xff\xfe",
    b"a\\x2db", b"CON", b"con.txt", b"e\xcc\x81", b"\xe2\x80\xae.txt", b"x.git", b"*", b"C:",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE, ids=repr)
def test_a_name_that_leads_elsewhere_is_unsafe(name: bytes) -> None:
    assert is_unsafe(name)


@pytest.mark.parametrize("name", SAFE, ids=repr)
def test_a_name_that_is_merely_odd_is_safe(name: bytes) -> None:
    assert not is_unsafe(name)


@pytest.mark.parametrize("names", [UNSAFE + SAFE, [b"plain", b"a/b"], [b"plain", b""]], ids=["all", "slash", "empty"])
def test_names_that_lead_elsewhere_are_told_and_delivered(tmp_path: Path, names: list[bytes]) -> None:
    repository = make(tmp_path / "r.git")
    add_commit(repository, _tree_of(repository, *((b"100644", name) for name in names)))
    reading = read(tmp_path, repository)
    assert reading.problems == {name: "unsafe-path" for name in names if name in UNSAFE}
    assert reading.files == dict.fromkeys(names, b"x")


def test_everything_below_an_unsafe_directory_is_unsafe(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    inner = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    outer = bytes.fromhex(add_raw_tree(repository, b"40000 deep\0" + inner))
    add_commit(repository, add_raw_tree(repository, b"40000 ..\0" + outer + b"40000 ok\0" + inner))
    reading = read(tmp_path, repository)
    assert reading.problems == {b"../deep/x": "unsafe-path"}
    assert set(reading.files) == {b"../deep/x", b"ok/x"}


def test_a_name_that_appears_twice_counts_once(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    one, two = bytes.fromhex(add_blob(repository, b"1")), bytes.fromhex(add_blob(repository, b"2"))
    tree = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    raw = b"100644 a\0" + one + b"100644 a\0" + two + b"40000 a\0" + tree + b"100644 b\0" + two
    add_commit(repository, add_raw_tree(repository, raw))
    reading = read(tmp_path, repository)
    assert [(row["path"], row["kind"], row["content_id"], row["problem"]) for row in reading.rows] == [
        (b"a", "file", one, None),
        (b"a", "file", two, "duplicate-name"),
        (b"a", "directory", tree, "duplicate-name"),
        (b"b", "file", two, None),
    ]


def test_zero_padded_modes_wrong_order_and_odd_modes(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    inner = bytes.fromhex(_tree_of(repository, (b"100644", b"x")))
    blob = bytes.fromhex(add_blob(repository, b"x"))
    raw = b"".join(b"%s %s\0%s" % each for each in [
        (b"100664", b"z", blob), (b"100600", b"y", blob), (b"040000", b"d", inner), (b"0100755", b"b", blob),
        (b"020000", b"device", blob), (b"0", b"zero", blob),
    ])  # fmt: skip
    add_commit(repository, add_raw_tree(repository, raw))
    reading = read(tmp_path, repository)
    assert {row["path"]: (oct(row["mode"]), row["kind"]) for row in reading.rows} == {
        b"z": ("0o100664", "file"), b"y": ("0o100600", "file"), b"d/x": ("0o100644", "file"),
        b"b": ("0o100755", "file"), b"device": ("0o20000", "special"), b"zero": ("0o0", "special"),
    }  # fmt: skip
    assert reading.problems == {b"device": "unknown-mode", b"zero": "unknown-mode"}


@pytest.mark.parametrize(
    "tail",
    [b"100644 cut\0\x01\x02", b"100644 cut", b"garbage\0" + b"1" * 20, b"7" * 5000, b"8 x\0" + b"1" * 20],
)
def test_a_tree_is_listed_up_to_where_it_is_malformed(tmp_path: Path, tail: bytes) -> None:
    repository = make(tmp_path / "r.git")
    blob = bytes.fromhex(add_blob(repository, b"x"))
    bad = bytes.fromhex(add_raw_tree(repository, b"100644 a\0" + blob + tail))
    add_commit(repository, add_raw_tree(repository, b"40000 d\0" + bad + b"100644 e\0" + blob))
    reading = read(tmp_path, repository)
    assert reading.files == {b"d/a": b"x", b"e": b"x"}
    assert reading.problems == {b"d": "malformed-tree"}


def test_names_that_differ_in_case_or_are_not_utf8_stay_apart(tmp_path: Path) -> None:
    files = {b"A.txt": b"1", b"a.txt": b"2", b"caf\xe9": b"3", b"caf\xc3\xa9": b"4", b"cafe\xcc\x81": b"5"}
    assert read(tmp_path, make(tmp_path / "r.git", files)).files == files


def test_deep_directories_end_at_the_limit(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"d/" * 10 + b"far": b"1", b"near": b"2", b"d/" * 5 + b"edge": b"3"})
    reading = read(tmp_path, repository, Limits(max_depth=5))
    assert reading.files == {b"near": b"2", b"d/d/d/d/d/edge": b"3"}
    assert reading.problems == {b"d/d/d/d/d/d": "too-deep"}


def test_paths_over_the_limit_are_told(tmp_path: Path) -> None:
    files = {b"x" * 50: b"1", b"y" * 51: b"2", b"z" * 51 + b"/in": b"3", b"d/" + b"w" * 49: b"4"}
    reading = read(tmp_path, make(tmp_path / "r.git", files), Limits(max_path=50))
    assert reading.problems == dict.fromkeys([b"y" * 51, b"z" * 51, b"d/" + b"w" * 49], "unsafe-path")
    assert reading.entries[b"z" * 51]["kind"] == "directory"
    assert set(reading.files) == {b"x" * 50, b"y" * 51, b"d/" + b"w" * 49}


def _bomb(repository: Path, leaf: str, depth: int = 12) -> None:
    tree = leaf
    for _ in range(depth):
        tree = add_raw_tree(repository, b"".join(b"40000 %d\0%s" % (n, bytes.fromhex(tree)) for n in range(10)))
    add_commit(repository, tree)


@pytest.mark.parametrize("leaf", ["files", "empty directories", "long names"])
def test_a_git_bomb_ends_soon(tmp_path: Path, leaf: str) -> None:
    repository = make(tmp_path / "r.git")
    names = {
        "files": [b"%d" % n for n in range(10)],
        "empty directories": [],
        "long names": [b"n" * 500_000],
    }[leaf]
    _bomb(repository, _tree_of(repository, *((b"100644", name) for name in names)))
    origin = pin(tmp_path, path="r.git")
    began = time.monotonic()
    count = 0
    last = None
    for batch in git.entries(origin, Limits(max_entries=5000, max_path=1_000_000), keep_nothing):
        count += batch.num_rows
        last = batch.to_pylist()[-1]
    assert last is not None
    assert (last["path"], last["kind"], last["problem"]) == (b"", "directory", "too-many-entries")
    assert count <= 5001
    assert time.monotonic() - began < 10


def test_a_tree_of_more_entries_than_allowed_gives_the_first_ones(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git", {b"%03d" % number: b"x" for number in range(100)})
    reading = read(tmp_path, repository, Limits(max_entries=100))
    assert (len(reading.rows), reading.problems) == (100, {})
    reading = read(tmp_path, repository, Limits(max_entries=99))
    assert reading.problems == {b"": "too-many-entries"}


# --- contents that are too large, git that hangs or dies


def test_contents_over_the_limit_are_told_with_their_length(tmp_path: Path) -> None:
    files = {b"at": b"x" * 1000, b"over": b"x" * 1001, b"huge": bytes(5_000_000), b"small": b"y"}
    reading = read(tmp_path, make(tmp_path / "r.git", files), Limits(max_content=1000))
    assert reading.files == {b"at": b"x" * 1000, b"over": "too_large", b"huge": "too_large", b"small": b"y"}
    assert {row["length"] for row in reading.contents.values()} == {1000, 1001, 5_000_000, 1}
    assert reading.entries[b"huge"]["length"] == 5_000_000


def test_an_object_that_cannot_be_sized_is_refused_by_its_answer(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, data)) for data in (b"1", b"x" * 5000, b"3")]
    with ObjectReader(repository, 100) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["ok", "too_large", "ok"]


def test_a_reader_that_is_left_halfway_stays_in_step(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, b"%d" % number)) for number in range(9)]
    with ObjectReader(repository, 100) as reader:
        assert next(reader.read(ids)).data == b"0"
        assert [answer.data for answer in reader.read(ids[5:])] == [b"5", b"6", b"7", b"8"]


def test_more_requests_than_a_pipe_holds_do_not_lock_up(tmp_path: Path) -> None:
    repository = make(tmp_path / "r.git")
    ids = [bytes.fromhex(add_blob(repository, b"x" * 3000)), b"\x01" * 20] * 5000
    with ObjectReader(repository, 5000) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["ok", "missing"] * 5000
    assert [header and header[1] for header in read_headers(repository, ids)] == [3000, None] * 5000


@pytest.fixture
def hanging_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that answers nothing, in front of the real one."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def test_a_git_that_hangs_is_killed(hanging_git: Path) -> None:
    ids = [b"\x01" * 20, b"\x02" * 20]
    with ObjectReader(hanging_git, 100, stall=0.1) as reader:
        assert [answer.status for answer in reader.read(ids)] == ["timeout", "timeout"]
    assert read_headers(hanging_git, ids, stall=0.1) == [None, None]
    assert [chunk.raw for chunk in read_chunks(hanging_git, ids, np.array([5, 5]), 100, stall=0.1)] == [None]


def test_a_git_that_crashes_over_each_object_still_ends(hanging_git: Path) -> None:
    (hanging_git / "bin" / "git").write_text("#!/bin/sh\nread x\nkill -9 $$\n")
    with ObjectReader(hanging_git, 100, stall=5) as reader:
        assert [answer.status for answer in reader.read([b"\x01" * 20] * 3)] == ["corrupt"] * 3


def test_an_origin_that_vanished_after_pinning_is_told_row_by_row(tmp_path: Path) -> None:
    origin = pin(tmp_path, path=str(make(tmp_path / "r.git", {b"a": b"x"})))
    shutil.rmtree(tmp_path / "r.git")
    (batch,) = git.entries(origin, Limits(), keep_nothing)
    assert batch["problem"].to_pylist() == ["missing-tree"]
    (batch,) = git.contents(origin, [b"\x01" * 20], Limits())
    assert batch["status"].to_pylist() == ["missing"]
