"""TOML to frozen, validated models; the only home of defaults.

What a `[[sources]]` table may hold is said by the module of its kind in `stackmark.sources`.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from stackmark.errors import RecipeError
from stackmark.release.versions import PATTERN as VERSION
from stackmark.sources import Limits, SourceSettings, kinds

SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?) ?([KMGT]i?)?B?")
UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
UNITS |= {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
FINDING = r"[A-Z][A-Z0-9_]*(\.[\w-]+)?"
#: What to say of a text that does not have its form.
PATTERNS = {
    f"^{NAME}$": "a name is up to 100 letters, digits, dots, hyphens and underscores, a letter or digit first",
    f"^{VERSION}$": 'a version is MAJOR.MINOR.PATCH, such as "1.0.0"',
    f"^{FINDING}$": "a type of findings is in capital letters, such as EMAIL_ADDRESS or API_KEY.github",
}
#: What to say in place of pydantic's words, by its type of error.
PLAIN = {
    "missing": "this key is needed",
    "too_short": "at least one source is needed",
    "tuple_type": "a list of tables, each headed [[sources]]",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def parse_size(value: object) -> int:
    """Return a size in bytes from a number of bytes or a text such as "4GB", "512 MiB"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a size is a number of bytes or a text such as "4GB" or "512MiB"')
    return int(float(match[1]) * UNITS[match[2] or ""])


def end_of_day(value: object) -> object:
    """Read a bare date as its last second in UTC, and a time without a zone as UTC."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(23, 59, 59), dt.UTC)
    raise ValueError("a date such as 2026-11-01, or a date with a time, without quotes")


def near_threshold(value: object) -> object:
    """Accept `false`, or a Jaccard similarity above 0 and at most 1."""
    if value is False or (isinstance(value, float | int) and value is not True and 0 < value <= 1):
        return value and float(value)
    raise ValueError("false (exact duplicates only), or a similarity above 0 and at most 1")


def file_name(value: str) -> str:
    """Refuse what no file can be called."""
    if not value or "\0" in value:
        raise ValueError("a name that is not empty and holds no NUL")
    return value


#: What is done with types of which a recipe says nothing: a hash of a password gives no access.
_DEFAULT_ACTIONS = {"PASSWORD_HASH": "tag"}


def found_types(value: dict[str, str]) -> dict[str, str]:
    """Refuse types that nothing finds: an action for them would be forgotten in silence."""
    from stackmark.pii import ruleset

    known = {rule.type.partition(".")[0] for rule in ruleset.load()} | {"PERSON"}
    strange = sorted(one for one in value if one.partition(".")[0] not in known)
    if strange:
        raise ValueError(f"nothing finds {', '.join(strange)}; types are: {', '.join(sorted(known))}")
    return {**_DEFAULT_ACTIONS, **value}


FileName = Annotated[str, AfterValidator(file_name)]
#: What the JSON Schema says beside the types: a bound of numbers and a pattern of texts leave other values alone.
SIZES = Field(json_schema_extra={"type": ["integer", "string"], "pattern": f"^{SIZE.pattern}$"})
DATES = Field(json_schema_extra={"anyOf": [{"type": "string", "format": form} for form in ("date", "date-time")]})
Threshold = Annotated[
    float | Literal[False],
    BeforeValidator(near_threshold),
    Field(json_schema_extra={"exclusiveMinimum": 0, "maximum": 1}),
]

if TYPE_CHECKING:
    AnySource = SourceSettings
else:
    AnySource = Annotated[reduce(or_, (module.Settings for module in kinds().values())), Field(discriminator="kind")]


class Table(BaseModel):
    """Base of the tables of a recipe: unknown keys are errors, values are not converted and never change."""

    # A source's URL may hold a password: no message repeats what was given.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class OptOut(Table):
    """Requests to leave code out."""

    list: FileName | None = Field(None, description="Text file with one request a line.")


class Licenses(Table):
    """Which licences a file may stand under."""

    policy: FileName = Field(
        "permissive", description="permissive, osi, copyleft-ok, any, stack-v2, or the path of a policy file."
    )


class Quality(Table):
    """Which files are worth keeping."""

    profile: FileName = Field("the-stack-v2", description="the-stack-v2, none, or the path of a profile file.")


class Dedup(Table):
    """What counts as a copy."""

    near: Threshold = Field(
        False, description="Similarity from which files are near-duplicates; false: exact copies only."
    )
    within: Literal["language"] | None = Field(
        None, description='"language": only files of one language are near-duplicates of one another.'
    )
    structural: Threshold = Field(
        False, description="Similarity from which code is a copy, names and values aside; false: not compared."
    )
    repositories: Threshold = Field(
        False, description="Similarity from which a repository counts as a copy of another; false: not compared."
    )
    drop_repositories: bool = Field(False, description="Drop repositories that are copies; else they are only told.")

    @model_validator(mode="after")
    def _nothing_without_effect(self) -> Dedup:
        for key, needed in (("within", "near"), ("drop_repositories", "repositories")):
            if getattr(self, key) and getattr(self, needed) is False:
                raise ValueError(f"{key} has no effect without {needed}")
        return self

    @model_serializer(mode="wrap")
    def without_structural(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave `structural` out where it is off: releases from before there was such a key are still the same."""
        told: dict[str, Any] = plain(self)
        return {key: value for key, value in told.items() if key != "structural" or value is not False}


Action = Literal["redact", "tag", "drop", "keep"]


class Pii(Table):
    """Personal data and secrets."""

    sensitivity: Literal["strict", "balanced", "high"] | None = Field(
        None, description="How much to suspect; without it only names are looked for, if those are asked for."
    )
    names: FileName = Field(
        "off", description='Names of persons: "off", "default" (the model of the package), or the folder of a model.'
    )
    style: Literal["pseudonym", "placeholder"] = Field(
        "pseudonym", description="What stands in the place of a value: one of its type and shape, or <TYPE_1>."
    )
    vendored: bool = Field(True, description="Treat vendored files like others; false: leave them as they are.")
    generated: bool = Field(True, description="Treat generated files like others; false: leave them as they are.")
    actions: Annotated[
        dict[Annotated[str, Field(pattern=f"^{FINDING}$")], Action],
        AfterValidator(found_types),
    ] = Field(
        {"PASSWORD_HASH": "tag"},
        description="What is done with a type, or a family of types: redact (the default), tag, drop or keep.",
    )

    @property
    def is_on(self) -> bool:
        """Say whether anything is looked for."""
        return self.sensitivity is not None or self.names != "off"

    @model_validator(mode="after")
    def _nothing_without_effect(self) -> Pii:
        given = ", ".join(sorted(self.model_fields_set - {"sensitivity", "names"}))
        if given and not self.is_on:
            raise ValueError(f"{given}: no effect, since nothing is looked for without sensitivity or names")
        return self

    @model_serializer(mode="wrap")
    def without_names(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave `names` out where it is off, as releases from before there was such a key; a folder by its name."""
        told: dict[str, Any] = plain(self)
        names = Path(told.pop("names")).name
        return told if names == "off" else {**told, "names": names}


class Build(Table):
    """What a build may use. Nothing here changes a byte of the release, except `max_content`."""

    memory: Annotated[int, Field(ge=1000**3), BeforeValidator(parse_size), SIZES] = Field(
        4 * 1000**3, validate_default=True
    )
    workers: Annotated[int, Field(ge=1, le=1024)] = 2
    max_content: Annotated[int, Field(ge=1, le=2**31 - 2**16), BeforeValidator(parse_size), SIZES] = Field(
        Limits().max_content, validate_default=True, description="Longest content that is read."
    )


class Recipe(Table):
    """All that decides what a release holds."""

    name: Annotated[str, Field(pattern=f"^{NAME}$")]
    version: Annotated[str, Field(pattern=f"^{VERSION}$")]
    as_of: Annotated[dt.datetime | None, BeforeValidator(end_of_day), DATES] = None
    sources: Annotated[tuple[AnySource, ...], Field(min_length=1, strict=False)]
    optout: OptOut = OptOut()
    licenses: Licenses = Licenses()
    quality: Quality = Quality()
    dedup: Dedup = Dedup()
    pii: Pii = Pii()
    build: Build = Build()

    def limits(self) -> Limits:
        """Return what a source may cost under this recipe."""
        return Limits(max_content=self.build.max_content)

    def features(self) -> tuple[str, ...]:
        """Return what is looked for only on request: the names under which detectors wait for it."""
        near = ("near",) if self.dedup.near is not False else ()
        structural = ("structural",) if self.dedup.structural is not False else ()
        pii = (f"pii-{self.pii.sensitivity}",) if self.pii.sensitivity else ()
        names = (f"names:{self.pii.names}",) if self.pii.names != "off" else ()
        return (*near, *structural, *pii, *names)


def load(path: Path) -> Recipe:
    """Read a recipe. Raises RecipeError that names every wrong key and the reason."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        hint = "give the path of a TOML file; `stackmark build --print-schema` prints its keys"
        raise RecipeError(f"cannot read the recipe {path}: {error.strerror}", hint) from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8 text (byte {error.start})", "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # a number of many digits, or brackets without end, among others
        raise RecipeError(
            f"{path} is not TOML: {error}", "Texts stand in quotes, and tables are headed [name] or [[sources]]."
        ) from error
    return parse(raw, str(path))


def parse(raw: dict[str, Any], label: str = "recipe") -> Recipe:
    """Validate a recipe that has been read. Raises RecipeError."""
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        # Sources that are all wrong are no sources to pydantic, but to a user there is one mistake.
        told = [item for item in error.errors() if item["type"] != "too_short" or not raw.get("sources")]
        found = "\n".join(f"  {describe(item['loc'])}: {reason(dict(item))}" for item in told)
        hint = "`stackmark build --print-schema` prints all keys."
        raise RecipeError(f"{label} is not a valid recipe:\n{found}", hint) from error


def describe(location: tuple[int | str, ...]) -> str:
    """Return a place as a user writes it: ("sources", 1, "git", "path") -> sources[1].path."""
    text = ""
    for place, part in enumerate(location):
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]" and not (
            place == 2 and location[0] == "sources"
        ):  # neither that nor a union's tag is a key
            text += f".{part}" if text else part
    return text or "recipe"


def reason(item: dict[str, Any]) -> str:
    """Say in plain words what is wrong with a value."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key; keys are: {', '.join(sorted(siblings(item['loc'])))}"
    if kind == "union_tag_not_found":
        return "kind is needed: " + ", ".join(kinds())
    if kind == "union_tag_invalid":
        return f"kind {context.get('tag')!r} is unknown; kinds are: {', '.join(kinds())}"
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]]
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"at least {context['ge']:,}" if "ge" in context else f"at most {context['le']:,}"
    message: str = item["msg"]
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def siblings(location: tuple[int | str, ...]) -> Iterable[str]:
    """Return the keys that the table around a place may have."""
    if location[0] == "sources" and len(location) > 2:
        return kinds()[str(location[2])].Settings.model_fields
    table = getattr(Recipe.model_fields[str(location[0])], "annotation", None) if len(location) > 1 else Recipe
    return getattr(table, "model_fields", {})


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe."""
    return Recipe.model_json_schema()


def public(recipe: Recipe) -> dict[str, Any]:
    """Return the part of a recipe that decides the bytes of a release, without paths of this machine.

    Policy, profile and opt-out list are recorded by name and digest where they are loaded.
    """
    plain = recipe.model_dump(mode="json", exclude={"build": {"memory", "workers"}, "sources": True, "optout": True})
    plain["licenses"] = {"policy": Path(recipe.licenses.policy).name}
    plain["quality"] = {"profile": Path(recipe.quality.profile).name}
    plain["sources"] = [{"kind": source.kind, "origin": getattr(source, "origin", None)} for source in recipe.sources]
    return plain
