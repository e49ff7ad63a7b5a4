"""Structural clones: copies of code in which names, numbers and strings were changed.

Code becomes a row of tokens in which all names are equal, and so are all literals; a shingle is ten of them. The rest
is as for near-duplicates: sketches, bands, exact verification. Code of fewer than MIN_TOKENS tokens is a clone of
nothing: short code is all alike without its names.

Tokens come from `lexer`, or on request from tree-sitter: the leaves of a syntax tree by their type, for languages
whose grammar is installed (`tree-sitter-language-pack` before version 1), and from the lexer for others. What is not
asked for is not looked for, so an answer never depends on what happens to be installed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.dedup import lexer, near
from stackmark.dedup.bands import check_threshold, narrow
from stackmark.dedup.clusters import Ints
from stackmark.dedup.columns import Contents, as_binary
from stackmark.dedup.shingles import SLACK, STIR, Hashes, hash_token
from stackmark.dedup.sketches import sketch_sets

VERSION = "1"

WIDTH = 10
MIN_TOKENS = 50
MAX_PARSED = 1_000_000  # bytes; longer code is left to the lexer, since a syntax tree takes many times its size

#: Grammars whose name is not the language's in lower case.
GRAMMARS = {"C++": "cpp", "C#": "csharp", "Shell": "bash", "Objective-C": "objc", "Common Lisp": "commonlisp"}
LITERALS = ("string", "number", "integer", "float", "char", "literal", "regex")
#: Named leaves that are no names: statements of one word, and what the parser could not read.
KEPT = ("_statement", "ERROR")

Source = Literal["tree-sitter", "lexer"]


@cache
def parser(language: str | None) -> Any:
    """Return tree-sitter's parser for a language; None where there is none. Nothing is ever fetched.

    From version 1 on the package of grammars brings none with it and fetches them, so it does not count.
    """
    try:
        if int(importlib.metadata.version("tree-sitter-language-pack").partition(".")[0]) >= 1:
            return None
        pack = importlib.import_module("tree_sitter_language_pack")
        return pack.get_parser(GRAMMARS.get(language or "", (language or "").lower()))
    except (ImportError, LookupError):
        return None


def leaves(content: bytes, with_parser: Any) -> list[str]:
    """Return the leaves of a syntax tree in order, without comments: "name", "literal", or the type of any other."""
    cursor = with_parser.parse(content).walk()
    found: list[str] = []
    while True:
        kind: str = cursor.node.type
        literal = cursor.node.is_named and any(word in kind for word in LITERALS)
        if "comment" not in kind:
            if not literal and cursor.goto_first_child():
                continue
            # What has a name of its own in a grammar and no parts is a name: a type, a constant, an identifier.
            named = cursor.node.is_named and not kind.endswith(KEPT)
            found.append("literal" if literal else "name" if named else kind)
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found


@cache
def code_of(kind: str) -> int:
    """Return the code of a type of leaf: a hash that is the same in every process."""
    data = np.frombuffer(kind.encode() + bytes(SLACK), np.uint8)
    return int(hash_token(data, np.uint64(0), np.uint64(len(kind))))


def tokens(content: bytes, language: str | None, source: Source = "lexer") -> Hashes:
    """Return the codes of the tokens of code; `source` says who reads it."""
    known = parser(language) if source == "tree-sitter" and len(content) <= MAX_PARSED else None
    if known is None:
        return lexer.tokens(content, language)
    kinds = leaves(content, known)
    return np.fromiter(map(code_of, kinds), np.uint64, len(kinds))


def shingle(codes: Hashes) -> Hashes:
    """Return the set of WIDTH consecutive tokens as sorted hashes; empty under MIN_TOKENS tokens."""
    if len(codes) < MIN_TOKENS:
        return np.empty(0, np.uint64)
    stirred = codes * STIR
    stirred ^= stirred >> np.uint64(29)
    windows = np.zeros(len(codes) - WIDTH + 1, np.uint64)
    for place in range(WIDTH):
        windows = windows * np.uint64(0x9E3779B97F4A7C15) + stirred[place : len(windows) + place]
    return np.unique(windows ^ (windows >> np.uint64(32)))


def structural_sets(
    contents: Contents, languages: Sequence[str | None], source: Source = "lexer"
) -> tuple[Hashes, Ints]:
    """Return the sets of structural shingles of contents, one after the other, and where each begins and ends."""
    rows = zip(as_binary(contents).to_pylist(), languages, strict=True)
    sets = [shingle(tokens(content or b"", language, source)) for content, language in rows]
    return np.concatenate([np.empty(0, np.uint64), *sets]), np.cumsum([0, *map(len, sets)], dtype=np.int64)


def structural_clones(
    table: pa.Table, threshold: float = 0.7, *, within: str | None = None, source: Source = "lexer"
) -> pa.Table:
    """Return the clusters of structural clones in a table, as `near.near_duplicates` does; `language` is read too.

    Languages are never mixed, nor are values of the column `within`; a null is one of them. Raises UsageError for a
    table without contents.
    """
    check_threshold(threshold)
    contents = near.column_of(table, near.CONTENT_NAMES, "contents")
    ids = near.content_ids(table, contents)
    order = near.by_rank(table, ids)
    known = "language" in table.column_names
    languages = table["language"].to_pylist() if known else [None] * len(ids)
    apart = np.stack([near.scopes_of(table, "language" if known else None), near.scopes_of(table, within)])
    scopes: Ints = np.unique(apart, axis=1, return_inverse=True)[1].reshape(-1)

    def sets(rows: Ints) -> tuple[Hashes, Ints]:
        return structural_sets(contents.take(pa.array(rows)), [languages[row] for row in rows.tolist()], source)

    lengths = pc.binary_length(contents).fill_null(0).to_numpy().astype(np.int64)
    parts = [sketch_sets(*sets(order[low:high])) for low, high in near.chunks(lengths[order], near.CHUNK_BYTES)]
    sketches = np.concatenate([np.empty((0, 256), np.uint32), *parts])
    good = sketches.any(axis=1)
    order = order[good]
    return near.grouped(near.Texts(ids, order, scopes[order], lengths[order], sets), narrow(sketches[good]), threshold)
