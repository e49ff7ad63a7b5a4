"""recall: the tables that an earlier build made from the very same things, so that nothing has to be asked again.

Every step knows what it depends on, by the versions and digests of the rooms; but to learn those is to load the rooms,
which is most of a build that has nothing to do. Here the same is told from outside, as compiler caches do it: by the
files of this package and the names of all that is installed, and by what the recipe names. It may say "different" where
nothing differs, and then the steps find out; never the other way round.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stackmark.licenses import added
from stackmark.release.manifest import BuildInfo
from stackmark.sources import Origin
from stackmark.steps.releasing import plain, whole
from stackmark.workdir import Stage, WorkDir, digest

VERSION = "1"


@dataclass(frozen=True)
class Made:
    """Tables, what a release says of how they were made, and the stages that they stand on."""

    tables: Stage
    info: BuildInfo
    used: Sequence[Stage]


def environment() -> str:
    """Return what tells this package, and all that is installed beside it, from others."""
    package = Path(__file__).parents[1]
    places = [Path(entry or os.curdir) for entry in sys.path]
    beside = [path for place in places if place.is_dir() for path in place.glob("*-info")]
    installed = sorted({path.name for path in beside})
    licenses = added.digest(added.folder())  # that a user has added on this machine
    return digest([sys.version, installed, list(states(package)), licenses])


def states(package: Path) -> Iterable[tuple[str, int, int]]:
    """Yield name, size and time of each file of a package, in order."""
    for folder, inner, names in os.walk(package):
        inner[:] = sorted(name for name in inner if name != "__pycache__")
        room = os.path.relpath(folder, package)
        for name in sorted(names):
            stat = os.stat(f"{folder}/{name}")  # noqa: PTH116  (hundreds of them)
            yield f"{room}/{name}", stat.st_size, stat.st_mtime_ns


def stage(work: WorkDir, depends: object) -> Stage:
    """Return where a build is remembered; `depends` is all but the origins that its tables come from."""
    return work.stage("made", [VERSION, environment(), depends])


def told(origins: Iterable[Origin]) -> str:
    """Return what tells pinned origins from others, wherever this machine has them."""
    return digest([repr(replace(origin, locator="")) for origin in origins])


def recall(work: WorkDir, place: Stage, origins: Iterable[Origin], version: str) -> Made | None:
    """Return what was made of these origins, for a release of some version; None if not known or no longer whole."""
    found = place.manifest()
    if found is None or found["origins"] != told(origins):
        return None
    stages = work.root / "stages"
    tables = Stage(stages / found["tables"])
    if not whole(tables):
        return None
    said: dict[str, Any] = found["info"]
    info = BuildInfo(**{**said, "version": version, "recipe": {**said["recipe"], "version": version}})
    return Made(tables, info, [place, *(Stage(stages / name) for name in found["used"])])


def remember(place: Stage, origins: Iterable[Origin], made: Made) -> Made:
    """Write down what was made of some origins."""
    used = [one.folder.name for one in made.used]
    place.finish(origins=told(origins), tables=made.tables.folder.name, used=used, info=plain(asdict(made.info)))
    return replace(made, used=[place, *made.used])
