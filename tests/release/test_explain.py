from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stackmark.errors import UsageError
from stackmark.release import Release
from tests.release import synthetic
from tests.release.synthetic import FORK, GONE, MAIN, STANDARD, TOOL, WHEEL, Entry

ODD = "https://forge.example/odd#name"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    extra = [
        Entry(ODD, "docs/a#b.py", "odd = 1\n"),
        Entry("https://forge.example/odd", "name#docs/a#b.py", "even = 1\n"),
        Entry(TOOL, "evil\x1b[31m\n‮.py", "evil = 1\n", detail="looks \x1b[2J fine"),
    ]
    return synthetic.release(tmp_path_factory.mktemp("explain"), [*STANDARD, *extra])


@pytest.mark.parametrize("entry", STANDARD, ids=lambda entry: f"{entry.outcome}-{entry.rule}")
def test_every_entry_is_explained_with_its_outcome_and_rule(release: Release, entry: Entry) -> None:
    (decision,) = release.explain(f"{entry.origin}#{entry.path}")
    assert (decision.outcome, decision.stage, decision.rule) == (entry.outcome, entry.stage, entry.rule)
    told = "\n".join(decision.lines)
    assert entry.outcome in told
    assert f"the rule {entry.rule} of the stage {entry.stage}" in told
    assert (decision.data_file is not None) == (entry.outcome in ("kept", "duplicate"))
    if entry.detail:
        assert entry.detail.casefold() in told.casefold()


def test_a_content_id_gives_all_its_places(release: Release) -> None:
    for target in (
        f"swh:1:cnt:{MAIN.content_id}",
        MAIN.content_id,
        f"swh:1:cnt:{MAIN.content_id};origin={TOOL}",
    ):
        found = release.explain(str(target))
        assert [(one.origin_url, one.outcome) for one in found] == [
            (TOOL, "kept"),
            (FORK, "duplicate"),
            (WHEEL, "duplicate"),
        ]


def test_a_kept_file_tells_its_whole_chain(release: Release) -> None:
    (decision,) = release.explain(f"{TOOL}#/src/main.py")
    told = "\n".join(decision.lines)
    for fact in (
        "revision " + "11" * 20,
        "branch refs/heads/main",
        "rule symref-head",
        "2026-01-02",
        "15 bytes",
        "Python, told by its extension",
        "MIT, class permissive (basis: directory, from LICENSE)",
        "data/Python/train-00000-of-00001.parquet",
        "2 other places",
        f"{FORK}#src/main.py: duplicate",
    ):
        assert fact in told
    assert len(decision.copies) == 2


def test_a_duplicate_names_the_kept_copy(release: Release) -> None:
    (decision,) = release.explain(f"{WHEEL}#pkg/main.py")
    assert (decision.kept_origin_url, decision.kept_path) == (TOOL, "src/main.py")
    assert f"Kept instead: {TOOL}#src/main.py" in decision.lines


def test_an_origin_url_with_a_hash_is_found_by_its_longest_name(release: Release) -> None:
    (decision,) = release.explain(f"{ODD}#docs/a#b.py")
    assert (decision.origin_url, decision.path) == (ODD, "docs/a#b.py")
    (other,) = release.explain("https://forge.example/odd#/name#docs/a#b.py")
    assert (other.origin_url, other.path) == ("https://forge.example/odd", "name#docs/a#b.py")


@pytest.mark.parametrize("target", [f"{TOOL}#src", f"{TOOL}#src/", f"{TOOL}#/src/"])
def test_a_folder_is_counted(release: Release, target: str) -> None:
    (decision,) = release.explain(target)
    assert (decision.kind, decision.outcome, decision.path) == ("folder", None, "src/")
    assert "3 entries" in decision.lines[0]
    assert "  3 kept (kept)" in decision.lines


@pytest.mark.parametrize("target", [TOOL, f"{TOOL}#", f"{TOOL}#/"])
def test_an_origin_alone_is_counted(release: Release, target: str) -> None:
    (decision,) = release.explain(target)
    assert (decision.kind, decision.outcome) == ("origin", None)
    assert "6 entries" in decision.lines[0]


def test_an_origin_that_was_not_listed_says_why(release: Release) -> None:
    (decision,) = release.explain(GONE)
    assert (decision.kind, decision.rule) == ("origin", "unreachable")
    assert any("No such host" in line for line in decision.lines)
    assert not any(line.startswith("Licence:") for line in decision.lines)  # nobody has looked for one


def test_an_origin_that_broke_off_says_why_and_what_stands_before(tmp_path: Path) -> None:
    cut = Entry(WHEEL, "", "", "quarantined", "list", "truncated", kind="origin", language=None)
    why, listed = synthetic.release(tmp_path / "r", [*STANDARD, cut]).explain(WHEEL)
    assert (why.outcome, why.rule) == ("quarantined", "truncated")
    assert (listed.kind, listed.outcome) == ("origin", None)
    assert any("main.py: duplicate" in line for line in listed.lines)
    assert not any("truncated" in line for line in listed.lines)


def test_an_unknown_path_hints_at_one_of_the_same_name(release: Release) -> None:
    with pytest.raises(UsageError, match="not in this release") as caught:
        release.explain(f"{TOOL}#lib/main.py")
    assert "src/main.py" in caught.value.hint


def test_an_unknown_origin_hints_at_a_near_one(release: Release) -> None:
    with pytest.raises(UsageError, match="not in this release") as caught:
        release.explain("https://forge.example/alice/tol#src/main.py")
    assert TOOL in caught.value.hint


@pytest.mark.parametrize("target", ["", "#", "ab" * 20, "swh:1:cnt:" + "0" * 40, "nonsense", "swh:1:rev:" + "1" * 40])
def test_what_is_not_there_is_a_usage_error(release: Release, target: str) -> None:
    with pytest.raises(UsageError):
        release.explain(target)


def test_no_line_can_steer_a_terminal(release: Release) -> None:
    found = release.explain(f"{TOOL}#evil\x1b[31m\n‮.py")
    folder = release.explain(TOOL)
    for line in [line for decision in [*found, *folder] for line in decision.lines]:
        assert line.isprintable()
    with pytest.raises(UsageError) as caught:
        release.explain("\x1b[31mevil")
    assert str(caught.value).isprintable()


def test_a_content_of_very_many_places_is_told_with_the_first_hundred(tmp_path: Path) -> None:
    copies = [synthetic.duplicate(MAIN, FORK, f"copy{number:03}.py") for number in range(250)]
    release = synthetic.release(tmp_path / "r", [MAIN, *copies])
    found = release.explain(str(MAIN.content_id))
    assert len(found) == 100
    assert len(found[0].copies) == 100
    assert any("at least 100 other places" in line for line in found[0].lines)


@pytest.mark.parametrize("target", [f"{TOOL}#caf\udce9.py", f"{TOOL}#\ud800", "\udcff", "a\0b#c"])
def test_arguments_that_are_not_utf_8_are_unknown_and_no_crash(release: Release, target: str) -> None:
    with pytest.raises(UsageError) as caught:
        release.explain(target)
    assert str(caught.value).isprintable()


def test_a_path_that_is_not_utf_8_is_found_as_the_shell_gives_it(tmp_path: Path) -> None:
    synthetic.write_tables(tmp_path / "r", [Entry(TOOL, "caf\\xe9.py", "x\n")])
    ledger = tmp_path / "r/ledger/part-00001.parquet"
    table = pq.read_table(ledger, partitioning=None)
    raw = pa.array([b"caf\xe9.py"], pa.binary())
    pq.write_table(table.set_column(table.column_names.index("path_bytes"), "path_bytes", raw), ledger)
    synthetic.finish(tmp_path / "r", synthetic.INFO, ())
    release = Release.open(tmp_path / "r")
    assert release.verify().ok
    assert release.explain(f"{TOOL}#caf\udce9.py") == release.explain(f"{TOOL}#caf\\xe9.py")
    assert (release.path / "swhids.txt").read_text().endswith(";path=/caf%E9.py\n")
