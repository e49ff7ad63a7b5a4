"""The languages and how their names, extensions and interpreters lead to them.

The facts come from data/languages.json (its head names source and licence); what detection needs of them, and of the
tables of this project, from data/compiled.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stackmark.errors import StackmarkError

DATA = Path(__file__).parent / "data"
COMPILED = DATA / "compiled.json"


@dataclass(frozen=True)
class Facts:
    """What is known of one language.

    folder:     safe as the name of a folder and of a dataset configuration
    extensions: lower case, with the leading dot; the first is the usual one
    """

    name: str
    type: str  # programming, markup, data, prose
    group: str | None
    folder: str
    aliases: tuple[str, ...]
    extensions: tuple[str, ...]
    filenames: tuple[str, ...]
    interpreters: tuple[str, ...]


@dataclass(frozen=True)
class Lookup:
    """Candidates by key, the preferred one first. Keys are bytes because paths are."""

    filenames: Mapping[bytes, tuple[str, ...]]
    extensions: Mapping[bytes, tuple[str, ...]]  # lower case, with the dot
    interpreters: Mapping[bytes, tuple[str, ...]]
    dots: int  # most dots in any extension


@cache
def table() -> Mapping[str, Facts]:
    """Return every language by name, in the order of their names."""
    languages = json.loads((DATA / "languages.json").read_text(encoding="utf-8"))["languages"]
    return MappingProxyType({name: _facts(name, row) for name, row in languages.items()})


def _facts(name: str, row: Mapping[str, list[str]]) -> Facts:
    lists = {key: tuple(row[key]) for key in ("aliases", "filenames", "interpreters")}
    extensions = tuple(extension.lower() for extension in row["extensions"])
    return Facts(name, str(row["type"]), str(row["group"]) if row["group"] else None, str(row["folder"]),
                 extensions=extensions, **lists)  # fmt: skip


def names() -> tuple[str, ...]:
    """Return the names of all languages, sorted."""
    return tuple(table())


def folder(name: str) -> str:
    """Return the name under which a language's rows stand in a release: `F*` -> `Fstar`, `C++` -> `C++`.

    Raises StackmarkError for a name that is no language.
    """
    try:
        return table()[name].folder
    except KeyError:
        raise StackmarkError(f"{name!r} is not the name of a language", "stackmark languages lists them") from None


@cache
def compiled() -> Mapping[str, Any]:
    """Return what detection reads: see `compiling`, which makes it."""
    found: dict[str, Any] = json.loads(COMPILED.read_bytes())
    return found


@cache
def lookup() -> Lookup:
    """Return the candidates for every file name, extension and interpreter."""

    def keyed(section: str) -> dict[bytes, tuple[str, ...]]:
        return {key.encode(): tuple(languages) for key, languages in compiled()[section].items()}

    extensions = keyed("extensions")
    return Lookup(keyed("filenames"), extensions, keyed("interpreters"), max(key.count(b".") for key in extensions))
