"""How the strategies follow one another, for what a name leaves open and the two ends of a content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from stackmark.languages import modeline, shebang
from stackmark.languages.answers import Language, answer
from stackmark.languages.choice import choose
from stackmark.languages.claims import NOTHING, START, Claim
from stackmark.languages.marks import shows
from stackmark.languages.tables import compiled

BOM = b"\xef\xbb\xbf"


def decide(named: Claim, head: bytes, tail: bytes) -> Language | None:
    """Return the language of a file, of which `head` is `plain`; the order is that of `detection.detect`."""
    mode = modeline.language(head, tail)
    if mode and (mode not in modeline.borrowed() or _may_borrow(mode, named)):
        return answer(mode, "modeline", 0.98)
    if named.certain:
        return by_name(named)
    asked = _by_shebang(head)
    if asked:
        return answer(next((name for name in named.languages if name in asked), asked[0]), "shebang", 0.98)
    if named is NOTHING:
        return answer("XML", "xml", 0.9) if shows("XML", head[:START]) else None
    return choose(named, head)


def plain(head: bytes) -> bytes:
    """Return the head of a text without the mark of UTF-8; lines that only carriage returns end get line feeds."""
    head = head.removeprefix(BOM)
    return head if b"\n" in head else head.replace(b"\r", b"\n")


@cache
def by_name(named: Claim) -> Language | None:
    """Return the language of a name that decides alone, None for other names."""
    if not named.certain:
        return None
    return answer(named.languages[0], named.strategy, 1.0 if named.strategy == "filename" else 0.99)


def _may_borrow(mode: str, named: Claim) -> bool:
    """Tell whether a mode that people borrow says more than the name of the file does."""
    return named is NOTHING or (mode in named.languages and not (mode == "Roff" and "Roff Manpage" in named.languages))


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


def _by_shebang(head: bytes) -> Sequence[str]:
    program = shebang.interpreter(head) if head.startswith(b"#!") else None
    return shebang.candidates(program, compiled()["interpreters"]) if program else ()
