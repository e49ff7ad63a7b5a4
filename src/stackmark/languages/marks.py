"""Marks: what the text of a language shows and the text of its rivals does not.

A mark is a linear-time expression (RE2) with an example that has it and one that has not; data/marks/ holds them by
family, and `compiling` makes of them what is read here. They are only asked where a name leaves several languages open,
so a mark need not be unique in the world, only among the languages that share a name with it. A `weak` mark counts when
several languages are weighed, and does not decide alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import re2

from stackmark.languages.tables import compiled

#: Bytes of a content that marks are looked for in.
WINDOW = 32 * 1024
#: More marks of one worth than this say nothing more.
ENOUGH = 20
#: What one place with a weak mark counts.
WEAK = 1


@cache
def expression(language: str) -> str | None:
    """Return one RE2 expression for the strong marks of a language, None if it has none."""
    strong = [pattern for worth, pattern in _marks(language) if worth > WEAK]
    return "(?m)" + "|".join(strong) if strong else None


def shows_any(languages: tuple[str, ...], head: bytes) -> bool:
    """Tell whether a text has a strong mark of any of some languages, in one pass over it."""
    return shows(languages[0], head) if len(languages) == 1 else _any(languages).search(head) is not None


def first_shown(languages: tuple[str, ...], head: bytes) -> str:
    """Return the first of some languages that a text has a strong mark of, of which there is one."""
    return next((language for language in languages[:-1] if shows(language, head)), languages[-1])


@cache
def any_expression(languages: tuple[str, ...]) -> str:
    """Return one RE2 expression for the strong marks of any of some languages."""
    return "|".join(f"(?:{one})" for one in map(expression, languages) if one)


def shows(language: str, head: bytes) -> bool:
    """Tell whether a text has a strong mark of a language."""
    strong = _strong(language)
    return strong is not None and strong.match(head) is not None


def weight(language: str, head: bytes, strong: bool = True) -> int:
    """Return how much a text shows of a language: its marks, those of one worth counted up to ENOUGH times.

    strong: False where it is known that the text has no strong mark of it, so that only the weak ones are looked for
    """
    asked = [worth for worth, _ in _marks(language) if strong or worth == WEAK]
    return sum(_count(_of_worth(language, worth), head) * worth for worth in asked)


def _count(pattern: re.Pattern[bytes], head: bytes) -> int:
    """Return at how many places a text is met by an expression, one after the other, up to ENOUGH times."""
    count = end = 0
    while count < ENOUGH and (hit := pattern.match(head, end)):
        count, end = count + 1, hit.end()
    return count


@cache
def _any(languages: tuple[str, ...]) -> re.Pattern[bytes]:
    found: re.Pattern[bytes] = re2.compile(any_expression(languages).encode(), options=_bytes())
    return found


@cache
def _strong(language: str) -> re.Pattern[bytes] | None:
    found = expression(language)
    return _anywhere(found) if found else None


@cache
def _of_worth(language: str, worth: int) -> re.Pattern[bytes]:
    return _anywhere(f"(?m){dict(_marks(language))[worth]}")


@cache
def _anywhere(expression: str) -> re.Pattern[bytes]:
    """Compile an expression so that `match` finds it anywhere.

    A search would also run backwards to find where a mark begins, for which RE2 compiles an expression once more.
    """
    found: re.Pattern[bytes] = re2.compile(b"\\C*?(?:" + expression.encode() + b")", options=_bytes())
    return found


@cache
def _bytes() -> re2.Options:
    """Return the options under which an expression is of bytes, as Arrow has it for binary columns: smaller, too.

    Nobody asks for groups, which would be searched for once more.
    """
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    return options


def _marks(language: str) -> Sequence[tuple[int, str]]:
    """Return the expressions of a language, with what one place with each counts."""
    found: Sequence[tuple[int, str]] = compiled()["marks"].get(language, ())
    return found
