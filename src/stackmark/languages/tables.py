"""The languages and how their names, extensions and interpreters lead to them.

The facts come from data/languages.json (its head names source and licence), the order of preference for
ambiguous extensions from data/ambiguous.toml.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stackmark.errors import StackmarkError

DATA = Path(__file__).parent / "data"


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
def notes(key: str) -> Any:
    """Return one of the lists of data/names.toml: copies, variants, borrowed, modes."""
    return tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))[key]


@cache
def lookup() -> Lookup:
    """Return the candidates for every file name, extension and interpreter."""
    preference = tomllib.loads((DATA / "ambiguous.toml").read_text(encoding="utf-8"))
    rank = {name: place for place, name in enumerate(preference["rank"])}
    commonest = {extension: row["language"] for extension, row in preference["commonest"].items()}

    def order(key: str, candidates: Iterable[Facts]) -> tuple[str, ...]:
        def weight(facts: Facts) -> tuple[bool, bool, int, str]:
            usual = facts.extensions[:1] == (key,)
            return commonest.get(key) != facts.name, not usual, rank.get(facts.name, len(rank)), facts.name

        return tuple(facts.name for facts in sorted(candidates, key=weight))

    def index(field: str) -> dict[bytes, tuple[str, ...]]:
        found: dict[str, list[Facts]] = {}
        for facts in table().values():
            for key in getattr(facts, field):
                found.setdefault(key, []).append(facts)
        return {key.encode(): order(key, candidates) for key, candidates in found.items()}

    extensions = index("extensions")
    return Lookup(index("filenames"), extensions, index("interpreters"), max(key.count(b".") for key in extensions))
