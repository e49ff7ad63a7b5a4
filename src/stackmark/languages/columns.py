"""Languages of whole Arrow columns: one answer a name where names decide, the long way for the other rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.languages import modeline
from stackmark.languages.answers import Language, answer
from stackmark.languages.choice import PLAIN, choose
from stackmark.languages.claims import NOTHING, START, Claim, claim
from stackmark.languages.context import with_context
from stackmark.languages.marks import WINDOW, any_expression
from stackmark.languages.strategies import BOM, by_name, decide, plain

TYPE = pa.struct([("name", pa.string()), ("strategy", pa.string()), ("confidence", pa.float64())])
#: What makes a text worth reading even where its name decides, or says nothing: a shebang, markup, a modeline.
OPENING = r"\A(?:\xef\xbb\xbf)?(?:#!|\s*<[?!])"


def languages(
    names: Sequence[bytes], contents: pa.Array, context: Mapping[str, int] | None = None
) -> list[Language | None]:
    """Return the languages of files by their base names and contents; None for a null content.

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
    if context:
        found = [with_context(one, named, context) for one, named in zip(found, claims, strict=True)]
    return found


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
