"""REUSE: `name.license` beside a file, and annotations in REUSE.toml (specification 3.3)."""

from __future__ import annotations

import tomllib

from stackmark.licenses import expressions, tags
from stackmark.licenses.declarations import Declaration

SUFFIX = ".license"
_KINDS = {"closest": "reuse", "aggregate": "reuse-aggregate", "override": "reuse-override"}
_MAX_BYTES = 1 << 20


def is_side_file(name: str) -> bool:
    """Return whether a file name may be one of a side file: `picture.png.license`."""
    return name.endswith(SUFFIX) and len(name) > len(SUFFIX)


def read_side_file(name: str, content: bytes) -> list[Declaration]:
    """Return what a side file says of the file that it stands beside."""
    found = tags.find(content[:_MAX_BYTES])
    if found.expression is None:
        return []
    return [Declaration("side-file", found.expression, scope=name.removesuffix(SUFFIX), said="; ".join(found.raw))]


def read_toml(content: bytes) -> list[Declaration]:
    """Return the annotations of a REUSE.toml, in order; a later one goes before an earlier. Damaged: none."""
    try:
        data = tomllib.loads(content[:_MAX_BYTES].decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    tables = data.get("annotations")
    out: list[Declaration] = []
    for table in tables if isinstance(tables, list) else []:
        if isinstance(table, dict):
            out += _annotation(table)
    return out


def _annotation(table: dict[str, object]) -> list[Declaration]:
    said = _strings(table.get("SPDX-License-Identifier"))
    kind = _KINDS.get(str(table.get("precedence", "closest")), "reuse")
    if not said:
        return []
    expression = expressions.join(map(tags.interpret, said))
    return [
        Declaration(kind, expression, scope=path, said="; ".join(said)) for path in _strings(table.get("path")) if path
    ]


def _strings(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
