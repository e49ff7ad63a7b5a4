"""Whether people wrote a file in its repository: vendored and generated files, by path and by the first
lines.

The rules are data (data/vendored.toml, data/generated.toml). They run in RE2, that is in linear time, over
bytes: the functions here for one file, the `*_column` functions for an Arrow column with the same
expressions.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2

from stackmark.languages.strategies import path_bytes
from stackmark.languages.tables import DATA

#: Bytes of a content that the rules of openings and of marks read. A licence notice above a mark fits in.
OPENING = 256
HEAD = 2048
#: What every mark holds, in any case.
HINT = "generat"
#: Bytes of a content that are read to find its mean line length.
BODY = 32 * 1024
TAIL = 256
#: Bytes per line above which a script or style sheet was minified; the figure that Linguist uses.
MEAN_LINE = 110
MINIFIABLE = r"(?i)\.(?:[cm]?js|css)$"


def is_vendored(path: str | bytes) -> bool:
    """Tell whether a path is that of somebody else's code carried along (node_modules/, jquery.js ...)."""
    return matches("vendored.toml", "rule", path)


def is_generated(path: str | bytes, content: bytes) -> bool:
    """Tell whether a program wrote the file: by its name, its first lines, or, in scripts and styles, its
    long lines.

    Reads at most the first 32 KiB and the last 256 bytes of the content.
    """
    raw = path_bytes(path)
    return (
        matches("generated.toml", "path", raw)
        or matches("generated.toml", "lock", raw)
        or _compiled("generated.toml", "opening").search(content[:OPENING]) is not None
        or _has_mark(content[:HEAD])
        or (re2.search(MINIFIABLE.encode(), raw) is not None and is_minified(content[:BODY], content[-TAIL:]))
    )


def _has_mark(head: bytes) -> bool:
    return HINT.encode() in head.lower() and _compiled("generated.toml", "mark").search(head) is not None


def is_minified(body: bytes, tail: bytes) -> bool:
    """Tell whether a script or style sheet is made of long lines, or ends by naming its source map."""
    long_lines = len(body) > 4 * MEAN_LINE and len(body) > MEAN_LINE * (body.count(b"\n") + 1)
    return long_lines or b"sourceMappingURL=" in tail


def vendored_column(paths: pa.Array) -> pa.BooleanArray:
    """Apply `is_vendored` to a binary column."""
    return column("vendored.toml", "rule", paths)


def generated_column(paths: pa.Array, heads: pa.Array) -> pa.BooleanArray:
    """Apply the rules of paths, openings and marks; `heads` are the first HEAD bytes, null for no text."""
    by_path = pc.or_(column("generated.toml", "path", paths), column("generated.toml", "lock", paths))
    openings = pc.binary_slice(heads, 0, OPENING)
    by_opening = pc.match_substring_regex(openings, expression("generated.toml", "opening"))
    found = pc.or_(by_path, pc.fill_null(by_opening, False))
    hinted = pc.fill_null(pc.match_substring(heads, HINT, ignore_case=True), False)
    search = _compiled("generated.toml", "mark").search
    by_mark = pa.array([search(head) is not None for head in heads.filter(hinted).to_pylist()], pa.bool_())
    return pc.or_(found, pc.replace_with_mask(hinted, hinted, by_mark))


def matches(file: str, table: str, path: str | bytes) -> bool:
    """Tell whether a rule of paths matches."""
    return _compiled(file, table).search(path_bytes(path)) is not None


def column(file: str, table: str, paths: pa.Array) -> pa.BooleanArray:
    """Apply rules of paths to a binary column without nulls."""
    rows = paths.to_pylist()
    joined = b"\n".join(rows)
    if joined.count(b"\n") >= len(rows) > 0:  # a path that holds a line end
        return pa.array([matches(file, table, path) for path in rows], pa.bool_())
    # One search over all paths, one a line, costs a tenth of one search each.
    ends = np.cumsum([len(path) + 1 for path in rows])
    places = [hit.start() for hit in _compiled_for_lines(file, table).finditer(joined)]
    found = np.zeros(len(rows), bool)
    found[np.searchsorted(ends, places, side="right")] = True
    return pa.array(found)


def named(file: str, table: str, data: bytes) -> list[str]:
    """Return the names of the rules that match, for explanations; `matches` is faster."""
    flags = _flags(table)
    return [rule["name"] for rule in rules(file, table) if re2.search((flags + rule["pattern"]).encode(), data)]


@cache
def rules(file: str, table: str) -> tuple[dict[str, str], ...]:
    """Return the rules of a data file: name, pattern, and the examples `yes` and `no`."""
    return tuple(tomllib.loads((DATA / file).read_text(encoding="utf-8"))[table])


@cache
def expression(file: str, table: str) -> str:
    """Return one RE2 expression that stands for all rules of a table."""
    return _flags(table) + "|".join(f"(?:{rule['pattern']})" for rule in rules(file, table))


@cache
def _compiled(file: str, table: str) -> re.Pattern[bytes]:
    compiled: re.Pattern[bytes] = re2.compile(expression(file, table).encode())
    return compiled


@cache
def _compiled_for_lines(file: str, table: str) -> re.Pattern[bytes]:
    """Compile the rules of paths so that ^ and $ stand for the ends of lines and nothing matches across them."""
    compiled: re.Pattern[bytes] = re2.compile(("(?m)" + expression(file, table).replace("[^", "[^\\n")).encode())
    return compiled


def _flags(table: str) -> str:
    """Let ^ stand for line starts in the rules over contents."""
    return "(?m)" if table in ("opening", "mark") else ""
