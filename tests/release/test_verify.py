from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stackmark.release import Release, manifest
from tests.release import synthetic, tampering
from tests.release.synthetic import FORK, TOOL
from tests.release.tampering import MUTATIONS, Rows, edit_manifest, edit_table, reseal

PYTHON = "data/Python/train-00000-of-00001.parquet"
C = "data/C/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.release(tmp_path_factory.mktemp("sound") / "r").path


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "r"))


def kinds(folder: Path, **options: Any) -> set[str]:
    return {problem.kind for problem in Release.open(folder).verify(**options).problems}


def messages(folder: Path) -> str:
    return "\n".join(f"{one.path}: {one.message}" for one in Release.open(folder).verify().problems)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "NOTICE",
        "swhids.txt",
        "report.html",
        "manifest.json",
        PYTHON,
        "provenance/origins.parquet",
    ],
)
def test_a_changed_file_is_found(folder: Path, path: str) -> None:
    data = (folder / path).read_bytes()
    (folder / path).write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    assert f"{path}: its bytes are not those" in messages(folder)


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / C).unlink()
    assert f"{C}: it is listed but not there" in messages(folder)


def test_an_added_file_is_found(folder: Path) -> None:
    (folder / "data/C/train-00001-of-00001.parquet").write_bytes(b"")
    assert kinds(folder) == {"added", "disagree"}


def test_a_renamed_file_is_found_by_both_names(folder: Path) -> None:
    (folder / "NOTICE").rename(folder / "NOTICE.txt")
    assert "NOTICE: it was renamed to NOTICE.txt" in messages(folder)


def test_swapped_files_are_named_both(folder: Path) -> None:
    one, two = folder / PYTHON, folder / C
    one.rename(folder / "t")
    two.rename(one)
    (folder / "t").rename(two)
    assert f"{C}: it has changed places with {PYTHON}" in messages(folder)
    assert {p.path for p in Release.open(folder).verify().problems if p.kind == "swapped"} == {C}


def test_a_file_that_replaces_another_is_told(folder: Path) -> None:
    shutil.copyfile(folder / PYTHON, folder / C)
    assert f"{C}: it holds what belongs into {PYTHON}" in messages(folder)


def test_a_symlink_is_found_even_if_it_leads_to_the_right_bytes(folder: Path, tmp_path: Path) -> None:
    (folder / "NOTICE").rename(tmp_path / "NOTICE")
    (folder / "NOTICE").symlink_to(tmp_path / "NOTICE")
    assert {"odd-file", "missing"} <= kinds(folder)


def test_a_linked_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "data/C").rename(tmp_path / "C")
    (folder / "data/C").symlink_to(tmp_path / "C", target_is_directory=True)
    assert {"odd-file", "missing"} <= kinds(folder)


@pytest.mark.parametrize("table", ["ledger/*.parquet", "provenance/origins.parquet"])
def test_a_lost_table_is_found_even_if_all_sums_were_made_anew(folder: Path, table: str) -> None:
    for path in folder.glob(table):
        path.unlink()
    reseal(folder)
    assert kinds(folder) == {"missing"}


@pytest.mark.parametrize("name", ["SHA256SUMS", "manifest.json"])
def test_without_checksums_or_manifest_it_says_so(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert not Release.open(folder).verify().ok
    assert name in {problem.path for problem in Release.open(folder).verify().problems}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\n",
        b"00  ../etc/passwd\n",
        b"[" * 100_000,
        b"{}",
        b'{"format": "stackmark-release/1"}\n',
        b"\0" * 99,
    ],
)
@pytest.mark.parametrize("name", ["SHA256SUMS", "manifest.json"])
def test_nonsense_in_place_of_checksums_or_manifest_is_a_problem(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    assert not Release.open(folder).verify().ok


def test_a_manifest_with_another_layout_is_found_though_checksums_agree(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"  ", b"   ", 1))
    sums = manifest.parse_sums((folder / "SHA256SUMS").read_bytes()) | {"manifest.json": manifest.sha256(path)}
    (folder / "SHA256SUMS").write_bytes(manifest.format_sums(sums))
    assert kinds(folder) == {"bad-manifest"}


def test_the_digest_finds_what_was_rewritten_consistently(folder: Path) -> None:
    digest = Release.open(folder).digest
    (folder / "NOTICE").write_text("nothing to see\n")
    reseal(folder)
    assert kinds(folder) == set()
    assert kinds(folder, expect=digest) == {"digest"}


def test_the_right_digest_is_accepted(folder: Path) -> None:
    assert Release.open(folder).verify(expect=Release.open(folder).digest.upper()).ok


def test_damaged_parquet_with_rewritten_checksums_is_a_problem_and_no_error(folder: Path) -> None:
    for offset in range(8, 2000, 150):
        data = bytearray((folder / PYTHON).read_bytes())
        data[offset % len(data)] ^= 0xFF
        (folder / PYTHON).write_bytes(data)
        sums = manifest.parse_sums((folder / "SHA256SUMS").read_bytes()) | {PYTHON: manifest.sha256(folder / PYTHON)}
        (folder / "SHA256SUMS").write_bytes(manifest.format_sums(sums))
        assert not Release.open(folder).verify().ok


LEDGER = "ledger/part-00000.parquet"
PLACES = "provenance/part-00000.parquet"


def first(rows: Rows, **wanted: object) -> dict[str, Any]:
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def put(**values: object) -> Callable[[Rows], object]:
    """Change the first row."""
    return lambda rows: rows[0].update(values)


def at_kept(**values: object) -> Callable[[Rows], object]:
    return lambda rows: first(rows, outcome="kept").update(values)


def drop(**wanted: object) -> Callable[[Rows], object]:
    return lambda rows: rows.remove(first(rows, **wanted))


@pytest.mark.parametrize(
    ("path", "change", "kind"),
    [
        (LEDGER, put(outcome="lost"), "outcome"),
        (LEDGER, put(outcome=None), "outcome"),
        (LEDGER, put(rule=None), "outcome"),
        (LEDGER, lambda rows: rows.append(rows[-1]), "duplicate-row"),
        (LEDGER, lambda rows: rows.reverse(), "order"),
        (LEDGER, lambda rows: rows.pop(), "counts"),
        (LEDGER, put(length_bytes=10**9), "counts"),
        (LEDGER, put(language="COBOL"), "counts"),
        (LEDGER, at_kept(outcome="dropped", stage="quality", rule="empty"), "data-row"),
        (LEDGER, at_kept(license_expression="GPL-3.0-only"), "data-row"),
        (LEDGER, at_kept(path="other.py"), "data-row"),
        (LEDGER, at_kept(content_id="ff" * 20), "data-row"),
        (PYTHON, lambda rows: rows.pop(), "data-row"),
        (PYTHON, lambda rows: rows.append(rows[0]), "data-row"),
        (PYTHON, put(content="print('evil')\n"), "content"),
        (PYTHON, put(blob_id="00" * 20), "content"),
        (PYTHON, put(src_encoding="no-such-codec"), "content"),
        (PYTHON, put(src_encoding="rot13"), "content"),
        (PYTHON, put(src_encoding="hex"), "content"),
        (PYTHON, put(src_encoding="utf-8\0"), "content"),
        (PYTHON, put(src_encoding="ascii", content="é"), "content"),
        (PYTHON, put(content=None), "content"),
        (PYTHON, put(license_expression="MIT-0"), "data-row"),
        (PYTHON, put(language="C"), "language"),
        (PLACES, lambda rows: rows.pop(), "provenance"),
        (PLACES, lambda rows: rows.append(rows[0]), "provenance"),
        (PLACES, put(license_expression="0BSD"), "provenance"),
        (PLACES, put(origin_url="https://forge.example/x/y"), "provenance"),
        (PLACES, put(outcome="opted-out"), "provenance"),
        ("provenance/origins.parquet", put(kept=99), "origins"),
        ("provenance/origins.parquet", lambda rows: rows.pop(0), "origins"),
        ("provenance/origins.parquet", lambda rows: rows.append(rows[0]), "origins"),
        ("provenance/origins.parquet", put(vcs="archive"), "swhids"),
    ],
)
def test_tables_that_disagree_are_found_though_all_checksums_agree(
    folder: Path, path: str, change: Callable[[Rows], object], kind: str
) -> None:
    edit_table(folder, path, change)
    assert kind in kinds(folder)


def test_a_duplicate_of_what_is_not_kept_is_found(folder: Path) -> None:
    for part in ("ledger/part-00000.parquet", "ledger/part-00001.parquet"):
        edit_table(
            folder,
            part,
            lambda rows: [row.update(kept_path="gpl.py") for row in rows if row["outcome"] == "duplicate"],
        )
    assert "duplicate" in kinds(folder)


def test_a_near_duplicate_of_what_is_not_kept_is_found(tmp_path: Path) -> None:
    near = synthetic.Entry(
        TOOL,
        "near.py",
        "print('hallo')\n",
        "near-duplicate",
        "near-duplicate",
        "near-duplicate",
        kept_at=(FORK, "no.py"),
    )
    folder = synthetic.release(tmp_path / "r", [*synthetic.STANDARD, near]).path
    assert kinds(folder) == {"duplicate"}


def test_a_folder_of_another_language_is_found(folder: Path) -> None:
    (folder / "data/C").rename(folder / "data/Cobol")
    reseal(folder)
    assert "configs" in kinds(folder)


def test_another_schema_is_found(folder: Path) -> None:
    table = pq.read_table(folder / PYTHON, partitioning=None)
    pq.write_table(table.append_column("extra", pa.nulls(table.num_rows, pa.string())), folder / PYTHON)
    reseal(folder)
    assert kinds(folder) == {"schema"}


def test_parquet_outside_the_tables_is_found(folder: Path) -> None:
    shutil.copyfile(folder / PYTHON, folder / "provenance/more.parquet")
    reseal(folder)
    assert kinds(folder) == {"schema"}


def test_swhids_that_are_not_those_of_the_ledger_are_found(folder: Path) -> None:
    lines = (folder / "swhids.txt").read_text().splitlines(keepends=True)
    (folder / "swhids.txt").write_text("".join(lines[:-1]))
    reseal(folder)
    assert kinds(folder) == {"swhids"}


@pytest.mark.parametrize("version", ["0.9.0", "1.0.1"])
def test_another_version_in_the_manifest_is_found(folder: Path, version: str) -> None:
    edit_manifest(folder, lambda value: value.update(version=version))
    assert kinds(folder) == {"documents"}


@pytest.mark.parametrize("key", ["counts", "configs", "name", "version"])
def test_a_manifest_that_lacks_something_is_a_problem(folder: Path, key: str) -> None:
    edit_manifest(folder, lambda value: value.pop(key))
    assert "bad-manifest" in kinds(folder)


def test_without_deep_only_files_are_compared(folder: Path) -> None:
    edit_table(folder, PYTHON, put(content="print('evil')\n"))
    report = Release.open(folder).verify(deep=False)
    assert report.ok
    assert not report.deep
    assert report.checked.rows == 0


def test_progress_is_told_for_files_and_steps(sound: Path) -> None:
    told: list[tuple[str, int, int]] = []
    Release.open(sound).verify(progress=lambda what, done, total: told.append((what, done, total)))
    assert [done for _, done, _ in told] == list(range(1, told[-1][2] + 1))
    assert told[1][0] == "NOTICE"
    assert told[-1][0] == "documents"


def test_a_damaged_release_says_that_its_tables_were_not_compared(folder: Path) -> None:
    (folder / "NOTICE").write_bytes(b"")
    assert not Release.open(folder).verify().deep


def test_verify_in_many_slices_finds_the_same(sound: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stackmark.release.tables._SLICE_ROWS", 2)
    assert kinds(sound) == set()
    edit_table(folder, PLACES, lambda rows: rows.pop())
    assert kinds(folder) == {"provenance"}


def test_1000_random_mutations_are_all_found(sound: Path, folder: Path) -> None:
    rng = random.Random(20261123)
    original = {path: (sound / path).read_bytes() for path in manifest.walk(sound)[0]}
    missed = []
    for number in range(1000):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        mutate(folder, sorted(original), rng)
        try:
            if Release.open(folder).verify().ok:
                missed.append((number, mutate.__name__))
        finally:
            restore(folder, original)
    assert missed == []
    assert kinds(folder) == set()


def restore(folder: Path, original: dict[str, bytes]) -> None:
    files, odd = manifest.walk(folder)
    for path in {*files, *odd} - original.keys() | {*odd}:
        (folder / path).unlink()
    for path, data in original.items():
        if not (folder / path).exists() or (folder / path).read_bytes() != data:
            (folder / path).write_bytes(data)


def test_mutations_change_something(sound: Path, folder: Path) -> None:
    rng = random.Random(1)
    original = {path: (sound / path).read_bytes() for path in manifest.walk(sound)[0]}
    for mutate in tampering.MUTATIONS:
        mutate(folder, sorted(original), rng)
        files, odd = manifest.walk(folder)
        assert odd or {path: (folder / path).read_bytes() for path in files} != original, mutate.__name__
        restore(folder, original)
