"""The language in which the code cells of a Jupyter notebook are written, by what the notebook says of its kernel.

The notebook itself is "Jupyter Notebook" to `detect`: its bytes are JSON. Format: nbformat, versions 2 to 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from stackmark.languages.tables import table

#: Notebooks beyond this are not read: their size is that of stored pictures.
LIMIT = 16 * 1024 * 1024
#: Kernels whose names are no names of languages.
KERNELS = {
    "ir": "R",
    "irkernel": "R",
    "ijulia": "Julia",
    "ijavascript": "JavaScript",
    "node": "JavaScript",
    "nodejs": "JavaScript",
    "deno": "TypeScript",
    "tslab": "TypeScript",
    "octave": "MATLAB",
    "sagemath": "Sage",
    "sage": "Sage",
    "xcpp": "C++",
    "bash": "Shell",
    "fish": "fish",
    "ihaskell": "Haskell",
    "irust": "Rust",
    "evcxr": "Rust",
    "gonb": "Go",
    "gophernotes": "Go",
    "ijava": "Java",
    "almond": "Scala",
    "apache toree - scala": "Scala",
    "pyspark": "Python",
    "ipython": "Python",
    "pyodide": "Python",
    "cython": "Cython",
    "mathics": "Wolfram Language",
    "wolframlanguage": "Wolfram Language",
    ".net-csharp": "C#",
    ".net-fsharp": "F#",
    ".net-powershell": "PowerShell",
    "postgresql": "SQL",
}
VERSION = re.compile(r"[ -]?v?[0-9][0-9.]*$")


def kernel_language(content: bytes) -> str | None:
    """Return the language of a notebook's code, e.g. "Julia"; None if it says none that we know, or is no notebook.

    Asked in order: the language that the kernel reported, the language of the kernel's specification, its name, and
    for the formats before version 4 the language of the first code cell.
    """
    if len(content) > LIMIT or not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return None
    named = (_language(name) for name in _names(notebook) if isinstance(name, str))
    return next((language for language in named if language), None)


def _names(notebook: dict[str, Any]) -> Iterator[object]:
    metadata = _object(notebook.get("metadata"))
    kernel = _object(metadata.get("kernelspec"))
    yield _object(metadata.get("language_info")).get("name")
    yield kernel.get("language")
    yield kernel.get("name")
    for sheet in _objects(notebook.get("worksheets")):
        for cell in _objects(sheet.get("cells")):
            yield cell.get("language")


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return filter(None, map(_object, value if isinstance(value, list) else ()))


def _language(name: str) -> str | None:
    """Give our name for a language or kernel, its version left out if need be: `python3` -> Python."""
    whole = name.strip().lower()[:100]
    forms = (whole, VERSION.sub("", whole))
    return next((_known()[form] for form in forms if form in _known()), None)


@cache
def _known() -> dict[str, str]:
    aliases = {alias.lower(): facts.name for facts in table().values() for alias in facts.aliases}
    return {**aliases, **{name.lower(): name for name in table()}, **KERNELS}
