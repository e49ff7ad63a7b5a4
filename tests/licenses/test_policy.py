from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest
from license_expression import get_spdx_licensing
from packaging.licenses import canonicalize_license_expression

from stackmark.errors import RecipeError
from stackmark.licenses import Policy, expressions
from stackmark.licenses.expressions import UNKNOWN

PERMISSIVE = Policy.load("permissive")
LICENSING = get_spdx_licensing()


@pytest.mark.parametrize(
    ("expression", "allowed", "branch"),
    [
        ("MIT", True, "MIT"),
        ("CC0-1.0", True, "CC0-1.0"),
        ("GPL-3.0-only", False, None),
        ("MIT OR GPL-3.0-only", True, "MIT"),
        ("GPL-3.0-only OR ISC OR MIT", True, "ISC"),
        ("MIT AND GPL-3.0-only", False, None),
        ("(MIT OR GPL-3.0-only) AND ISC", True, "MIT AND ISC"),
        (f"MIT AND {UNKNOWN}", None, None),
        (f"GPL-3.0-only AND {UNKNOWN}", False, None),
        (f"MIT OR {UNKNOWN}", True, "MIT"),
        (f"GPL-3.0-only OR {UNKNOWN}", None, None),
        ("Apache-2.0 WITH LLVM-exception", True, "Apache-2.0 WITH LLVM-exception"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, None),
        ("no expression", None, None),
        ("", None, None),
        (None, False, None),
    ],
)
def test_permissive(expression: str | None, allowed: bool | None, branch: str | None) -> None:
    verdict = PERMISSIVE.decide(expression)
    assert (verdict.allowed, verdict.branch) == (allowed, branch)
    assert verdict.reason


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "AGPL-3.0-only AND MIT", "LGPL-2.1-only"])
def test_copyleft_ok(expression: str) -> None:
    assert Policy.load("copyleft-ok").decide(expression).allowed is True


@pytest.mark.parametrize("expression", ["BUSL-1.1", UNKNOWN, None])
def test_copyleft_ok_is_no_more_than_that(expression: str | None) -> None:
    assert Policy.load("copyleft-ok").decide(expression).allowed is not True


@pytest.mark.parametrize("expression", ["BUSL-1.1", UNKNOWN, None, "GPL-3.0-only", "not one"])
def test_any_checks_nothing(expression: str | None) -> None:
    assert Policy.load("any").decide(expression).allowed is True


@pytest.mark.parametrize(
    "expression", ["MIT", "GPL-2.0-or-later", "MPL-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"]
)
def test_osi(expression: str) -> None:
    assert Policy.load("osi").decide(expression).allowed is True


@pytest.mark.parametrize("expression", ["SSPL-1.0", "JSON", "CC-BY-4.0", "WTFPL", UNKNOWN, None])
def test_osi_is_no_more_than_its_list(expression: str | None) -> None:
    assert Policy.load("osi").decide(expression).allowed is not True


def load(folder: Path, text: str) -> Policy:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return Policy.load(path)


def test_ids_come_before_classes(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        'classes = ["permissive"]\ndeny = ["JSON", "ISC"]\n'
        'allow = ["MPL-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"]',
    )
    assert policy.decide("MPL-2.0").allowed is True
    assert policy.decide("GPL-2.0-only WITH Classpath-exception-2.0").allowed is True
    assert policy.decide("GPL-2.0-only").allowed is False
    assert policy.decide("ISC").allowed is False
    assert policy.decide("ISC OR MIT").branch == "MIT"


def test_or_later_is_met_by_a_later_version(tmp_path: Path) -> None:
    policy = load(tmp_path, 'classes = []\nallow = ["GPL-3.0-only"]')
    verdict = policy.decide("GPL-2.0-or-later")
    assert (verdict.allowed, verdict.branch) == (True, "GPL-3.0-only")
    assert policy.decide("GPL-2.0-only").allowed is False


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clases = []", "clases"),
        ('classes = ["free"]', "free"),
        ("classes = 3", "classes"),
        ("", "classes"),
        ('classes = []\nallow = ["MIT OR ISC"]', "allow"),
        ('classes = []\ndeny = ["Foo"]', "Foo"),
        ('classes = []\nunknown = "yes"', "unknown"),
        ("classes = []\nnone = []", "none"),
        ("classes = [", "own"),
        ("classes = []\nflatten = 1", "flatten"),
    ],
)
def test_bad_files_name_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        load(tmp_path, text)


@pytest.mark.parametrize("name", ["permisive", "missing/policy.toml", "../permissive", ""])
def test_unknown_names(name: str) -> None:
    with pytest.raises(RecipeError):
        Policy.load(name)


def test_digest_changes_with_every_rule(tmp_path: Path) -> None:
    texts = [
        "classes = []",
        'classes = ["permissive"]',
        'classes = []\ndeny = ["MIT"]',
        'classes = []\nnone = "include"',
    ]
    assert len({load(tmp_path, text).digest() for text in texts}) == len(texts)


VALUES = {
    "MIT": True,
    "Apache-2.0": True,
    "Apache-2.0 WITH LLVM-exception": True,
    "GPL-3.0-only": False,
    "GPL-2.0-or-later": False,
    "GPL-2.0-only WITH Classpath-exception-2.0": False,
    "BUSL-1.1": False,
    UNKNOWN: None,
    "LicenseRef-x": None,
}


def brute_force(tree: object, world: dict[str, bool]) -> bool:
    if isinstance(tree, str):
        return world[tree]
    operator, *parts = tree  # type: ignore[misc]
    return (all if operator == "AND" else any)(brute_force(part, world) for part in parts)


def write(tree: object) -> str:
    if isinstance(tree, str):
        return tree
    operator, *parts = tree  # type: ignore[misc]
    return "(" + f" {operator} ".join(map(write, parts)) + ")"


def grow(pick: random.Random, depth: int) -> object:
    if depth == 0 or pick.random() < 0.3:
        return pick.choice(list(VALUES))
    return (pick.choice(["AND", "OR"]), *(grow(pick, depth - 1) for _ in range(pick.randint(2, 3))))


def test_random_expressions_equal_a_truth_table() -> None:
    """Allowed where every reading of the unknowns allows, denied where none does, else undecided."""
    pick = random.Random(11)
    unknown = [name for name, value in VALUES.items() if value is None]
    for _ in range(int(os.environ.get("STACKMARK_EXPRESSIONS", "500"))):
        tree = grow(pick, 3)
        worlds = [
            VALUES | dict(zip(unknown, choice, strict=True))
            for choice in itertools.product([True, False], repeat=len(unknown))
        ]
        answers = {brute_force(tree, world) for world in worlds}  # type: ignore[arg-type]
        expected = answers.pop() if len(answers) == 1 else None
        verdict = PERMISSIVE.decide(write(tree))
        assert verdict.allowed is expected, write(tree)
        normal = expressions.parse(write(tree)) or ""
        assert canonicalize_license_expression(normal)
        assert str(LICENSING.parse(normal).render("{symbol.key}")) == normal
        assert PERMISSIVE.decide(normal).allowed is expected
        if verdict.allowed:
            assert PERMISSIVE.decide(verdict.branch).allowed is True
            assert " OR " not in (verdict.branch or "")
