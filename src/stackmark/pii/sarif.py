"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines. No value is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def log(findings: Iterable[Mapping[str, Any]], version: str) -> dict[str, Any]:
    """Return a SARIF log of findings: each with name, line, column, start, end, type, rule, score and is_example."""
    results = [result(one) for one in findings]
    rules = [{"id": name} for name in sorted({one["ruleId"] for one in results})]
    driver = {"name": "stackmark pii", "semanticVersion": version, "rules": rules}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def result(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return one finding as a SARIF result."""
    region = {
        "startLine": finding["line"],
        "startColumn": finding["column"],
        "byteOffset": finding["start"],
        "byteLength": finding["end"] - finding["start"],
    }
    place = {
        "artifactLocation": {"uri": quote(PurePath(finding["name"]).as_posix(), errors="replace")},
        "region": region,
    }
    return {
        "ruleId": finding["rule"],
        "level": "note" if finding["is_example"] else "error",
        "message": {"text": f"{finding['type']} (score {finding['score']:.2f})"},
        "locations": [{"physicalLocation": place}],
    }
