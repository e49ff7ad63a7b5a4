"""What a file's name alone leaves open: no language, one, or several to choose from."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from stackmark.languages.tables import DATA, lookup, notes

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
    """

    languages: tuple[str, ...]
    strategy: str
    order: tuple[str, ...] = ()
    otherwise: str | None = None
    guarded: bool = False
    start: bool = False
    doubt: bytes | None = None

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
    found = _claims("filename").get(name) or by_suffix(b".".join(name.lower().rsplit(b".", lookup().dots)[1:]))
    if found:
        return found
    return _variants().get(name[: name.find(b".", 1)].lower() if b"." in name[1:] else name.lower()) or _by_rest(name)


@lru_cache(maxsize=1 << 16)
def by_suffix(suffix: bytes) -> Claim | None:
    """Look up what follows the first dot that may count, then ever less of it."""
    claims = _claims("extension")
    while suffix:
        found = claims.get(b"." + suffix)
        if found:
            return found
        suffix = suffix.partition(b".")[2]
    return None


def _by_rest(name: bytes) -> Claim:
    """Look at what a name is a copy of, and at sections of the manual with a suffix."""
    stem, _, last = name.rpartition(b".")
    if stem and SECTION.fullmatch(last):
        return _claims("extension")[b".1"]
    original = name.rstrip(b"~")
    while original.rpartition(b".")[2].lower() in _copies():
        original = original.rpartition(b".")[0]
    return claim(original) if original != name else NOTHING


@cache
def _variants() -> dict[bytes, Claim]:
    return {name.lower().encode(): _claims("filename")[name.encode()] for name in notes("variants")}


@cache
def _copies() -> frozenset[bytes]:
    return frozenset(name.encode() for name in notes("copies"))


@cache
def _claims(strategy: str) -> dict[bytes, Claim]:
    """Return the claims of all file names or all extensions."""
    rules = tomllib.loads((DATA / "ambiguous.toml").read_text(encoding="utf-8"))
    decided = {key.encode(): row for row in rules["decided"] for key in row["keys"]}
    guarded = frozenset(key.encode() for key in rules["guarded"]["keys"])
    known = dict(lookup().filenames if strategy == "filename" else lookup().extensions)
    if strategy == "extension":
        for key, row in rules["more"].items():
            known[key.encode()] = known.get(key.encode(), ()) + tuple(row["languages"])

    def made(key: bytes, languages: tuple[str, ...]) -> Claim:
        row = decided.get(key, {})
        return Claim(
            languages,
            strategy,
            order=tuple(row.get("order", ())),
            otherwise=row.get("otherwise"),
            guarded=key in guarded,
            start=row.get("start", False),
            doubt=row["doubt"].encode() if "doubt" in row else None,
        )

    return {key: made(key, languages) for key, languages in known.items()}


def rivals() -> frozenset[str]:
    """Return the languages that share a file name or an extension with another one."""
    claims = [*_claims("filename").values(), *_claims("extension").values()]
    return frozenset(language for one in claims if len(one.languages) > 1 for language in one.languages)
