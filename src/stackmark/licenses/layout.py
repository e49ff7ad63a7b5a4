"""A licence file or readme that divides a tree in sentences: what is below `ee/` is under one licence, the rest under
another.

Open-core projects and monorepos write so: "All content that resides under the "ee/" directory is licensed under the
license defined in "ee/LICENSE". Content outside of the above mentioned directories is available under the MIT license
as defined below." The items of a list, the rows of a table and the sentences of a paragraph are read one by one. Each
has to be understood: of a text with a sentence that may restrict something and is none of these, nothing is taken.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stackmark.licenses import expressions, residue, stated
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import Detection, detect, in_text

#: More or longer sentences (characters) are no introduction.
_MAX_SENTENCES, _LONGEST, _MAX_SCOPES = 80, 1000, 50
_FREE = ("public-domain", "permissive")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\(?\d{1,2}[.)]|\(?[a-z]\))[ \t]+(?=\S)")
_ROW = re.compile(r"[ \t]*\|")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`*(])|;\s+(?:and\s+)?")
#: What parts the things that are spoken of from the licence; in the second form the licence comes first.
_VERB = re.compile(
    r"\b(?:(?:is|are|be|remains?)\s+(?:\w+ly\s+|also\s+|made\s+|instead\s+)?(?:(?:dual[- ]|multi[- ])?licen[sc]ed"
    r"|available|released|distributed|provided|covered|governed|published|offered|placed|put|subject)"
    r"\s+(?:under|by|with|to|in(?:to)?)|(?:is|are)\s+(?:in|under)|(?:falls?|comes?)\s+under|uses?"
    r"|(?:is|are)(?=\s+(?:[A-Z`\"']|0BSD|public domain|proprietary)))\s+",
)
_APPLIES = re.compile(r"\b(?:(?:appl(?:y|ies) to|covers?|is for|are for)\s+|for\s+(?=everything|all\b))", re.I)
_COLON = re.compile(r"(?:\s*:|\s+(?:[-–—]|->|=>|→))\s+")
#: What is left when all that is named is taken away.
_REST = re.compile(
    r"\b(?:(?:all|any|every|everything|anything)\s+(?:the\s+)?(?:other|else)|the\s+(?:rest|remainder)|remaining|others?"
    r"|(?:content|code|files?|anything|everything)(?:\s+\S+){0,3}\s+(?:outside|not\s+(?:in|under|listed|covered|mentioned))"
    r"|(?:unless|except)(?:\s+\S+){0,2}\s+(?:otherwise\s+|explicitly\s+)?(?:stated|noted|specified|indicated|mentioned)"
    r"|by default)\b",
    re.I,
)
_WHOLE = re.compile(
    r"\W*(?:(?:all|the|this|our|of|in|source|own|main|core|original|entire|any)\s+)*(?:code|sources?|software|project"
    r"|repository|repo|program|library|package|files?|contents?|everything)(?:\s+(?:in|of|from|for)\s+(?:this|the|our)"
    r"(?:\s+\w+)?\s+(?:repo(?:sitory)?|project|package|software|tree))?\W*",
    re.I,
)
_BUT = (
    r"(?:except(?:ing)?(?:\s+for)?|with\s+the\s+(?:sole\s+)?exceptions?\s+of|apart\s+from|other\s+than)\s+"
    r"(?!\w*\s*(?:otherwise|noted|stated|where|as)\b)"
)
_EXCEPT = re.compile(rf",?\s+\(?{_BUT}", re.I)
#: "Except for X, all else is under Y", "all but X is under Y": both are read as "all is under Y, except for X".
_FIRST = re.compile(rf"\W*{_BUT}([^,]{{1,200}}),\s+(.+)", re.I)
_AMID = re.compile(rf"(.{{0,80}}?),?\s+{_BUT}(.{{1,200}}?)\s+((?:is|are)\s.+)", re.I)
#: What a statement holds with, and asks for nothing: "unless noted otherwise".
_UNLESS = re.compile(
    r",?\s*\b(?:unless|except\s+(?:where|as|when))\b.{0,100}\b(?:otherwise|noted|stated|specified|indicated|mentioned)\b"
    r"\W*(?:$|,)",
    re.I,
)
_PURPOSE = re.compile(r"\s(?:to|for)\s.*")
_RESERVED = re.compile(r"\ball rights reserved\b", re.I)
_WHICH = re.compile(r",?\s+(?:which|that|and)\s+(?=(?:is|are)\s)", re.I)
_OPTIONAL = re.compile(r"\bif\s+(?:that|this|the|such|those|these|it|they)(?:\s+\w+)?\s+exists?\b", re.I)
#: What is said of other people's work, and what only leads in: neither asks for anything.
_OTHERS = re.compile(
    r".*\bthird[- ]part(?:y|ies)\b.*\b(?:original|own|respective|their|separate)\b[^.]*\blicen[sc]es?\b", re.I
)
_LEADS_IN = re.compile(
    r"[^.;]{0,120}\b(?:as\s+follows|follow(?:ing|s)|different|several|multiple)\b[^.;]{0,80}[:.]", re.I
)
_HOLDER = re.compile(r"\W*(?:copyright|\(c\)|©)", re.I)
_QUOTED = re.compile(r"[`\"'“‘]{1,2}(/?[\w.@+*-][\w.@+*/-]{0,100})[`\"'”’]{1,2}")
_BARE = re.compile(
    r"(?<![\w@:/.\"'`*])((?:\./|/)?(?:[\w.@+-]{1,60}/){1,8}[\w.+*-]{0,60}|/[\w.@+-]{2,60}|\*\.\w{1,8})(?![\w@/])"
)
_FOLDER = re.compile(
    r"\b(?:sub-?)?(?:director(?:y|ies)|folders?|paths?)\b|\b(?:in|under|below|inside|within|of)\s+[`\"']", re.I
)
_A_PATH = re.compile(r"[`\"']?(?:[\w.@+*-]*/)+[\w.@+*-]*[`\"']?|[`\"'][\w.@+*/-]{1,100}[`\"']|[\w*-]{1,100}\.\w{1,5}")
_NAMED_FOLDER = re.compile(r"\bthe\s+([\w.-]{1,60})/?\s+(?:sub-?)?(?:directory|folder)\b", re.I)
_NO_NAMES = frozenset(
    ("root", "same", "this", "that", "above", "following", "current", "whole", "entire", "main", "top", "each", "other")
)
_FILE = re.compile(r"(?<![\w/])((?:[\w.+-]{1,60}/){0,6}(?:LICEN[CS]E|COPYING|EULA)(?:[-_.][\w.-]{1,40})?|"
                   r"(?:[\w.+-]{1,60}/){1,6}licen[cs]e(?:\.\w{2,4})?)(?![\w/])")  # fmt: skip
#: "Already MIT", "relicensed from the GPL to MIT"; and what is said of a part that differs in nothing.
_CHANGED = re.compile(r"\b(?:re)?licen[sc]ed\s+from\s.{1,80}?\sto\s+|^\W*(?:already|now|still|also|only)\s+", re.I)
_LICENSED = re.compile(r"[- ]licen[sc]ed$", re.I)
_SAME = re.compile(r"\b(?:the|under)\s+same\s+(?:terms|conditions|licen[sc]e)\b", re.I)
_MORE = re.compile(r"\b(?:with|plus|but|subject|provided|modified|clauses?\b(?<!\d[- ]clause))\b", re.I)
_SHOWN = re.compile(
    r"\bas\s+(?:defined|described|found|set\s+(?:out|forth)|given|included|shown)\s+(?:below|here)\b", re.I
)


class _Said(NamedTuple):
    """What one sentence says: of the rest (no `scopes`) or of named paths; an expression, or what a file says."""

    scopes: tuple[str, ...]
    expression: str | None
    file: str | None
    said: str


def read(text: str) -> list[Declaration]:
    """Return what holds for the rest of a tree ("whole", the first, if it is said) and for named paths ("part").

    Nothing, unless paths are named and all of the text is understood but the licence of the rest, which may follow.
    """
    lines = text.splitlines()
    sentences = list(itertools.islice(_sentences(lines), _MAX_SENTENCES))
    said: list[_Said] = []
    lead = ""
    for number, (line, sentence) in enumerate(sentences):
        after = sentences[number + 1][1] if number + 1 < len(sentences) else ""
        if sentence.endswith(":") and _is_list(after):
            lead = sentence
            continue
        lead = lead if _is_list(sentence) else ""
        found = [_listed(lead, sentence)] if lead else _understood(sentence)
        if found is None:
            return _declared(said, detect("\n".join(lines[line:]).encode("utf-8", "replace"), "LICENSE"))
        said += found
    return _declared(said, None) if len(sentences) < _MAX_SENTENCES else []


def _declared(said: Sequence[_Said], below: Detection | None) -> list[Declaration]:
    """Return the declarations, given what the text says that follows; one that nothing speaks of holds for the rest."""
    rest = list(dict.fromkeys((one.expression, one.file) for one in said if not one.scopes))
    if below:
        rest = rest or [(below.expression, None)]
        expression = rest[0][0]
        if below.residue or not expression or not _same(expression, below.expression):
            return []
    parts = [
        Declaration("part", one.expression, file=one.file, scope=scope, said=one.said)
        for one in said
        for scope in one.scopes
    ]
    if not parts or len(rest) > 1 or (expressions.UNKNOWN, None) in rest:
        return []
    whole = [Declaration("whole", expression, file=None if expression else file) for expression, file in rest]
    return [*whole, *parts]


def _same(expression: str, other: str | None) -> bool:
    return other is not None and expressions.families(expression) == expressions.families(other)


def _sentences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a text, of a list's item and of a table's row, each with the line (0-based) on which its
    paragraph, item or row begins.
    """
    block: list[str] = []
    first = 0
    for number, line in enumerate([*lines, ""]):
        item, heading = _ITEM.match(line), line.lstrip().startswith("#")
        if block and (item or heading or _ROW.match(line) or not line.strip() or block[-1].endswith(":")):
            yield from ((first, sentence) for sentence in _SENTENCE.split(" ".join(block)))
            block = []
        if line.strip() and not heading:
            first = first if block else number
            block.append(" ".join(line[item.end() if item else 0 :].split()))


def _is_list(sentence: str) -> bool:
    return 0 < len(sentence) < _LONGEST and all(_A_PATH.fullmatch(one) for one in sentence.split(", "))


def _listed(lead: str, sentence: str) -> _Said:
    """Read an item that is nothing but paths, below "The following files are licensed under X:"."""
    said = lead[-_LONGEST:].rstrip(": ")
    verb = _VERB.search(said)
    expression, file = _license(said[verb.end() :] if verb else _PURPOSE.sub("", said))
    return _Said(_scopes(sentence, listed=True), expression or (None if file else expressions.UNKNOWN), file, lead)


def _understood(sentence: str) -> list[_Said] | None:
    """Return what a sentence says of paths, nothing if it says nothing of licences, None if it is not understood."""
    if len(sentence) > _LONGEST:
        return None
    if _ROW.match(sentence):
        return _row([cell.strip() for cell in sentence.strip(" |").split("|")])
    if any(form.match(sentence) for form in (_HOLDER, _OTHERS)) or _LEADS_IN.fullmatch(sentence):
        return []
    if _SAME.search(sentence) and not _binds(sentence):
        return []
    return _statement(sentence) or _reserved(sentence) or (None if _binds(sentence) else [])


def _reserved(sentence: str) -> list[_Said]:
    """Read "All rights reserved for what is in X"."""
    scopes = _scopes(sentence, listed=True) if _RESERVED.search(sentence) else ()
    return [_Said(scopes, stated.PROPRIETARY, None, sentence)] if scopes else []


def _binds(sentence: str) -> bool:
    return residue.sentence_binds(" ".join(re.findall(r"[^\W_]+", sentence.lower())))


def _row(cells: Sequence[str]) -> list[_Said] | None:
    """Read a row of a table: a cell that names paths, or the rest, and one that names a licence."""
    if not any(cell.strip(":- ") for cell in cells):
        return []
    found = [(number, *_license(cell)) for number, cell in enumerate(cells) if number]
    known = [(number, expression, file) for number, expression, file in found if expression or file]
    scopes = _scopes(cells[0], listed=True)
    if not scopes and not _REST.search(cells[0]):
        return None if known else []
    if len({expression for _, expression, _ in known}) != 1:
        return None
    return [_Said(scopes, known[0][1], known[0][2], " ".join(cells))]


def _statement(sentence: str) -> list[_Said] | None:
    """Read a sentence of one of the known forms, None if it has none of them."""
    main, *excepted = _EXCEPT.split(_in_order(sentence), maxsplit=1)
    parted = _parted(main)
    if parted is None:
        return None
    subject, licence, listed = parted
    expression, file = _license(licence)
    rest = _REST.search(main) is not None or (_WHOLE.fullmatch(subject) is not None)
    scopes = () if rest and not _OPTIONAL.search(main) else _scopes(subject, listed=listed)
    if not (scopes or rest):
        return None
    sure = listed and stated.interpret(licence).expression == expression
    if expressions.license_class(expression) in _FREE and not sure and _binds(_UNLESS.sub("", main)):
        return None
    said = [_Said(scopes, expression or (None if file else expressions.UNKNOWN), file, sentence)]
    if excepted:
        other, *under = _WHICH.split(excepted[0], maxsplit=1)
        named = _scopes(other, listed=True)
        if scopes or not named:
            return None
        less = _license(_VERB.sub("", under[0], count=1)) if under else (None, None)
        said.append(_Said(named, less[0] or (None if less[1] else expressions.UNKNOWN), less[1], sentence))
    return said


def _in_order(sentence: str) -> str:
    """Return a sentence with what it excepts at its end."""
    first = _FIRST.fullmatch(sentence)
    if first:
        return f"{first[2].rstrip(' .')}, except for {first[1]}"
    amid = _AMID.fullmatch(sentence)
    if amid is None or _VERB.search(amid[1] + " ") or amid[2].endswith(("which", "that", ",")):
        return sentence
    return f"{amid[1]} {amid[3].rstrip(' .')}, except for {amid[2]}"


def _parted(sentence: str) -> tuple[str, str, bool] | None:
    """Return what a sentence is about, the licence, and whether the first is nothing but a list."""
    applies = _APPLIES.search(sentence)
    if applies and any(_license(sentence[: applies.start()])):
        return sentence[applies.end() :], sentence[: applies.start()], False
    verb = _VERB.search(sentence)
    if verb:
        return sentence[: verb.start()], sentence[verb.end() :], False
    colon = _COLON.search(sentence)
    return (sentence[: colon.start()], sentence[colon.end() :], True) if colon else None


def _license(text: str) -> tuple[str | None, str | None]:
    """Return the expression that a phrase names, and the file that it points to."""
    phrase = text
    for aside in (_UNLESS, _OPTIONAL, _SHOWN, _CHANGED):
        phrase = aside.sub("", phrase)
    found = _FILE.search(phrase)
    file = found[1].rstrip(".") if found else None
    named = _LICENSED.sub("", _FILE.sub("", phrase).strip(" .,;*()[]"))
    exact = stated.interpret(named).expression
    known = stated.settle(exact, ()) if exact else None
    if known == expressions.UNKNOWN and not _MORE.search(named):
        known = in_text(f"Licensed under {named}.\n".encode("utf-8", "replace")).expression
    return (known if known and expressions.UNKNOWN not in expressions.members(known) else None), file


def _scopes(text: str, *, listed: bool) -> tuple[str, ...]:
    """Return the globs of the paths that a phrase names; a name in quotes counts beside a word for folders, or in a
    list of paths (`listed`).
    """
    folders = listed or _FOLDER.search(text) is not None
    found = [one[1] for one in _QUOTED.finditer(text) if folders or re.search(r"[/*]|\w\.\w", one[1])]
    found += [one[1] for one in _BARE.finditer(text)]
    found += [one[1] for one in _NAMED_FOLDER.finditer(text) if one[1].lower() not in _NO_NAMES]
    return tuple(dict.fromkeys(filter(None, map(_glob, found[:_MAX_SCOPES]))))


def _glob(path: str) -> str:
    """Return the glob of a file or of all that is in a folder, relative to the file that names it."""
    path = path.removeprefix("./").lstrip("/").rstrip(".")
    if "*" in path or ".." in path:
        return path if ".." not in path and path.strip("*/.") else ""
    last = path.rpartition("/")[2]
    return path if "." in last.lstrip(".") else f"{path.rstrip('/')}/**" if path.strip("/") else ""
