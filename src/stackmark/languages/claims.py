"""What a file's name alone leaves open: no language, one, or several to choose from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from stackmark.languages.tables import compiled, lookup

#: Bytes in which a format shows that says what it is at once.
START = 1024


@dataclass(frozen=True, eq=False)
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
    """

    languages: tuple[str, ...]
    strategy: str
    order: tuple[str, ...] = ()
    otherwise: str | None = None
    guarded: bool = False
    start: bool = False
    doubt: bytes | None = None
    follows: bool = False

    @property
    def certain(self) -> bool:
        """Tell whether the name alone decides."""
        return len(self.languages) == 1 and not self.guarded


NOTHING = Claim((), "")

#: Sections of the manual with a suffix: printf.3posix, ssl.3ssl.
SECTION = re.compile(rb"[1-9][a-z+_]{1,10}")


def claim(name: bytes) -> Claim:
    """Return what a base name leaves open: the whole name first, then its longest known extension, without case.

    What is left of a name that is a variant or a copy counts after that: Dockerfile.dev, config.yml.example, main.c~.
    """
    found = _claim("filename", name) or by_suffix(b".".join(name.lower().rsplit(b".", lookup().dots)[1:]))
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
def _languages(strategy: str) -> dict[bytes, tuple[str, ...]]:
    """Return the languages of all file names or all extensions."""
    known = dict(lookup().filenames if strategy == "filename" else lookup().extensions)
    if strategy == "extension":
        for key, languages in compiled()["more"].items():
            known[key.encode()] = known.get(key.encode(), ()) + tuple(languages)
    return known


def _claim(strategy: str, key: bytes) -> Claim | None:
    """Return the claim of a file name or an extension, None if no language has it."""
    return _made(strategy, key) if key in _languages(strategy) else None


@cache
def _made(strategy: str, key: bytes) -> Claim:
    name = key.decode()
    row = compiled()["decided"].get(name, {})
    return Claim(
        _languages(strategy)[key],
        strategy,
        order=tuple(row.get("order", ())),
        otherwise=row.get("otherwise"),
        guarded=name in compiled()["guarded"],
        start=row.get("start", False),
        doubt=row["doubt"].encode() if "doubt" in row else None,
        follows=row.get("follows", False),
    )


def rivals() -> frozenset[str]:
    """Return the languages that share a file name or an extension with another one."""
    claims = [*_languages("filename").values(), *_languages("extension").values()]
    return frozenset(language for languages in claims if len(languages) > 1 for language in languages)
