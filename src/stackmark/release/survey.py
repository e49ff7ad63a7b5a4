"""What the tables of a release add up to: all that its documents say and that the build itself does not know.

It is taken once, when the tables have been written. A release of the same tables under another version is then made
without reading them again, and its checksums are those of the bytes as they were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackmark.release.manifest import Notice


@dataclass(frozen=True)
class Survey:
    """Figures and texts, all of them such that JSON gives them back.

    counts, configs, schema: of the manifest
    figures:                 of the report
    notices:                 the sections of NOTICE
    files:                   what the manifest lists of each file
    """

    counts: Mapping[str, Any]
    configs: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Mapping[str, str]]
    figures: Mapping[str, Any]
    notices: Sequence[str]
    files: Sequence[Mapping[str, Any]]


def take(folder: Path, notices: Iterable[Notice]) -> Survey:
    """Survey a folder that holds data/, ledger/ and provenance/, and `swhids.txt` if that has been written."""
    from stackmark.release import counts, figures, manifest, notice, tables
    from stackmark.release.layout import SWHIDS

    schema = {name: {field.name: str(field.type) for field in rows} for name, rows in tables.SCHEMAS.items()}
    sums = counts.DataSums()
    shown = figures.take(folder, sums)
    summed, configs = counts.count(folder, sums), counts.configs(folder)
    lasting = [path for path in manifest.listed(folder) if path.endswith(".parquet") or path == SWHIDS]
    files = [manifest.describe(folder, path) for path in lasting]
    return Survey(summed, configs, schema, shown, notice.sections(notices), files)


def dumps(survey: Survey) -> str:
    """Return a survey as JSON, in its order: documents show figures in it."""
    return json.dumps(vars(survey))


def loads(text: str) -> Survey:
    """Return what `dumps` has written."""
    return Survey(**json.loads(text))
