"""Archives as sources: tar (plain, gzip, xz, bzip2, Zstandard) and zip; so wheels, sdists, npm tarballs.

An archive is read as a stream and never extracted. Its revision is the git blob id of the archive file. Its
root directory id stands in the entries' row with the empty path; it is the one that git gives the extracted
files.

When an archive is damaged, that row has a problem (`truncated`, `corrupt`, `incomplete`, `not-an-archive`,
`unreadable`) in place of an id, and the rows read so far stand. When it breaks a limit (`archive-ratio`,
`archive-size`, `too-many-entries`, `overlapping-members`), that row is the only one.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackmark.errors import RecipeError
from stackmark.sources import Keep, Limits, Origin, SourceSettings
from stackmark.sources.archive_names import origin_url

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 256 * 1024
READS_TO_LIST = True


class Settings(SourceSettings):
    """Settings of an archive source.

    path:   a file, or a glob of them (`**` crosses folders)
    origin: what to call it, else a name is made from the file name; versions of one project may share it
    """

    kind: Literal["archive"]
    path: str
    origin: str | None = None


def discover(settings: Settings, base: Path) -> Iterator[Origin]:
    """Yield one origin for each file that the path names, sorted. Raises RecipeError when there is none."""
    # `Path.glob` refuses absolute patterns.
    found = glob.glob(settings.path, root_dir=base, recursive=True)  # noqa: PTH207
    paths = [base / name for name in sorted(found, key=os.fsencode)]
    # A file whose own name holds brackets or stars is meant before the pattern.
    whole = base / settings.path
    if _is_file(whole):
        paths = [whole]
    files = [path for path in paths if _is_file(path)]
    if not files:
        raise RecipeError(f"path matches no file: {settings.path}", "paths are relative to the recipe's folder")
    for path in files:
        url = settings.origin or origin_url(path.name)
        yield Origin(url=url, kind="archive", locator=str(path.absolute()), vcs="archive")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above may not be entered
        return False


def pin(origin: Origin, as_of: int | None, workdir: Path) -> Origin:  # noqa: ARG001  (the contract)
    """Return the origin with the git blob id of the archive file as its revision.

    An archive has no history: a wish for an earlier state is answered by the flag "no-history".
    """
    flags = origin.flags if as_of is None else (*origin.flags, "no-history")
    try:
        revision = _file_id(Path(origin.locator))
    except OSError as error:
        return replace(origin, vcs="archive", flags=flags, problem="unreadable", detail=error.strerror)
    return replace(origin, vcs="archive", flags=flags, revision_id=revision)


def entries(origin: Origin, limits: Limits, keep: Keep) -> Iterator[pa.RecordBatch]:
    """Yield the entries of an archive; see `archive_reading.entries`."""
    from stackmark.sources import archive_reading

    return archive_reading.entries(origin, limits, keep)


def contents(origin: Origin, wanted: Sequence[bytes], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield contents of an archive; see `archive_reading.contents`."""
    from stackmark.sources import archive_reading

    return archive_reading.contents(origin, wanted, limits)


def _file_id(path: Path) -> bytes:
    """Return the git blob id of a file, read a piece at a time."""
    with path.open("rb") as file:
        sha1 = hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size, usedforsecurity=False)
        while piece := file.read(PIECE):
            sha1.update(piece)
    return sha1.digest()
