"""debian/copyright and .reuse/dep5 in the machine-readable format 1.0 of Debian.

Stanzas `Files:` hold patterns; of those that match a path the last one counts. Short names of licences are Debian's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stackmark.licenses import expressions, stated, tags
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import detect

_MAX_BYTES = 1 << 20
_MOST_TEXTS = 500
_FORMAT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s{0,100}Format(?:-Specification)?:[ \t]*\S{0,200}(?:copyright-format|dep5|dep-5)", re.I
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.*)")
#: Debian's names of licences for which SPDX has another.
_NAMES = {
    "expat": "MIT",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "isc": "ISC",
    "zlib": "Zlib",
    "cc0": "CC0-1.0",
    "public-domain": "LicenseRef-scancode-public-domain",
    "artistic": "Artistic-1.0-Perl",
    "mpl-1.1": "MPL-1.1",
    "boost-1.0": "BSL-1.0",
    "bsl-1.0": "BSL-1.0",
    "psf-2": "PSF-2.0",
    "gfdl-1.3": "GFDL-1.3-only",
    "apache-2": "Apache-2.0",
}
_GNU = re.compile(r"(A?GPL|LGPL|GFDL)-(\d(?:\.\d)?)(\+?)", re.I)


def is_dep5(content: bytes) -> bool:
    """Return whether a copyright file is in the machine-readable format."""
    return _FORMAT.match(content[:1000]) is not None


def read(content: bytes) -> list[Declaration]:
    """Return a declaration for each pattern of each stanza, in order, for the folder above the file's own."""
    if not is_dep5(content):
        return []
    out: list[Declaration] = []
    stanzas = list(_stanzas(content[:_MAX_BYTES].decode("utf-8", "replace")))
    texts = _texts(stanzas)
    for fields in stanzas:
        name = fields.get("license", "").strip().split("\n", 1)[0].strip()
        if "files" in fields and name:
            expression = _checked(interpret(name), texts.get(name))
            scopes = [scope.removeprefix("./") for scope in fields["files"].replace(",", " ").split()]
            out += [Declaration("dep5", expression, scope=scope, folder="..", said=name) for scope in scopes]
    return out


def _texts(stanzas: Sequence[Mapping[str, str]]) -> dict[str, bytes]:
    """Return the licence texts of a file by the names that it gives them."""
    found: dict[str, bytes] = {}
    for fields in stanzas[:_MOST_TEXTS]:
        name, _, text = fields.get("license", "").partition("\n")
        if name.strip() and text.strip():
            lines = ("" if line == "." else line for line in text.split("\n"))
            found.setdefault(name.strip(), "\n".join(lines).encode("utf-8", "replace"))
    return found


def _checked(expression: str, text: bytes | None) -> str:
    """Return what a name means, given the text that stands for it: a name that no table knows is what the text is, and
    stricter licences in the text than the name tells hold too.
    """
    found = detect(text, "LICENSE").expression if text else None
    if found is None or found == expressions.UNKNOWN:
        return expression
    if expression == expressions.UNKNOWN:
        return found
    known = [one for one in expressions.members(found) if one != expressions.UNKNOWN]
    rank = expressions.rank(expressions.license_class(expression))
    strict = [one for one in known if expressions.rank(expressions.license_class(one)) > rank]
    more = [one for one in strict if not expressions.families(one) <= expressions.families(expression)]
    return expressions.join([expression, *more]) or expressions.UNKNOWN


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each stanza; a line that begins with a blank goes on with the field before."""
    fields: dict[str, str] = {}
    last = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line[0] in " \t":
            if last and len(fields[last]) < _MAX_BYTES:
                fields[last] += "\n" + line.strip()
        else:
            found = _FIELD.match(line)
            last = found[1].lower() if found else ""
            if found:
                fields[last] = found[2]


def interpret(name: str) -> str:
    """Return the expression of a `License:` line: names joined by "and", "or" and commas, AND binding tighter."""
    if len(name) > expressions.MAX_LENGTH:
        return expressions.UNKNOWN
    out = []
    for word in re.split(r"(\s+(?:and|or)\s+)", name.replace(", and ", " and ").replace(", or ", " or ")):
        operator = word.strip().lower()
        if operator in {"and", "or"} and word != operator:
            out.append(operator.upper())
        else:
            one = _one(word.strip())
            out.append(f"({one})" if " OR " in one or " AND " in one else one)
    return expressions.parse(" ".join(out)) or expressions.UNKNOWN


def _one(name: str) -> str:
    if " with " in name.lower():  # Debian names exceptions in words of its own
        base, _, exception = name.partition(" with ")
        known = expressions.parse(f"{_one(base)} WITH {exception.split()[0]}") if exception.split() else None
        return known or _one(base)
    if name.lower() in _NAMES:
        return _NAMES[name.lower()]
    gnu = _GNU.fullmatch(name)
    if gnu:
        version = gnu[2] if "." in gnu[2] else f"{gnu[2]}.0"
        known = expressions.parse(f"{gnu[1].upper()}-{version}-{'or-later' if gnu[3] else 'only'}")
        return known or expressions.UNKNOWN
    known = tags.interpret(name)
    return known if known != expressions.UNKNOWN else stated.interpret(name).expression or expressions.UNKNOWN
