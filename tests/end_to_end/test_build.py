"""From real inputs to a release, and back from the release to every input file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stackmark
from stackmark import engine, swhid
from stackmark.errors import IntegrityError, RecipeError
from tests import building


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> stackmark.Release:
    return stackmark.build(building.mixed(tmp_path_factory.mktemp("mixed")))


def ledger(release: stackmark.Release) -> pa.Table:
    return pq.read_table(release.path / "ledger")


def fates(release: stackmark.Release) -> dict[str, str]:
    """Return `origin#path` to `outcome/rule`."""
    rows = ledger(release).to_pylist()
    return {f"{row['origin_url']}#{row['path']}": f"{row['outcome']}/{row['rule']}" for row in rows}


def test_every_input_file_has_one_fate(release: stackmark.Release) -> None:
    rows = ledger(release)
    assert rows.num_rows == len(building.FILES) * 3 + 1 + 3
    found = fates(release)
    alice = "https://forge.example/alice/tool#"
    assert found[alice + "src/alpha.py"] == "kept/kept"
    assert found[alice + "src/copy_of_beta.py"] == "duplicate/exact-duplicate"
    assert found[alice + "gpl.py"] == "dropped/license-not-allowed"
    assert found[alice + "picture.png"] == "skipped/binary"
    assert found[alice + "empty.py"] == "dropped/empty"
    assert found["archive:other.zip#other.py"] == "kept/kept"


def test_release_verifies(release: stackmark.Release) -> None:
    report = release.verify()
    assert report.problems == ()
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=release.path, capture_output=True)
    assert sums.returncode == 0


def test_content_comes_back_byte_for_byte(release: stackmark.Release) -> None:
    rows = [row for path in release.path.glob("data/*/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    found = {row["path"]: row["content"].encode(row["src_encoding"]) for row in rows}
    assert found["/latin.py"] == building.FILES["latin.py"]
    assert found["/main.go"] == building.FILES["main.go"]


def test_all_provenances_are_recorded(release: stackmark.Release) -> None:
    beta = pq.read_table(release.path / "provenance" / "part-00000.parquet")
    rows = [row for row in beta.to_pylist() if row["path"].endswith("beta.py")]
    assert len(rows) == 7
    assert sum(row["outcome"] == "kept" for row in rows) == 1


def test_explain_tells_the_chain(release: stackmark.Release) -> None:
    (decision,) = release.explain("https://forge.example/alice/tool#gpl.py")
    assert (decision.outcome, decision.rule) == ("dropped", "license-not-allowed")
    assert any("GPL-3.0-only" in line for line in decision.lines)


def test_hugging_face_datasets_streams_a_language(release: stackmark.Release) -> None:
    datasets = pytest.importorskip("datasets")
    rows = list(datasets.load_dataset(str(release.path), "Python", streaming=True, split="train"))
    assert {row["language"] for row in rows} == {"Python"}
    assert any("alpha" in row["content"] for row in rows)


def test_duckdb_and_polars_read_it(release: stackmark.Release) -> None:
    pattern = str(release.path / "data" / "*" / "*.parquet")
    kept = release.manifest["counts"]["outcomes"]["kept"]["files"]
    assert duckdb.read_parquet(pattern).count("*").fetchall() == [(kept,)]
    assert polars.scan_parquet(pattern).collect().height == kept


def test_second_build_is_the_same_release(release: stackmark.Release) -> None:
    recipe = release.path.parents[2] / "recipe.toml"
    before = (release.path / "SHA256SUMS").stat().st_mtime_ns
    assert stackmark.build(recipe).digest == release.digest
    assert (release.path / "SHA256SUMS").stat().st_mtime_ns == before


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_change_a_byte(release: stackmark.Release, workers: int, tmp_path: Path) -> None:
    recipe = release.path.parents[2] / "recipe.toml"
    assert stackmark.build(recipe, workdir=tmp_path, workers=workers).digest == release.digest


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_hash_seed_does_not_change_a_byte(release: stackmark.Release, seed: str, tmp_path: Path) -> None:
    recipe = release.path.parents[2] / "recipe.toml"
    code = f"import stackmark; print(stackmark.build({str(recipe)!r}, workdir={str(tmp_path)!r}).digest)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == release.digest


def test_buckets_do_not_change_a_byte(
    release: stackmark.Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ROW_BYTES", 10**8)
    assert stackmark.build(release.path.parents[2] / "recipe.toml", workdir=tmp_path).digest == release.digest


def test_order_of_arrival_does_not_change_a_byte(release: stackmark.Release, tmp_path: Path) -> None:
    folder = release.path.parents[2]
    whole = (folder / "recipe.toml").read_text()
    part = folder / "part.toml"
    part.write_text(building.recipe(tmp_path, 'kind = "archive"\npath = "*.zip"', version="0.1.0").read_text())
    stackmark.build(part, workdir=tmp_path / "work")  # these contents are in the store before the others
    assert (folder / "recipe.toml").read_text() == whole
    assert stackmark.build(folder / "recipe.toml", workdir=tmp_path / "work").digest == release.digest


def test_used_version_is_refused(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    stackmark.build(recipe)
    building.repository(tmp_path / "repo", {"src/new.py": building.python("new")}, date=1_700_000_100)
    with pytest.raises(RecipeError, match=r"version 1\.0\.0 of corpus has been released") as caught:
        stackmark.build(recipe)
    assert "raise `version`" in caught.value.hint


def test_wrong_version_step_is_refused_and_the_right_one_says_what_changed(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    first = stackmark.build(recipe)
    building.repository(tmp_path / "repo", {"src/new.py": building.python("new")}, date=1_700_000_100)
    text = recipe.read_text()
    recipe.write_text(text.replace("1.0.0", "1.0.1"))
    with pytest.raises(IntegrityError, match="minor"):
        stackmark.build(recipe, parent=first.path)
    assert not (first.path.parent / "corpus-1.0.1").exists()
    recipe.write_text(text.replace("1.0.0", "1.1.0"))
    second = stackmark.build(recipe, parent=first.path)
    difference = first.diff(second)
    assert (difference.added, difference.removed, difference.ok) == (1, 0, True)
    assert first.verify().ok
    assert second.verify().ok


def test_opt_out_is_applied_before_reading_and_is_a_patch(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    first = stackmark.build(recipe)
    (tmp_path / "optout.txt").write_text("alice  # the whole account\n")
    recipe.write_text(recipe.read_text().replace("1.0.0", "1.0.1") + '[optout]\nlist = "optout.txt"\n')
    second = stackmark.build(recipe, parent=first.path, workdir=tmp_path / "fresh")
    rows = [row for row in ledger(second).to_pylist() if "alice" in row["origin_url"]]
    assert [(row["kind"], row["outcome"]) for row in rows] == [("origin", "opted-out")]
    (decision,) = second.explain("https://forge.example/alice/tool#src/alpha.py")
    assert decision.outcome == "opted-out"
    assert any("alice (line 1 of optout.txt)" in line for line in decision.lines)
    places = pq.read_table(second.path / "provenance" / "part-00000.parquet")
    assert not any("alice" in url for url in places["origin_url"].to_pylist())
    assert second.verify().ok


def test_opt_out_of_one_content_removes_it_everywhere(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    first = stackmark.build(recipe)
    (decision,) = first.explain("https://forge.example/alice/tool#src/beta.py")
    (tmp_path / "optout.txt").write_text(f"swh:1:cnt:{decision.content_id}\n")
    recipe.write_text(recipe.read_text().replace("1.0.0", "1.0.1") + '[optout]\nlist = "optout.txt"\n')
    second = stackmark.build(recipe, parent=first.path)
    found = {row["outcome"] for row in ledger(second).to_pylist() if row["content_id"] == decision.content_id}
    assert found == {"opted-out"}
    assert decision.content_id not in (second.path / "swhids.txt").read_text()


def test_licence_conflict_between_copies_is_never_resolved_towards_the_permissive_one(tmp_path: Path) -> None:
    shared = building.python("shared")
    gpl = b"SPDX-License-Identifier: GPL-3.0-only\n"
    building.repository(tmp_path / "strict", {"LICENSE": gpl, "shared.py": shared})
    building.repository(
        tmp_path / "lax", {"LICENSE": building.MIT, "shared.py": shared, "own.py": building.python("own")}
    )
    recipe = building.recipe(
        tmp_path,
        'kind = "git"\npath = "lax"\norigin = "https://forge.example/a/lax"',
        'kind = "git"\npath = "strict"\norigin = "https://forge.example/b/strict"',
    )
    found = fates(stackmark.build(recipe))
    assert found["https://forge.example/a/lax#own.py"] == "kept/kept"
    assert found["https://forge.example/a/lax#shared.py"] == "dropped/license-conflict"


names = st.text("abcdefgh", min_size=1, max_size=4)
contents = st.one_of(
    st.sampled_from(list(building.FILES.values())),
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    trees=st.lists(st.dictionaries(names.map(lambda name: name + ".py"), contents, max_size=6), min_size=1, max_size=3)
)
def test_ledger_sums_to_the_input(trees: list[dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("property")
    for number, tree in enumerate(trees):
        building.tarball(folder / f"t{number}.tar.gz", tree)
    release = stackmark.build(building.recipe(folder, 'kind = "archive"\npath = "*.gz"'))
    counts = release.manifest["counts"]
    whole = [row for row in ledger(release).to_pylist() if row["kind"] != "origin"]
    assert len(whole) == sum(len(tree) for tree in trees) == counts["input"]["files"]
    assert sum(row["files"] for row in counts["outcomes"].values()) == counts["input"]["files"]
    size = sum(len(data) for tree in trees for data in tree.values())
    assert sum(row["bytes"] for row in counts["outcomes"].values()) == counts["input"]["bytes"] == size
    assert release.verify().problems == ()


def test_command_line_tells_the_same_as_the_library(release: stackmark.Release) -> None:
    command = [sys.executable, "-m", "stackmark", "verify", str(release.path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["digest"] == release.digest
    assert done.stderr == ""


def test_opt_out_of_a_folder_removes_what_lies_in_it_wherever_it_stands(tmp_path: Path) -> None:
    recipe = building.mixed(tmp_path)
    first = stackmark.build(recipe)
    rows = [row for row in ledger(first).to_pylist() if row["path"].startswith("src/")]
    inside = {row["path"].removeprefix("src/").encode(): bytes.fromhex(row["content_id"]) for row in rows}
    folder = swhid.directory_id((name, 0o100644, content_id) for name, content_id in inside.items())
    (tmp_path / "optout.txt").write_text(f"swh:1:dir:{folder.hex()}\n")
    recipe.write_text(recipe.read_text().replace("1.0.0", "1.0.1") + '[optout]\nlist = "optout.txt"\n')
    second = stackmark.build(recipe, parent=first.path)
    found = {row["path"] for row in ledger(second).to_pylist() if row["rule"] == "opted-out-content"}
    assert found == {place + name.decode() for name in inside for place in ("src/", "tool-1.0/src/")}
