"""Profiles: which filters are tried, in which order, with which limits.

A profile is a TOML file with an array of tables `rules`. Each names a filter with `rule` and gives it all of
its limits; the filters themselves have no numbers in them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.errors import RecipeError
from stackmark.quality.filters import Filter, Limits, filters

_BUILT_IN = Path(__file__).parent / "profiles"
_TYPE_NAMES = {int: "a whole number", float: "a number", list: "a list of strings"}


@dataclass(frozen=True)
class Rule:
    """One filter with its limits."""

    filter: Filter
    limits: Limits


@dataclass(frozen=True)
class Profile:
    """An ordered list of rules. The first that a row fails decides; a row that fails none is kept."""

    name: str
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, name_or_path: str) -> Profile:
        """Read a profile that comes with the package by its name, or one's own by the path of its TOML file.

        Raises RecipeError, which names the file and the key, for anything that is not exactly as it must be.
        """
        path = Path(name_or_path)
        if path.suffix != ".toml":
            path = _BUILT_IN / f"{name_or_path}.toml"
            if path.name != f"{name_or_path}.toml" or not path.is_file():
                raise RecipeError(f"there is no profile {name_or_path!r}", _available())
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise RecipeError(f"profile {name_or_path}: {error.strerror or error}", _available()) from error
        except ValueError as error:  # TOML and UTF-8 alike
            raise RecipeError(f"profile {name_or_path} is not TOML: {error}", _available()) from error
        return cls(path.stem, _rules(table, f"profile {name_or_path}"))

    @property
    def columns(self) -> list[str]:
        """The columns that `judge` reads, sorted."""
        return sorted({column for rule in self.rules for column in rule.filter.NEEDS})

    def digest(self) -> str:
        """Give the SHA-256, in hex, of the rules and their limits; the name does not count."""
        rules = [[rule.filter.RULE, dict(rule.limits)] for rule in self.rules]
        return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()

    def judge(self, rows: pa.Table) -> tuple[pa.StringArray, pa.StringArray]:
        """Judge rows that have at least `columns`: (rule, detail) for each, both null for a row that passes.

        rule:   the first rule in the order of the profile that the row fails
        detail: the reason in plain words with the figures
        A fact that is missing (null) fails no rule, but for the rules that ask whether it is there.
        """
        failed = np.full(len(rows), None, object)
        details = np.full(len(rows), None, object)
        rows = self._relevant(rows)
        open_rows = np.arange(len(rows))
        for rule in self.rules:
            verdict = pc.fill_null(rule.filter.passes(rows, rule.limits), fill_value=True)
            passed = np.asarray(verdict, dtype=bool)
            for row, facts in zip(open_rows[~passed], rows.filter(~passed).to_pylist(), strict=True):
                failed[row], details[row] = rule.filter.RULE, rule.filter.sentence(facts, rule.limits)
            rows, open_rows = rows.filter(passed), open_rows[passed]
        return pa.array(failed, pa.string()), pa.array(details, pa.string())

    def _relevant(self, rows: pa.Table) -> pa.Table:
        """Select `columns`, with the one string type that filters compare with (dataframes use several)."""
        rows = rows.select(self.columns)
        types = {"language": pa.string()}
        return rows.cast(pa.schema([(field.name, types.get(field.name, field.type)) for field in rows.schema]))


def _available() -> str:
    names = ", ".join(sorted(path.stem for path in _BUILT_IN.glob("*.toml")))
    return f"profiles that come with Stackmark: {names}; one's own is named by the path of its .toml file"


def _rules(table: Mapping[str, Any], where: str) -> tuple[Rule, ...]:
    unknown = sorted(set(table) - {"rules"})
    if unknown:
        raise RecipeError(f"{where}: unknown key {unknown[0]!r}", "a profile has one key: rules")
    listed = table.get("rules")
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise RecipeError(f"{where}: rules must be an array of tables", "begin each rule with [[rules]]")
    known = filters()
    return tuple(_rule(item, known, f"{where}: rules[{number}]") for number, item in enumerate(listed))


def _rule(item: Mapping[str, Any], known: Mapping[str, Filter], where: str) -> Rule:
    name = item.get("rule")
    if not isinstance(name, str) or name not in known:
        problem = "is missing" if name is None else f"is unknown: {name!r}"
        raise RecipeError(f"{where}.rule {problem}", f"rules: {', '.join(sorted(known))}")
    limits = {key: value for key, value in item.items() if key != "rule"}
    expected = known[name].LIMITS
    for key in sorted(set(limits) | set(expected)):
        if key not in expected:
            takes = ", ".join(sorted(expected)) or "none"
            raise RecipeError(f"{where}.{key} is unknown", f"limits of {name}: {takes}")
        if key not in limits:
            raise RecipeError(f"{where}.{key} is missing", f"{name} needs {_TYPE_NAMES[expected[key]]} for it")
        limits[key] = _limit(limits[key], expected[key], f"{where}.{key}")
    return Rule(known[name], MappingProxyType(limits))


def _limit(value: object, expected: type, where: str) -> object:
    """Check one limit: numbers are finite and not negative, whole ones do for any; lists become tuples."""
    if expected is list:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**63:
        if expected is float:
            return float(value)
        if isinstance(value, int):
            return value
    raise RecipeError(f"{where} must be {_TYPE_NAMES[expected]}, not {value!r}")
