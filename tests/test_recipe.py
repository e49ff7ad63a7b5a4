from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import recipe as recipes
from stackmark.errors import RecipeError
from stackmark.steps import origins

COMPLETE = """
name = "corpus"
version = "1.0.0"
as_of = 2026-11-01

[[sources]]
kind = "git"
path = "mirrors/*.git"

[[sources]]
kind = "git"
url = "https://forge.example/alice/tool"
origin = "https://forge.example/alice/tool"

[[sources]]
kind = "archive"
path = "downloads/*.whl"

[optout]
list = "optout.txt"
[licenses]
policy = "permissive"
[quality]
profile = "the-stack-v2"
[dedup]
near = 0.7
[pii]
sensitivity = "balanced"
[build]
memory = "4GB"
workers = 2
"""
SMALL = 'name = "c"\nversion = "1.0.0"\n[[sources]]\nkind = "archive"\npath = "a.zip"\n'


def load(folder: Path, text: str) -> recipes.Recipe:
    path = folder / "recipe.toml"
    path.write_text(text, "utf-8")
    return recipes.load(path)


def test_every_key_is_read(tmp_path: Path) -> None:
    recipe = load(tmp_path, COMPLETE)
    assert recipe.as_of == dt.datetime(2026, 11, 1, 23, 59, 59, tzinfo=dt.UTC)
    assert [source.kind for source in recipe.sources] == ["git", "git", "archive"]
    assert recipe.build.memory == 4_000_000_000
    assert recipe.dedup.near == 0.7
    assert recipe.features() == ("near", f"pii-{recipe.pii.sensitivity}")


def test_defaults(tmp_path: Path) -> None:
    recipe = load(tmp_path, SMALL)
    assert (recipe.licenses.policy, recipe.quality.profile, recipe.dedup.near) == (
        "permissive",
        "the-stack-v2",
        False,
    )
    assert recipe.build.max_content == 10 * 1024 * 1024
    assert recipe.features() == ()


WRONG = {
    "unknown key": (SMALL + "[build]\nspeed = 3\n", "build.speed: unknown key"),
    "unknown table": (SMALL + "[magic]\nx = 1\n", "magic: unknown key"),
    "unknown key of a source": (SMALL + "depth = 1\n", "sources[0].depth: unknown key"),
    "wrong type": (SMALL + '[build]\nworkers = "two"\n', "build.workers: a valid integer"),
    "number as text": (SMALL.replace('"1.0.0"', "1.0"), "version: a valid string"),
    "no sources": ('name = "c"\nversion = "1.0.0"\n', "sources: this key is needed"),
    "empty sources": ('name = "c"\nversion = "1.0.0"\nsources = []\n', "sources: at least one source is needed"),
    "a list in place of a table": (SMALL + "pii = 3\n", "sources[0].pii: unknown key; keys are: kind, origin, path"),
    "no table": ("pii = 3\n" + SMALL, "pii: a table"),
    "key of another spelling": (
        SMALL + '[licences]\npolicy = "any"\n',
        "licences: unknown key; keys are: as_of, build",
    ),
    "within without near": (SMALL + '[dedup]\nwithin = "language"\n', "dedup: within has no effect without near"),
    "copies of nothing": (SMALL + "[dedup]\ndrop_repositories = true\n", "drop_repositories has no effect without"),
    "style of nothing": (SMALL + '[pii]\nstyle = "placeholder"\n', "pii: style: no effect"),
    "unknown finding": (
        SMALL + '[pii]\nsensitivity = "strict"\nactions = {EMAIL = "keep"}\n',
        "pii.actions: nothing finds EMAIL; types are: API_KEY",
    ),
    "finding in small letters": (
        SMALL + '[pii]\nsensitivity = "strict"\nactions = {email = "keep"}\n',
        "pii.actions.email: a type of findings is in capital letters",
    ),
    "bad version": (SMALL.replace("1.0.0", "1.0"), "version: a version is MAJOR.MINOR.PATCH"),
    "leading zero": (SMALL.replace("1.0.0", "01.0.0"), "version: a version is MAJOR.MINOR.PATCH"),
    "name with a slash": (SMALL.replace('"c"', '"../c"'), "name: a name is up to 100 letters, digits"),
    "unknown kind": (SMALL.replace("archive", "tape"), "kind 'tape' is unknown"),
    "no kind": (SMALL.replace('kind = "archive"\n', ""), "kind is needed"),
    "size in words": (
        SMALL + '[build]\nmemory = "much"\n',
        "build.memory: a size is a number of bytes or a text",
    ),
    "too little memory": (SMALL + '[build]\nmemory = "1MB"\n', "build.memory: at least 1,000,000,000"),
    "near too high": (SMALL + "[dedup]\nnear = 1.5\n", "dedup.near: false (exact duplicates only)"),
    "structural too high": (SMALL + "[dedup]\nstructural = 80\n", "dedup.structural: false"),
    "near true": (SMALL + "[dedup]\nnear = true\n", "dedup.near: false (exact duplicates only)"),
    "date as text": ('as_of = "2026-01-01"\n' + SMALL, "as_of: a date such as 2026-11-01"),
    "path and url": (
        SMALL.replace("archive", "git") + 'url = "https://forge.example/a/b"\n',
        "sources[0]",
    ),
    "no toml": ("name = ", "is not TOML"),
    "password in an origin": (
        SMALL + 'origin = "https://alice:s3cret@forge.example/alice/tool"\n',
        "origin holds a password",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_recipe_names_the_key_and_the_reason(case: str, tmp_path: Path) -> None:
    text, words = WRONG[case]
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, SMALL.replace("1.0.0", "one") + "[build]\nworkers = 0\nspeed = 1\n")
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "version",
        "build.workers",
        "build.speed",
    ]


def test_sources_that_are_all_wrong_are_one_mistake_each(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, SMALL.replace("archive", "tape"))
    assert str(caught.value).splitlines()[1:] == ["  sources[0]: kind 'tape' is unknown; kinds are: archive, git"]


def test_types_and_families_that_are_found_may_have_an_action(tmp_path: Path) -> None:
    actions = 'actions = {PERSON = "keep", API_KEY = "drop", "API_KEY.github" = "tag", EMAIL_ADDRESS = "redact"}\n'
    recipe = load(tmp_path, SMALL + '[pii]\nnames = "default"\n' + actions)
    assert recipe.pii.actions["API_KEY.github"] == "tag"
    assert recipe.pii.actions["PASSWORD_HASH"] == "tag", "what nothing is said of stays as it is"


def test_path_that_matches_nothing_is_named(tmp_path: Path) -> None:
    recipe = load(tmp_path, SMALL)
    with pytest.raises(RecipeError, match=r"^sources\[0\]\.path matches no file"):
        origins.discover(recipe, tmp_path)


def test_missing_recipe_and_wrong_bytes(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot read the recipe"):
        recipes.load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(RecipeError, match="not UTF-8"):
        recipes.load(tmp_path / "latin.toml")


@pytest.mark.parametrize(("text", "size"), [("4GB", 4 * 10**9), ("512 MiB", 512 * 2**20), ("1.5KB", 1500), (7, 7)])
def test_sizes(text: object, size: int) -> None:
    assert recipes.parse_size(text) == size


def test_public_part_holds_no_path_and_nothing_of_this_machine(tmp_path: Path) -> None:
    public = recipes.public(load(tmp_path, COMPLETE))
    assert "mirrors" not in str(public)
    assert "workers" not in str(public)
    assert public["sources"][1] == {"kind": "git", "origin": "https://forge.example/alice/tool"}


def test_schema_names_every_key() -> None:
    schema = str(recipes.schema())
    for key in (
        "as_of",
        "sources",
        "optout",
        "policy",
        "profile",
        "near",
        "sensitivity",
        "memory",
        "workers",
        "max_content",
    ):
        assert f"'{key}'" in schema


SCHEMA_CASES = [
    ("build", "memory", "4GB", True),
    ("build", "memory", "much", False),
    ("build", "memory", 5, False),
    ("build", "max_content", 2**31, False),
    ("build", "workers", 0, False),
    ("dedup", "near", False, True),
    ("dedup", "near", 1, True),
    ("dedup", "near", 0, False),
    ("dedup", "structural", 1.5, False),
]


@pytest.mark.parametrize(("table", "key", "value", "valid"), SCHEMA_CASES)
def test_schema_says_what_the_recipe_says(table: str, key: str, value: object, valid: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="no validator of JSON Schema is installed")
    raw: dict[str, dict[str, object]] = tomllib.loads(COMPLETE)
    raw[table][key] = value
    plain = json.loads(json.dumps(raw, default=str))  # JSON has no dates
    assert jsonschema.Draft202012Validator(recipes.schema()).is_valid(plain) is valid
    try:
        recipes.parse(raw)
    except RecipeError:
        assert not valid
    else:
        assert valid


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(
    ["name", "version", "as_of", "sources", "optout", "licenses", "quality", "dedup", "pii", "build"]
)


@given(st.dictionaries(keys, values))
def test_any_table_is_a_recipe_or_a_recipe_error(raw: dict[str, object]) -> None:
    try:
        recipe = recipes.parse(raw)
    except RecipeError as error:
        assert str(error).count("\n") >= 1
    else:
        assert recipe.name == raw["name"]


def test_error_about_a_password_does_not_repeat_it(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, SMALL + 'origin = "https://alice:s3cret@forge.example/alice/tool"\n')
    assert "s3cret" not in str(caught.value)


def test_structural_is_asked_for_and_told_only_where_it_is_on() -> None:
    plain = recipes.parse(tomllib.loads(SMALL))
    off, on = (plain.model_copy(update={"dedup": recipes.Dedup(structural=value)}) for value in (False, 0.8))
    assert (off.features(), on.features()) == ((), ("structural",))
    assert "structural" not in recipes.public(off)["dedup"]
    assert recipes.public(on)["dedup"]["structural"] == 0.8
