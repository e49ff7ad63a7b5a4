"""What licences ask to be passed on with kept files: copyright statements and licence texts, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from stackmark.licenses import corpus, expressions

NEEDLE = b"opyright"
NEEDLES = (NEEDLE, b"OPYRIGHT")
_MAX_STATEMENTS = 100
_MAX_LENGTH = 300
_HEAD, _TAIL = 64 << 10, 8 << 10
_NEEDLE = re.compile(b"|".join(NEEDLES))
_LEAD, _MAX_LINE = 120, 300
_STATEMENT = re.compile(
    r"(?:SPDX-(?:File|Snippet)CopyrightText[ \t]*[:=][ \t]*[\"'\[]*"
    r"|\bcopyright\b(?:[ \t]*[:,])?(?:[ \t]*(?:\(c\)|©|&copy;))?)[ \t]*(.{3,})",
    re.I,
)
# "the above copyright notice" and "copyright holders" talk about statements; a statement has a year or a sign.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SIGN = re.compile(r"\(c\)|©|&copy;|SPDX-\w+CopyrightText[ \t]*[:=]", re.I)
_PROSE = re.compile(
    r"^(?:notices?|holders?|owners?|statements?|law|laws|act|treat|protection|licen[sc]e|and|or|by applicable"
    r"|of the|in the|the following|on|is|as|for|interest|info|header|year|symbol|infring)\b",
    re.I,
)
_PLACEHOLDER = re.compile(r"[<\[{](?:year|yyyy|name|copyright|owner|holder|author|insert)|%[sd({]|\$\{|\byyyy\b", re.I)
_MAIL = re.compile(
    r"\s*[<(\[]?\b[\w.+-]{1,64}(?:@|\s+at\s+)[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}[>)\]]?|\s*<mailto:[^>]{0,100}>"
)
_CLOSING = " \t*/#;[]-|\"'\\,<>!"


@dataclass(frozen=True)
class Attribution:
    """What must be said of the files of one origin under one expression.

    statements: copyright statements, sorted; texts: licence id to its text; unknown: ids whose text is not known
    """

    expression: str
    statements: tuple[str, ...]
    texts: Mapping[str, str]
    unknown: tuple[str, ...]


def statements(content: bytes) -> tuple[str, ...]:
    """Return the copyright statements of a file in an encoding that holds ASCII as it is, in order, each once.

    The first 64 KiB and the last 8 KiB are read. Mail addresses are left out: the holder's name stays. Linear time.
    """
    if not any(needle in content for needle in NEEDLES):
        return ()
    part = content if len(content) <= _HEAD + _TAIL else content[:_HEAD] + b"\n" + content[-_TAIL:]
    found: dict[str, None] = {}
    end = 0
    for needle in _NEEDLE.finditer(part):
        if needle.start() < end:
            continue
        line, end = _line(part, needle.start())
        statement = _statement(line)
        if statement:
            found[statement] = None
        if len(found) == _MAX_STATEMENTS:
            break
    return tuple(found)


def _line(content: bytes, place: int) -> tuple[bytes, int]:
    """Return the line around a place, cut to a bounded length, and where it ends."""
    window = content[max(place - _LEAD, 0) : place]
    start = place - len(window) + max(window.rfind(b"\n"), window.rfind(b"\r")) + 1
    ends = [end for sign in (b"\n", b"\r") if (end := content.find(sign, place, place + _MAX_LINE)) >= 0]
    end = min(ends, default=min(place + _MAX_LINE, len(content)))
    return content[start:end], end


@lru_cache(maxsize=1 << 12)  # the files of a project say the same
def _statement(raw: bytes) -> str | None:
    """Return "Copyright (c) 2020 A. N. Other" for a line that states so, None for one that only talks of copyright."""
    line = raw.decode("utf-8", "replace")
    match = _STATEMENT.search(line)
    if match is None:
        return None
    rest = _MAIL.sub("", match[1]).strip(_CLOSING).removesuffix("-->").strip(_CLOSING)
    stated = _SIGN.search(line) is not None or _YEAR.search(rest[:60]) is not None
    if not stated or _PROSE.match(rest) or _PLACEHOLDER.search(rest) or not re.search(r"[^\W\d_]{2}", rest):
        return None
    rest = re.sub(r"^(?:\(c\)|©|&copy;)\s*", "", " ".join(rest.split()), flags=re.I)
    return f"Copyright (c) {rest}"[:_MAX_LENGTH]


@cache
def _keys() -> dict[str, str]:
    """Return SPDX id -> key of the data package."""
    return {spdx: key for key, (spdx, _) in sorted(expressions.spdx_ids().items(), reverse=True)}


@cache
def license_text(spdx_id: str) -> str | None:
    """Return the text of a licence or an exception, None where it is not known. "Or later" has the text of "only"."""
    names = [spdx_id, re.sub(r"-or-later$|\+$", "-only", spdx_id), re.sub(r"-only$", "-or-later", spdx_id)]
    for name in names:
        key = _keys().get(name)
        path = corpus.folder() / "licenses" / f"{key}.LICENSE"
        if key and path.is_file():
            return path.read_text("utf-8", "replace").split("---\n", 2)[-1].strip() + "\n"
    return None


def attribute(expression: str, found: Iterable[str]) -> Attribution:
    """Return what must be said of files under an expression with these copyright statements.

    Of an OR all branches are quoted: the recipient may choose again.
    """
    ids = sorted({part for member in expressions.members(expression) for part in member.split(" WITH ")})
    texts = {one: text for one in ids if (text := license_text(one)) is not None}
    return Attribution(expression, tuple(sorted(set(found))), texts, tuple(one for one in ids if one not in texts))


def render(attribution: Attribution) -> str:
    """Return the text for a NOTICE: the statements, then each licence text behind its id."""
    parts = ["\n".join(attribution.statements)] if attribution.statements else []
    parts += [f"{one}\n\n{text.rstrip()}" for one, text in attribution.texts.items()]
    parts += [f"{one}: its text is not known here" for one in attribution.unknown]
    return "\n\n".join(parts) + "\n"


def notices(files: Iterable[tuple[int, bytes, str, Sequence[str]]]) -> Iterator[tuple[int, bytes, str, str]]:
    """Yield what a NOTICE must hold for kept files that state their licence themselves, without quoting a licence file.

    In: (origin number, path, expression, copyright statements) of each file. Out, sorted: (origin number, first path,
    expression, statements as text) for each origin and expression, then (..., id, text) for each of its licences.
    Equal texts come once for each origin and expression; whoever prints them joins them.
    """
    groups: dict[tuple[int, str], tuple[list[bytes], set[str]]] = {}
    for origin, path, expression, found in files:
        paths, known = groups.setdefault((origin, expression), ([], set()))
        paths[:] = [min([*paths, path])]
        known.update(found)
    for (origin, expression), (paths, known) in sorted(groups.items()):
        attributed = attribute(expression, known)
        if attributed.statements:
            yield origin, paths[0], expression, "\n".join(attributed.statements) + "\n"
        for one, text in attributed.texts.items():
            yield origin, paths[0], one, text
