from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import pytest

from stackmark.errors import IntegrityError, UsageError
from stackmark.release import Release, manifest, words
from tests.release import synthetic


def test_open_gives_name_version_and_digest(tmp_path: Path) -> None:
    release = Release.open(str(synthetic.release(tmp_path / "r").path))
    assert (release.name, release.version) == ("corpus", "1.0.0")
    assert release.digest == hashlib.sha256((tmp_path / "r" / "SHA256SUMS").read_bytes()).hexdigest()


def test_a_release_cannot_be_changed(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.path = tmp_path  # type: ignore[misc]


@pytest.mark.parametrize("name", ["missing", "empty", "file"])
def test_what_is_no_release_is_a_usage_error_with_a_hint(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError) as caught:
        Release.open(tmp_path / name)
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"format": "other/9"}', b"[" * 10_000])
def test_a_damaged_manifest_is_an_integrity_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(IntegrityError, match=r"manifest\.json"):
        _ = Release.open(tmp_path).manifest


def test_a_damaged_table_is_an_integrity_error_for_explain_and_diff(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    (release.path / "ledger/part-00000.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(IntegrityError, match="ledger"):
        release.explain(synthetic.TOOL)
    (release.path / "data/C/train-00000-of-00001.parquet").write_bytes(b"")
    with pytest.raises(IntegrityError, match="data"):
        release.diff(release)


@pytest.mark.parametrize("lost", ["ledger", "data/C"])
def test_rows_that_are_gone_are_no_answer(tmp_path: Path, lost: str) -> None:
    whole, release = synthetic.release(tmp_path / "whole"), synthetic.release(tmp_path / "r")
    shutil.rmtree(release.path / lost)
    for ask in (lambda: release.diff(whole), lambda: whole.diff(release)):
        with pytest.raises(IntegrityError) as caught:
            ask()
        assert "verify" in caught.value.hint


def test_a_release_without_its_ledger_explains_nothing(tmp_path: Path) -> None:
    release = synthetic.release(tmp_path / "r")
    shutil.rmtree(release.path / "ledger")
    for target in (synthetic.TOOL, f"{synthetic.TOOL}#src/main.py", str(synthetic.MAIN.content_id)):
        with pytest.raises(IntegrityError, match="ledger") as caught:
            release.explain(target)
        assert "verify" in caught.value.hint


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert manifest.canonical({"b": 1, "a": "é\x1b"}) == manifest.canonical({"a": "é\x1b", "b": 1})
    assert manifest.canonical("é\x1b") == b'"\\u00e9\\u001b"\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        manifest.canonical(float("nan"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12.3 MB"),
        (10**18, "1,000 PB"),
    ],
)
def test_sizes(value: int, text: str) -> None:
    assert words.size(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "0 %"), (1, 10**6, "< 0.1 %"), (10**6 - 1, 10**6, "99.9 %"), (5, 5, "100 %")],
)
def test_shares_never_round_to_nothing_or_all(part: int, whole: int, text: str) -> None:
    assert words.share(part, whole) == text


def test_every_sentence_is_a_sentence() -> None:
    for stage, rules in words._sentences().items():
        for rule, text in rules.items():
            assert text.isprintable()
            if stage not in ("stages", "strategies", "columns"):
                assert text.endswith("."), (stage, rule)
