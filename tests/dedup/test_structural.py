"""Structural clones: renamed copies are found, other code is not."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from stackmark.dedup import structural
from stackmark.dedup.near import near_duplicates
from stackmark.swhid import content_id

SORT = """
def bubble(items, key=None):
    count = len(items)
    for outer in range(count):
        swapped = False
        for inner in range(count - outer - 1):
            left, right = items[inner], items[inner + 1]
            if key is not None:
                left, right = key(left), key(right)
            if left > right:
                items[inner], items[inner + 1] = items[inner + 1], items[inner]
                swapped = True
        if not swapped:
            break
    return items
"""
SEARCH = """
class Finder:
    def __init__(self, root, pattern):
        self.root = root
        self.pattern = pattern
        self.seen = {}

    def walk(self):
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node in self.seen:
                continue
            self.seen[node] = True
            yield from (child for child in node.children if child.name == self.pattern)
            stack.extend(reversed(node.children))
"""


def renamed(code: str) -> str:
    """Give every name that is no keyword another, every number another, and add comments."""
    names = re.findall(r"[A-Za-z_]\w*", code)
    keep = set(structural.lexer._data()["keywords"].split())
    for number, name in enumerate(dict.fromkeys(names)):
        if name not in keep:
            code = re.sub(rf"\b{name}\b", f"other_{number}", code)
    return re.sub(r"\b1\b", "42", code).replace(":\n", ":  # changed\n")


def clones(codes: list[str], language: str = "Python", **more: object) -> set[tuple[bytes, bytes]]:
    table = pa.table({"content": codes, "language": [language] * len(codes), "rank": list(range(len(codes)))})
    found = structural.structural_clones(table, **more).to_pylist()  # type: ignore[arg-type]
    return {(row["content_id"], row["representative_id"]) for row in found}


def test_a_renamed_copy_is_found_though_its_words_are_others() -> None:
    codes = [SORT, SEARCH, renamed(SORT), renamed(SEARCH)]
    ids = [content_id(code.encode()) for code in codes]
    assert clones(codes) == {(ids[0], ids[0]), (ids[1], ids[1]), (ids[2], ids[0]), (ids[3], ids[1])}
    assert near_duplicates(pa.table({"content": codes})).num_rows == 0


def test_languages_are_not_mixed() -> None:
    table = pa.table({"content": [SORT, renamed(SORT)], "language": ["Python", "Ruby"]})
    assert structural.structural_clones(table).num_rows == 0


def test_short_code_is_a_clone_of_nothing() -> None:
    assert clones(["def f(x):\n    return x\n", "def g(y):\n    return y\n", "", "x"]) == set()


def test_without_languages_and_in_any_order() -> None:
    table = pa.table({"content": [SORT, SEARCH, renamed(SORT)]})
    found = structural.structural_clones(table)
    assert found.num_rows == 2
    assert structural.structural_clones(table.take([2, 0, 1])).equals(found)


class TestGrammars:
    """With tree-sitter's grammars, where they are installed: version 0 of the package, later ones fetch them."""

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        if structural.parser("Python") is None:
            pytest.skip("tree-sitter-language-pack before version 1, which brings grammars, is not installed")

    def test_leaves_are_types_without_comments(self) -> None:
        kinds = structural.leaves(b"x = f('a', 1.5)  # c\n", structural.parser("Python"))
        assert kinds == ["name", "=", "name", "(", "literal", ",", "literal", ")"]

    def test_a_renamed_copy_is_found(self) -> None:
        assert len(clones([SORT, renamed(SORT)], source="tree-sitter")) == 2

    @pytest.mark.parametrize("code", [b"", b"\xff\xfe", b"(" * 20_000, b"def", b"if x:\n" * 2_000])
    def test_broken_code_has_tokens_too(self, code: bytes) -> None:
        assert len(structural.tokens(code, "Python", "tree-sitter")) > 0  # the root at least


def test_an_unknown_language_is_left_to_the_lexer() -> None:
    assert structural.parser("No Such Language") is None
    expected = structural.tokens(SORT.encode(), "No Such Language")
    assert np.array_equal(structural.tokens(SORT.encode(), "No Such Language", "tree-sitter"), expected)
