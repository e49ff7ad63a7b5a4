from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stackmark.errors import IntegrityError
from stackmark.release import BuildInfo, Difference, manifest
from stackmark.release.versions import declared_step, parse
from tests.release import synthetic
from tests.release.synthetic import FORK, INFO, MAIN, STANDARD, TOOL, WHEEL, Entry, dropped, duplicate

NEW = Entry(TOOL, "new.py", "new = 1\n")


def diff(tmp_path: Path, entries: Sequence[Entry], info: BuildInfo, old: Sequence[Entry] = STANDARD) -> Difference:
    before = synthetic.release(tmp_path / "old", old)
    return before.diff(synthetic.release(tmp_path / "new", entries, info))


def at(version: str, **more: object) -> BuildInfo:
    return replace(INFO, version=version, **more)


def without(*paths: str) -> list[Entry]:
    return [entry for entry in STANDARD if entry.path not in paths]


def test_nothing_changed_needs_a_patch(tmp_path: Path) -> None:
    found = diff(tmp_path, STANDARD, at("1.0.1"))
    assert (found.added, found.removed, found.refined, found.reduced) == (0, 0, 0, 0)
    assert (found.declared, found.needed, found.ok, found.changes) == ("patch", "patch", True, ())


def test_a_removal_is_right_in_every_step(tmp_path: Path) -> None:
    before = synthetic.release(tmp_path / "old")
    for version in ("1.0.1", "1.1.0", "2.0.0"):
        after = synthetic.release(tmp_path / version, without("lib/a.c"), at(version))
        found = before.diff(after)
        assert (found.removed, found.needed, found.ok) == (1, "patch", True)


def test_an_addition_needs_a_minor_step(tmp_path: Path) -> None:
    found = diff(tmp_path, [*STANDARD, NEW], at("1.0.1"))
    assert (found.added, found.needed, found.ok) == (1, "minor", False)
    assert found.added_examples == (f"{TOOL}#/new.py",)
    assert "use 1.1.0" in found.message


def test_an_addition_in_a_minor_step_is_right(tmp_path: Path) -> None:
    found = diff(tmp_path, [*STANDARD, NEW], at("1.1.0"))
    assert found.ok
    assert "a minor step from 1.0.0" in found.message


def test_a_refined_column_needs_a_minor_step_and_is_named(tmp_path: Path) -> None:
    refined = [replace(entry, expression="0BSD") if entry.path == "lib/a.c" else entry for entry in STANDARD]
    found = diff(tmp_path, refined, at("1.0.1"))
    assert (found.refined, found.needed, found.ok) == (1, "minor", False)
    assert found.refined_columns == {"detected_licenses": 1, "license_expression": 1}


def test_another_redacted_text_of_the_same_content_is_refined(tmp_path: Path) -> None:
    before = synthetic.release(tmp_path / "old")
    table = tmp_path / "new"
    synthetic.write_tables(table, STANDARD)
    path = table / "data/Python/train-00000-of-00001.parquet"
    change_text(path, "key = '<KEY>'\n", "key = '<SECRET>'\n")
    synthetic.finish(table, at("1.0.1"), ())
    found = before.diff(synthetic.Release.open(table))
    assert (found.refined, dict(found.refined_columns)) == (1, {"text": 1})


def change_text(path: Path, old: str, new: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    for row in rows:
        row["content"] = row["content"].replace(old, new)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


@pytest.mark.parametrize("room", ["licenses", "quality", "dedup"])
def test_changed_rules_need_a_major_step(tmp_path: Path, room: str) -> None:
    rules = {**INFO.rules, room: {"name": "other", "digest": "99" * 32}}
    found = diff(tmp_path, STANDARD, at("1.9.0", rules=rules))
    assert (found.needed, found.ok) == ("major", False)
    assert "use 2.0.0" in found.message
    assert any(change.startswith(f"rules {room}") for change in found.changes)


@pytest.mark.parametrize("room", ["optout", "inputs"])
def test_more_requests_or_other_inputs_are_no_change_of_rules(tmp_path: Path, room: str) -> None:
    rules = {**INFO.rules, room: {"requests": 2, "digest": "99" * 32}}
    found = diff(tmp_path, without("lib/a.c"), at("1.0.1", rules=rules))
    assert (found.needed, found.ok) == ("patch", True)
    assert len(found.changes) == 1


def test_a_changed_schema_needs_a_major_step(tmp_path: Path) -> None:
    before = synthetic.release(tmp_path / "old")
    after = synthetic.release(tmp_path / "new", info=at("1.1.0"))
    head = {**after.manifest, "schema": {**after.manifest["schema"], "data": {"only": "string"}}}
    from stackmark.release.diff import compare

    assert compare(before.path, after.path, head).needed == "major"


def test_detectors_and_settings_are_reported_and_need_no_step_of_their_own(tmp_path: Path) -> None:
    recipe = {**INFO.recipe, "version": "1.0.1", "dedup": {"near": 0.7}}
    found = diff(tmp_path, STANDARD, at("1.0.1", detectors={"language": "2"}, recipe=recipe))
    assert found.changes == (
        "detectors language: 1 -> 2",
        "detectors text: 1 -> nothing",
        "recipe dedup.near: false -> 0.7",
    )
    assert found.ok


@pytest.mark.parametrize(("version", "declared"), [("1.0.0", "none"), ("0.9.9", "downgrade")])
def test_a_repeat_or_downgrade_is_never_right(tmp_path: Path, version: str, declared: str) -> None:
    found = diff(tmp_path, STANDARD, at(version))
    assert (found.declared, found.ok) == (declared, False)
    assert "use 1.0.1" in found.message


def test_another_data_set_has_no_step(tmp_path: Path) -> None:
    found = diff(tmp_path, STANDARD, at("1.0.1", name="other"))
    assert not found.ok
    assert "different data sets" in found.message


def test_each_removal_has_its_reason(tmp_path: Path) -> None:
    new = [
        *without("src/proof.fst", "lib/a.c", "pkg/b.c", "pkg/wide.cs"),
        dropped(TOOL, "src/proof.fst", "let x = 1\n", "quality", "empty", language="F*", detail="it is empty now"),
        Entry(FORK, "lib/a.c", "int changed;\n", language="C"),
    ]
    new = [entry for entry in new if entry.origin != WHEEL]
    new.append(Entry(WHEEL, "", "", "opted-out", "opt-out", "opted-out-origin", "line 9", kind="origin", language=None))
    found = diff(tmp_path, new, at("1.1.0"))
    assert {(one.stage, one.rule): one.files for one in found.reasons} == {
        ("opt-out", "opted-out-origin"): 3,
        ("quality", "empty"): 1,
        ("sources", "replaced"): 1,
    }
    assert {one.path: one.why for one in found.removed_examples}["/src/proof.fst"] == "it is empty now"


def test_what_is_gone_from_the_sources_says_so(tmp_path: Path) -> None:
    found = diff(tmp_path, without("lib/a.c"), at("1.0.1"))
    assert [(one.stage, one.rule, one.files) for one in found.reasons] == [("sources", "gone", 1)]


def test_an_opt_out_is_told_before_other_fates_of_the_same_content(tmp_path: Path) -> None:
    text = "int main(void) { return 0; }\n"
    new = [
        *without("lib/a.c"),
        dropped(TOOL, "copy.c", text, "license", "license-none", language="C"),
        Entry(FORK, "lib/a.c", text, "opted-out", "opt-out", "opted-out-content", language="C"),
    ]
    found = diff(tmp_path, new, at("1.0.1"))
    assert [(one.stage, one.rule) for one in found.reasons] == [("opt-out", "opted-out-content")]


def test_fewer_copies_after_an_opt_out_stay_a_patch(tmp_path: Path) -> None:
    new = [entry for entry in STANDARD if entry.origin != FORK]
    found = diff(tmp_path, new, at("1.0.1"))
    assert (found.reduced, found.refined, found.needed, found.ok) == (1, 0, "patch", True)


def test_a_content_that_moves_to_another_known_place_stays_a_patch(tmp_path: Path) -> None:
    moved = replace(MAIN, origin=FORK)
    new = [entry for entry in STANDARD if entry.origin != TOOL and entry.content_id != MAIN.content_id]
    found = diff(tmp_path, [*new, moved, duplicate(moved, WHEEL, "pkg/main.py")], at("1.0.1"))
    assert (found.reduced, found.refined, found.needed) == (1, 0, "patch")


def test_a_content_that_moves_to_a_new_place_is_refined(tmp_path: Path) -> None:
    moved = replace(MAIN, path="elsewhere.py")
    new = [entry for entry in STANDARD if entry.content_id != MAIN.content_id]
    found = diff(tmp_path, [*new, moved], at("1.0.1"))
    assert (found.refined, found.needed, found.ok) == (1, "minor", False)


def test_many_slices_give_the_same_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = [*without("lib/a.c", "pkg/b.c"), NEW]
    whole = diff(tmp_path, new, at("1.1.0"))
    monkeypatch.setattr("stackmark.release.tables._SLICE_ROWS", 1)
    again = diff(tmp_path / "again", new, at("1.1.0"))
    assert again == whole


def test_the_changelog_tells_the_difference_above_the_parents_entries(tmp_path: Path) -> None:
    first = synthetic.release(tmp_path / "1")
    second = synthetic.release(tmp_path / "2", [*without("lib/a.c"), NEW], at("1.1.0"), parent=first.path)
    third = synthetic.release(tmp_path / "3", [*without("lib/a.c")], at("1.1.1"), parent=second.path)
    text = (third.path / "CHANGELOG.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## 1.1.1",
        "## 1.1.0",
        "## 1.0.0",
    ]
    assert "- Minor step from 1.0.0.\n- Added: 1 file.\n- Removed: 1 file.\n" in text
    assert "  - 1: It is no longer in the sources.\n" in text
    assert text.endswith("- First release: 7 files.\n")
    assert third.verify().ok


def test_a_parent_that_is_no_release_is_an_integrity_error(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(IntegrityError, match=manifest.MANIFEST):
        synthetic.release(tmp_path / "new", parent=tmp_path / "old")


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0-rc1", "01.0.0", "1.0.0\n", "", "v1.0.0", "1.0.0.0"])
def test_only_three_plain_numbers_are_a_version(version: str) -> None:
    with pytest.raises(IntegrityError, match=r"MAJOR\.MINOR\.PATCH"):
        parse(version)


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.2.3", "1.2.4", "patch"),
        ("1.2.3", "1.3.0", "minor"),
        ("1.2.3", "2.0.0", "major"),
        ("1.9.0", "1.10.0", "minor"),
        ("1.10.0", "1.9.0", "downgrade"),
        ("1.2.3", "1.2.3", "none"),
    ],
)
def test_steps(old: str, new: str, step: str) -> None:
    assert declared_step(old, new) == step


def test_a_hostile_path_makes_no_markup_in_the_changelog(tmp_path: Path) -> None:
    evil = Entry(TOOL, "a\n## 9.9.9\n<script>|`x`\x1b[31m", "evil\n", detail="[a](javascript:b)\n# Owned")
    first = synthetic.release(tmp_path / "1", [*STANDARD, evil])
    gone = replace(evil, outcome="dropped", stage="quality", rule="empty")
    second = synthetic.release(tmp_path / "2", [*STANDARD, gone], at("1.0.1"), parent=first.path)
    text = (second.path / "CHANGELOG.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# Changes", "## 1.0.1", "## 1.0.0"]
    assert "\\[a\\](javascript:b)" in text
    assert "\x1b" not in text
