"""The languages and how their names, extensions and interpreters lead to them.

The facts come from data/languages.json (its head names source and licence); what detection needs of them, and of the
tables of this project, from data/compiled.json.
"""

from __future__ import annotations

import json
import os
from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from stackmark.errors import StackmarkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DATA = os.path.dirname(__file__) + "/data/"  # noqa: PTH120  (see `answers`)
COMPILED = DATA + "compiled.json"


class Facts(namedtuple("Facts", "name type group folder aliases extensions filenames interpreters")):
    """What is known of one language.

    folder:     safe as the name of a folder and of a dataset configuration
    extensions: lower case, with the leading dot; the first is the usual one
    """

    __slots__ = ()
    name: str
    type: str  # programming, markup, data, prose
    group: str | None
    folder: str
    aliases: tuple[str, ...]
    extensions: tuple[str, ...]
    filenames: tuple[str, ...]
    interpreters: tuple[str, ...]


@cache
def table() -> Mapping[str, Facts]:
    """Return every language by name, in the order of their names."""
    languages = read_json("languages.json")["languages"]
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
    return read_json("compiled.json")


def read_json(name: str) -> dict[str, Any]:
    """Read a file of data/."""
    with open(DATA + name, "rb") as file:  # noqa: PTH123
        found: dict[str, Any] = json.loads(file.read())
    return found
