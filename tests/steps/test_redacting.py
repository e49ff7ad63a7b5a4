"""What becomes of findings: actions, ordinals through an origin, and where everything stands afterwards."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stackmark.pii.redact import Ordinals
from stackmark.steps import redacting
from stackmark.steps.listing import ENTRY_BITS

MAIL = b"maria@widget-forge.io"


def plan(**actions: str) -> redacting.Plan:
    return redacting.Plan(actions, "pseudonym", vendored=True, generated=True)


def found(start: int, end: int, kind: str = "EMAIL_ADDRESS", action: str = "redact", **more: Any) -> dict[str, Any]:
    span = {"start": start, "end": end, "type": kind, "score": 0.9, "rule": "r", "is_example": False, **more}
    return {**span, "action": action}


def file(content: bytes, *spans: dict[str, Any], encoding: str = "utf-8", number: int = 1) -> dict[str, Any]:
    row = {"entry_no": number, "content_id": b"i" * 20, "path": b"a.txt", "src_encoding": encoding}
    return {**row, "spans": list(spans)}


class TestPlan:
    @pytest.mark.parametrize(
        ("kind", "action"),
        [("EMAIL_ADDRESS", "redact"), ("API_KEY.github", "drop"), ("API_KEY.slack", "tag"), ("API_KEY", "tag")],
    )
    def test_a_type_comes_before_its_family(self, kind: str, action: str) -> None:
        made = plan(API_KEY="tag", **{"API_KEY.github": "drop"})
        assert made.action({"type": kind, "is_example": False}) == action

    def test_an_example_is_only_tagged(self) -> None:
        assert plan(PASSWORD="drop").action({"type": "PASSWORD", "is_example": True}) == "tag"

    def test_what_is_kept_is_not_even_tagged(self) -> None:
        assert plan(PASSWORD="keep").action({"type": "PASSWORD", "is_example": True}) == "keep"

    def test_different_plans_have_different_digests(self) -> None:
        assert plan().digest() != plan(PASSWORD="keep").digest()


class TestTreat:
    def test_places_after_replacements_move_with_them(self) -> None:
        content = b"a@b.co tag " + MAIL
        row = file(content, found(0, 6), found(7, 10, "PASSWORD", "tag"), found(11, 11 + len(MAIL)))
        rows = sorted(redacting.treat(content, row, Ordinals(), "pseudonym"), key=lambda one: one["start"])
        assert [(one["start_after"], one["end_after"]) for one in rows] == [(0, 17), (18, 21), (22, 43)]
        assert [one["ordinal"] for one in rows] == [1, None, 2]
        assert [one["action"] for one in rows] == ["redact", "tag", "redact"]

    def test_offsets_are_those_of_the_text_as_utf8(self) -> None:
        text = "Grüße: " + MAIL.decode()
        row = file(b"", found(9, 9 + len(MAIL)), encoding="latin-1")
        (one,) = redacting.treat(text.encode("latin-1"), row, Ordinals(), "pseudonym")
        assert text.encode()[one["start"] : one["end"]] == MAIL

    def test_what_is_kept_leaves_no_row(self) -> None:
        assert list(redacting.treat(MAIL, file(MAIL, found(0, 5, action="keep")), Ordinals(), "pseudonym")) == []

    def test_no_row_holds_a_value(self) -> None:
        (one,) = redacting.treat(MAIL, file(MAIL, found(0, len(MAIL))), Ordinals(), "pseudonym")
        assert "maria" not in repr(one)
        assert set(one) == set(redacting.REDACTIONS.names)


def test_origins_are_never_cut_in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redacting, "TASK_FILES", 2)
    numbers = [
        (origin << ENTRY_BITS) + place for origin, count in ((0, 1), (1, 5), (4, 1), (5, 1)) for place in range(count)
    ]
    parts = list(redacting.by_origin([file(b"", number=number) for number in numbers]))
    assert [len(part) for part in parts] == [6, 2]
    origins = [{row["entry_no"] >> ENTRY_BITS for row in part} for part in parts]
    assert not set.intersection(*origins)


def test_copies_of_a_dropped_file_are_dropped_with_it() -> None:
    table = pa.table(
        {
            "content_id": pa.array([b"a", b"a", b"a", b"b"], pa.binary()),
            "outcome": ["kept", "duplicate", "opted-out", "kept"],
            "stage": ["write", "duplicate", "opt-out", "write"],
            "rule": ["kept", "exact-duplicate", "opted-out-content", "kept"],
            "detail": pa.array([None] * 4, pa.string()),
            "kept_no": pa.array([None, 0, None, None], pa.int64()),
            "kept_path": pa.array([None, b"x", None, None], pa.binary()),
        }
    )
    after = redacting.dropped(table, {b"a": "it holds PRIVATE_KEY"})
    assert after["outcome"].to_pylist() == ["dropped", "dropped", "opted-out", "kept"]
    assert after["detail"].to_pylist() == ["it holds PRIVATE_KEY", "it holds PRIVATE_KEY", None, None]
    assert after["kept_no"].to_pylist() == [None] * 4
