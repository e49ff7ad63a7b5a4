"""publish: tables and what was surveyed of them to a release that appears under its name when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stackmark.release import survey
from stackmark.release.finish import document
from stackmark.release.manifest import BuildInfo
from stackmark.workdir import Stage, WorkDir, storage_errors, sync_file, sync_folder

SURVEY = "survey.json"
#: What lies in a stage of tables and is no part of a release.
OWN = ("manifest.json", SURVEY)


def files(tables: Stage) -> dict[str, list[int]]:
    """Return size and time of each file of a stage: a release has most under a second name, which nobody guards."""
    paths = sorted(path.relative_to(tables.folder).as_posix() for path in tables.folder.rglob("*") if path.is_file())
    stats = {path: tables.path(path).stat() for path in paths if path != "manifest.json"}
    return {path: [stat.st_size, stat.st_mtime_ns] for path, stat in stats.items()}


def whole(tables: Stage) -> bool:
    """Say whether a stage of tables is complete and as it was written."""
    manifest = tables.manifest()
    return manifest is not None and manifest["files"] == files(tables)


def place(source: Path, target: Path) -> None:
    """Put a finished file of a stage into a release: a second name for the same bytes where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)


def publish(work: WorkDir, tables: Stage, info: BuildInfo, parent: Path | None) -> Path:
    """Assemble the release beside its place, sync it, and rename it into place."""
    target = work.releases / f"{info.name}-{info.version}"
    temporary = work.releases / f".{target.name}.tmp"
    found = survey.loads(tables.path(SURVEY).read_text("utf-8"))
    with storage_errors(target):
        for path in (path for path in files(tables) if path not in OWN):
            place(tables.path(path), temporary / path)
        document(temporary, info, found, parent)
        for one in temporary.iterdir():
            if one.is_file():  # the tables in the folders are durable already
                sync_file(one)
        for folder, _, _ in os.walk(temporary):
            sync_folder(Path(folder))
        temporary.replace(target)
        sync_folder(work.releases)
    return target


def same(existing: Mapping[str, Any], info: BuildInfo, names: Sequence[str]) -> bool:
    """Say whether a manifest was made from the same things as `info` would be."""
    return all(existing.get(name) == plain(getattr(info, name)) for name in names)


def plain(value: Any) -> Any:
    """Return a value as it comes back from JSON."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
