"""Whether people wrote a file in its repository: vendored and generated files, by path and by the first
lines.

The rules are data (data/vendored.toml, data/generated.toml). They run in RE2, that is in linear time, over
bytes: the functions here for one file, those of `path_columns` for Arrow columns with the same expressions.
"""

from __future__ import annotations

import re
from functools import cache

import re2

from stackmark.languages.strategies import path_bytes
from stackmark.languages.tables import compiled

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
        or has_mark(content[:HEAD])
        or (re2.search(MINIFIABLE.encode(), raw) is not None and is_minified(content[:BODY], content[-TAIL:]))
    )


def has_mark(head: bytes) -> bool:
    """Tell whether the first HEAD bytes hold a mark that a generator leaves."""
    return HINT.encode() in head.lower() and _compiled("generated.toml", "mark").search(head) is not None


def is_minified(body: bytes, tail: bytes) -> bool:
    """Tell whether a script or style sheet is made of long lines, or ends by naming its source map."""
    long_lines = len(body) > 4 * MEAN_LINE and len(body) > MEAN_LINE * (body.count(b"\n") + 1)
    return long_lines or b"sourceMappingURL=" in tail


def matches(file: str, table: str, path: str | bytes) -> bool:
    """Tell whether a rule of paths matches."""
    return _compiled(file, table).search(path_bytes(path)) is not None


def named(file: str, table: str, data: bytes) -> list[str]:
    """Return the names of the rules that match, for explanations; `matches` is faster."""
    flags = _flags(table)
    rules = compiled()[f"{file} {table}"].items()
    return [name for name, pattern in rules if re2.search((flags + pattern).encode(), data)]


@cache
def expression(file: str, table: str) -> str:
    """Return one RE2 expression that stands for all rules of a table."""
    return _flags(table) + "|".join(f"(?:{pattern})" for pattern in compiled()[f"{file} {table}"].values())


@cache
def _compiled(file: str, table: str) -> re.Pattern[bytes]:
    compiled: re.Pattern[bytes] = re2.compile(expression(file, table).encode())
    return compiled


@cache
def for_lines(file: str, table: str) -> re.Pattern[bytes]:
    """Compile the rules of paths so that ^ and $ stand for the ends of lines and nothing matches across them."""
    compiled: re.Pattern[bytes] = re2.compile(("(?m)" + expression(file, table).replace("[^", "[^\\n")).encode())
    return compiled


def _flags(table: str) -> str:
    """Let ^ stand for line starts in the rules over contents."""
    return "(?m)" if table in ("opening", "mark") else ""
