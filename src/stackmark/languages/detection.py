"""Which language a file is written in: one path and its bytes, a file on disk, or columns of them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from stackmark.errors import UsageError
from stackmark.languages import modeline
from stackmark.languages.answers import Language
from stackmark.languages.claims import claim
from stackmark.languages.context import with_context
from stackmark.languages.marks import WINDOW
from stackmark.languages.strategies import base_name, decide, path_bytes, plain

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
