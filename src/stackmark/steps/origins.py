"""discover and opt-out: which repositories there are, which of them may be opened, and at which revision."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackmark.engine import Engine
from stackmark.errors import RecipeError
from stackmark.optout import Registry
from stackmark.recipe import Recipe
from stackmark.sources import Origin, kinds

if TYPE_CHECKING:
    import pyarrow as pa


def discover(recipe: Recipe, base: Path) -> list[Origin]:
    """Name the origins of every source, without opening one. Raises RecipeError that names the key at fault."""
    found: list[Origin] = []
    for number, settings in enumerate(recipe.sources):
        try:
            found += map(writable, kinds()[settings.kind].discover(settings, base))
        except RecipeError as error:
            raise RecipeError(f"sources[{number}].{error}", error.hint) from error
        except ValueError as error:  # a NUL in a pattern
            raise RecipeError(f"sources[{number}].path: {error}") from error
    return found


def writable(origin: Origin) -> Origin:
    """Escape what a name has of a file name that is no text: a release cannot hold it."""
    return dataclasses.replace(origin, url=origin.url.encode("utf-8", "backslashreplace").decode())


def refuse(origin: Origin, registry: Registry) -> Origin:
    """Mark an origin that somebody asked to leave out; nothing of it is opened."""
    request = registry.origin_request(
        origin.url,
        snapshot_id=origin.snapshot_id,
        revision_id=origin.revision_id,
        directory_id=origin.directory_id,
    )
    if request is None:
        return origin
    return dataclasses.replace(origin, problem="opted-out", detail=f"the opt-out list asks for it: {request}")


def pin(origin: Origin, as_of: int | None, workdir: str) -> Origin:
    """Fix the revision of an origin (a task)."""
    return kinds()[origin.kind].pin(origin, as_of, Path(workdir))


def pin_all(
    origins: Sequence[Origin], registry: Registry, as_of: int | None, workdir: Path, engine: Engine
) -> list[Origin]:
    """Apply the opt-out list, fix the revisions of what is left, apply the list to the ids that this revealed.

    Returns the origins in the order that numbers them: by URL, then revision. An origin that was found twice at the
    same revision stays once.
    """
    named = [refuse(origin, registry) for origin in origins]
    pinned = [origin for origin in named if origin.problem]
    allowed = [origin for origin in named if not origin.problem]
    for _, origin in engine.run(pin, [(origin, as_of, str(workdir)) for origin in allowed]):
        pinned.append(origin if origin.problem else refuse(origin, registry))
    pinned.sort(key=lambda origin: (origin.url, origin.revision_id or b"", origin.problem or "", origin.locator))
    return list({(origin.url, origin.revision_id): origin for origin in reversed(pinned)}.values())[::-1]


def table(origins: Sequence[Origin]) -> pa.Table:
    """Return the origins as rows of schema.ORIGINS, numbered in their order."""
    import pyarrow as pa

    from stackmark import schema

    rows = [
        {
            "origin_no": number,
            "origin_url": origin.url,
            "vcs": origin.vcs or origin.kind,
            **{
                name: getattr(origin, name)
                for name in schema.ORIGINS.names
                if name not in ("origin_no", "origin_url", "vcs", "flags")
            },
            "flags": list(origin.flags),
        }
        for number, origin in enumerate(origins)
    ]
    return pa.Table.from_pylist(rows, schema=schema.ORIGINS)
