"""A licence file that says what holds for the whole, and what for named parts.

Such a file goes on after its first licence: "everything under docs/ is licensed ...", "incorporates dtoa.c, which
bears the following notice". What stands between two known texts leads in the second. If that names files or folders,
the second licence holds for those.
"""

from __future__ import annotations

import itertools
import re

from stackmark.licenses import expressions, stated, words
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import Detection

_MAX_LEAD, _MAX_LEAD_TEXT = 40, 4000  # lines, characters
# Lead-in lines that a matched notice itself, which is short, may begin with.
_OWN_LINES, _NOTICE_WORDS = 4, 60
_MAX_PATHS = 50
_FREE = ("public-domain", "permissive")
_RULER = re.compile(r"\W*([-=*#_~])\1{4,}\W*")
_HOST = re.compile(r"^[^/]*\.(?:org|com|net|io|edu|gov)$", re.I)
_COPYRIGHT = re.compile(r"\s*(?:copyright|\(c\)|©)", re.I)
_PATH = re.compile(
    r"(?<![\w@:/.])((?:[\w+.-]{1,60}/){1,8}[\w+*.-]{0,60}|[\w+-]{1,60}(?:\.[\w+-]{1,30}){0,3}\.(?:[a-z]\w{0,5}))(?![\w@])",
    re.I,
)
_FOLDER = re.compile(
    r"[`'\"]([\w.+-]{1,60})/?[`'\"]\s+(?:sub-?)?(?:directory|folder)|(?:directory|folder)\s+[`'\"]([\w.+-]{1,60})/?[`'\"]",
    re.I,
)
# Words that introduce a part although they name no path: "the X module is available under", "based on code from".
_OF_PART = re.compile(
    r"\b(?:portions?|parts?|bundle[sd]?|includ(?:es|ed|ing)|incorporat(?:es|ed|ing)|contains?|based on|derived from"
    r"|borrowed|copied from|taken from|librar(?:y|ies)|component|files?|third[- ]party|code)\b|modules?\b"
    r"|\bthe (?!(?:software|project|program|package|work|source|rest|following|licen[sc]e)\b)(?:[\w.+-]{1,40} ){1,3}"
    r"(?:is|are) (?:available|licen[sc]ed|distributed|released|provided|covered|copyright)",
    re.I,
)
_DUAL = re.compile(
    r"\b(?:dual|triple|multi|double)[- ]?licen[sc]ed under (?:both )?(?:the )?(?:terms of )?(?:the )?"
    r"([\w .,+-]{5,160}?)(?:\.(?=\s|$)|,? (?:as|see|which|at|and is|licen[sc]es)\b|$)",
    re.I,
)
# A heading under which all that follows are other people's licences.
_OTHERS = re.compile(
    r"third[- ]part(?:y|ies)|dependenc(?:y|ies)|bundled|externally maintained|open source software licensed"
    r"|other (?:licen[sc]es|components|software)",
    re.I,
)
_MAX_HEADING = 80
# A list of files that a licence is for, behind its name.
_FILES = re.compile(r"\b(?:files?|sources|modules?|director(?:y|ies)|folders?)\b", re.I)
_LISTED = re.compile(
    r"\s*(?:[-*+]\s+)?[`'\"]?((?:[\w+.-]{1,60}/){0,8}(?:[\w+*-]{1,60}\.[\w.*+-]{1,30}|(?<=/)))[`'\"]?,?\s*"
)
_MAX_LIST_LEAD = 4
_CHOICE = re.compile(
    r"\b(?:dual|either(?! version)|alternatively|at your option|choose|choice|or the following)\b", re.I
)


def split(content: bytes, detection: Detection) -> list[Declaration]:
    """Return what holds for the whole of a licence file's folder and what for parts; nothing for other files.

    The whole loses the licence of an unnamed part only if that is a permissive one: a permissive whole never comes
    out of a file that has stricter terms too, unless it says for which files they are.
    """
    if _only_points(detection):
        return [Declaration("pointer", file=name) for name in detection.pointers]
    choice = None if detection.residue else _choice(words.decode(content[:_MAX_LEAD_TEXT]), detection)
    if choice:
        return [Declaration("whole", choice)]
    if detection.expression is None or detection.residue or len(detection.matches) < 2:
        return []
    lines = words.decode(content).splitlines()
    whole: list[str] = []
    parts: list[Declaration] = []
    end, lead, others = 0, "", False
    matches = sorted(detection.matches, key=lambda match: match.start)
    for match in matches:
        between = lines[end : match.start - 1]
        own = (
            lines[match.start - 1 : min(match.start - 1 + _OWN_LINES, match.end)] if match.words < _NOTICE_WORDS else []
        )
        fresh = _lead(between, own)
        lead = fresh or lead  # of two texts with nothing but holders between them the second belongs to the first
        others = others or any(len(line) < _MAX_HEADING and _OTHERS.search(line) for line in between)
        end = max(end, match.end)
        if _CHOICE.search(lead) and " OR " not in match.expression:
            return []
        scopes = _listed(lead, lines[match.end - 1 :]) or (_named(lead) if whole else _folders(lead))
        parts += [Declaration("part", match.expression, scope=path, said=" ".join(lead.split())) for path in scopes]
        free = expressions.license_class(match.expression) in _FREE
        if not scopes and not (whole and free and (others or _OF_PART.search(lead))):
            whole.append(match.expression)
    if not whole or len(whole) == len(matches):
        return []
    return [Declaration("whole", expressions.join(whole)), *parts]


def _only_points(detection: Detection) -> bool:
    """Whether a licence file says nothing but where the licence is: "See COPYING"."""
    return detection.expression == expressions.UNKNOWN and not (
        detection.matches or detection.residue or detection.tags
    )


def _choice(text: str, detection: Detection) -> str | None:
    """Return the choice that a sentence gives: "dual licensed under the X and the Y"; None unless all are known, and
    nothing else is stated.
    """
    found = _DUAL.search(" ".join(text.split()))
    if found is None:
        return None
    said = stated.interpret(re.sub(r",? and (?:the )?|, (?:the )?", " or ", found[1])).expression
    known = stated.settle(said, expressions.members(detection.expression or "")) if said else ""
    if " OR " not in known or expressions.license_class(known) == "unknown":
        return None
    besides = expressions.families(detection.expression or "") - expressions.families(known)
    return known if not detection.matches or not besides else None


def _lead(between: list[str], own: list[str]) -> str:
    """Return the last paragraph before a known text that says something, with that text's first lines."""
    rulers = [number for number, line in enumerate(between) if _RULER.fullmatch(line)]
    text = "\n".join(between[rulers[-1] + 1 if rulers else 0 :][-_MAX_LEAD:])
    paragraphs = [one for one in re.split(r"\n[ \t]*\n", text) if one.strip() and not _COPYRIGHT.match(one)]
    return "\n".join([*paragraphs[-2:], *own])[-_MAX_LEAD_TEXT:]


def _named(lead: str) -> list[str]:
    """Return the scopes that a lead-in names: files by their name anywhere below, folders with all that is in them."""
    found: list[str] = []
    for match in _PATH.finditer(lead):
        path = match[1].strip(".")
        if _HOST.search(path):
            continue
        if path.endswith("/") or "." in path.rpartition("/")[2] or "*" in path:  # "and/or" is none
            found.append(f"{path}**" if path.endswith("/") else path)
    return list(dict.fromkeys([*found, *_folders(lead)]))[:_MAX_PATHS]


def _folders(lead: str) -> list[str]:
    return [f"{match[1] or match[2]}/**" for match in _FOLDER.finditer(lead)]


def _listed(before: str, lines: list[str]) -> list[str]:
    """Return the paths of a list that follows: "these files are in the public domain:" and one on each line."""
    last = next((number for number, line in enumerate(lines[:_MAX_LIST_LEAD]) if line.rstrip().endswith(":")), None)
    if last is None or not _FILES.search(" ".join([before, *lines[: last + 1]])):
        return []
    listed = [_LISTED.fullmatch(line) for line in lines[last + 1 : last + 1 + _MAX_PATHS]]
    found = list(itertools.takewhile(bool, listed))
    return [f"{one[1]}**" if one[1].endswith("/") else one[1] for one in found if one]


def is_worth_a_look(text: bytes) -> bool:
    """Return, quickly, whether a licence file may have parts or only point to another."""
    if len(text) <= _MAX_POINTER and _POINTS.search(text):
        return True
    return _HINT.search(text[:200_000]) is not None


#: A file that only points elsewhere is no longer, in bytes.
_MAX_POINTER = 500
_POINTS = re.compile(rb"\b(?i:see|refer|read|found|in)\b[^.]{0,60}(?:LICEN[CS]E|COPYING|COPYRIGHT)")
_HINT = re.compile(
    rb"under the following|following (?:licen[sc]e|notice|terms|copyright)|which bear|(?:is|are) licensed under"
    rb"|distributed under|(?:directory|folder|files) (?:is|are|use) |(?:all|following)(?: \w+)? files"
    rb"|third[- ]party|externally maintained|(?:is|are) available under|(?:dual|triple|multi|double)[- ]?licen[sc]ed",
    re.I,
)
