"""Whether an expression is acceptable: a small TOML file of rules, evaluated with three values."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from license_expression import AND, OR, LicenseWithExceptionSymbol

from stackmark.errors import RecipeError
from stackmark.licenses import expressions, stack_v2

_UNKNOWN_WORDS = ("undecided", "exclude", "include")
_NONE_WORDS = ("exclude", "include")
_OR_LATER = re.compile(r"(?P<family>.+?)-(?P<version>\d+(?:\.\d+)*)(?:-or-later|\+)")


@dataclass(frozen=True)
class Verdict:
    """A decision: `allowed` is True, False, or None where the licence is unknown (a caller keeps only True).

    `branch` is the part of the expression that the decision rests on, with one side of every OR chosen; None
    unless allowed. `reason` is one plain clause.
    """

    allowed: bool | None
    branch: str | None
    reason: str


@dataclass(frozen=True)
class Policy:
    """Allowed classes, ids that are allowed or denied whatever their class, and what to do without knowledge.

    unknown: "undecided" (the verdict is None), "exclude" or "include"; none: "exclude" or "include"
    flatten: decide by the bare ids of an expression, as The Stack v2 did
    """

    name: str
    classes: tuple[str, ...]
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unknown: str = "undecided"
    none: str = "exclude"
    flatten: bool = False

    @classmethod
    def load(cls, name_or_path: str | Path) -> Policy:
        """Return a policy of this package or a TOML file's; raises RecipeError with the key at fault."""
        text = str(name_or_path)
        if re.fullmatch(r"[a-z][a-z0-9-]*", text):
            return _named(text)
        path = Path(text)
        try:
            return _from_toml(path.stem, path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"licence policy {text}: cannot be read", "give a name or a TOML file") from error

    def digest(self) -> str:
        """Return 16 hex digits that change with every rule of the policy."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def decide(self, expression: str | None) -> Verdict:
        """Return the verdict on an SPDX expression; None is "no licence was found".

        AND needs all members, OR one, whose branch is recorded: the first allowed. `X WITH E` is looked up
        as a pair, then by the rule that an exception only loosens. An "or later" id qualifies by any later
        version. What is not an expression is unknown.
        """
        if expression is None:
            return _none_verdict(self.none == "include")
        if self.flatten:
            return self._flat(expression)
        tree = expressions.tree(expression)
        if tree is None:
            return self._unknown("not a licence expression")
        return self._decide(tree)

    def _flat(self, expression: str) -> Verdict:
        ids = sorted(stack_v2.flattened(expression))
        kind = stack_v2.license_type(None, ids)
        if kind == "no_license":
            return _none_verdict(self.none == "include")
        reason = f"the ids {', '.join(ids)} together are {kind.replace('_', '-')}"
        return Verdict(kind == "permissive", expression if kind == "permissive" else None, reason)

    def _decide(self, tree: Any) -> Verdict:
        if isinstance(tree, AND):
            return _all([self._decide(part) for part in tree.args])
        if isinstance(tree, OR):
            return _any([self._decide(part) for part in tree.args])
        return self._symbol(tree)

    def _symbol(self, symbol: Any) -> Verdict:
        text = symbol.render("{symbol.key}")
        names = [text]
        if isinstance(symbol, LicenseWithExceptionSymbol):
            names.append(symbol.license_symbol.key)
        for name in names:
            if name in self.allow:
                return Verdict(True, text, f"{name} is allowed by name")
            if name in self.deny:
                return Verdict(False, None, f"{name} is denied by name")
        later = next((one for one in _later_versions(text) if one in self.allow), None)
        if later:
            return Verdict(True, later, f"{text} may be used as {later}, which is allowed by name")
        license_class = expressions.symbol_class(symbol)
        if license_class == "unknown":
            return self._unknown(f"{text} is unknown")
        if license_class in self.classes:
            return Verdict(True, text, f"{text} is {license_class}")
        return Verdict(False, None, f"{text} is {license_class}")

    def _unknown(self, reason: str) -> Verdict:
        return Verdict({"undecided": None, "exclude": False, "include": True}[self.unknown], None, reason)


def _none_verdict(allowed: bool) -> Verdict:
    return Verdict(allowed, None, "no licence was found")


def _all(parts: list[Verdict]) -> Verdict:
    for answer in (False, None):
        failed = next((part for part in parts if part.allowed is answer), None)
        if failed:
            return failed
    branches = [part.branch for part in parts if part.branch]
    return Verdict(True, expressions.join(branches), "; ".join(dict.fromkeys(part.reason for part in parts)))


def _any(parts: list[Verdict]) -> Verdict:
    for answer in (True, None):
        found = next((part for part in parts if part.allowed is answer), None)
        if found:
            return found
    return Verdict(False, None, "; ".join(dict.fromkeys(part.reason for part in parts)))


@cache
def _later_versions(text: str) -> tuple[str, ...]:
    """Return the ids that "X-1.0-or-later" or "X-1.0+" may be used as: "X-1.0-only", "X-2.0-only" ..."""
    given = _OR_LATER.fullmatch(text)
    if given is None:
        return ()
    pattern = re.compile(rf"{re.escape(given['family'])}-(\d+(?:\.\d+)*)(?:-only)?")
    known = ((pattern.fullmatch(key), key) for key in expressions.licensing().known_symbols)
    later = [(_version(found[1]), key) for found, key in known if found]
    return tuple(key for version, key in sorted(later) if version >= _version(given["version"]))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@cache
def _named(name: str) -> Policy:
    folder = resources.files(__package__).joinpath("policies")
    names = sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    if name not in names:
        raise RecipeError(f"there is no licence policy {name!r}", f"named policies: {', '.join(names)}")
    return _from_toml(name, folder.joinpath(f"{name}.toml").read_text("utf-8"))


def _from_toml(name: str, text: str) -> Policy:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"licence policy {name}: {error}") from error
    keys = [field.name for field in fields(Policy) if field.name != "name"]
    for key in data:
        if key not in keys:
            raise RecipeError(f"licence policy {name}: unknown key {key!r}", f"keys: {', '.join(keys)}")
    for key, choices in (("unknown", _UNKNOWN_WORDS), ("none", _NONE_WORDS)):
        if data.get(key, choices[0]) not in choices:
            raise RecipeError(f"licence policy {name}: {key} must be one of {', '.join(choices)}")
    if not isinstance(data.get("flatten", False), bool):
        raise RecipeError(f"licence policy {name}: flatten must be true or false")
    classes = _strings(name, "classes", data.get("classes"))
    ladder = [step for step in expressions.tables().ladder if step != "unknown"]
    for license_class in classes:
        if license_class not in ladder:
            raise RecipeError(f"licence policy {name}: classes: {license_class!r} is none of {', '.join(ladder)}")
    lists = {key: _ids(name, key, data.get(key, [])) for key in ("allow", "deny")}
    words = data.get("unknown", "undecided"), data.get("none", "exclude")
    return Policy(name, classes, lists["allow"], lists["deny"], *words, data.get("flatten", False))


def _strings(name: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RecipeError(f"licence policy {name}: {key} must be a list of strings")
    return tuple(value)


def _ids(name: str, key: str, value: object) -> tuple[str, ...]:
    out = []
    for text in _strings(name, key, value):
        known = expressions.parse(text)
        if known is None or expressions.members(known) != [known]:
            raise RecipeError(f"licence policy {name}: {key}: {text!r} is not one SPDX id")
        out.append(known)
    return tuple(out)
