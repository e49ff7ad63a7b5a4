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
    return _compiled("vendored.toml", "rule").search(path_bytes(path)) is not None


def is_generated(path: str | bytes, content: bytes) -> bool:
    """Tell whether a program wrote the file: by its name, its first lines, or, in scripts and styles, its
    long lines.

    Reads at most the first 32 KiB and the last 256 bytes of the content.
    """
    raw = path_bytes(path)
    return (
        _compiled("generated.toml", "path").search(raw) is not None
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
    return pc.match_substring_regex(paths, expression("vendored.toml", "rule"))


def generated_column(paths: pa.Array, heads: pa.Array) -> pa.BooleanArray:
    """Apply the rules of paths, openings and marks; `heads` are the first HEAD bytes, null for no text."""
    by_path = pc.match_substring_regex(paths, expression("generated.toml", "path"))
    openings = pc.binary_slice(heads, 0, OPENING)
    by_opening = pc.match_substring_regex(openings, expression("generated.toml", "opening"))
    found = pc.or_(by_path, pc.fill_null(by_opening, False))
    hinted = pc.fill_null(pc.match_substring(heads, HINT, ignore_case=True), False)
    by_mark = pc.match_substring_regex(heads.filter(hinted), expression("generated.toml", "mark"))
    return pc.or_(found, pc.replace_with_mask(hinted, hinted, by_mark))


@cache
def rules(file: str, table: str) -> tuple[dict[str, str], ...]:
    """Return the rules of a data file: name, pattern, and the examples `yes` and `no`."""
    return tuple(tomllib.loads((DATA / file).read_text(encoding="utf-8"))[table])


@cache
def expression(file: str, table: str) -> str:
    """Return one RE2 expression that stands for all rules of a table."""
    lines = "(?m)" if table in ("opening", "mark") else ""
    return lines + "|".join(f"(?:{rule['pattern']})" for rule in rules(file, table))


@cache
def _compiled(file: str, table: str) -> re.Pattern[bytes]:
    compiled: re.Pattern[bytes] = re2.compile(expression(file, table).encode())
    return compiled
