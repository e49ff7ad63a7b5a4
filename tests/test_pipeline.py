"""Builds that something odd happens to: hostile inputs, damaged work directories, lists that change."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import stackmark
from stackmark import pipeline
from stackmark import recipe as recipes
from stackmark.errors import IntegrityError, RecipeError, StoreError, UsageError
from tests import building

ZIP = 'kind = "archive"\npath = "a.zip"'


def raised(recipe: Path, version: str, extra: str = "") -> Path:
    """Write the same recipe with another version and more at its end."""
    text = recipe.read_text()
    recipe.write_text(text.replace(recipes.load(recipe).version, version) + extra)
    return recipe


def words(release: stackmark.Release) -> Iterator[tuple[str, bytes]]:
    """Yield all that a release says: its documents as they are, its tables as text."""
    for path in sorted(release.path.rglob("*")):
        if path.suffix == ".parquet":
            yield path.name, repr(pq.read_table(path).to_pylist()).encode()
        elif path.is_file():
            yield path.name, path.read_bytes()


@pytest.fixture
def one(tmp_path: Path) -> Path:
    building.zipped(tmp_path / "a.zip", {"LICENSE": building.MIT, "a.py": building.python("a")})
    return building.recipe(tmp_path, ZIP)


def test_watcher_is_told_every_step(one: Path) -> None:
    seen: list[str] = []

    class Watch(pipeline.Silent):
        def step(self, name: str, unit: str):  # type: ignore[no-untyped-def]
            seen.append(name)
            return super().step(name, unit)

    stackmark.build(one, watcher=Watch())
    assert seen == ["origins", "list", "fetch", "prepare", "inspect", "decide", "write", "publish"]


def test_only_empty_repositories(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    building.git(tmp_path / "empty", "init", "--quiet")
    release = stackmark.build(building.recipe(tmp_path, 'kind = "git"\npath = "empty"'))
    assert release.verify().ok
    (row,) = pq.read_table(release.path / "ledger").to_pylist()
    assert (row["kind"], row["outcome"], row["rule"]) == ("origin", "skipped", "empty")


def test_nothing_that_is_text(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip", {"x.bin": b"\0\1\2"})
    release = stackmark.build(building.recipe(tmp_path, ZIP))
    assert release.verify().ok
    assert release.manifest["counts"]["outcomes"]["kept"]["files"] == 0


def test_no_profile_keeps_what_has_no_language(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip", {"LICENSE": building.MIT, "strange.qqq": b"words\n", "plain": b"words two\n"})
    release = stackmark.build(building.recipe(tmp_path, ZIP, extra='[quality]\nprofile = "none"'))
    assert release.verify().ok


def test_release_that_was_damaged_is_not_passed_off_as_done(one: Path) -> None:
    release = stackmark.build(one)
    (place,) = release.path.glob("data/Python/*.parquet")
    place.unlink()
    with pytest.raises(IntegrityError, match="is damaged: data/Python") as caught:
        stackmark.build(one)
    assert "Move it away" in caught.value.hint
    shutil.rmtree(release.path)
    assert stackmark.build(one).verify().ok


def test_release_without_checksums_is_not_passed_off_as_done(one: Path) -> None:
    (stackmark.build(one).path / "SHA256SUMS").unlink()
    with pytest.raises(IntegrityError, match="SHA256SUMS"):
        stackmark.build(one)


PLACES = ("store/entries/*/*.parquet", "store/facts/*/*.parquet", "stages/entries-*/*.parquet", "store/packs/*.arrow")


@pytest.mark.parametrize("place", PLACES)
def test_damaged_file_of_the_work_directory_is_told_with_what_to_do(one: Path, place: str) -> None:
    work = stackmark.build(one).path.parents[1]
    for path in work.glob(place):
        whole = path.read_bytes()
        path.unlink()  # a release may have it under a second name
        path.write_bytes(whole[: len(whole) // 2])
    for stage in work.glob("stages/[!e]*"):
        shutil.rmtree(stage)
    with pytest.raises(StoreError) as caught:
        stackmark.build(raised(one, "1.0.1"))
    assert "Remove the folder" in caught.value.hint
    shutil.rmtree(work / "store")
    shutil.rmtree(work / "stages")
    assert stackmark.build(one).verify().ok


def test_stage_whose_removal_was_interrupted_is_not_used(one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest that outlives its parts would pass for a complete stage."""
    from stackmark import workdir

    first = stackmark.build(one)

    def half(path: Path) -> None:
        if path.is_dir():
            for part in path.glob("*.parquet"):
                part.unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(workdir, "remove", half)
        with pytest.raises(KeyboardInterrupt):
            stackmark.build(raised(one, "2.0.0", '[licenses]\npolicy = "any"\n'))
    digest = first.digest
    shutil.rmtree(first.path)
    building.recipe(one.parent, ZIP)
    assert stackmark.build(one).digest == digest


def test_opted_out_licence_file_leaves_no_trace_from_earlier_builds(one: Path) -> None:
    first = stackmark.build(one)
    (decision,) = first.explain("archive:a.zip#LICENSE")
    (one.parent / "optout.txt").write_text(f"swh:1:cnt:{decision.content_id}\n")
    second = stackmark.build(raised(one, "1.0.1", '[optout]\nlist = "optout.txt"\n'))
    assert "Permission is hereby granted" not in (second.path / "NOTICE").read_text()
    assert second.digest == stackmark.build(one, workdir=one.parent / "fresh").digest


@pytest.mark.parametrize("wish", ["swh:1:cnt:{id}", "archive:a.zip"])
def test_changed_list_gives_what_a_fresh_work_directory_gives(one: Path, wish: str) -> None:
    (decision,) = stackmark.build(one).explain("archive:a.zip#a.py")
    wish = wish.format(id=decision.content_id)
    list_ = one.parent / "optout.txt"
    list_.write_text(f"{wish}\n")
    stackmark.build(raised(one, "1.0.1", '[optout]\nlist = "optout.txt"\n'))
    list_.write_text(f"# a comment moves the line\nbob\n{wish}\n")
    moved = stackmark.build(raised(one, "1.0.2"))
    assert moved.digest == stackmark.build(one, workdir=one.parent / "fresh").digest
    list_.write_text("bob\n")
    back = stackmark.build(raised(one, "1.0.3"))
    assert back.manifest["counts"]["outcomes"]["kept"]["files"] == 1


def test_blob_that_one_repository_lacks_comes_from_another_with_its_length(tmp_path: Path) -> None:
    first = building.repository(tmp_path / "one", {"LICENSE": building.MIT, "a.py": building.python("a")})
    building.repository(tmp_path / "two", {"LICENSE": building.MIT, "z.py": building.python("a")})
    blob = building.git(first, "rev-parse", "HEAD:a.py").strip()
    (first / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    tables = (f'kind = "git"\npath = "{name}"\norigin = "https://forge.example/a/{name}"' for name in ("one", "two"))
    release = stackmark.build(building.recipe(tmp_path, *tables), workers=1)
    assert release.verify().ok
    (decision,) = release.explain("https://forge.example/a/one#a.py")
    assert (decision.outcome, decision.length_bytes) == ("kept", len(building.python("a")))


def test_blob_that_nobody_has_is_a_loss(tmp_path: Path) -> None:
    first = building.repository(tmp_path / "one", {"LICENSE": building.MIT, "a.py": building.python("a")})
    blob = building.git(first, "rev-parse", "HEAD:a.py").strip()
    (first / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    release = stackmark.build(building.recipe(tmp_path, 'kind = "git"\npath = "one"'), workers=1)
    (decision,) = release.explain("local:one#a.py")
    assert (decision.outcome, decision.rule) == ("quarantined", "missing")
    assert release.verify().ok


def test_archive_with_one_name_twice_verifies(tmp_path: Path) -> None:
    import tarfile

    building.tarball(tmp_path / "a.tar", {"same.py": b"one"})
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("LICENSE", "LICENSE", "same.py"):
            (tmp_path / name).write_text(f"{name} of somebody")
            archive.add(tmp_path / name, "same.py")
    release = stackmark.build(building.recipe(tmp_path, 'kind = "archive"\npath = "a.tar"'))
    assert len(release.explain("archive:a.tar#same.py")) == 3
    assert release.verify().problems == ()


def test_password_of_a_remote_is_nowhere(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever comes is refused
        url = f"https://user:s3cret@127.0.0.1:{taken.getsockname()[1]}/alice/tool?token=s3cret#s3cret"
        building.zipped(tmp_path / "a.zip")
        recipe = building.recipe(tmp_path, f'kind = "git"\nurl = "{url}"', ZIP)
        command = [sys.executable, "-m", "stackmark", "build", str(recipe)]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr  # a lost origin
    assert "s3cret" not in done.stdout + done.stderr
    release = stackmark.Release.open(tmp_path / ".stackmark" / "releases" / "corpus-1.0.0")
    assert [name for name, said in words(release) if b"s3cret" in said] == []
    held = [path for path in (tmp_path / ".stackmark").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert held == []


def test_wrong_url_is_not_repeated(tmp_path: Path) -> None:
    recipe = building.recipe(tmp_path, 'kind = "git"\nurl = "ftp://s3cret@a/b"')
    command = [sys.executable, "-m", "stackmark", "--debug", "build", str(recipe)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "sources[0]" in done.stderr
    assert "s3cret" not in done.stderr


def test_release_names_no_place_of_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "telltale"
    recipe = building.mixed(folder)
    (folder / "broken.zip").write_bytes(b"PK\3\4 no more")
    (folder / "policy.toml").write_text('classes = ["permissive"]\nunknown = "exclude"\n')
    recipe.write_text(recipe.read_text().replace('path = "repo"', f'path = "{folder}/repo"'))
    try:
        release = stackmark.build(raised(recipe, "1.0.0", '[licenses]\npolicy = "./policy.toml"\n'))
    except RecipeError:  # the keys of a policy are the business of its own tests
        shutil.copy(
            Path(stackmark.__file__).parent / "licenses" / "policies" / "permissive.toml", folder / "policy.toml"
        )
        release = stackmark.build(recipe)
    assert [name for name, said in words(release) if b"telltale" in said] == []


@pytest.mark.parametrize(
    "extra",
    [
        '[optout]\nlist = "a\\u0000b"',
        '[licenses]\npolicy = "a/\\u0000"',
        '[quality]\nprofile = ""',
        '[optout]\nlist = "."',
    ],
)
def test_names_that_no_file_can_have_are_recipe_errors(one: Path, extra: str) -> None:
    with pytest.raises(RecipeError):
        stackmark.build(raised(one, "1.0.0", extra))


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("", ["personal data", "near-duplicates"]),
        ("[dedup]\nnear = 0.7\n", ["personal data"]),
        ('[dedup]\nnear = 0.7\n[pii]\nsensitivity = "strict"\n', ["names of persons"]),
        ('[dedup]\nnear = 0.7\n[pii]\nnames = "default"\n', ["personal data other than names"]),
        ('[dedup]\nnear = 0.7\n[pii]\nsensitivity = "strict"\nnames = "default"\n', []),
    ],
)
def test_what_is_left_out_is_named(one: Path, extra: str, said: list[str]) -> None:
    left_out = pipeline.not_done(recipes.load(raised(one, "1.0.0", extra)))
    assert [words[: len(start)] for words, start in zip(left_out, said, strict=True)] == said


def test_status_is_not_confused_by_a_release_on_its_way(one: Path) -> None:
    work = stackmark.build(one).path.parents[1]
    (work / "releases" / ".corpus-2.0.0.tmp").mkdir()
    found = pipeline.status(work)
    assert [row["version"] for row in found["releases"]] == ["1.0.0"]
    assert not found["locked"]


def test_status_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "store" / "packs").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    assert pipeline.status(tmp_path)["locked"] is False
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(UsageError):
        pipeline.status(tmp_path / "none")


def test_plan_counts_each_source(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    (tmp_path / "optout.txt").write_text("alice\n")
    planned = pipeline.plan(raised(recipe, "1.0.0", '[optout]\nlist = "optout.txt"\n'))
    assert [(row["origins"], row["opted_out"]) for row in planned["sources"]] == [(1, 1), (2, 0), (1, 0)]
    assert not (tmp_path / ".stackmark" / "mirrors").exists()
