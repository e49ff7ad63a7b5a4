"""What a file says of the licence of other files: package manifests, REUSE, DEP-5, readmes, parts of a licence file.

A declaration holds for a scope below a folder. `propagate` weighs them; here they are only read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

#: What kind of statement it is; `propagate` gives each its rank.
KINDS = (
    "side-file", "reuse", "reuse-aggregate", "reuse-override", "dep5", "whole", "part", "pointer", "manifest", "readme",
)  # fmt: skip
_MAX_SAID = 200
_MOST = 2000


@dataclass(frozen=True)
class Declaration:
    """One statement of a file about others.

    kind:       one of `KINDS`; "whole" and "part" divide a licence file, "pointer" sends to another, see `parts`
    folder:     the folder that it speaks for: "" for the declaring file's own, ".." for the one above
    scope:      glob of paths below the folder, "" for all of the folder; see `globs`
    expression: SPDX; `family` and `file` say what is known instead, see `stated.Said`
    said:       the text as written, for people; at most 200 characters
    """

    kind: str
    expression: str | None = None
    family: str | None = None
    file: str | None = None
    scope: str = ""
    folder: str = ""
    said: str = ""


def dump(declarations: Iterable[Declaration]) -> str | None:
    """Return the declarations as one text for a fact table, None for none of them."""
    rows = []
    for one in declarations:
        rows.append({key: value for key, value in asdict(one).items() if value})
        rows[-1]["said"] = one.said[:_MAX_SAID]
        if len(rows) == _MOST:
            break
    return json.dumps(rows, sort_keys=True, separators=(",", ":")) if rows else None


def load(text: str) -> list[Declaration]:
    """Return what `dump` made a text of."""
    return [Declaration(**row) for row in json.loads(text)]
