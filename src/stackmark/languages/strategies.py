"""Which language a file is written in, decided for one path and its bytes, and how that was decided."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache

from stackmark.errors import UsageError
from stackmark.languages import modeline, shebang
from stackmark.languages.answers import Language, answer
from stackmark.languages.choice import choose
from stackmark.languages.claims import NOTHING, START, Claim, claim
from stackmark.languages.context import with_context
from stackmark.languages.marks import WINDOW, shows
from stackmark.languages.tables import compiled

BOM = b"\xef\xbb\xbf"
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, overload

    import pyarrow as pa

if TYPE_CHECKING:

    @overload
    def detect(path: str | bytes, content: bytes, *, context: Mapping[str, int] | None = None) -> Language | None: ...

    @overload
    def detect(
        path: pa.Array, content: pa.Array, *, context: Mapping[str, int] | Literal["tree"] | None = None
    ) -> pa.StructArray: ...


def detect(
    path: str | bytes | pa.Array,
    content: bytes | pa.Array,
    *,
    context: Mapping[str, int] | Literal["tree"] | None = None,
) -> Language | pa.StructArray | None:
    """Return the language of a file, or None where nothing speaks for one.

    In order: a modeline; the whole file name; a shebang; the extension (the longest first, without case; one that only
    one language has is believed before a shebang); the head of an XML document; and where a name leaves several
    languages open, the marks of the text, a classifier, and the commonest language of that name.

    path, content: one file, or two Arrow columns of equal length (binary or text paths, binary contents; a null content
             has no language). Columns give a struct array of name, strategy, confidence, null where there is none.
    context: how many files of each language stand beside; tips the scale where the text does not. "tree" for columns
             whose rows are the files of one tree, by their full paths: they are counted, folder by folder.

    No more of a content is read than its first 32 KiB and its last 256 bytes.
    """
    if not isinstance(path, str | bytes):
        from stackmark.languages import columns

        names = [base_name(path_bytes(one)) for one in path.to_pylist()]
        if context == "tree":
            return columns.in_tree(path, columns.struct(columns.languages(names, content)))
        return columns.struct(columns.languages(names, content, context))
    if context == "tree":
        raise UsageError('context="tree" is for columns: one file is no tree', "give the counts of its neighbours")
    named = claim(base_name(path_bytes(path)))
    return with_context(decide(named, plain(content[:WINDOW]), content[-modeline.TAIL :]), named, context)


def detect_file(path: str | bytes) -> Language | None:
    """Return what `detect` says of a file on disk, of which only the two ends are read.

    Raises OSError for what cannot be read.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        content = os.read(file, WINDOW)
        if len(content) == WINDOW:
            content += os.pread(file, modeline.TAIL, max(WINDOW, os.fstat(file).st_size - modeline.TAIL))
    finally:
        os.close(file)
    return detect(path, content)


def decide(named: Claim, head: bytes, tail: bytes) -> Language | None:
    """Do what `detect` does, for what a name leaves open and the two ends of a content."""
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
