"""What two manifests say differently: schema, rules, detectors, settings, library versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Part of the manifest, and how many levels of its keys name a change.
_PARTS = {"schema": 2, "rules": 1, "detectors": 1, "recipe": 3, "tools": 1}
_SHOWN = 80

#: Differs in every two releases.
_EXPECTED = frozenset({("recipe", "name"), ("recipe", "version")})

#: Not rules about what is let in: opt-out requests only ever remove, and inputs are what the rules are
#: applied to.
_NO_RULES = frozenset({"optout", "inputs"})


@dataclass(frozen=True)
class Change:
    """One setting that differs; a value is None where a release does not have it."""

    part: str
    key: str
    old: Any
    new: Any

    @property
    def needs_major(self) -> bool:
        """Whether this changes what the columns are or what is let in."""
        return self.part == "schema" or (self.part == "rules" and self.key not in _NO_RULES)

    def __str__(self) -> str:
        return f"{self.part} {self.key}: {_shown(self.old)} -> {_shown(self.new)}"


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the changes between two manifests, in the order of parts and keys."""
    return [change for part, depth in _PARTS.items() for change in _between(part, depth, old, new)]


def _between(part: str, depth: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _flat(old.get(part) or {}, depth), _flat(new.get(part) or {}, depth)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key) and (part, key) not in _EXPECTED:
            yield Change(part, key, before.get(key), after.get(key))


def _flat(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Return nested mappings as one, with dotted keys, down to `depth` levels."""
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if depth > 1 and isinstance(item, Mapping) and item:
            flat.update({f"{key}.{tail}": leaf for tail, leaf in _flat(item, depth - 1).items()})
        else:
            flat[str(key)] = item
    return flat


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
