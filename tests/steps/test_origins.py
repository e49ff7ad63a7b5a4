from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import optout, schema
from stackmark import recipe as recipes
from stackmark.engine import LocalEngine
from stackmark.errors import RecipeError
from stackmark.sources import Origin
from stackmark.steps import origins
from tests import building


def pinned(recipe: Path, work: Path, optouts: str = "") -> list[Origin]:
    found = origins.discover(recipes.load(recipe), recipe.parent)
    return origins.pin_all(found, optout.parse(optouts, "optout.txt"), None, work, LocalEngine(1))


def test_opted_out_origin_is_not_opened(tmp_path: Path) -> None:
    building.repository(tmp_path / "repo")
    (tmp_path / "repo" / ".git" / "HEAD").unlink()  # to open it would be a problem of another name
    recipe = building.recipe(tmp_path, 'kind = "git"\npath = "repo"\norigin = "https://forge.example/alice/tool"')
    (origin,) = pinned(recipe, tmp_path / "w", "alice")
    assert origin.problem == "opted-out"
    assert "alice (line 1 of optout.txt)" in (origin.detail or "")
    assert origin.revision_id is None
    assert not (tmp_path / "w" / "mirrors").exists()


@pytest.mark.parametrize("kind", ["rev", "snp", "dir"])
def test_opt_out_of_what_only_pinning_reveals(tmp_path: Path, kind: str) -> None:
    building.repository(tmp_path / "repo")
    recipe = building.recipe(tmp_path, 'kind = "git"\npath = "repo"')
    (before,) = pinned(recipe, tmp_path / "w")
    ids = {"rev": before.revision_id, "snp": before.snapshot_id, "dir": before.directory_id}
    (after,) = pinned(recipe, tmp_path / "w", f"swh:1:{kind}:{(ids[kind] or b'').hex()}")
    assert after.problem == "opted-out"


def test_origin_that_is_found_twice_stays_once(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip")
    recipe = building.recipe(
        tmp_path,
        'kind = "archive"\npath = "*.zip"',
        'kind = "archive"\npath = "a.zip"',
        'kind = "archive"\npath = "a*"',
    )
    assert len(pinned(recipe, tmp_path / "w")) == 1


def test_one_broken_origin_leaves_the_others(tmp_path: Path) -> None:
    building.repository(tmp_path / "good")
    (tmp_path / "no-repository").mkdir()
    recipe = building.recipe(tmp_path, 'kind = "git"\npath = "[gn]*"')
    assert [one.problem for one in pinned(recipe, tmp_path / "w")] == [None, "not-a-repository"]


def test_error_names_the_source(tmp_path: Path) -> None:
    building.zipped(tmp_path / "a.zip")
    recipe = building.recipe(tmp_path, 'kind = "archive"\npath = "a.zip"', 'kind = "git"\npath = "none"')
    with pytest.raises(RecipeError, match=r"^sources\[1\]\.path matches no file"):
        pinned(recipe, tmp_path / "w")


@pytest.mark.parametrize("path", ["a\\u0000b", "a\\u0000/*", "*/\\u0000"])
@pytest.mark.parametrize("kind", ["archive", "git"])
def test_path_with_a_nul_is_a_recipe_error(tmp_path: Path, kind: str, path: str) -> None:
    with pytest.raises(RecipeError):
        pinned(building.recipe(tmp_path, f'kind = "{kind}"\npath = "{path}"'), tmp_path / "w")


def test_names_that_are_no_text_are_told_apart(tmp_path: Path) -> None:
    for name in (b"r\xff", b"r\xfe"):
        building.repository(Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)))
    recipe = building.recipe(tmp_path, 'kind = "git"\npath = "r[!e]*"')
    found = origins.table(pinned(recipe, tmp_path / "w"))["origin_url"].to_pylist()
    assert len(set(found)) == 2
    assert all(name.isprintable() for name in found)


@pytest.mark.parametrize("url", ["https://u:s3cret@forge.example/a/b", "ssh://u:s3cret@forge.example/a/b"])
def test_name_of_a_remote_holds_no_password(tmp_path: Path, url: str) -> None:
    recipe = building.recipe(tmp_path, f'kind = "git"\nurl = "{url}"')
    found = origins.discover(recipes.load(recipe), tmp_path)
    assert "s3cret" not in str(origins.table(found).to_pylist())


ids = st.sampled_from([None, b"a" * 20, b"b" * 20])
some = st.builds(
    Origin,
    url=st.sampled_from(["https://a.example/x", "https://b.example/y", "local:é"]),
    kind=st.just("archive"),
    locator=st.sampled_from(["one", "two"]),
    revision_id=ids,
    problem=st.sampled_from(["unreachable", "empty"]),  # a problem keeps them from being opened here
)


@given(st.lists(some, max_size=8).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_order_of_discovery_does_not_matter(orders: tuple[list[Origin], list[Origin]]) -> None:
    found, other = orders
    registry, engine = optout.parse("", ""), LocalEngine(1)
    first = origins.pin_all(found, registry, None, Path(), engine)
    second = origins.pin_all(other, registry, None, Path(), engine)
    assert first == second
    keys = [(one.url, one.revision_id) for one in first]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {(one.url, one.revision_id) for one in found}
    assert keys == sorted(keys, key=lambda key: (key[0], key[1] or b""))
    table = origins.table(first)
    assert table.schema == schema.ORIGINS
    assert table["origin_no"].to_pylist() == list(range(len(first)))
