"""Languages of whole Arrow columns: one answer a name where names decide, the long way for the other rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.languages import context, modeline
from stackmark.languages.answers import Language, answer
from stackmark.languages.choice import PLAIN, choose
from stackmark.languages.claims import NOTHING, START, Claim, claim
from stackmark.languages.context import OPEN
from stackmark.languages.marks import WINDOW, any_expression
from stackmark.languages.strategies import BOM, base_name, by_name, decide, path_bytes, plain

TYPE = pa.struct([("name", pa.string()), ("strategy", pa.string()), ("confidence", pa.float64())])
#: What makes a text worth reading even where its name decides, or says nothing: a shebang, markup, a modeline.
OPENING = r"\A(?:\xef\xbb\xbf)?(?:#!|\s*<[?!])"


def languages(
    names: Sequence[bytes], contents: pa.Array, beside: Mapping[str, int] | None = None
) -> list[Language | None]:
    """Return the languages of files by their base names and contents; None for a null content.

    beside: number of files of each language among which they stand

    The expressions over whole columns run in RE2, outside the interpreter's lock.
    """
    claims = [claim(name) for name in names]
    found: list[Language | None] = [by_name(named) for named in claims]
    speaks = _speaks(contents)
    for row in np.flatnonzero(speaks).tolist():
        found[row] = decide(claims[row], *_ends(contents[row]))
    valid = np.asarray(contents.is_valid())
    unsaid = [row for row, one in enumerate(found) if one is None and not speaks[row] and valid[row]]
    for row in _beyond_start(claims, contents, unsaid, found):
        found[row] = choose(claims[row], _ends(contents[row])[0])
    for row in np.flatnonzero(~valid).tolist():
        found[row] = None
    if beside:
        found = [context.with_context(one, named, beside) for one, named in zip(found, claims, strict=True)]
    return found


def in_tree(paths: pa.Array, found: pa.StructArray) -> pa.StructArray:
    """Return answers on all files of one tree (TYPE, null where there is none), each with the others as its context.

    Nothing but the paths and the answers is looked at, and their order does not matter: see `context`.
    """
    name, strategy, confidence = found.flatten()
    plain = pc.and_(pc.equal(strategy, PLAIN[0]), pc.equal(confidence, PLAIN[1]))
    unsure = pc.fill_null(pc.or_(pc.less_equal(confidence, OPEN), plain), False)
    if not pc.any(unsure).as_py():
        return found
    asked = dict.fromkeys(claim(base_name(path_bytes(path))) for path in paths.filter(unsure).to_pylist())
    spoken = pa.array(sorted({language for named in asked for language in named.languages}), pa.string())
    rows = pc.indices_nonzero(pc.and_(pc.is_valid(name), pc.or_(unsure, pc.is_in(name, value_set=spoken))))
    said = zip(*(column.take(rows).to_pylist() for column in (paths, name, strategy, confidence)), strict=True)
    changed = context.in_tree([(path_bytes(path), answer(*one)) for path, *one in said])
    if not changed:
        return found
    where = np.zeros(len(found), bool)
    where[rows.to_numpy()[sorted(changed)]] = True
    told = struct([changed[place] for place in sorted(changed)])
    pairs = zip((name, strategy, confidence), told.flatten(), strict=True)
    fields = [pc.replace_with_mask(old, pa.array(where), new) for old, new in pairs]
    return pa.StructArray.from_arrays(fields, fields=list(TYPE), mask=pc.is_null(fields[0]))


def _beyond_start(
    claims: Sequence[Claim], contents: pa.Array, rows: Sequence[int], found: list[Language | None]
) -> list[int]:
    """Answer the rows of names whose rarer languages show at the start of a text; return the rows that are left."""
    groups: dict[Claim, list[int]] = {}
    for row in rows:
        if claims[row] is not NOTHING:
            groups.setdefault(claims[row], []).append(row)
    starts = pc.binary_slice(contents, 0, START)
    left: list[int] = []
    for named, group in groups.items():
        if named.start and named.otherwise:
            heads = starts.take(pa.array(group))
            # Without a line feed the text may be empty, end its lines otherwise, or be one long line.
            odd = pc.or_(pc.starts_with(heads, BOM), pc.invert(pc.match_substring(heads, "\n")))
            shown = pc.or_(odd, pc.match_substring_regex(heads, any_expression(named.order)))
            usual = answer(named.otherwise, *PLAIN)
            for row, rare in zip(group, shown.to_pylist(), strict=True):
                found[row] = usual
                if rare:
                    left.append(row)
        else:
            left += group
    return left


def _ends(content: pa.Scalar) -> tuple[bytes, bytes]:
    view = memoryview(content.as_buffer())
    return plain(bytes(view[:WINDOW])), bytes(view[-modeline.TAIL :])


def _speaks(contents: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which texts say something that can overrule a name, or stand in for one."""
    heads = pc.match_substring_regex(pc.binary_slice(contents, 0, modeline.HEAD), f"{OPENING}|{modeline.HINT}")
    tails = pc.match_substring_regex(pc.binary_slice(contents, -modeline.TAIL), modeline.HINT)
    return np.asarray(pc.fill_null(pc.or_(heads, tails), False))


def struct(found: Sequence[Language | None]) -> pa.StructArray:
    """Return answers as a struct array of TYPE, null where there is none."""
    return pa.StructArray.from_arrays(
        [
            pa.array([one.name if one else None for one in found], pa.string()),
            pa.array([one.strategy if one else None for one in found], pa.string()),
            pa.array([one.confidence if one else None for one in found], pa.float64()),
        ],
        fields=list(TYPE),
        mask=pa.array([one is None for one in found], pa.bool_()),
    )
