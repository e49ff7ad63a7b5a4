"""One rule a module. Every module here is found and can be named in a profile; adding one is adding a file.

RULE      the name in profiles and in the ledger
NEEDS     the columns that it reads; besides those of the detectors there are `path` (binary), `language`,
          `is_generated`, `is_vendor` and `length` (bytes)
LIMITS    the limits that a profile must give it, with their types: int, float, list (of strings)
passes(rows, limits) -> boolean array      null where a fact is missing: not to know is no reason to drop
sentence(row, limits) -> str               why a row failed, in plain words with the figures
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

#: The limits that a profile gives one rule.
Limits = Mapping[str, Any]


class Filter(Protocol):
    """The shape of a module in this folder; the module docstring says what each part does."""

    RULE: str
    NEEDS: tuple[str, ...]
    LIMITS: Mapping[str, type]

    def passes(self, rows: pa.Table, limits: Limits) -> pa.ChunkedArray: ...  # noqa: D102
    def sentence(self, row: Mapping[str, Any], limits: Limits) -> str: ...  # noqa: D102


def written_in(rows: pa.Table, languages: Sequence[str]) -> pa.ChunkedArray:
    """Tell for each row whether its language is one of the given; false, not null, for no language."""
    return pc.is_in(rows["language"], pa.array(languages, pa.string()))


def share(part: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Divide two columns of counts; a part of nothing is 0.

    Filters compare this quotient, and not the part with limit times whole: division rounds correctly, so that
    exactly 7 of 35 is not below 0.2.
    """
    whole = pc.max_element_wise(whole, 1, skip_nulls=False)
    return pc.divide(part.cast(pa.float64()), whole.cast(pa.float64()))


def filters() -> dict[str, Filter]:
    """Return every filter of this folder by its rule."""
    found: dict[str, Filter] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module: Any = importlib.import_module(f"{__name__}.{info.name}")
        found[module.RULE] = module
    return found
