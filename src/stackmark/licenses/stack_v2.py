"""The licence rules of The Stack v2, so that the two can be compared on the same tree.

Source: the published code of the data set (github.com/bigcode-project/the-stack-v2, steps 2 and 3). Rules only: the
texts are found by our matcher, where they used ScanCode's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from stackmark.licenses import expressions
from stackmark.licenses.detect import detect

LicenseType = Literal["permissive", "non_permissive", "no_license"]

#: Amendments that "don't affect the license type".
AMENDMENTS = frozenset(
    {
        "LicenseRef-scancode-dco-1.1",
        "LicenseRef-scancode-generic-cla",
        "LicenseRef-scancode-google-cla",
        "LicenseRef-scancode-jetty-ccla-1.1",
        "LicenseRef-scancode-newton-king-cla",
        "LicenseRef-scancode-generic-exception",
        "LicenseRef-scancode-generic-export-compliance",
        "LicenseRef-scancode-generic-tos",
        "LicenseRef-scancode-generic-trademark",
        "LicenseRef-scancode-warranty-disclaimer",
    }
)
#: "The license is known, just linked from one of the files", where another id is permissive.
REFERENCE = "LicenseRef-scancode-unknown-license-reference"
NO_ASSERTION = "NOASSERTION"

# Words that make a file name one that was read; the word ends the name or a sign of [-_. ] stands beside it.
_WORDS = (
    r"li[cs]en[cs]es?|legal|copy(?:left|right|ing)|unlicense|[al]?gpl[-_ v]?(?:\d\.?\d?)?|bsdl?|mitx?|apache|artistic"
    r"|copyingv?\d?|disclaimer|eupl|gfdl|[cm]pl|cc0|al[-_ v]?(?:\d\.?\d)?|about|notice|readme|guidelines"
)
_NAME = re.compile(rf"(?:.*[-_. ])?(?:{_WORDS})(?:[-_. ].*)?", re.I)
_MAX_NAME = 255
_MAX_BYTES = 10 * 1024 * 1024
_FREE = ("public-domain", "permissive")


def is_license_file(path: bytes) -> bool:
    """Return whether The Stack v2 read a file of this name for licences."""
    name = path.rsplit(b"/", 1)[-1].decode("utf-8", "replace")
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def flattened(expression: str | None) -> frozenset[str]:
    """Return the ids of an expression as the set that The Stack v2 made of it: AND, OR and WITH are lost."""
    if expression is None:
        return frozenset()
    members = (part for member in expressions.members(expression) for part in member.split(" WITH "))
    return frozenset(REFERENCE if part == expressions.UNKNOWN else part for part in members)


def license_type(repository: str | None, detected: Iterable[str]) -> LicenseType:
    """Return the type of a file from the label of its repository (GH Archive) and the ids that reach it."""
    if repository is not None and _is_permissive(repository):
        return "permissive"
    if repository not in (None, NO_ASSERTION):
        return "non_permissive"
    found = set(detected)
    if not found:
        return "no_license" if repository is None else "non_permissive"
    permissive = {one for one in found if _is_permissive(one)}
    others = found - permissive - AMENDMENTS
    if permissive:
        others.discard(REFERENCE)
    if others:
        return "non_permissive"
    return "permissive" if permissive else "no_license"


def _is_permissive(one: str) -> bool:
    if expressions.license_class(one) in _FREE:
        return True
    # An exception stands in the set by itself, and has a category too.
    return expressions.tables().ids.get(f"licenseref-exception-{one.lower()}") in _FREE


def resolve(files: Mapping[bytes, bytes], repository: str | None = None) -> dict[bytes, tuple[LicenseType, list[str]]]:
    """Return (type, sorted ids) of each file of a tree: the union of what is found on the way to the root."""
    at: dict[bytes, set[str]] = {}
    for path, content in files.items():
        if is_license_file(path) and b"\0" not in content and len(content) < _MAX_BYTES:
            at.setdefault(path.rpartition(b"/")[0], set()).update(flattened(detect(content, path).expression))
    out: dict[bytes, tuple[LicenseType, list[str]]] = {}
    for path in files:
        reach = set(at.get(b"", ()))
        folder = path.rpartition(b"/")[0]
        while folder:
            reach |= at.get(folder, set())
            folder = folder.rpartition(b"/")[0]
        out[path] = license_type(repository, reach), sorted(reach)
    return out
