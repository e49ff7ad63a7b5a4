"""Short statements of a file about its own licence: "Licensed under MIT", "License: MIT or Apache-2.0", "BSD licensed".

Known texts cannot list every pairing of a verb and a name, so such a sentence is read by its form, and the names in it
by closed tables (`stated`). It has to speak of the file it stands in: "X is released under the GPL" says nothing of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

import re2

from stackmark.licenses import expressions, stated

#: So many characters of a comment are read, and so many of a statement.
_MOST, _LONGEST = 20_000, 180
_MAX_STATEMENTS, _MOST_FORMS = 20, 100
_REMEMBERED = 1024
#: What begins the lines of a comment, and ends one. Each pattern begins with a letter, which is looked for fast.
_BEGIN = re.compile(rb"\n[ \t]*(?:(?:[/*#;%!|\"'>\\-]|<!--|\.\.(?=\s)|dnl\b|rem\b|REM\b)+[ \t]*)+")
_ENDS = ((b"*/", re.compile(rb"\*{1,80}+/[ \t]*(?=\n|\Z)")), (b"-->", re.compile(rb"-->[ \t]*(?=\n|\Z)")))
_VERB = (
    r"\b((?:dual|double|triple|multi)[- ]?)?"
    r"((?:re)?licen[sc](?:ed|able)|(?:re)?distribut(?:ed|able)|released|published|provided|offered|available|shared"
    r"|usable|covered|governed|contributed|used|open[- ]?sourced"
    r"|(?:(?:re)?distribute|modify|use|copy)(?:,? (?:and/or|and|or) \w+)?(?: (?:it|them|(?:this|the) \w+))?)"
    r"(?: (?:for use|to you|freely|and \w+|as (?:open source|free software)|without warranty))?"
    r"[ \n]+(under|by|with|in accordance with|according to|subject to|as|in)[ \n]+"
)
#: Of these forms "under MIT" is a statement, of others "under the MIT license": one may use a thing in Tcl.
_CLEAR = re.compile(rb"(?:re)?(?:licen|distribut|releas|publish)", re.I)
_FIELD = (
    r"^[ \t]*(?:@?\\?(?:[\w-]+[ -])?(?:licen[sc]es?|lizenz|licencia|licenza|licença|лицензия|ライセンス|许可证?)"
    r"[ \t]*(?::{1,2}|：|=|->|[ \t]-|[ \t]is\b)|@licen[sc]e[ \t])[ \t]*"
)
#: A variable that holds a table of licences says nothing of the file.
_TABLE = re.compile(rb"\s*[\[{(].*[,:]")
_NAMED = r"\b([\w.+/-]{2,20}(?: ?v?[\d.]{1,5}\+?)?)[- ]licen[sc]ed\b[ \t]*[.!]?[ \t]*$"
_LICENSED = re.compile(rb"icen[sc]ed", re.I)
#: A line that is a licence's name, and the end of one that names a holder: "(c) 2010 Jane Roe, MIT license".
_TITLE = r"^[ \t]*(?:the )?([\w.+/()-]{2,20}(?:,? [\w.+()/-]{1,20}){0,6}?)(?:[,.;:]? see\b[^\n]*)?[ \t]*$"
_HELD = (
    r"(?:copyright|\(c\)|©)[^\n]{2,120}(?:[,.;|/(–-]|\bunder)[ \t]*(?:the )?"
    r"([\w.+/-]{2,20}(?: [\w.+-]{1,20}){0,4} licen[sc]e)\)?[ \t]*[.!]?[ \t]*$"
)
_SIGN = re.compile(rb"copyright|\(c\)|\xc2\xa9", re.I)
#: What a statement about the file itself may begin with.
_ITSELF = re.compile(
    r"(?:[\s,;&-]|\b(?:this|the|all|above|following|source|code|files?|software|program|programme|library|lib|scripts?"
    r"|module|plugin|package|project|work|header|document|documentation|class|functions?|material|contents?|data"
    r"|template|theme|tool|app|application|component|extension|gem|crate|repository|distribution|product|everything|here"
    r"|herein|in|of|is|are|it|its|also|hereby|may|be|can|and|or|free|freely|open|use|both|has|been|will|made|dual|you|under"
    r"|copyright)\b)*",
    re.I,
)
#: What it says of something else, and of what the file was made from.
_OF_OTHERS = re.compile(
    r"\b(?:uses?|using|bundled|third|not|was|were|had|if|whether|unless|except|before|until|originally|including)\b",
    re.I,
)
_OF_SOURCES = re.compile(
    r"\b(?:based|derived|adapted|ported|copied|taken|borrowed|portions?|parts?|some|contains?|includes?)\b", re.I
)
_FREE = ("public-domain", "permissive")
#: A holder: what follows the name of one, after a full stop or a comma, speaks of the file too.
_HOLDER = re.compile(
    r"(?:copyright|copr\.|\(c\)|©|all rights reserved|\bby\b|\bauthors?\b|@)[^\n]*[.,;)\d-]\s*$"
    r"|all rights reserved\W*$",
    re.I,
)
_SENTENCE = re.compile(r"[.!?;:](?=\s)|\n[ \t]*\n")
_LEAD = re.compile(
    r"(?:[\s\"'`(<\[{]|\b(?:the|a|an|either|both|one|any|of|following|terms|conditions|provisions|and|open[- ]source"
    r"|osi[- ]approved|permissive|free|software|two|your choice|choice|licen[sc]es?:?)\b)*",
    re.I,
)
_CUT = re.compile(
    r"\.(?=\s|$)|[;,(<]|\s[-–—]\s|\s*\n|\s+(?:see|with|which|as|in|for|if|when|that|unless|and is|found|at|by|so|you"
    r"|please|file|below|above|to)\b",
    re.I,
)
#: What names a licence, or takes back what is granted: where it follows the names that are known, they are not all.
_BRAND = re.compile(
    r"\b(?:[al]?gpl|gnu|affero|lesser|general public|apache|bsd|mit|mozilla|mpl|eclipse|epl|cddl|commercial|proprietary"
    r"|creative commons|cc|eupl|boost|artistic|restrict|except|not|only|non)",
    re.I,
)
_PLURAL, _VERSION = re.compile(r"\blicen[sc]es$", re.I), re.compile(r",\s+(?=v(?:ersion|\.)?\s?\d)", re.I)
_CHOICE = re.compile(r"\beither\b|\bat your (?:option|choice|discretion)\b|\bchoice\b|\bchoose\b", re.I)
_LATER = re.compile(r"\b(?:later|newer|above|greater|higher)\b", re.I)
#: What a name without a version means where nothing else is stated.
_USUAL = {"bsd": "BSD-3-Clause", "apache": "Apache-2.0", "apache software": "Apache-2.0"}
_QUOTES = str.maketrans("", "", "\"'`“”‘’")


@cache
def _forms() -> tuple[Any, ...]:  # the library is not typed
    options = re2.Options()
    options.case_sensitive = False
    forms = (_VERB, _FIELD, _NAMED, _TITLE, _HELD)
    return tuple(re2.compile(f"(?m){form}".encode(), options) for form in forms)


class Statement(NamedTuple):
    """What a passage states: SPDX, first and last line (0-based, of the passage), number of words."""

    expression: str
    start: int
    end: int
    words: int


@lru_cache(maxsize=_REMEMBERED)
def find(passage: bytes) -> tuple[Statement, ...]:
    """Return the short statements in a comment or paragraph, in order; names that no table knows state nothing."""
    text = unmarked(passage[:_MOST])
    found: list[Statement] = []
    for start, end, said in sorted(_spoken(text)):
        line = text.count(b"\n", 0, start)
        if not found or line > found[-1].end:
            found.append(Statement(said, line, line + text.count(b"\n", start, end), len(text[start:end].split())))
        if len(found) == _MAX_STATEMENTS:
            break
    return tuple(found)


def titles(passage: bytes) -> tuple[Statement, ...]:
    """Return the names of licences that stand by themselves in a comment that names a holder, in order.

    They are weak evidence, for a file that states nothing else: above a text it is the text that counts.
    """
    text = unmarked(passage[:_MOST])
    if not _SIGN.search(text):
        return ()
    named = [number for number, line in enumerate(text.lower().split(b"\n")) if b"icen" in line]
    lines = text.split(b"\n") if named else []
    found = []
    for number in named[:_MOST_FORMS]:
        for form in _forms()[3:]:
            hit = form.search(lines[number])
            name = hit.group(1) if hit else b""
            said = _meaning(name.partition(b"(")[0].decode("utf-8", "replace"), choice=False)
            if said and b"icen" in name.lower():
                found.append(Statement(said, number, number, len(name.split())))
    return tuple(found)


@lru_cache(maxsize=64)  # what one passage says is asked for in several ways
def unmarked(passage: bytes) -> bytes:
    """Return a passage without the signs of comments at both ends of its lines; every line stays in its place."""
    text = _BEGIN.sub(b"\n ", b"\n" + passage)[1:]
    for sign, end in _ENDS:
        text = end.sub(b" ", text) if sign in text else text
    return text


def _spoken(text: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield where each statement begins and ends, and its expression."""
    verbs, fields, names, *_ = _forms()
    for verb in itertools.islice(verbs.finditer(text), _MOST_FORMS):
        after = text[verb.end() : verb.end() + _LONGEST]
        clear = _CLEAR.match(verb.group(2)) and verb.group(3).lower() == b"under"
        said = _names(after, choice=verb.group(1) is not None) if clear or _names_license(after) else None
        named = said and (clear or _names_license(after[: said[1]]))
        if said and named and _of_the_file(text, verb.start(), said[0]):
            yield verb.start(), verb.end() + said[1], said[0]
    for field in itertools.islice(fields.finditer(text), _MOST_FORMS):
        value = text[field.end() : field.end() + _LONGEST].partition(b"\n")[0]
        said = None if field.group().rstrip().endswith(b"=") and _TABLE.match(value) else _names(value, choice=False)
        if said:
            yield field.start(), field.end() + said[1], said[0]
    licensed = _LICENSED.search(text)  # cheaper to look for than names
    for named in itertools.islice(names.finditer(text) if licensed else (), _MOST_FORMS):
        expression = _meaning(named.group(1).decode("utf-8", "replace"), choice=False)
        if expression and _of_the_file(text, named.start(), expression):
            yield named.start(), named.end(), expression


def _names_license(text: bytes) -> bool:
    return b"icen" in text.lower()


def _of_the_file(text: bytes, place: int, expression: str) -> bool:
    """Whether the sentence that goes on at a place has spoken of nothing but the file and its holders so far.

    What is said of a part, or of what the file was made from, counts where it asks for more than a notice.
    """
    before = text[max(place - _LONGEST, 0) : place].decode("utf-8", "replace")
    sentence = _SENTENCE.split(before)[-1]
    above, _, line = before.rpartition("\n")
    if _OF_OTHERS.search(sentence):
        return False
    if _OF_SOURCES.search(sentence):
        return expressions.license_class(expression) not in _FREE
    begins = (line.strip() or chr(text[place]))[0].isupper()  # a title above need not end in a full stop
    if begins and _ITSELF.fullmatch(line):
        return True
    named = _HOLDER.search(line) or (not line.strip() and _SIGN.search(above.rpartition("\n")[2].encode()))
    return _ITSELF.fullmatch(sentence) is not None or bool(named)


@lru_cache(maxsize=_REMEMBERED)
def _names(text: bytes, *, choice: bool) -> tuple[str, int] | None:
    """Return what the names that begin a text mean, and how many bytes they have: the longest reading known."""
    sentence = _SENTENCE.split(text.decode("utf-8", "replace"))[0]
    lead = _LEAD.match(sentence)
    begin = lead.end() if lead else 0
    choice = choice or _CHOICE.search(sentence) is not None
    for end in sorted({len(sentence), *(cut.start() for cut in _CUT.finditer(sentence, begin))}, reverse=True):
        said = _meaning(sentence[begin:end], choice=choice)
        if said:
            more = _brands(sentence[end:]) - _brands(sentence[begin:end])
            return None if more else (said, len(sentence[:end].encode()))
    return None


def _brands(text: str) -> set[str]:
    return {word.lower() for word in _BRAND.findall(text)}


@lru_cache(maxsize=_REMEMBERED)
def _meaning(text: str, *, choice: bool) -> str | None:
    phrase = _PLURAL.sub("", " ".join(_VERSION.sub(" ", text.translate(_QUOTES)).split()).strip(" .,()<>[]"))
    said = stated.interpret(phrase) if phrase else stated.Said()
    expression = (
        said.expression or _USUAL.get(said.family or "") or (stated.family_alone(said.family) if said.family else None)
    )
    expression = stated.settle(expression, ()) if expression else None
    if expression is None or expression == expressions.UNKNOWN or expressions.UNKNOWN in expression:
        return None
    if choice and " OR " not in expression and not _LATER.search(phrase):
        return expressions.join(expression.split(" AND "), "OR")
    return expression
