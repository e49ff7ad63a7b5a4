"""Sentences by which a file that grants nothing says that it is not free: "Proprietary and confidential".

A file without a licence of its own takes that of its folder. One that says such a thing must not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import re2

from stackmark.licenses.announced import unmarked

_MOST, _REMEMBERED = 20_000, 1024
_MAX_FOUND = 20
#: Longer sentences are judged by their beginning, in characters.
_LONGEST = 600
_END = re.compile(r"[.!?;:](?=\s|$)|\s[-–—|]\s|\n[ \t]*\n|$(?!\n)")
_NO_WORD = re.compile(r"[^a-z0-9_]+")


class _Forms(NamedTuple):
    """Automata over sentences: what binds anywhere in one, and what is all that one says."""

    anywhere: Any  # the library is not typed
    whole: Any


@cache
def _forms() -> _Forms:
    data = tomllib.loads(resources.files(__package__).joinpath("closed.toml").read_text("utf-8"))
    parts: dict[str, str] = {}
    for name, part in data["parts"].items():  # later ones may name those before them
        part = "".join(part.split("\n"))
        for other, value in parts.items():
            part = part.replace(f"{{{other}}}", value)
        parts[name] = part
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 64 << 20
    joined = {kind: "|".join(f"(?:{one.format(**parts)})" for one in some) for kind, some in data["sentences"].items()}
    return _Forms(re2.compile(joined["anywhere"], options), re2.compile(joined["whole"], options))


@lru_cache(maxsize=_REMEMBERED)
def find(passage: bytes) -> tuple[tuple[int, int], ...]:
    """Return the first and last line, 0-based, of each such sentence in a comment or paragraph (UTF-8)."""
    forms = _forms()
    text = unmarked(passage[:_MOST]).decode("utf-8", "replace")
    found = []
    for start, end in _sentences(text):
        if _says(forms, text[start:end]):
            first = text.count("\n", 0, start)
            found.append((first, first + text.count("\n", start, end)))
        if len(found) == _MAX_FOUND:
            break
    return tuple(dict.fromkeys(found))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where sentences begin and end, without blanks around them."""
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.start()]
        if sentence.strip():
            begin = start + len(sentence) - len(sentence.lstrip())
            yield begin, begin + min(len(sentence.strip()), _LONGEST)
        start = end.end()


def _says(forms: _Forms, sentence: str) -> bool:
    # A line that begins in the middle of a sentence may end with its last words.
    lines = [line for line in sentence.split("\n") if line.strip()[:1].isupper()]
    words = _plain(sentence)
    if forms.anywhere.search(words):
        return True
    return any(forms.whole.fullmatch(one) for one in {words, *map(_plain, lines)} if one)


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text.lower()).strip()
