"""The story of a build, in order. Each step is a module of `stackmark.steps` and can be run again at any time.

`steps` and the rooms load a module when it is first used, so a build that has nothing to make loads little.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stackmark import engine as engines
from stackmark import optout, steps
from stackmark import recipe as recipes
from stackmark.errors import IntegrityError, RecipeError, UsageError
from stackmark.release import Release
from stackmark.release.manifest import BuildInfo
from stackmark.sources import Limits, Origin, kinds
from stackmark.steps.settings import Settings, is_path, named
from stackmark.version import __version__
from stackmark.workdir import Stage, WorkDir, damage_errors, digest

if TYPE_CHECKING:
    import pyarrow as pa

    from stackmark.facts import Detector
    from stackmark.steps.recalling import Made
    from stackmark.steps.redacting import Plan

Tick = Callable[[int, int], None]
#: Packed bytes of archives, about a quarter of what they hold, for which workers share what is loaded for bulk. How
#: much of a repository is of one revision is not known before it is listed.
BULK_BYTES = 16 * 1024 * 1024


class Watcher(Protocol):
    """Is told how a build goes on."""

    def step(self, name: str, unit: str) -> contextlib.AbstractContextManager[Tick]:
        """Begin a step; the tick it gives takes how many more units are done, and of how many in all."""
        ...


class Silent:
    """Watches nothing."""

    @contextlib.contextmanager
    def step(self, name: str, unit: str) -> Iterator[Tick]:  # noqa: ARG002  (the protocol's names)
        """Ignore a step."""
        yield lambda _done, _total: None


@dataclass(frozen=True)
class Inputs:
    """A recipe with all that it names, loaded."""

    recipe: recipes.Recipe
    base: Path
    registry: optout.Registry
    settings: Settings

    @property
    def features(self) -> tuple[str, ...]:
        """What is looked for only on request, with the folder of a model for names as a path."""
        names = self.recipe.pii.names
        folder = names if names == "default" else str(self.base / names)
        return tuple(f"names:{folder}" if one.startswith("names:") else one for one in self.recipe.features())

    @property
    def as_of(self) -> int | None:
        """The point in time, in seconds since 1970."""
        return int(self.recipe.as_of.timestamp()) if self.recipe.as_of else None


def load(recipe: Path | recipes.Recipe) -> Inputs:
    """Load a recipe and the opt-out list that it names; paths are relative to the recipe.

    Policy and profile are loaded when they are used, or by `settings.check`.
    """
    base = recipe.resolve().parent if isinstance(recipe, Path) else Path.cwd()
    loaded = recipes.load(recipe) if isinstance(recipe, Path) else recipe
    with named("optout.list"):
        registry = optout.load(base / loaded.optout.list) if loaded.optout.list else optout.Registry("no list")
    names = located(loaded.licenses.policy, base), located(loaded.quality.profile, base)
    settings = Settings(*names, loaded.build.max_content)
    with named("pii.names"):
        check_model(loaded.pii.names, base)
    return Inputs(loaded, base, registry, settings)


def check_model(name: str, base: Path) -> None:
    """Raise RecipeError if the folder of a model is not there."""
    if name not in ("off", "default") and not (base / name).is_dir():
        hint = 'Give "default" for the model of the package, or the folder of a SpanMarker checkpoint.'
        raise RecipeError(f"there is no folder {name}", hint)


def located(name: str, base: Path) -> str:
    """Return a name as it is, or the path of a file relative to `base`."""
    return str(base / name) if is_path(name) else name


def build(
    recipe: str | Path | recipes.Recipe,
    *,
    workdir: str | Path | None = None,
    engine: str = "local",
    workers: int | None = None,
    parent: str | Path | None = None,
    watcher: Watcher | None = None,
) -> Release:
    """Build the release that a recipe describes, or open it if it has been built from the same things.

    recipe:  path of a TOML file, or a Recipe, whose paths are then relative to the current folder
    workdir: where contents, facts and releases are kept; `.stackmark` beside the recipe by default
    engine:  "local" or "ray"; the release does not depend on it, nor on `workers`
    parent:  the release that this one follows; the step between their versions is checked

    Raises RecipeError, SourceError, StoreError or IntegrityError; what is wrong with single files is in the ledger.
    """
    inputs = load(recipe if isinstance(recipe, recipes.Recipe) else Path(recipe))
    work = WorkDir(Path(workdir) if workdir else inputs.base / ".stackmark")
    before = Release.open(parent) if parent else None
    wished = inputs.recipe.build
    count = workers or engines.affordable(wished.workers, wished.memory)
    with work.locked(), damage_errors(work.root), engines.start(engine, count) as running:
        return run(inputs, work, running, before, watcher or Silent())


def run(inputs: Inputs, work: WorkDir, engine: engines.Workers, parent: Release | None, watcher: Watcher) -> Release:
    """Take every step of a build; those up to the tables only if their like has not been made before."""
    place = steps.recalling.stage(work, identity(inputs)) if recallable(inputs.recipe) else None
    if place is None or place.manifest() is None:  # else they have been checked
        inputs.settings.check()
    found = steps.origins.discover(inputs.recipe, inputs.base)
    with watcher.step("origins", "origins"):
        pinned = seen = steps.origins.pin_all(found, inputs.registry, inputs.as_of, work.root, engine.waiting)
    made = steps.recalling.recall(work, place, seen, inputs.recipe.version) if place else None
    if made is None:
        load_rooms(inputs.features, {origin.kind for origin in pinned})
        if steps.listing.is_large([origin for origin in pinned if origin.kind == "archive"], BULK_BYTES):
            steps.inspecting.load_bulk(inputs.features)
        if steps.listing.is_large(pinned):
            engine.fork()
        limits = inputs.recipe.limits()
        entries, pinned = listed(inputs, work, pinned, engine, watcher)
        info = describe(inputs, steps.origins.table(pinned))
        if (done := existing(work, info)) is not None:
            return done
        losses, made = make(inputs, work, engine, watcher, entries, pinned, info)
        if place and not losses and not any(partial(work, origin, limits) for origin in pinned):
            made = steps.recalling.remember(place, seen, made)
    elif (done := existing(work, made.info)) is not None:
        return done
    with watcher.step("publish", "releases"):
        path = steps.releasing.publish(work, made.tables, made.info, parent.path if parent else None)
    work.prune(made.used)
    return Release.open(path)


def identity(inputs: Inputs) -> list[Any]:
    """Return all but the origins that the tables of a release come from."""
    recipe, registry = inputs.recipe, inputs.registry
    public = {key: value for key, value in recipes.public(recipe).items() if key != "version"}
    requests = [[request.kind, request.key, request.text, request.line] for request in registry.requests]
    return [public, inputs.features, inputs.settings.outside(), registry.source_name, requests]


def recallable(recipe: recipes.Recipe) -> bool:
    """Say whether all that a recipe names is told by `identity`: the folder of a model for names is not read there."""
    return recipe.pii.names in ("off", "default")


def partial(work: WorkDir, origin: Origin, limits: Limits) -> bool:
    """Say whether the listing of an origin may come out differently the next time."""
    return not origin.problem and steps.listing.partial(work.entries(steps.listing.key(origin, limits)))


def load_rooms(features: Sequence[str], used: Collection[str] = ()) -> None:
    """Load what the steps, and the kinds of sources that are used, need, and make what all of them use.

    Workers that are forked after it share it.
    """
    import numpy.ma

    from stackmark import sources
    from stackmark.licenses import expressions

    sources.load(used)
    steps.inspecting.detectors(features)
    _ = steps.fetching, steps.deciding, steps.publishing
    _ = numpy.ma  # pyarrow asks for it when it is given an array
    expressions.license_class("MIT")  # makes the parser of expressions and the tables of classes


def listed(
    inputs: Inputs, work: WorkDir, pinned: list[Origin], engine: engines.Workers, watcher: Watcher
) -> tuple[Stage, list[Origin]]:
    """List what has not been listed, and number all entries; see `steps.listing.collect`."""
    limits, memory = inputs.recipe.limits(), inputs.recipe.build.memory
    open_ = [origin for origin in pinned if not origin.problem]
    with watcher.step("list", "origins") as tick:
        steps.listing.list_all(work, open_, limits, engine, lambda done: tick(done, len(open_)))
    return steps.listing.collect(work, pinned, limits, inputs.registry, memory)


def make(
    inputs: Inputs,
    work: WorkDir,
    engine: engines.Workers,
    watcher: Watcher,
    entries: Stage,
    pinned: list[Origin],
    info: BuildInfo,
) -> tuple[int, Made]:
    """Take the steps from listed entries to tables. Returns how many contents could not be had, and what was made."""
    recipe, features = inputs.recipe, inputs.features
    table = steps.origins.table(pinned)
    with watcher.step("fetch", "files") as tick:
        losses = steps.fetching.fetch_all(work, pinned, entries, recipe.limits(), engine, tick)
    with watcher.step("prepare", "detectors") as tick:
        steps.inspecting.prepare(features, tick)
    with watcher.step("inspect", "files") as tick:
        packs = steps.inspecting.inspect_all(work, entries, engine, tick, features)
    similar = None
    if recipe.dedup.repositories is not False:
        similar = steps.grouping.repositories(entries, table, recipe.dedup.repositories)
    with watcher.step("decide", "steps") as tick:
        detectors = steps.inspecting.detectors()
        joined = steps.deciding.join(work, entries, detectors, packs, losses, len(pinned), engine)
        tick(1, 3)
        copies = steps.grouping.refusals(similar) if similar and recipe.dedup.drop_repositories else {}
        resolved = steps.deciding.resolve(work, joined, inputs.settings, engine, copies)
        tick(1, 3)
        decided = exact = steps.deciding.decide(work, resolved)
        tick(1, 3)
    redacted, personal = None, personal_detectors(inputs)
    if recipe.pii.is_on:
        with watcher.step("screen", "steps") as tick:
            decided = steps.redacting.screen(work, decided, personal, packs, redaction(recipe))
            tick(1, 1)
    decided = grouped(recipe, work, decided, packs, engine, watcher)
    if recipe.pii.is_on:
        with watcher.step("redact", "parts") as tick:
            redacted = steps.redacting.number(work, decided, personal, packs, redaction(recipe), engine, tick)
    if recipe.pii.names != "off":
        shares = steps.redacting.names_share(work, decided, personal, packs, redaction(recipe))
        info = replace(info, measured={"names": shares})
    with watcher.step("write", "bytes") as tick:
        tables = steps.publishing.write_stage(work, decided, redacted, table, similar, inputs.registry, engine, tick)
    used = [entries, joined, resolved, exact, decided, *([redacted] if redacted else []), tables]
    return losses.num_rows, steps.recalling.Made(tables, info, used)


def grouped(
    recipe: recipes.Recipe, work: WorkDir, decided: Stage, packs: list[str], engine: engines.Workers, watcher: Watcher
) -> Stage:
    """Settle near-duplicates, and among what they leave structural clones, as far as a recipe asks for them."""
    dedup, memory = recipe.dedup, recipe.build.memory
    for feature, least, within in (("near", dedup.near, dedup.within), ("structural", dedup.structural, "language")):
        if least is not False:
            with watcher.step("group" if feature == "near" else "group by structure", "parts") as tick:
                sketches = detector(recipe, feature)
                decided = steps.grouping.group(work, decided, sketches, packs, least, within, memory, engine, tick)
    return decided


def detector(recipe: recipes.Recipe, feature: str) -> Detector:
    """Return the detector of a feature, as the recipe has it set."""
    found = steps.inspecting.detectors(recipe.features())
    return next(one for one in found if one.feature and one.feature.partition("-")[0] == feature)


def personal_detectors(inputs: Inputs) -> list[Detector]:
    """Return the detectors of personal data and secrets; the one of names comes last: it is the least sure."""
    found = [one for one in steps.inspecting.detectors(inputs.features) if one.feature.startswith(("pii-", "names:"))]
    return sorted(found, key=lambda one: one.feature.startswith("names:"))


def redaction(recipe: recipes.Recipe) -> Plan:
    """Return what a recipe says of personal data and secrets."""
    pii = recipe.pii
    return steps.redacting.Plan(pii.actions, pii.style, pii.vendored, pii.generated)


def describe(inputs: Inputs, table: pa.Table) -> BuildInfo:
    """Return what the release will say of how it was made."""
    from importlib import metadata

    from stackmark.languages import context

    recipe, settings = inputs.recipe, inputs.settings
    public = recipes.public(recipe)
    identity = [str(row) for row in table.to_pylist()]
    return BuildInfo(
        name=recipe.name,
        version=recipe.version,
        as_of=recipe.as_of.isoformat() if recipe.as_of else None,
        recipe={**public, "inputs": {"origins": table.num_rows, "digest": digest(identity)}},
        recipe_digest=digest({key: value for key, value in public.items() if key != "version"}),
        stackmark_version=__version__,
        detectors={detector.name: detector.version for detector in steps.inspecting.detectors(inputs.features)},
        rules={
            "languages": {"context": context.VERSION},
            "licenses": {"name": settings.policy.name, "digest": settings.policy.digest()},
            "quality": {"name": settings.profile.name, "digest": settings.profile.digest()},
            "optout": {"requests": len(inputs.registry.requests), "digest": inputs.registry.digest()},
            "dedup": {"exact": "sha1_git", **recipe.dedup.model_dump()},
            "pii": recipe.pii.model_dump(),
        },
        tools={
            name: metadata.version(name) for name in ("pyarrow", "numpy", "licensedcode-data", "license-expression")
        },
        sources=public["sources"],
        not_done=not_done(recipe),
    )


def not_done(recipe: recipes.Recipe) -> tuple[str, ...]:
    """Return what a reader might expect and this recipe leaves out."""
    secrets, names = recipe.pii.sensitivity is not None, recipe.pii.names != "off"
    off = {
        "personal data and secrets were not looked for": not secrets and not names,
        "personal data other than names, and secrets, were not looked for": names and not secrets,
        "names of persons were not looked for": secrets and not names,
        "near-duplicates were not removed": recipe.dedup.near is False,
    }
    return tuple(words for words, is_off in off.items() if is_off)


def existing(work: WorkDir, info: BuildInfo) -> Release | None:
    """Return the release of that name and version, if it was made from the same things.

    Raises RecipeError if the version has been used for something else.
    """
    path = work.releases / f"{info.name}-{info.version}"
    if not path.exists():
        return None
    release = Release.open(path)
    names = ("recipe", "stackmark_version", "detectors", "rules", "tools", "as_of")
    if steps.releasing.same(release.manifest, info, names):
        check_files(release)
        return release
    hint = "A release never changes: raise `version` in the recipe (and name this one with --parent)."
    raise RecipeError(f"version {info.version} of {info.name} has been released from other inputs or rules", hint)


def check_files(release: Release) -> None:
    """Raise IntegrityError if a file of a release is not there or has another size."""
    listed = {entry["path"]: entry["size"] for entry in release.manifest["files"]}
    for name, size in listed.items():
        path = release.path / name
        if not path.is_file() or path.stat().st_size != size:
            hint = "Move it away and run the same command again, which makes it anew; or restore it from a good copy."
            raise IntegrityError(f"the release {release.path} is damaged: {name}", hint)
    _ = release.digest


def plan(recipe: str | Path | recipes.Recipe, *, workdir: str | Path | None = None) -> dict[str, Any]:
    """Say what a build would do, with counts, before any content is read.

    Repositories are listed from their trees; archives are not opened, so only their packed size is known. Returns a
    dict with a row for each source: source, kind, origins, opted_out, problems, entries, bytes, packed_bytes.
    """
    inputs = load(recipe if isinstance(recipe, recipes.Recipe) else Path(recipe))
    inputs.settings.check()
    work = WorkDir(Path(workdir) if workdir else inputs.base / ".stackmark")
    limits = inputs.recipe.limits()
    with work.locked(), engines.start("local", inputs.recipe.build.workers) as engine:
        found = []
        for number, settings in enumerate(inputs.recipe.sources):
            one = inputs.recipe.model_copy(update={"sources": (settings,)})
            pinned = steps.origins.pin_all(
                steps.origins.discover(one, inputs.base), inputs.registry, inputs.as_of, work.root, engine.waiting
            )
            found.append({"source": number, "kind": settings.kind, **count(work, pinned, limits, engine)})
    return {
        "name": inputs.recipe.name,
        "version": inputs.recipe.version,
        "policy": inputs.settings.policy.name,
        "profile": inputs.settings.profile.name,
        "optout_requests": len(inputs.registry.requests),
        "not_done": list(not_done(inputs.recipe)),
        "sources": found,
    }


def count(work: WorkDir, pinned: list[Origin], limits: Any, engine: engines.Workers) -> dict[str, Any]:
    """Count what one source holds."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    open_ = [origin for origin in pinned if not origin.problem]
    free = [origin for origin in open_ if not getattr(kinds()[origin.kind], "READS_TO_LIST", False)]
    steps.listing.list_all(work, free, limits, engine, lambda _done: None)
    listed = [pq.read_table(work.entries(steps.listing.key(origin, limits))) for origin in free]
    packed = [Path(origin.locator) for origin in open_ if origin not in free]
    return {
        "origins": len(pinned),
        "opted_out": sum(origin.problem == "opted-out" for origin in pinned),
        "problems": [f"{o.url}: {o.problem}: {o.detail}" for o in pinned if o.problem and o.problem != "opted-out"],
        "entries": sum(table.num_rows for table in listed) if free else None,
        "bytes": sum(int(pc.sum(table["length"]).as_py() or 0) for table in listed) if free else None,
        "packed_bytes": sum(path.stat().st_size for path in packed) if packed else None,
    }


def status(workdir: str | Path) -> dict[str, Any]:
    """Say what a work directory holds: packs, contents, listings, releases, and whether a build is at work.

    Raises UsageError if there is none.
    """
    from stackmark.store import ContentIndex, usage

    work = WorkDir(Path(workdir))
    if not work.packs.is_dir():
        raise UsageError(f"{workdir} is no work directory", "`stackmark build RECIPE` makes one beside the recipe.")
    released = []
    for path in sorted(work.releases.glob("[!.]*")):  # what is being published has a dot
        release = Release.open(path)
        kept = release.manifest["counts"]["outcomes"]["kept"]["files"]
        released.append({"name": release.name, "version": release.version, "kept": kept, "digest": release.digest})
    contents = len(ContentIndex.of(work).ids)
    return {**usage(work), "contents": contents, "locked": work.is_locked(), "releases": released}
