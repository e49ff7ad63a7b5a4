"""The story of a build, in order. Each step is a module of `stackmark.steps` and can be run again at any time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from stackmark import engine as engines
from stackmark import optout
from stackmark import recipe as recipes
from stackmark.errors import IntegrityError, RecipeError, UsageError
from stackmark.facts import Detector
from stackmark.languages import context
from stackmark.release import Release
from stackmark.release.manifest import BuildInfo
from stackmark.sources import Origin, kinds
from stackmark.steps import deciding, fetching, grouping, inspecting, listing, origins, publishing, redacting, rules
from stackmark.store import ContentIndex, Stage, WorkDir, damage_errors, digest, usage
from stackmark.version import __version__

Tick = Callable[[int, int], None]


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
    settings: rules.Settings

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
    """Load a recipe and the opt-out list, policy and profile that it names; paths are relative to the recipe."""
    base = recipe.resolve().parent if isinstance(recipe, Path) else Path.cwd()
    loaded = recipes.load(recipe) if isinstance(recipe, Path) else recipe
    with named("optout.list"):
        registry = optout.load(base / loaded.optout.list) if loaded.optout.list else optout.parse("", "no list")
    names = located(loaded.licenses.policy, base), located(loaded.quality.profile, base)
    settings = rules.Settings(*names, loaded.build.max_content)
    with named("licenses.policy"):
        _ = settings.policy
    with named("quality.profile"):
        _ = settings.profile
    with named("pii.names"):
        check_model(loaded.pii.names, base)
    return Inputs(loaded, base, registry, settings)


def check_model(name: str, base: Path) -> None:
    """Raise RecipeError if the folder of a model is not there."""
    if name not in ("off", "default") and not (base / name).is_dir():
        hint = 'Give "default" for the model of the package, or the folder of a SpanMarker checkpoint.'
        raise RecipeError(f"there is no folder {name}", hint)


@contextlib.contextmanager
def named(key: str) -> Iterator[None]:
    """Put the key of the recipe before an error about what it names."""
    try:
        yield
    except RecipeError as error:
        raise RecipeError(f"{key}: {error}", error.hint) from error


def located(name: str, base: Path) -> str:
    """Return a name as it is, or the path of a file relative to `base`."""
    return str(base / name) if name.endswith(".toml") or "/" in name else name


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


def run(inputs: Inputs, work: WorkDir, engine: engines.Engine, parent: Release | None, watcher: Watcher) -> Release:
    """Take every step of a build."""
    limits, features = inputs.recipe.limits(), inputs.features
    found = origins.discover(inputs.recipe, inputs.base)
    with watcher.step("origins", "origins"):
        pinned = origins.pin_all(found, inputs.registry, inputs.as_of, work.root, engine)
    open_ = [origin for origin in pinned if not origin.problem]
    with watcher.step("list", "origins") as tick:
        listing.list_all(work, open_, limits, engine, lambda done: tick(done, len(open_)))
    entries, pinned = listing.collect(work, pinned, limits, inputs.registry, inputs.recipe.build.memory)
    table = origins.table(pinned)
    info = describe(inputs, table)
    if (done := existing(work, info)) is not None:
        return done
    with watcher.step("fetch", "files") as tick:
        losses = fetching.fetch_all(work, pinned, entries, limits, engine, tick)
    with watcher.step("inspect", "files") as tick:
        packs = inspecting.inspect_all(work, entries, engine, tick, features)
    similar = None
    if inputs.recipe.dedup.repositories is not False:
        similar = grouping.repositories(entries, table, inputs.recipe.dedup.repositories)
    with watcher.step("decide", "steps") as tick:
        detectors = inspecting.detectors()
        joined = deciding.join(work, entries, detectors, packs, losses, len(pinned))
        tick(1, 3)
        copies = grouping.refusals(similar) if similar and inputs.recipe.dedup.drop_repositories else {}
        resolved = deciding.resolve(work, joined, inputs.settings, engine, copies)
        tick(1, 3)
        decided = exact = deciding.decide(work, resolved)
        tick(1, 3)
    recipe, redacted, personal = inputs.recipe, None, personal_detectors(inputs)
    if recipe.pii.is_on:
        with watcher.step("screen", "steps") as tick:
            decided = redacting.screen(work, decided, personal, packs, redaction(recipe))
            tick(1, 1)
    decided = grouped(recipe, work, decided, packs, engine, watcher)
    if recipe.pii.is_on:
        with watcher.step("redact", "steps") as tick:
            redacted = redacting.number(work, decided, personal, packs, redaction(recipe), engine)
            tick(1, 1)
    if recipe.pii.names != "off":
        shares = redacting.names_share(work, decided, personal, packs, redaction(recipe))
        info = replace(info, measured={"names": shares})
    with watcher.step("write", "bytes") as tick:
        tables = publishing.write_stage(work, decided, redacted, table, similar, inputs.registry, engine, tick)
    with watcher.step("publish", "releases"):
        texts = publishing.notices(work, decided, table)
        path = publishing.publish(work, tables, info, texts, parent.path if parent else None)
    work.prune([entries, joined, resolved, exact, decided, *([redacted] if redacted else []), tables])
    return Release.open(path)


def grouped(
    recipe: recipes.Recipe, work: WorkDir, decided: Stage, packs: list[str], engine: engines.Engine, watcher: Watcher
) -> Stage:
    """Settle near-duplicates, and among what they leave structural clones, as far as a recipe asks for them."""
    dedup, memory = recipe.dedup, recipe.build.memory
    for feature, least, within in (("near", dedup.near, dedup.within), ("structural", dedup.structural, "language")):
        if least is not False:
            with watcher.step("group" if feature == "near" else "group by structure", "steps") as tick:
                sketches = detector(recipe, feature)
                decided = grouping.group(work, decided, sketches, packs, least, within, memory, engine)
                tick(1, 1)
    return decided


def detector(recipe: recipes.Recipe, feature: str) -> Detector:
    """Return the detector of a feature, as the recipe has it set."""
    found = inspecting.detectors(recipe.features())
    return next(one for one in found if one.feature and one.feature.partition("-")[0] == feature)


def personal_detectors(inputs: Inputs) -> list[Detector]:
    """Return the detectors of personal data and secrets; the one of names comes last: it is the least sure."""
    found = [one for one in inspecting.detectors(inputs.features) if one.feature.startswith(("pii-", "names:"))]
    return sorted(found, key=lambda one: one.feature.startswith("names:"))


def redaction(recipe: recipes.Recipe) -> redacting.Plan:
    """Return what a recipe says of personal data and secrets."""
    pii = recipe.pii
    return redacting.Plan(pii.actions, pii.style, pii.vendored, pii.generated)


def describe(inputs: Inputs, table: pa.Table) -> BuildInfo:
    """Return what the release will say of how it was made."""
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
        detectors={detector.name: detector.version for detector in inspecting.detectors(inputs.features)},
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
    off = {
        "personal data and secrets were not looked for": recipe.pii.sensitivity is None,
        "names of persons were not looked for": recipe.pii.sensitivity is not None and recipe.pii.names == "off",
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
    if publishing.same(release.manifest, info, names):
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
    work = WorkDir(Path(workdir) if workdir else inputs.base / ".stackmark")
    limits = inputs.recipe.limits()
    with work.locked(), engines.start("local", inputs.recipe.build.workers) as engine:
        found = []
        for number, settings in enumerate(inputs.recipe.sources):
            one = inputs.recipe.model_copy(update={"sources": (settings,)})
            pinned = origins.pin_all(
                origins.discover(one, inputs.base), inputs.registry, inputs.as_of, work.root, engine
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


def count(work: WorkDir, pinned: list[Origin], limits: Any, engine: engines.Engine) -> dict[str, Any]:
    """Count what one source holds."""
    open_ = [origin for origin in pinned if not origin.problem]
    free = [origin for origin in open_ if not getattr(kinds()[origin.kind], "READS_TO_LIST", False)]
    listing.list_all(work, free, limits, engine, lambda _done: None)
    listed = [pq.read_table(work.entries(listing.key(origin, limits))) for origin in free]
    packed = [Path(origin.locator) for origin in open_ if origin not in free]
    return {
        "origins": len(pinned),
        "opted_out": sum(origin.problem == "opted-out" for origin in pinned),
        "problems": [f"{o.url}: {o.problem}: {o.detail}" for o in pinned if o.problem and o.problem != "opted-out"],
        "entries": sum(table.num_rows for table in listed) if free else None,
        "bytes": sum(int(pa.compute.sum(table["length"]).as_py() or 0) for table in listed) if free else None,
        "packed_bytes": sum(path.stat().st_size for path in packed) if packed else None,
    }


def status(workdir: str | Path) -> dict[str, Any]:
    """Say what a work directory holds: packs, contents, listings, releases, and whether a build is at work.

    Raises UsageError if there is none.
    """
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
