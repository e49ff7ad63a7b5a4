"""Manifests of lines `License: ...`: DESCRIPTION of R, *.cabal, *.opam, META.yml, CITATION.cff, *.spec, Project.toml.

The field stands at the beginning of a line. A list below or behind it is read too.
"""

from __future__ import annotations

import re2

from stackmark.licenses.manifests import Format, Stated

_FILES = (
    r"DESCRIPTION|[^/]+\.cabal|package\.yaml|(?:[^/]+\.)?opam|META\.yml|meta\.yaml|CITATION\.cff|[^/]+\.spec|shard\.yml"
    r"|galaxy\.yml|Chart\.yaml|extension\.yaml|info\.rkt|metadata\.rb|pubspec\.yaml|dub\.sdl"
)
_FIELD = re2.compile(r"(?im)^[ \t]{0,4}licen[sc]es?[ \t]*:?[ \t]*([^\n]*)((?:\n[ \t]+-[^\n]+){0,20})")
_FILE_FIELD = re2.compile(r"(?im)^[ \t]{0,4}license[-_]file[ \t]*:[ \t]*(\S[^\n]*)")
_QUOTED = re2.compile(r'"([^"\n]{1,200})"')


def read(text: str) -> Stated:
    """Return the first licence field."""
    found = _FIELD.search(text)
    file = _FILE_FIELD.search(text)
    if found is None:
        return Stated(file=_bare(file[1]) if file else None)
    first = found[1].strip()
    quoted = _QUOTED.findall(first)
    items = [line.strip().removeprefix("-") for line in found[2].splitlines() if line.strip()]
    if first.startswith("["):
        items = quoted or first.strip("[]").split(",")
    elif first:
        items = [_bare(first)]
    return Stated([_bare(item) for item in items], file=_bare(file[1]) if file else None)


def _bare(text: str) -> str:
    return text.split(" #")[0].strip().strip("\"'").strip()


FORMAT = Format(_FILES, read)
