"""A licence file that says what holds for the whole, and what for named parts.

Such a file goes on after its first licence: "everything under docs/ is licensed ...", "incorporates dtoa.c, which
bears the following notice". What stands between two known texts leads in the second. If that names files or folders,
the second licence holds for those.
"""

from __future__ import annotations

import re

from stackmark.licenses import expressions, words
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import Detection

_MAX_LEAD, _MAX_LEAD_TEXT = 40, 4000  # lines, characters
# Lead-in lines that a matched notice itself, which is short, may begin with.
_OWN_LINES, _NOTICE_WORDS = 4, 60
_MAX_PATHS = 50
_FREE = ("public-domain", "permissive")
_RULER = re.compile(r"\W*([-=*#_~])\1{4,}\W*")
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
_CHOICE = re.compile(
    r"\b(?:dual|either(?! version)|alternatively|at your option|choose|choice|or the following)\b", re.I
)


def split(content: bytes, detection: Detection) -> list[Declaration]:
    """Return what holds for the whole of a licence file's folder and what for parts; nothing for other files.

    The whole loses the licence of an unnamed part only if that is a permissive one: a permissive whole never comes
    out of a file that has stricter terms too, unless it says for which files they are.
    """
    if detection.expression is None or detection.residue or len(detection.matches) < 2:
        return []
    lines = words.decode(content).splitlines()
    first, *others = sorted(detection.matches, key=lambda match: match.start)
    whole = [first.expression]
    parts: list[Declaration] = []
    end, lead = first.end, ""
    for match in others:
        own = _OWN_LINES if match.words < _NOTICE_WORDS else 0
        fresh = _lead(lines[end : match.start - 1], lines[match.start - 1 : match.start - 1 + own])
        lead = fresh or lead  # of two texts with nothing but holders between them the second belongs to the first
        end = max(end, match.end)
        if _CHOICE.search(lead):
            return []
        said = " ".join(lead.split())
        parts += (found := [Declaration("part", match.expression, scope=path, said=said) for path in _named(lead)])
        if not found and not (_OF_PART.search(lead) and expressions.license_class(match.expression) in _FREE):
            whole.append(match.expression)
    if len(whole) == len(others) + 1:
        return []
    return [Declaration("whole", expressions.join(whole)), *parts]


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
        if path.endswith("/") or "." in path.rpartition("/")[2] or "*" in path:  # "and/or" is none
            found.append(f"{path}**" if path.endswith("/") else path)
    found += [f"{match[1] or match[2]}/**" for match in _FOLDER.finditer(lead)]
    return list(dict.fromkeys(found))[:_MAX_PATHS]


def is_worth_a_look(text: bytes) -> bool:
    """Return, quickly, whether a licence file may have parts: it is longer than one short licence and says so."""
    return len(text) > 1200 and _HINT.search(text[:200_000]) is not None


_HINT = re.compile(
    rb"under the following|following (?:licen[sc]e|notice|terms|copyright)|which bear|(?:is|are) licensed under"
    rb"|distributed under|(?:directory|folder|files) (?:is|are) ",
    re.I,
)
