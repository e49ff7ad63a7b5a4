"""The licence of one file, from its bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stackmark.licenses import (
    announced,
    choices,
    closed,
    dedications,
    expressions,
    match,
    names,
    passages,
    residue,
    tags,
    words,
)
from stackmark.licenses.index import Index, load
from stackmark.licenses.match import Match

#: Of a licence-named file this much is read, of any other the passages that `passages.find` gives.
_MAX_LICENSE = 1 << 20
#: A licence file of at most so many words may be nothing but the name of the licence.
_NAME_ONLY = 8
#: Of a licence file that states nothing, so many characters are searched for the name of another.
_MAX_NAMING = 4000
#: The fewest words by which a text or notice, a tag or a reference states a licence; how sure a rule must be.
_SHORTEST, _SENTENCE, _SURE = 4, 6, 95
#: More licences than this, stated or only named, are a catalogue; what has a passage of so many words still counts.
_STATED, _NAMED, _PASSAGE = 5, 9, 20
#: A name of fewer words, so many lines above a text, is the name of that text, if it is one of these.
_TITLE, _BELOW, _LOOSE_NAMES = 10, 8, {"BSD", "Apache", "MIT"}
#: So many licences whose names stand one below the other are a list.
_LIST = 3
#: What a text of so many words says of other licences is a part of it.
_LONG = 100
#: The name of a licence file, of so many words.
_FILE_NAME, _FILE_WORDS = re.compile(r"\b(?:found|see|in|read)\b.{0,60}\b(?:LICEN[CS]E|COPYING)[.-][A-Z]"), 3
#: What R keeps in a file LICENSE: who fills in the text that the manifest names.
_FILLED_IN = re.compile(r"\s*(?:(?:YEAR|COPYRIGHT HOLDERS?|ORGANI[SZ]ATION)[ \t]*:[^\n]{0,500}\s*){1,20}", re.I)
_EXCEPTION = "LicenseRef-exception-"
#: Exceptions to licences other than those of GNU.
_OTHER_EXCEPTIONS = frozenset({"fmt-exception", "PCRE2-exception", "LLVM-exception", "Swift-exception"})
_FREE, _CLOSED = ("public-domain", "permissive"), ("source-available", "proprietary")
#: What a name without a version stands for; the version that is given elsewhere goes before.
_BARE_NAMES = {"GPL-1.0-or-later": "GPL-", "LGPL-2.0-or-later": "LGPL-", "AGPL-1.0-or-later": "AGPL-"}


@dataclass(frozen=True)
class Detection:
    """What a file says of its licence.

    expression:    SPDX, None where nothing is said
    license_class: see `expressions.license_class`
    matches:       the known texts found that state a licence, in reading order
    coverage:      share of the words read, 0 to 1, that known texts account for
    tags:          texts of `SPDX-License-Identifier` as written
    residue:       passages (first and last line) that read like conditions and match no known text: of a
                   licence file all, of another those in and beside a licence's text
    pointers:      names of the files that it refers to for its licence ("see LICENSE")
    """

    expression: str | None
    license_class: str
    matches: tuple[Match, ...] = ()
    coverage: float = 0.0
    tags: tuple[str, ...] = ()
    residue: tuple[tuple[int, int], ...] = ()
    pointers: tuple[str, ...] = ()


_NOTHING = Detection(None, "none")


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
    index = index or load()
    if raw is None or not names.is_license_file(raw):
        return _in_passages(index, words.decode(content).encode("utf-8", "replace"))
    text = words.decode(content[:_MAX_LICENSE])
    body = words.split(text)
    own = tags.find(text.encode("utf-8", "replace"))
    if len(body) == 0:
        # A licence file that cannot be read as text says something, and nobody knows what.
        alone = own.expression or (expressions.UNKNOWN if b"\0" in content else None)
        return Detection(alone, expressions.license_class(alone), tags=own.raw)
    matches, owners = match.find(index, body)
    own = _tags_of_its_own(text, own, matches)
    stating = _statements(matches)
    if any(map(_is_short, stating)):
        lines = text.split("\n")
        stating = [one for one in stating if not _names_a_file(one, lines)]
    found = _combine(stating)
    chosen = choices.of_all(text, _separate(stating)) if found and " AND " in found else None
    found = chosen or found
    heard = [one in stating or one.kind in {"intro", "pointer"} for one in matches]
    brands = set(map(_brand, expressions.families(found))) if found else set()
    doubtful = residue.find(body, np.array([*heard, False])[owners], stated=brands)
    if found is None and own.expression is None:
        found = _name_only(body) or (None if _FILLED_IN.fullmatch(text) else expressions.UNKNOWN)
    elif doubtful or len(content) > _MAX_LICENSE:
        found = expressions.join([found or own.expression or expressions.UNKNOWN, expressions.UNKNOWN])
    expression = _with_tags(found, own.expression)
    coverage = round(int(np.count_nonzero(owners >= 0)) / len(owners), 4)
    license_class = expressions.license_class(expression)
    named = () if stating else passages.named_files(text[:_MAX_NAMING].encode("utf-8", "replace"))
    pointers = _pointers(matches, named)
    return Detection(expression, license_class, tuple(stating), coverage, own.raw, tuple(doubtful), pointers)


def in_text(text: bytes, index: Index | None = None) -> Detection:
    """Return what a source file (UTF-8) states, without its SPDX tags; see `detect`."""
    places = passages.find(text)
    if not places:
        return _NOTHING
    matches: list[Match] = []
    doubtful: list[tuple[int, int]] = []
    named: list[str] = []
    given: list[int] = []
    short: list[Match] = []
    words_read = covered = 0
    for start, end in places:
        line = text.count(b"\n", 0, start)
        found = match.find_again(index or load(), words.of_passage(text[start:end]))
        named += passages.named_files(text[start:end])
        matches += [replace(one, start=one.start + line, end=one.end + line) for one in found.matches]
        short += [_announcement(one, line + 1) for one in announced.find(_beside(text[start:end], found.matches))]
        given += [line + number + 1 for number in dedications.lines(text[start:end])]
        doubtful += [(first + line, last + line) for first, last in [*found.residue, *_restrictions(found.matches)]]
        if start < passages.TOP and not _statements(found.matches):
            doubtful += [(first + line + 1, last + line + 1) for first, last in closed.find(text[start:end])]
        words_read, covered = words_read + found.words, covered + found.explained
    stating = (
        _statements(matches, short, _listed(matches))
        or [_dedication(line) for line in given[:1]]
        or _titles(text, places)
    )
    expression = _combine(stating)
    if doubtful:
        expression = expressions.join([expression or expressions.UNKNOWN, expressions.UNKNOWN])
    coverage = round(covered / words_read, 4) if words_read else 0.0
    license_class = expressions.license_class(expression)
    return Detection(
        expression, license_class, tuple(stating), coverage, (), tuple(doubtful), _pointers(matches, named)
    )


def _listed(matches: Sequence[Match]) -> frozenset[Match]:
    """Return the names of licences of which three and more stand one below the other: the options of a form, the items
    of a table. Such a list says what there is, not what the file is under.
    """
    named = [one for one in matches if one.expression and one.kind in {"reference", "tag"} and one.words < _TITLE]
    groups: list[list[Match]] = []
    for one in sorted(named, key=lambda one: one.start):
        if groups and one.start - groups[-1][-1].end <= 2:
            groups[-1].append(one)
        else:
            groups.append([one])
    lists = [group for group in groups if len({_brand(one.expression) for one in group}) >= _LIST]
    return frozenset(one for group in lists for one in group)


def _beside(passage: bytes, matches: Sequence[Match]) -> bytes:
    """Return a passage with the lines empty on which long known texts stand: what these say is known."""
    long = [(one.start - 1, one.end) for one in matches if one.expression and one.words >= _PASSAGE]
    if not long:
        return passage
    lines = passage.split(b"\n")
    for first, last in long:
        lines[first:last] = [b""] * (min(last, len(lines)) - first)
    return b"\n".join(lines)


def _dedication(line: int) -> Match:
    return Match(dedications.EXPRESSION, "public domain", "notice", line, line, 2, 1.0)


def _titles(text: bytes, places: Sequence[tuple[int, int]]) -> list[Match]:
    """Return the names of licences that stand by themselves in the comments at the top of a file."""
    return [
        _announcement(one, text.count(b"\n", 0, start) + 1)
        for start, end in places
        if start < passages.TOP
        for one in announced.titles(text[start:end])
    ]


def _announcement(one: announced.Statement, line: int) -> Match:
    return Match(one.expression, "short statement", "notice", one.start + line, one.end + line, one.words, 1.0)


def _restrictions(matches: Sequence[Match]) -> list[tuple[int, int]]:
    """Return the lines of what is too short to state a licence, and restricts the permissive text in whose comment it
    stands ("Do not redistribute.").
    """
    if not any(
        one.words >= _LONG // 2 and expressions.license_class(one.expression or None) in _FREE for one in matches
    ):
        return []
    short = [one for one in matches if one.expression and not _states(one, introduced=False)]
    return [(one.start, one.end) for one in short if expressions.license_class(one.expression) in _CLOSED]


def _pointers(matches: Sequence[Match], named: Sequence[str]) -> tuple[str, ...]:
    """Return the names as they stand in the file; a known sentence that gives none means LICENSE."""
    if not named and any(one.kind == "pointer" for one in matches):
        return ("LICENSE",)
    return tuple(dict.fromkeys(named))


def _in_passages(index: Index, text: bytes) -> Detection:
    own = tags.find(text)
    found = in_text(text, index)
    own = _tags_of_its_own(text.decode("utf-8", "replace"), own, found.matches)
    expression = _with_tags(found.expression, own.expression)
    return replace(found, expression=expression, license_class=expressions.license_class(expression), tags=own.raw)


def _tags_of_its_own(text: str, own: tags.Tags, matches: Sequence[Match]) -> tags.Tags:
    """Return the tags that do not stand inside a licence's text, as an instruction how to apply it."""
    regions = [(one.start, one.end) for one in matches if one.kind in {"license", "text"} and one.words >= _LONG]
    if not own.raw or not regions:
        return own
    lines = text.splitlines(keepends=True)
    for start, end in regions:
        lines[start - 1 : end] = ["\n"] * (end - start + 1)
    return tags.find("".join(lines).encode("utf-8", "replace"))


def _combine(matches: Sequence[Match]) -> str | None:
    """Join what was found by AND, in order; a grant of later versions overrides the text that cannot tell, a
    version the bare name, and an exception joins the licence before it.
    """
    found = list(dict.fromkeys(one.expression for one in matches))
    later = {one.removesuffix("-or-later") for one in found if one.endswith("-or-later")}
    found = [one for one in found if one.removesuffix("-only") not in later or not one.endswith("-only")]
    for bare, family in _BARE_NAMES.items():
        if sum(one.startswith(family) for one in found) > 1:
            found = [one for one in found if one != bare]
    if "LGPL-3.0-only" in found:  # it is written as additions to the GPL, whose text it is often kept with
        found = [one for one in found if one != "GPL-3.0-only"]
    return expressions.join(_with_exceptions(found))


def _is_short(one: Match) -> bool:
    return one.kind in {"tag", "reference"} and one.words <= _FILE_WORDS and one.start == one.end


def _names_a_file(one: Match, lines: Sequence[str]) -> bool:
    """Whether a match of a few words is the name of another file ("found in LICENSE.BSD")."""
    return _is_short(one) and one.start <= len(lines) and _FILE_NAME.search(lines[one.start - 1]) is not None


def _separate(matches: Sequence[Match]) -> list[str]:
    """Return what the texts in a file state, nothing where more is stated beside them than an introduction to them."""
    texts = list(dict.fromkeys(one.expression for one in matches if one.words >= _LONG // 2))
    told = {_brand(family) for text in texts for family in expressions.families(text)}
    return texts if all({*map(_brand, expressions.families(one.expression))} <= told for one in matches) else []


def _brand(family: str) -> str:
    """Return by what a licence is called that is named without its version: a "BSD licence" is any of them."""
    return "BSD" if "BSD" in family else family.partition("-")[0]


def _with_exceptions(found: list[str]) -> list[str]:
    """Join each exception to the licence before it; one that names the licence without a version is joined too."""
    joined: list[str] = []
    for one in found:
        bare, _, named = one.partition(" WITH ")
        same = bool(joined) and bare in _BARE_NAMES and joined[-1].startswith(_BARE_NAMES[bare])
        exception = named if same and named else one.removeprefix(_EXCEPTION)
        pair = expressions.parse(f"{joined[-1]} WITH {exception}") if joined and exception != one else None
        belongs = bool(joined) and " " not in joined[-1] and ("GPL-" in joined[-1] or exception in _OTHER_EXCEPTIONS)
        if pair is not None and belongs:
            joined[-1] = pair
        else:
            joined.append(one)
    return joined


def _statements(
    matches: Sequence[Match], short: Sequence[Match] = (), listed: frozenset[Match] = frozenset()
) -> list[Match]:
    """Return the matches that state the licence of the file they stand in.

    A name alone states nothing: it may stand in a list, in a value, in a sentence about another program. It does
    after words that introduce a licence, and in a sentence long enough to say what it is about. `short` are short
    statements, which go before the names of which they are made up; `listed` are names in a list, see `_listed`.
    """
    stating = []
    long = [(one.start, one.end) for one in matches if one.words >= _LONG]
    exceptions = [one for one in matches if one.expression.startswith(_EXCEPTION) and one.words >= _LONG // 2]
    before = -9
    for one in matches:
        introduced = one.start - before <= 1
        before = one.end if one.kind == "intro" else -9
        quoted = one.kind in {"reference", "tag"} and any(start < one.start <= one.end < end for start, end in long)
        # An exception names the licence that it is one to.
        inside = one.words < _PASSAGE and any(other.start <= one.start and one.end <= other.end for other in exceptions)
        if one.expression and one not in listed and not quoted and not inside and _states(one, introduced=introduced):
            stating.append(one)
    stating = _with_short(stating, short)
    stated, named = (
        {one.expression for one in some if one.expression and one.words < _PASSAGE} for some in (stating, matches)
    )
    if len(stated) > _STATED or len(named) > _NAMED:
        stating = [one for one in stating if one.words >= _PASSAGE]
    return [one for one in stating if not any(_leads_in(one, other) for other in stating)]


def _leads_in(one: Match, other: Match) -> bool:
    """Whether a short statement is the name above a text: which BSD license it is, the text says."""
    if one.words >= _TITLE or other.words < _LONG // 2 or not 0 <= other.start - one.end <= _BELOW:
        return False
    brands = {_brand(family) for family in expressions.families(one.expression)}
    return brands <= _LOOSE_NAMES and brands == {_brand(family) for family in expressions.families(other.expression)}


def _with_short(stating: list[Match], short: Sequence[Match]) -> list[Match]:
    """Return the statements with the short ones, each in place of those on its lines that name less."""
    for one in short:
        near = [other for other in stating if other.start <= one.end and other.end >= one.start]
        known = _bare_members(one)
        more = [other for other in near if not _is_bare_name_of(other, known)]
        if all(other.words < _PASSAGE and _bare_members(other) <= known for other in more):
            later = [other for other in more if other.words >= _SENTENCE and "-or-later" in other.expression]
            if "-or-later" in one.expression or not later:
                stating = [other for other in stating if other not in near] + [one]
    return sorted(stating, key=lambda one: (one.start, one.end))


def _is_bare_name_of(one: Match, known: set[str]) -> bool:
    """Whether a match is the name, without its version, of a licence that is known with one."""
    family = _BARE_NAMES.get(one.expression)
    return family is not None and any(member.startswith(family) for member in known)


def _bare_members(one: Match) -> set[str]:
    members = expressions.members(one.expression)
    return {member.removesuffix("-only").removesuffix("-or-later") for member in members}


def _states(one: Match, *, introduced: bool) -> bool:
    if one.kind in {"license", "text", "notice"}:
        return one.words >= _SHORTEST
    sure = one.relevance >= _SURE and one.speaks and one.words >= (2 if one.kind == "tag" else _SENTENCE)
    return sure or introduced


def _name_only(body: words.Words) -> str | None:
    if len(body) > _NAME_ONLY:
        return None
    known = tags.interpret(" ".join(body.between(0, len(body)).split()))
    return known if known != expressions.UNKNOWN else None


def _with_tags(found: str | None, tagged: str | None) -> str | None:
    """A tag refines the text that it names (GPL-3.0-or-later over the GPL's text); otherwise both hold."""
    if found is None or tagged is None:
        return found or tagged
    bare = {member.removesuffix("-only").removesuffix("-or-later") for member in expressions.members(tagged)}
    if all(member.removesuffix("-only") in bare for member in expressions.members(found)):
        return tagged
    return expressions.join([found, tagged])
