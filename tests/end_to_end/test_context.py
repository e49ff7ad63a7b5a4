"""In a build, what stands around a file decides where its text leaves the language open."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import stackmark
from tests.building import MIT, repository

HEADER = b"/* What every part of the program needs to know of the table. */\nint table_size(int rows, int columns);\n"


def source(number: int, language: str) -> bytes:
    """Return a small source file of its own."""
    if language == "C++":
        return b"#include <vector>\n\nnamespace part%d {\nclass Row { public: std::vector<int> cells; };\n}\n" % number
    return b'#include <stdio.h>\n\nint part%d(void)\n{\n    return printf("part");\n}\n' % number


@pytest.mark.parametrize(("language", "suffix"), [("C", "c"), ("C++", "cc")])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_plain_header_follows_its_tree(tmp_path: Path, language: str, suffix: str, workers: int) -> None:
    files = {f"src/part{number}.{suffix}": source(number, language) for number in range(6)}
    repository(tmp_path / "tool.git", {"LICENSE": MIT, "include/table.h": HEADER, **files})
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        'name = "t"\nversion = "1.0.0"\n[[sources]]\nkind = "git"\npath = "tool.git"\norigin = "https://forge.example/a/tool"\n'
        f"[build]\nworkers = {workers}\n"
    )
    release = stackmark.build(recipe)
    rows = pq.read_table(release.path / "ledger", columns=["path", "language", "language_strategy"]).to_pylist()
    (header,) = [row for row in rows if row["path"] == "include/table.h"]
    assert header["language"] == language
    assert (header["language_strategy"] == "context") == (language == "C++")
