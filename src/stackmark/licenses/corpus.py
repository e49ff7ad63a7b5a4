"""The known licence texts: data of the installed package `licensedcode-data` (from ScanCode, CC-BY-4.0)."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackmark.errors import StackmarkError
from stackmark.licenses import expressions

_PACKAGE = "licensedcode-data"
_HINT = f"reinstall it: pip install --force-reinstall {_PACKAGE}"
#: Fewer texts than this mean that files of the package are lost; version 32.1.0 has 2,310 licences.
_LEAST_LICENSES = 1500
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_KEY = re.compile(r"^(\w+):[ \t]*(.*?)[ \t]*\r?$", re.M)


@dataclass(frozen=True)
class KnownText:
    """A licence text.

    name: of its file; expression: SPDX; kind: "license", "text" (a variant) or "notice"
    text: as written; what stands in {{ }} is what tells it from its likes and must be there
    minimum: share of the text, 0 to 1, that must be there for it to count
    """

    name: str
    expression: str
    kind: str
    text: str
    minimum: float = 0.0


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


def _licenses(place: Path) -> Iterator[KnownText]:
    for name, matter, text in _files(place, ".LICENSE"):
        expression = _text_alone(expressions.from_scancode(matter.get("key", "")))
        if expression and text.strip() and matter.get("is_deprecated") != "yes":
            yield KnownText(name, expression, "license", text)


def _rules(place: Path) -> Iterator[KnownText]:
    kinds = {"is_license_text": "text", "is_license_notice": "notice"}
    for name, matter, text in _files(place, ".RULE"):
        kind = next((kind for key, kind in kinds.items() if matter.get(key) == "yes"), None)
        if kind is None or "yes" in (matter.get("is_deprecated"), matter.get("is_false_positive")):
            continue
        expression = expressions.from_scancode(matter.get("license_expression", ""))
        if expression and expressions.license_class(expression) != "unknown":  # such a rule would teach nothing
            yield KnownText(name, expression, kind, text, _share(matter.get("minimum_coverage", "0")))


def _text_alone(expression: str | None) -> str | None:
    """The full text of a licence does not grant later versions; only a notice does."""
    if expression is None or not expression.endswith("-or-later"):
        return expression
    return expressions.parse(expression.removesuffix("-or-later") + "-only")


def _share(percent: str) -> float:
    return min(int(percent), 100) / 100 if percent.isdecimal() else 0.0


def _files(place: Path, suffix: str) -> Iterator[tuple[str, dict[str, str], str]]:
    with os.scandir(place) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(suffix))
    for name in names:
        whole = (place / name).read_text("utf-8", "replace")
        matter = _FRONT_MATTER.match(whole)
        if matter:
            yield name, dict(_KEY.findall(matter[1])), whole[matter.end() :]
