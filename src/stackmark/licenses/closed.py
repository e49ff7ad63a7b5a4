"""Sentences by which a file that grants nothing says that it is not free: "Proprietary and confidential".

A file without a licence of its own takes that of its folder. One that says such a thing must not.
"""

from __future__ import annotations

import itertools
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
#: Letters of ASCII in lower case, digits and the underscore; a blank for every other byte.
_LETTERS = re.sub(rb"[^a-z0-9_]", b" ", bytes(range(256)).lower())


class _Forms(NamedTuple):
    """Automata over sentences: what binds anywhere in one, and what is all that one says; `either` tells of a whole
    text whether any of them may be there.
    """

    anywhere: Any  # the library is not typed
    whole: Any
    either: Any


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
    options.max_mem = 64 << 20
    forms = {kind: [one.format(**parts) for one in some] for kind, some in data["sentences"].items()}
    either = re2.Filter()  # looks for words that a form cannot do without first, and so spares nearly all texts
    for form in itertools.chain(*forms.values()):
        either.Add(form.replace("$", "").encode(), options)  # a sentence may end anywhere
    either.Compile()
    one_of = {kind: "|".join(f"(?:{form})" for form in some).encode() for kind, some in forms.items()}
    return _Forms(re2.compile(one_of["anywhere"], options), re2.compile(one_of["whole"], options), either)


@lru_cache(maxsize=_REMEMBERED)
def find(passage: bytes) -> tuple[tuple[int, int], ...]:
    """Return the first and last line, 0-based, of each such sentence in a comment or paragraph (UTF-8)."""
    forms = _forms()
    bare = unmarked(passage[:_MOST])
    if not forms.either.Match(_plain(bare)):
        return ()
    text = bare.decode("utf-8", "replace")
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
    words = _plain(sentence.encode())
    if forms.anywhere.search(words):
        return True
    return any(forms.whole.fullmatch(one) for one in {words, *(_plain(line.encode()) for line in lines)} if one)


def _plain(text: bytes) -> bytes:
    """Return the words in lower case, parted by one blank."""
    return b" ".join(text.translate(_LETTERS).split())
