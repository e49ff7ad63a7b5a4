"""JSON manifests with a field `license`: npm, Bower, Composer, Elm, vcpkg, Haxe, D, Deno and others.

npm's old forms are an object with `type`, and a list `licenses`, of which a user may choose one; so may a user of
Composer's list.
"""

from __future__ import annotations

import json
from typing import Any

from stackmark.licenses.manifests import Format, Stated

_FILES = (
    r"package\.json|bower\.json|\.bower\.json|component\.json|composer\.json|elm(?:-package)?\.json|vcpkg\.json"
    r"|haxelib\.json|dub\.json|jsr\.json|deno\.jsonc?|codemeta\.json|block\.json|extension\.json|[^/]+\.podspec\.json"
)


def read(text: str) -> Stated:
    """Return the texts of `license` or `licenses`."""
    data = json.loads(text)
    value = data.get("license") or data.get("licence") or data.get("licenses") or []
    values = value if isinstance(value, list) else [value]
    return Stated([one for one in map(_text, values) if one], "OR")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("type") or value.get("name") or value.get("url") or value.get("@id") or ""
    return value if isinstance(value, str) else ""


FORMAT = Format(_FILES, read)
