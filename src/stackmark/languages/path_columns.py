"""The rules of `rules` and `kinds` over whole Arrow columns: the same expressions, outside the interpreter's lock."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.languages import rules


def vendored(paths: pa.Array) -> pa.BooleanArray:
    """Apply `is_vendored` to a binary column."""
    return matching("vendored.toml", "rule", paths)


def documentation(paths: pa.Array) -> pa.BooleanArray:
    """Apply `is_documentation` to a binary column."""
    return matching("documentation.toml", "rule", paths)


def lock_file(paths: pa.Array) -> pa.BooleanArray:
    """Apply `is_lock_file` to a binary column."""
    return matching("generated.toml", "lock", paths)


def configuration(paths: pa.Array) -> pa.BooleanArray:
    """Apply `is_configuration` to a binary column."""
    return pc.and_not(matching("configuration.toml", "rule", paths), lock_file(paths))


def generated(paths: pa.Array, texts: pa.Array) -> pa.BooleanArray:
    """Apply `is_generated` to a binary column of paths and one of texts, null for no text."""
    heads = pc.binary_slice(texts, 0, rules.HEAD)
    by_path = pc.or_(matching("generated.toml", "path", paths), lock_file(paths))
    openings = pc.binary_slice(heads, 0, rules.OPENING)
    by_opening = pc.match_substring_regex(openings, rules.expression("generated.toml", "opening"))
    found = pc.or_(by_path, pc.fill_null(by_opening, False))
    hinted = pc.fill_null(pc.match_substring(heads, rules.HINT, ignore_case=True), False)
    by_mark = pa.array([rules.has_mark(head) for head in heads.filter(hinted).to_pylist()], pa.bool_())
    found = pc.or_(found, pc.replace_with_mask(hinted, hinted, by_mark))
    return pc.or_(found, _minified(paths, texts))


def _minified(paths: pa.Array, texts: pa.Array) -> pa.BooleanArray:
    """Tell which rows are minified; only scripts and style sheets are looked at."""
    eligible = pc.and_(pc.match_substring_regex(paths, rules.MINIFIABLE), pc.is_valid(texts))
    found = np.zeros(len(paths), dtype=bool)
    for row in np.flatnonzero(eligible):
        text = memoryview(texts[int(row)].as_buffer())
        found[row] = rules.is_minified(bytes(text[: rules.BODY]), bytes(text[-rules.TAIL :]))
    return pa.array(found)


def matching(file: str, table: str, paths: pa.Array) -> pa.BooleanArray:
    """Apply rules of paths to a binary column without nulls."""
    rows = paths.to_pylist()
    joined = b"\n".join(rows)
    if joined.count(b"\n") >= len(rows) > 0:  # a path that holds a line end
        return pa.array([rules.matches(file, table, path) for path in rows], pa.bool_())
    # One search over all paths, one a line, costs a tenth of one search each.
    ends = np.cumsum([len(path) + 1 for path in rows])
    places = [hit.start() for hit in rules.for_lines(file, table).finditer(joined)]
    found = np.zeros(len(rows), bool)
    found[np.searchsorted(ends, places, side="right")] = True
    return pa.array(found)
