"""METADATA and PKG-INFO of built Python packages: `License-Expression`, `License` and classifiers."""

from __future__ import annotations

import email.parser
from collections.abc import Iterable

from stackmark.licenses.manifests import Format, Stated

_PREFIX = "License ::"
_MAX_HEADERS = 100_000
_MAX_FIELD = 20_000


def from_classifiers(lines: Iterable[object]) -> list[str]:
    """Return the last parts of the trove classifiers of licences; "OSI Approved" alone says nothing."""
    parts = [line.rpartition("::")[2].strip() for line in lines if isinstance(line, str) and line.startswith(_PREFIX)]
    return list(dict.fromkeys(part for part in parts if part != "OSI Approved"))


def read(text: str) -> Stated:
    """Return the first of expression, field and classifiers that says something."""
    headers = email.parser.HeaderParser().parsestr(text[:_MAX_HEADERS], headersonly=True)
    for name in ("License-Expression", "License"):
        value = str(headers.get(name, "")).strip()
        if value and value.upper() != "UNKNOWN":
            return Stated([value[:_MAX_FIELD]])
    return Stated(from_classifiers(map(str, headers.get_all("Classifier", []))))


FORMAT = Format(r"METADATA|PKG-INFO", read)
