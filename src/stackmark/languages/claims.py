"""What a file's name alone leaves open: no language, one, or several to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType

from stackmark.languages.tables import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_ROW: Mapping[str, Any] = MappingProxyType({})
#: Bytes in which a format shows that says what it is at once.
START = 1024


class Claim:
    """The languages that a name leaves open, and how a content chooses among them.

    languages: the preferred one first; none if the name says nothing
    strategy:  "filename" or "extension"
    order:     languages that are asked for a mark one after the other; without it all are weighed
    otherwise: the language of a text that has no mark of those in `order`
    guarded:   too common an extension to believe without a mark
    start:     the marks of `order` are looked for in the first START bytes only
    doubt:     a text with these words may have marks of several languages: all are weighed
    follows:   a text of `otherwise` is in the language of the files that it stands among, if that is another of these

    certain:   the name alone decides
    """

    __slots__ = ("certain", "doubt", "follows", "guarded", "languages", "order", "otherwise", "start", "strategy")

    def __init__(
        self, languages: tuple[str, ...], strategy: str, guarded: bool = False, row: Mapping[str, Any] = NO_ROW
    ) -> None:
        self.languages, self.strategy, self.guarded = languages, strategy, guarded
        self.order: tuple[str, ...] = tuple(row.get("order", ()))
        self.otherwise: str | None = row.get("otherwise")
        self.start: bool = row.get("start", False)
        self.doubt: bytes | None = row["doubt"].encode() if "doubt" in row else None
        self.follows: bool = row.get("follows", False)
        self.certain = len(languages) == 1 and not guarded


NOTHING = Claim((), "")

#: Sections of the manual with a suffix: printf.3posix, ssl.3ssl.
SECTION = re.compile(rb"[1-9][a-z+_]{1,10}")


def claim(name: bytes) -> Claim:
    """Return what a base name leaves open: the whole name first, then its longest known extension, without case.

    What is left of a name that is a variant or a copy counts after that: Dockerfile.dev, config.yml.example, main.c~.
    """
    found = _claim("filename", name) or by_suffix(b".".join(name.lower().rsplit(b".", compiled()["dots"])[1:]))
    if found:
        return found
    variant = _variants().get(name[: name.find(b".", 1)].lower() if b"." in name[1:] else name.lower())
    return (_claim("filename", variant) if variant else None) or _by_rest(name)


@lru_cache(maxsize=1 << 16)
def by_suffix(suffix: bytes) -> Claim | None:
    """Look up what follows the first dot that may count, then ever less of it."""
    while suffix:
        found = _claim("extension", b"." + suffix)
        if found:
            return found
        suffix = suffix.partition(b".")[2]
    return None


def _by_rest(name: bytes) -> Claim:
    """Look at what a name is a copy of, and at sections of the manual with a suffix."""
    stem, _, last = name.rpartition(b".")
    if stem and SECTION.fullmatch(last):
        return _claim("extension", b".1") or NOTHING
    original = name.rstrip(b"~")
    while original.rpartition(b".")[2].lower() in _copies():
        original = original.rpartition(b".")[0]
    return claim(original) if original != name else NOTHING


@cache
def _variants() -> dict[bytes, bytes]:
    return {name.lower().encode(): name.encode() for name in compiled()["variants"]}


@cache
def _copies() -> frozenset[bytes]:
    return frozenset(name.encode() for name in compiled()["copies"])


@cache
def _guarded() -> frozenset[str]:
    return frozenset(compiled()["guarded"])


@cache
def _languages(strategy: str) -> Mapping[str, Sequence[str]]:
    """Return the languages of all file names or all extensions."""
    known: dict[str, Sequence[str]] = compiled()[f"{strategy}s"]
    more = compiled()["more"] if strategy == "extension" else {}
    return known | {key: [*known.get(key, ()), *languages] for key, languages in more.items()}


def _claim(strategy: str, key: bytes) -> Claim | None:
    """Return the claim of a file name or an extension, None if no language has it."""
    name = key.decode("utf-8", "replace")
    return _made(strategy, name) if name in _languages(strategy) else None


@cache
def _made(strategy: str, name: str) -> Claim:
    row = compiled()["decided"].get(name, NO_ROW)
    return Claim(tuple(_languages(strategy)[name]), strategy, name in _guarded(), row)


def rivals() -> frozenset[str]:
    """Return the languages that share a file name or an extension with another one."""
    claims = [*_languages("filename").values(), *_languages("extension").values()]
    return frozenset(language for languages in claims if len(languages) > 1 for language in languages)
