"""Hostile repositories: nothing of them runs, nothing foreign is read, odd references do no harm."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from stackmark.sources import git

from .gitkit import (
    WHEN,
    add_blob,
    add_commit,
    add_raw_tree,
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
    run_git(repository, "status", fails=True)
    assert marker.exists()  # plain git would have run one


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
    run_git(repository, "update-ref", "refs/heads/new", "main", fails=True)
    assert marker.exists()  # plain git would have run one


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


@pytest.mark.parametrize("text", ["gitdir: {}\n", "gitdir: {}/worktrees/w\n", "gitdir: /nonexistent\n", "rubbish", ""])
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
    run_git(tmp_path / "part.git", "cat-file", "-p", "main:a", fails=True)
    assert marker.exists()  # plain git would have run it


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
