"""The known licence texts: data of the installed package `licensedcode-data` (from ScanCode, CC-BY-4.0), the
texts of this package's own folder `texts` (SPDX License List, CC0-1.0) and those that a user adds.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stackmark.errors import StackmarkError
from stackmark.licenses import expressions

_PACKAGE = "licensedcode-data"
_HINT = f"reinstall it: pip install --force-reinstall {_PACKAGE}"
#: Fewer texts than this mean that files of the package are lost; version 32.1.0 has 2,310 licences.
_LEAST_LICENSES = 1500
_KEY = re.compile(r"^(\w+):[ \t]*(.*?)[ \t]*$", re.M)
_FILES = re.compile(r"^referenced_filenames:\n((?:[ \t]*-[^\n]*\n?)+)", re.M)
_MAX_TEXT = 1 << 20
_POINTER = "LicenseRef-scancode-unknown-license-reference"
#: From a rule's flag to its kind.
_KINDS = {
    "is_false_positive": "false",
    "is_license_intro": "intro",
    "is_license_clue": "clue",
    "is_license_text": "text",
    "is_license_notice": "notice",
    "is_license_tag": "tag",
    "is_license_reference": "reference",
}


@dataclass(frozen=True)
class KnownText:
    """A licence text.

    name: of its file; expression: SPDX, "" for a kind that states none
    kind: "license", "text" (a variant or a part), "notice", "reference", "tag"; "pointer" to another file; and
          what states no licence: "intro", "clue", "false" (looks like a licence and is none)
    text: as written; what stands in {{ }} is what tells it from its likes and must be there
    minimum: share of the text, 0 to 1, that must be there for it to count
    relevance: 0 to 100, how surely the text means its expression
    files: names of the files that it points to
    """

    name: str
    expression: str
    kind: str
    text: str
    minimum: float = 0.0
    relevance: int = 100
    files: tuple[str, ...] = ()


class _Rule(NamedTuple):
    name: str
    matter: dict[str, str]
    files: tuple[str, ...]
    text: str


@functools.cache
def version() -> str:
    """Return the versions of the two data packages, "licensedcode-data 32.1.0, license-expression 30.4.4".

    Raises StackmarkError when one is not installed.
    """
    try:
        names = (_PACKAGE, "license-expression")
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    except importlib.metadata.PackageNotFoundError as error:
        raise StackmarkError(f"the package {error.name} is not installed", _HINT) from error


def folder() -> Path:
    """Return the folder that holds `licenses` and `rules`; raises StackmarkError where there is none."""
    spec = importlib.util.find_spec("licensedcode")
    for place in spec.submodule_search_locations or () if spec else ():
        data = Path(place) / "data"
        if (data / "licenses").is_dir() and (data / "rules").is_dir():
            return data
    raise StackmarkError(f"the package {_PACKAGE} is missing or has lost its data", _HINT)


def texts(data: Path | None = None) -> Iterator[KnownText]:
    """Yield every usable licence text, in the order of file names; raises StackmarkError for too few."""
    data = data or folder()
    count = 0
    for known in _licenses(data / "licenses"):
        count += 1
        yield known
    if count < _LEAST_LICENSES:
        raise StackmarkError(f"{_PACKAGE}: only {count} licence texts can be read in {data.name}", _HINT)
    yield from _rules(data / "rules")
    yield from named_by_id(Path(__file__).parent / "texts")


def named_by_id(place: Path) -> Iterator[KnownText]:
    """Yield the texts `<id>.txt` of a folder, in the order of names; nothing where the folder is missing.

    Raises StackmarkError for what is no regular file, for one that is not named after an SPDX id (or
    `LicenseRef-...`), for an empty one and for one beyond 1 MB.
    """
    for path in sorted(place.glob("*.txt")):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise StackmarkError(f"{path.name} is no regular file", "links, folders and pipes are not followed")
        expression = expressions.parse(path.stem)
        content = path.read_bytes()
        if expression is None or " " in expression:
            raise StackmarkError(
                f"{path.name}: its name is not an SPDX id", "name it <id>.txt or LicenseRef-<name>.txt"
            )
        if not content.strip() or len(content) > _MAX_TEXT:
            raise StackmarkError(
                f"{path.name}: {len(content):,} bytes are no licence text", "one text a file, up to 1 MB"
            )
        yield KnownText(path.name, expression, "license", content.decode("utf-8", "replace"))


def add(source: Path, place: Path) -> list[str]:
    """Copy the texts `<id>.txt` of the folder `source` to the folder of added licences; return their ids.

    Raises StackmarkError, with nothing copied, where `named_by_id` does and where there is none.
    """
    found = list(named_by_id(source))
    if not found:
        raise StackmarkError(f"{source.name}: no licence text in it", "name each <id>.txt")
    place.mkdir(parents=True, exist_ok=True)
    for known in found:
        temporary = place / f".{known.name}.{os.getpid()}"
        temporary.write_text(known.text, "utf-8")
        temporary.replace(place / known.name)
    return [known.expression for known in found]


def _licenses(place: Path) -> Iterator[KnownText]:
    for rule in _files(place, ".LICENSE"):
        expression = _text_alone(expressions.from_scancode(rule.matter.get("key", "")))
        if expression and rule.text.strip() and rule.matter.get("is_deprecated") != "yes":
            yield KnownText(rule.name, expression, "license", rule.text)


def _rules(place: Path) -> Iterator[KnownText]:
    stated = functools.cache(_stated)
    for rule in _files(place, ".RULE"):
        matter = rule.matter
        kind = next((kind for key, kind in _KINDS.items() if matter.get(key) == "yes"), "reference")
        if matter.get("is_deprecated") == "yes":
            continue
        expression, unknown = stated(matter.get("license_expression", ""))
        if kind in {"false", "intro", "clue"}:
            expression = ""
        elif expression == _POINTER:
            kind, expression = "pointer", ""
        elif rule.name.startswith("warranty-disclaimer"):
            kind, expression = "intro", ""
        elif "_module_license_" in rule.name:  # a macro of the Linux kernel, not a name in a sentence
            kind = "tag"
        elif not expression or unknown:  # such a rule would teach nothing, and hide what it allows
            continue
        minimum = _percent(matter.get("minimum_coverage", ""), 0) / 100
        relevance = _percent(matter.get("relevance", ""), 100)
        yield KnownText(rule.name, expression, kind, rule.text, minimum, relevance, rule.files)


def _stated(scancode: str) -> tuple[str, bool]:
    """Return the SPDX expression, "" for none, and whether nobody knows what it allows."""
    expression = expressions.from_scancode(scancode) or ""
    return expression, expressions.license_class(expression) == "unknown"


def _text_alone(expression: str | None) -> str | None:
    """The full text of a licence does not grant later versions; only a notice does."""
    if expression is None or not expression.endswith("-or-later"):
        return expression
    return expressions.parse(expression.removesuffix("-or-later") + "-only")


def _percent(text: str, default: int) -> int:
    return min(int(text), 100) if text.isdecimal() else default


def _files(place: Path, suffix: str) -> Iterator[_Rule]:
    with os.scandir(place) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(suffix))
    for name in names:
        whole = (place / name).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        end = whole.find("\n---", 3)
        if whole.startswith("---\n") and end >= 0:
            matter = whole[4 : end + 1]
            files = _FILES.search(matter)
            listed = tuple(line.strip(" \t-'\"") for line in files[1].splitlines()) if files else ()
            yield _Rule(name, dict(_KEY.findall(matter)), listed, whole[whole.find("\n", end + 1) + 1 or len(whole) :])
