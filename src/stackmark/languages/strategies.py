"""Which language a file is written in, decided for one path and its bytes, and how that was decided."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from stackmark.languages import shebang
from stackmark.languages.tables import Lookup, lookup

#: How far each strategy can be trusted, for ordering and thresholds. Rounded shares of right answers that the
#: same rules gave on Linguist's labelled examples; not a probability for a single file.
CONFIDENCE = {"filename": 1.0, "extension": 0.99, "shebang": 0.98, "extension-ambiguous": 0.5}


@dataclass(frozen=True)
class Language:
    """A language with the strategy that found it: filename, shebang, extension or extension-ambiguous."""

    name: str
    strategy: str
    confidence: float


def detect(path: str | bytes, content: bytes) -> Language | None:
    """Return the language of a file, or None where nothing speaks for one.

    In order: the whole file name; an extension that only one language has (the longest first, without case);
    the interpreter of a shebang; an extension that several languages share, where the commonest one is taken.
    Of the content no more than the first kilobyte is read.
    """
    return by_name_and_head(base_name(path_bytes(path)), content[: shebang.WINDOW])


def by_name_and_head(name: bytes, head: bytes) -> Language | None:
    """Do what `detect` does, for a base name and the first bytes of a content."""
    tables = lookup()
    whole = tables.filenames.get(name)
    if whole:
        return _answer(whole[0], "filename")
    by_extension = _by_extension(b".".join(name.lower().rsplit(b".", tables.dots)[1:]))
    if len(by_extension) == 1:
        return _answer(by_extension[0], "extension")
    by_shebang = _by_shebang(head, tables) if head else ()
    if by_shebang:
        shared = [language for language in by_extension if language in by_shebang]
        return _answer((shared or by_shebang)[0], "shebang")
    return _answer(by_extension[0], "extension-ambiguous") if by_extension else None


def path_bytes(path: str | bytes) -> bytes:
    """Return a path as bytes; text from a file system gives back the bytes that it was decoded from."""
    if isinstance(path, bytes):
        return path
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def base_name(path: bytes) -> bytes:
    """Return what follows the last slash."""
    return path[path.rfind(b"/") + 1 :]


def extension(name: bytes) -> str:
    """Return the lower-case extension of a base name without its dot, "" where there is none.

    As The Stack v2's column: `py` for `tool.py`, `gz` for `a.tar.gz`, "" for `Makefile`, `.bashrc` and `x.`.
    Bytes that are not UTF-8 become U+FFFD.
    """
    stem, dot, tail = name.rpartition(b".")
    return tail.lower().decode("utf-8", "replace") if dot and stem.strip(b".") else ""


@lru_cache(maxsize=4096)
def _by_extension(suffix: bytes) -> tuple[str, ...]:
    """Look up what follows the first dot that may count, then ever less of it."""
    while suffix:
        found = lookup().extensions.get(b"." + suffix)
        if found:
            return found
        suffix = suffix.partition(b".")[2]
    return ()


def _by_shebang(head: bytes, tables: Lookup) -> tuple[str, ...]:
    program = shebang.interpreter(head)
    return shebang.candidates(program, tables.interpreters) if program else ()


@cache
def _answer(name: str, strategy: str) -> Language:
    return Language(name, strategy, CONFIDENCE[strategy])
