"""NOTICE: every licence and notice text that kept files rest on, once, with the places that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from stackmark.release.words import plural, printable

if TYPE_CHECKING:
    from stackmark.release.manifest import Notice

_RULE = "=" * 78
_MARGIN = "    | "
_HEAD = """\
{title}

This data set holds source code by many authors. It is given under the terms below, which its authors
chose; {texts} in all. Each row of the data says which terms it stands under, and which file says so.
"""


def render(sections: Sequence[str], title: str) -> str:
    """Return the text of NOTICE from its sections."""
    return _HEAD.format(title=title, texts=plural(len(sections), "distinct text")) + "".join(sections)


def sections(notices: Iterable[Notice]) -> list[str]:
    """Return a section for each different text; a text stands behind a margin, so that none can pose as a section."""
    texts: dict[str, set[tuple[str, str]]] = {}
    expressions: dict[str, set[str]] = {}
    for notice in notices:
        texts.setdefault(notice.text, set()).add((notice.origin_url, notice.path))
        expressions.setdefault(notice.text, set()).update({notice.expression} if notice.expression else ())
    ordered = sorted(texts, key=lambda text: (sorted(expressions[text]), min(texts[text]), text))
    return [
        _section(number, text, sorted(expressions[text]), sorted(texts[text])) for number, text in enumerate(ordered, 1)
    ]


def _section(number: int, text: str, expressions: list[str], places: list[tuple[str, str]]) -> str:
    lines = [
        "",
        _RULE,
        f"{number}. {printable(' / '.join(expressions)) or 'terms not recognised'}",
        f"{plural(len(places), 'place')}:",
        *(f"  {printable(origin)} : {printable(path)}" for origin, path in places),
        "",
        *(f"{_MARGIN}{_quoted(line)}".rstrip() for line in text.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _quoted(line: str) -> str:
    return printable(line.expandtabs(8))
