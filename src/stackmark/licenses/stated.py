"""What the name of a licence means, as people write it: one expression, a family of licences, a file, or nothing.

The licence field of a package manifest is free text in most formats, and so is what follows "licensed under". Names
are read by closed tables (`stated.toml`, and the aliases of tags); what is in none of them is unknown, never a guess.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from stackmark.licenses import expressions, tags

PROPRIETARY = "LicenseRef-scancode-proprietary-license"
#: Longer texts, in characters, are no names.
MAX_LENGTH = 200
_FILE = re.compile(r"(?:see|file|read)(?: the)?(?: licen[sc]e)?(?: in| file| at)?:? (?:the )?(?:file )?\S+$", re.I)
_FILE_NAME = re.compile(r"[\w./+-]{0,100}(?:licen[sc]e|copying|eula|terms)[\w./+-]{0,100}", re.I)
_PLACEHOLDER = "LicenseRef-stackmark-family-"
_FAMILY = re.compile(rf"{_PLACEHOLDER}([a-z-]+)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([\w./~%+-]{1,200})", re.I)
#: R's way to say which version: "Apache License (== 2.0)".
_BOUND = re.compile(r"\(\s*[>=]=\s*(\d[\d.]*)\s*\)")
_BRACKETS = re.compile(r"\([^()]{0,60}\)")
_NOISE = re.compile(r"\b(?:the|licen[sc]e[sd]?|version|licensing|terms)\b|\bv(?=\.? ?\d)|[,;:\"'`*]|\.(?!\w)")
_CHOICE = re.compile(r"\s*(?:\||\bor\b(?! (?:any )?(?:later|newer|above|greater|higher))|(?<=\S)/(?=\S)| / )\s*", re.I)
_TOGETHER = re.compile(r"\s*(?:[,;&]|\band\b(?! distribution)|\s\+\s)\s*", re.I)
# The GNU licences have dozens of spellings: the kind, a version, and a word for later ones.
_GNU_KIND = re.compile(r"\b(affero|agpl|lesser|library|lgpl)|\bgpl|gnu general public|gnu public|gnu gpl", re.I)
_GNU_ONLY = re.compile(
    r"[\s(),.:;=><~-]|gnu|affero|lesser|library|general|public|licen[sc]e|[al]?gpl|version|only|or|any|later|newer|above"
    r"|greater|higher|at|your|option|the|v?\d+(?:\.\d+){0,2}\+?|v|\+",
    re.I,
)
_LATER = re.compile(r"\+|later|newer|above|greater|higher|>=", re.I)
_VERSION = re.compile(r"\d+(?:\.\d+)?")
_GNU_VERSIONS = {"GPL": ("1.0", "2.0", "3.0"), "LGPL": ("2.0", "2.1", "3.0"), "AGPL": ("1.0", "3.0")}


class Said(NamedTuple):
    """What a field means: an SPDX expression, else a family (a key of the table), else a file, else nothing at all."""

    expression: str | None = None
    family: str | None = None
    file: str | None = None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("stated.toml").read_text("utf-8"))


def key(text: str) -> str:
    """Return the form under which the tables know a name."""
    bare = _BRACKETS.sub(" ", text.lower())
    plain = _NOISE.sub(" ", bare if bare.strip() else text.lower())
    return " ".join(re.split(r"[\s/()-]+", plain)).strip()


def family_prefixes(family: str) -> tuple[str, ...]:
    """Return the prefixes of the SPDX ids that a family name may mean."""
    return tuple(_table()["families"][family]["ids"])


def family_alone(family: str) -> str:
    """Return what a family name stands for where nothing says more."""
    return str(_table()["families"][family].get("alone", expressions.UNKNOWN))


def family_class(family: str) -> str:
    """Return the licence class that the usual members of a family have."""
    return str(_table()["families"][family]["class"])


@lru_cache(maxsize=10_000)
def interpret(text: str) -> Said:
    """Return what the name of a licence, or several, means; unknown words give `UNKNOWN`, an empty text nothing."""
    text = text.strip()
    if len(text) >= MAX_LENGTH:
        return Said(expressions.UNKNOWN)
    text = text.splitlines()[0].strip() if text else ""
    if _BOUND.search(text) and not _GNU_KIND.search(text):
        text = _BOUND.sub(r"\1", text)
    return _named(text) or _referred(text) or _combined(text) or Said(expressions.UNKNOWN)


def _named(text: str) -> Said | None:
    """Read a text that stands in a table as a whole."""
    name = key(text)
    table = _table()
    if name in table["words"]["nothing"]:
        return Said()
    if name in table["words"]["proprietary"]:
        return Said(PROPRIETARY)
    gnu = _gnu(text)
    if gnu:
        return gnu
    if name in table["families"]:
        return Said(family=name)
    known = tags.interpret(text)
    if known != expressions.UNKNOWN:
        return Said(known)
    if name in table["names"]:
        return Said(table["names"][name])
    return None


def _gnu(text: str) -> Said | None:
    """Read a spelling of a GNU licence; None if anything in it is not understood."""
    kind = _GNU_KIND.search(text)
    if kind is None or _GNU_ONLY.sub("", text):
        return None
    found = (kind[1] or "").lower()
    name = {"affero": "AGPL", "agpl": "AGPL", "": "GPL"}.get(found, "LGPL")
    versions = {_dotted(version) for version in _VERSION.findall(text)}
    if not versions:
        return Said(family=name.lower())
    version = versions.pop()
    if versions or version not in _GNU_VERSIONS[name]:
        return None
    return Said(f"{name}-{version}-{'or-later' if _LATER.search(text) else 'only'}")


def _dotted(version: str) -> str:
    return version if "." in version else f"{version}.0"


def _referred(text: str) -> Said | None:
    """Read a reference to a file or a web address."""
    address = _ADDRESS.search(text)
    if address:
        place = re.sub(r"\.(?:html?|txt|php|md)$|/+$", "", address[1].lower())
        known = _table()["addresses"].get(place) or tags.interpret(place.rpartition("/")[2])
        return Said(known) if known != expressions.UNKNOWN else _named(place.rpartition("/")[2])
    if _FILE_NAME.fullmatch(text) or _FILE.match(text):
        return Said(file=re.split(r"[\s:]+", text)[-1].removeprefix("./").strip("\"'<>()"))
    return None


def _member(said: Said) -> str:
    return said.expression or placeholder(said.family or "")


def placeholder(family: str) -> str:
    """Return what stands for a family inside an expression until `settle` finds the licence that is meant."""
    return _PLACEHOLDER + family.replace(" ", "-")


def settle(expression: str, ids: Sequence[str]) -> str:
    """Replace each family in an expression: by those of `ids` that belong to it, else by what it stands for alone.

    `ids` are the licences whose texts are at hand where the expression was stated.
    """
    if _PLACEHOLDER not in expression:
        return expression

    def chosen(match: re.Match[str]) -> str:
        family = match[1].replace("-", " ")
        known = [one for one in ids if one.startswith(family_prefixes(family))]
        return f"({' AND '.join(known)})" if known else family_alone(family)

    return expressions.parse(_FAMILY.sub(chosen, expression)) or expressions.UNKNOWN


def _combined(text: str) -> Said | None:
    """Read a list of names that a sign of choice or of addition separates; None if one of them is not known."""
    for pattern, operator in ((_CHOICE, "OR"), (_TOGETHER, "AND")):
        parts = [part for part in pattern.split(text) if part.strip()]
        if 1 < len(parts) <= 8:
            members = [_combined(part) or _named(part.strip("() ")) or _referred(part) for part in parts]
            # R's "MIT + file LICENSE" names the licence; the file only fills in its holder.
            named = [one for one in members if one is None or one.expression or one.family]
            if any(one is None for one in named):
                return None
            if len(named) == 1:
                return named[0]
            return Said(expressions.join([_member(one) for one in named if one], operator))
    return None
