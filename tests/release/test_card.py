from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from stackmark.release import Release
from stackmark.release.card import size_category
from stackmark.schema import DATA
from tests.release import synthetic
from tests.release.synthetic import INFO, STANDARD, TOOL, Entry

EVIL = 'x|y\n# Owned\n<script>alert(1)</script> [a](javascript:b) `c` "d": e'


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return synthetic.release(tmp_path_factory.mktemp("card") / "corpus-1.0.0")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    rules = {"licenses": {"name": EVIL}}
    info = replace(INFO, not_done=(EVIL,), rules=rules, stackmark_version=EVIL)
    evil = [
        Entry(TOOL, "a.py", "evil\n", expression=EVIL, license_class=EVIL),
        Entry(TOOL, "b.py", "b\n", "dropped", EVIL, EVIL, language=EVIL),
    ]
    made = synthetic.release(tmp_path_factory.mktemp("card") / "evil", evil, info)
    return (made.path / "README.md").read_text()


def front_matter(card: str) -> str:
    start, matter, _ = card.split("---\n", 2)
    assert start == ""
    return matter


def test_front_matter_is_json_values_line_by_line(release: Release) -> None:
    matter = front_matter((release.path / "README.md").read_text())
    values = {key: json.loads(value) for key, value in (line.split(": ", 1) for line in matter.splitlines())}
    assert values["license"] == "other"
    assert "license_link" not in values  # the hub takes a URL or a file LICENSE there, nothing else
    assert values["language"] == ["code"]
    assert values["size_categories"] == ["n<1K"]
    assert values["task_categories"] == ["text-generation"]
    assert [config["config_name"] for config in values["configs"]] == [
        "default",
        "C",
        "C#",
        "Fstar",
        "Python",
    ]


def test_a_date_is_said_of_repositories_alone(release: Release) -> None:
    card, report = ((release.path / name).read_text() for name in ("README.md", "report.html"))
    assert "- Repositories were read as they stood at 2026-11-01" in card.replace("\\", "")
    assert "Archives have no history" in card
    assert "; repositories as they stood at 2026-11-01." in report


def test_an_origin_that_was_read_in_part_is_not_called_unread(release: Release) -> None:
    card, report = ((release.path / name).read_text() for name in ("README.md", "report.html"))
    assert "1 origin was not read, or not to the end:" in card
    assert "1 not read to the end" in report


def test_yaml_reads_the_front_matter(release: Release, hostile: str) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    values = yaml.safe_load(front_matter((release.path / "README.md").read_text()))
    assert values["configs"][2]["data_files"] == [{"split": "train", "path": "data/C#/*.parquet"}]
    assert set(yaml.safe_load(front_matter(hostile))) == set(values)


def test_config_names_are_ones_that_the_hub_allows(release: Release) -> None:
    for config in release.manifest["configs"]:
        assert not re.search(r"[<>:/\\|?*]", config["config"])


def test_settings_are_told_in_words(tmp_path: Path) -> None:
    info = replace(INFO, rules={"pii": {"actions": {"PASSWORD_HASH": "tag"}, "names": False, "style": None}})
    card = (synthetic.release(tmp_path / "r", info=info).path / "README.md").read_text()
    assert "- pii: actions PASSWORD\\_HASH: tag, names no, style no\n" in card


def test_every_column_is_told(release: Release) -> None:
    card = (release.path / "README.md").read_text()
    table = card.partition("## Columns\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| \S.* \| \S.* \|$", table, re.M) == DATA.names


def test_the_entry_for_a_bibliography_is_well_formed(tmp_path: Path) -> None:
    info = replace(INFO, name="my_corpus")
    card = (synthetic.release(tmp_path / "r", info=info).path / "README.md").read_text()
    entry = card.partition("```bibtex\n")[2].partition("```")[0]
    assert entry.startswith("@misc{my_corpus-1.0.0,\n  title = {my\\_corpus},\n  version = {1.0.0},\n")
    assert entry.count("{") == entry.count("}")


def test_what_was_not_done_stands_above_the_figures(release: Release) -> None:
    card = (release.path / "README.md").read_text()
    assert card.index("personal data and secrets were not looked for") < card.index("## From input to data")


def test_foreign_words_make_no_markup(hostile: str) -> None:
    body = hostile.split("---\n", 2)[2]
    assert "<script" not in re.sub(r"\\<", "", body)
    assert "\n# Owned" not in body
    assert "](javascript" not in body.replace("\\]", "")
    rows = [line for line in body.splitlines() if "javascript" in line and line.startswith("|")]
    assert rows
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) in (5, 6)


def test_figures_are_those_of_the_manifest(release: Release) -> None:
    card = (release.path / "README.md").read_text()
    assert "| Python | 3 | 41 B |" in card
    assert "| GPL-2.0-only OR MIT | permissive | 1 | 29 B |" in card
    assert "| **kept** | | | **7** |" in card


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (5 * 10**8, "100M<n<1B"), (10**13, "n>1T")],
)
def test_size_categories(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_datasets_streams_each_language(release: Release, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="the package `datasets` is not installed")
    for config, expected in [("Python", 3), ("C", 2), ("C#", 1), ("Fstar", 1), ("default", 7)]:
        rows = datasets.load_dataset(str(release.path), config, split="train", streaming=True, cache_dir=str(tmp_path))
        found = list(rows)
        assert len(found) == expected
        if config != "default":
            assert len({row["language"] for row in found}) == 1


def test_duckdb_reads_it(release: Release) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    rows = duckdb.read_parquet(f"{release.path}/data/*/*.parquet").aggregate("count(*), sum(length_bytes)")
    kept = release.manifest["counts"]["outcomes"]["kept"]
    assert rows.fetchall() == [(kept["files"], kept["bytes"])]


def test_polars_reads_it(release: Release) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.scan_parquet(f"{release.path}/data/*/*.parquet").select("content", "language").collect()
    assert sorted(frame["content"]) == sorted(entry.text for entry in STANDARD if entry.outcome == "kept")
