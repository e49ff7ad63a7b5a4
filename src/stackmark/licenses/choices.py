"""A choice that a licence file announces before its texts: "under either A or B", "dual licensed", "at your option".

The texts alone say that all of them hold. Where a sentence leaves the choice and names each of them, and nothing else
is stated, they are joined by OR.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stackmark.licenses import expressions

_MAX_TEXT = 8000
# What leaves a choice, with what it is between: up to the end of the sentence.
_CHOICE = re.compile(
    r"\b(?:either(?! version)|(?:dual|triple|multi|double)[- ]?licen[sc]ed|at your (?:option|choice)|alternatively"
    r"|(?:you may|you can)? ?choose|your choice of)\b",
    re.I,
)
_BEFORE, _AFTER = 240, 300
# Each file may be under one of them, and then nobody has a choice.
_DIVIDED = re.compile(
    r"\b(?:depend\w*|each|respective\w*|some|individual|portions?|parts?|files?|headers?|others?)\b", re.I
)
_SENTENCE = re.compile(r"[.!?](?=\s|$)")
# How the licences of a family are named, by the beginning of their ids; the longer beginnings go first.
_NAMES = {
    "0BSD": r"0[- ]?bsd|zero[- ]clause",
    "AGPL-": r"affero|agpl",
    "Apache-": r"apache",
    "Artistic-": r"artistic",
    "BSD-": r"(?<!0)(?<!0-)\bbsd",
    "BSL-1.0": r"boost",
    "CC0-": r"\bcc0|creative commons zero|cc zero",
    "CDDL-": r"cddl|common development and distribution",
    "EPL-": r"\bepl|eclipse public",
    "GPL-": r"(?<![al])gpl|(?<!lesser )(?<!library )(?<!affero )general public",
    "ISC": r"\bisc\b",
    "LGPL-": r"lgpl|lesser general|library general",
    "MIT": r"\bmit\b|expat",
    "MPL-": r"\bmpl|mozilla public",
    "Python-": r"python|psf",
    "PSF-": r"python|psf",
    "Unlicense": r"unlicense",
    "WTFPL": r"wtfpl",
    "Zlib": r"zlib",
}


def of_all(text: str, found: Sequence[str]) -> str | None:
    """Return the expressions `found` in a licence file joined by OR, None if no sentence of it leaves that choice.

    A sentence must name every one of them; one that cannot be told from its name is never a choice.
    """
    if not 1 < len(found) <= len(_NAMES) or any(" " in one for one in found):
        return None
    patterns = [next((name for begin, name in _NAMES.items() if one.startswith(begin)), None) for one in found]
    flat = " ".join(re.sub(r"[`*_\"']", " ", text[:_MAX_TEXT]).split())
    for match in _CHOICE.finditer(flat):
        before = _SENTENCE.split(flat[max(match.start() - _BEFORE, 0) : match.start()])[-1]
        after = _SENTENCE.split(flat[match.end() : match.end() + _AFTER], maxsplit=1)[0]
        sentence = before + match[0] + after
        if _DIVIDED.search(sentence) is None and all(name and re.search(name, sentence, re.I) for name in patterns):
            return expressions.join(found, "OR")
    return None
