"""Rows as a profile judges them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from stackmark.quality import facts_encoded, facts_html, facts_text
from stackmark.quality.profile import Profile
from tests.quality.inspected import facts_of

SCHEMA = pa.schema([
    ("path", pa.binary()),
    ("language", pa.string()),
    ("is_generated", pa.bool_()),
    ("is_vendor", pa.bool_()),
    ("length", pa.int64()),
    *facts_text.SCHEMA,
    *facts_encoded.SCHEMA,
    *facts_html.SCHEMA,
])  # fmt: skip


def facts_row(**facts: Any) -> dict[str, Any]:
    """Give the row of an ordinary file, but for the given facts."""
    ordinary = {
        "path": b"src/main.py",
        "language": "Python",
        "is_generated": False,
        "is_vendor": False,
        "length": 3000,
        "text_problem": None,
        "src_encoding": "utf-8",
        "is_lfs_pointer": False,
        "length_chars": 3000,
        "num_lines": 100,
        "avg_line_length": 29.0,
        "max_line_length": 79,
        "alpha_chars": 2000,
        "alphanum_chars": 2200,
        "generated_marker": False,
        "encoded_longest": 0,
        "encoded_chars": 0,
        "visible_chars": 1000,
    }
    return ordinary | facts


def rows_of(*rows: dict[str, Any]) -> pa.Table:
    """Make the table of facts of some rows."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def judge(row: dict[str, Any], profile: str = "the-stack-v2") -> tuple[str | None, str | None]:
    """Judge one row: (rule, detail)."""
    rule, detail = Profile.load(profile).judge(rows_of(row))
    return rule[0].as_py(), detail[0].as_py()


def judge_file(path: str, language: str, content: bytes) -> tuple[str | None, str | None]:
    """Inspect a content with all detectors of this room and judge the file."""
    facts = {
        name: value
        for module in (facts_text, facts_encoded, facts_html)
        for name, value in facts_of(module.DETECTOR, content)[0].items()
        if module is not facts_html or module.wants(path.encode())
    }
    row = facts_row(path=path.encode(), language=language, length=len(content), visible_chars=None)
    return judge(row | facts)
