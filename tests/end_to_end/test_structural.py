"""A build that looks for structural clones: renamed copies give way, other code stays."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import stackmark
from tests import building

WORDS = "if while for in not and or is return yield else pass raise del try with as import from None True"
MARKS = "+ - * / % & | ^ < > = ( ) [ ] { } , . : ;"
SIGNS = [*WORDS.split(), *MARKS.split()]


def program(seed: int, length: int = 400) -> str:
    """Return code of its own structure, in which every name and number is made for it."""
    source = random.Random(seed)
    parts = [source.choice([f"name{source.randrange(40)}", str(source.randrange(900)), *SIGNS[:3]])]
    for number in range(length):
        parts.append(source.choice(SIGNS) if number % 2 else f"value_{source.randrange(40)}")
        parts.append("\n" if number % 12 == 11 else " ")
    return "".join(parts) + "\n"


def renamed(code: str, prefix: str) -> str:
    """Return code with every name and number changed, and a comment."""
    code = re.sub(r"\b(?:value_|name)(\d+)\b", rf"{prefix}_thing_\1_here", code)
    return f"# all of {prefix}\n" + re.sub(r"\b\d+\b", "777", code)


ONE, TWO, OTHER = program(1), program(2), program(3)
FILES = {
    "LICENSE": building.MIT,
    "a/one.py": ONE.encode(),
    "b/copied.py": renamed(ONE, "copied").encode(),
    "b/again.py": renamed(ONE, "copied").encode(),
    "b/one.rb": renamed(ONE, "ruby").encode(),
    "c/other.py": OTHER.encode(),
    # Two that stand together already, being near to one another by their words, and a renamed copy that comes first.
    "d/a_two.py": renamed(TWO, "early").encode(),
    "d/b_two.py": TWO.encode(),
    "d/c_two.py": (TWO + "value_1 = value_2\n").encode(),
    "e/data.json": b'{"alpha": [1, 2], "beta": {"gamma": "x"}, ' + b'"k": ["v", 1, {"n": 2}], ' * 30 + b'"z": 0}\n',
    "e/more.json": b'{"other": [3, 4], "names": {"inside": "y"}, ' + b'"m": ["w", 5, {"o": 6}], ' * 30 + b'"y": 9}\n',
}


def build(folder: Path, dedup: str, workers: int = 1, version: str = "1.0.0") -> stackmark.Release:
    if not (folder / "repo").exists():
        building.repository(folder / "repo", FILES)
    source = 'kind = "git"\npath = "repo"\norigin = "https://forge.example/maria/tool"'
    extra = f'[dedup]\n{dedup}\n[quality]\nprofile = "none"\n'
    return stackmark.build(building.recipe(folder, source, extra=extra, version=version), workers=workers)


def ledger(release: stackmark.Release) -> dict[str, dict[str, object]]:
    return {row["path"]: row for row in pq.read_table(release.path / "ledger").to_pylist()}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> stackmark.Release:
    return build(tmp_path_factory.mktemp("structural"), "near = 0.7\nstructural = 0.8")


def test_release_verifies(release: stackmark.Release) -> None:
    assert release.verify().problems == ()
    assert release.manifest["rules"]["dedup"]["structural"] == 0.8


@pytest.mark.parametrize("path", ["b/again.py", "b/copied.py"])
def test_renamed_copy_and_its_exact_copies_give_way(release: stackmark.Release, path: str) -> None:
    row = ledger(release)[path]
    assert (row["outcome"], row["stage"], row["rule"]) == ("near-duplicate", "near-duplicate", "structural-clone")
    assert (row["kept_path"], row["jaccard"]) == ("a/one.py", 1.0)
    assert str(row["detail"]).startswith("100.0 % of its structure")
    assert row["cluster_id"] == ledger(release)["a/one.py"]["cluster_id"]


@pytest.mark.parametrize("path", ["a/one.py", "b/one.rb", "c/other.py", "e/data.json", "e/more.json"])
def test_other_code_other_languages_and_data_stay(release: stackmark.Release, path: str) -> None:
    assert ledger(release)[path]["outcome"] == "kept"


def test_what_stands_for_near_duplicates_stays_and_represents_its_clones(release: stackmark.Release) -> None:
    fates = ledger(release)
    assert [fates[f"d/{name}_two.py"]["rule"] for name in "abc"] == ["structural-clone", "kept", "near-duplicate"]
    assert {fates[f"d/{name}_two.py"]["kept_path"] for name in "ac"} == {"d/b_two.py"}
    assert len({fates[f"d/{name}_two.py"]["cluster_id"] for name in "abc"}) == 1
    rows = [row for path in release.path.glob("data/*/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    stands = {row["path"]: row["near_duplicates"] for row in rows}
    assert (stands["/d/b_two.py"], stands["/a/one.py"], stands["/c/other.py"]) == (2, 1, 0)


def test_explain_says_why(release: stackmark.Release) -> None:
    (decision,) = release.explain("https://forge.example/maria/tool#b/copied.py")
    assert any("names, numbers and strings" in line for line in decision.lines)


def test_workers_change_nothing(release: stackmark.Release, tmp_path: Path) -> None:
    assert build(tmp_path, "near = 0.7\nstructural = 0.8", workers=2).digest == release.digest


def test_a_later_build_decides_as_a_first_one(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "first").mkdir()
    build(tmp_path / "later", "structural = 0.8")
    more = {"c/z_copy.py": renamed(OTHER, "more").encode()}
    digests = set()
    for name in ("later", "first"):
        if name == "first":
            building.repository(tmp_path / name / "repo", FILES)
        building.repository(tmp_path / name / "repo", more, date=1_700_000_100)
        found = build(tmp_path / name, "structural = 0.8", version="1.1.0")
        assert ledger(found)["c/z_copy.py"]["outcome"] == "near-duplicate"
        digests.add(found.digest)
    assert len(digests) == 1


def test_without_the_key_nothing_is_said_of_it(tmp_path: Path) -> None:
    found = build(tmp_path, "near = 0.7")
    assert "structural" not in found.manifest["rules"]["dedup"]
    assert "structural" not in found.manifest["detectors"]
    assert ledger(found)["b/again.py"]["rule"] == "kept"
