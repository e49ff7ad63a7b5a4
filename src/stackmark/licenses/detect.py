"""The licence of one file, from its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from stackmark.licenses import expressions, match, names, tags, words
from stackmark.licenses.index import Index, load
from stackmark.licenses.match import Match

#: Of a licence-named file this much is read, of any other its head and tail: that is where licences stand.
_MAX_LICENSE = 1 << 20
_HEAD, _TAIL = 64 << 10, 8 << 10
#: A licence file of at most so many words may be nothing but the name of the licence.
_NAME_ONLY = 8


@dataclass(frozen=True)
class Detection:
    """What a file says of its licence.

    expression:    SPDX, None where nothing is said
    license_class: see `expressions.license_class`
    matches:       the known texts found, in reading order
    coverage:      share of the file's words, 0 to 1, that known texts account for
    tags:          texts of `SPDX-License-Identifier` as written
    residue:       passages (first and last line) that read like conditions and match no known text; licence
                   files only
    """

    expression: str | None
    license_class: str
    matches: tuple[Match, ...] = ()
    coverage: float = 0.0
    tags: tuple[str, ...] = ()
    residue: tuple[tuple[int, int], ...] = ()


def detect(content: bytes, path: str | bytes | None = None, *, index: Index | None = None) -> Detection:
    """Return the licence that a file states: by its SPDX tags and by known licence texts in it.

    With a `path` that names a licence file (see `names.is_license_file`) every passage must be accounted
    for: one that reads like conditions and matches nothing adds `AND LicenseRef-stackmark-unknown`, so that
    a known licence with extra restrictions never passes for the known licence. A full text of the GPL family
    does not say whether later versions may be chosen; it counts as `-only`, the stricter reading, unless a
    notice in the same file says "or later".

    `index` is the index of known texts (default: the installed one). Never raises for any content.
    """
    raw = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
    named = raw is not None and names.is_license_file(raw)
    whole = content[:_MAX_LICENSE] if named else _head_and_tail(content)
    text = words.decode(whole)
    own = tags.find(text.encode("utf-8", "replace"))
    body = words.split(text)
    if len(body.hashes) == 0:
        # A licence file that cannot be read as text says something, and nobody knows what.
        unread = expressions.UNKNOWN if named and b"\0" in content else None
        alone = own.expression or unread
        return Detection(alone, expressions.license_class(alone), tags=own.raw)
    matches, explained = match.find(index or load(), body)
    found = _combine(matches)
    residue: list[tuple[int, int]] = []
    if named:
        residue = match.legal_residue(body, explained)
        if found is None and own.expression is None:
            found = _name_only(body) or expressions.UNKNOWN
        elif residue or len(content) > _MAX_LICENSE:
            found = expressions.join([found or own.expression or expressions.UNKNOWN, expressions.UNKNOWN])
    expression = _with_tags(found, own.expression)
    return Detection(
        expression,
        expressions.license_class(expression),
        tuple(matches),
        round(float(explained.mean()), 4),
        own.raw,
        tuple(residue),
    )


def _head_and_tail(content: bytes) -> bytes:
    if len(content) <= _HEAD + _TAIL:
        return content
    return content[:_HEAD] + b"\n" + content[-_TAIL:]


def _combine(matches: list[Match]) -> str | None:
    """Join what was found by AND, in order; a grant of later versions overrides the text that cannot tell."""
    found = list(dict.fromkeys(one.expression for one in matches))
    later = {one.removesuffix("-or-later") for one in found if one.endswith("-or-later")}
    found = [one for one in found if one.removesuffix("-only") not in later or not one.endswith("-only")]
    if "LGPL-3.0-only" in found:  # it is written as additions to the GPL, whose text it is often kept with
        found = [one for one in found if one != "GPL-3.0-only"]
    return expressions.join(found)


def _name_only(body: words.Words) -> str | None:
    if len(body.words) > _NAME_ONLY:
        return None
    known = tags.interpret(" ".join(body.words))
    return known if known != expressions.UNKNOWN else None


def _with_tags(found: str | None, tagged: str | None) -> str | None:
    """A tag refines the text that it names (GPL-3.0-or-later over the GPL's text); otherwise both hold."""
    if found is None or tagged is None:
        return found or tagged
    bare = {member.removesuffix("-only").removesuffix("-or-later") for member in expressions.members(tagged)}
    if all(member.removesuffix("-only") in bare for member in expressions.members(found)):
        return tagged
    return expressions.join([found, tagged])
