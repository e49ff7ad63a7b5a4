"""From the tables that people write to the one that detection reads: data/compiled.json.

    python -m stackmark.languages.compiling [--check]

TOML takes a hundred times as long to read as JSON, and what follows from the tables (which languages have an extension,
in which order) would be worked out anew in every process. Run it after a change of data/languages.json, the TOML files
or data/marks/; the same tables give the same bytes. `--check` compares instead of writing, and ends with 1 on a
difference.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stackmark.languages import tables
from stackmark.languages.tables import Facts, table

DATA, COMPILED = Path(tables.DATA), Path(tables.COMPILED)
WEAK, STRONG, SURE = 1, 3, 30
#: Tables of rules on paths and on the beginnings of texts.
RULES = (
    ("vendored.toml", "rule"),
    ("documentation.toml", "rule"),
    ("configuration.toml", "rule"),
    ("generated.toml", "lock"),
    ("generated.toml", "path"),
    ("generated.toml", "opening"),
    ("generated.toml", "mark"),
)


@dataclass(frozen=True)
class Mark:
    """One expression (RE2), with examples that have it (`yes`) and that have it not (`no`)."""

    pattern: str
    yes: str
    no: str
    weak: bool = False
    sure: bool = False

    @property
    def worth(self) -> int:
        """Return what one place with this mark counts."""
        return WEAK if self.weak else SURE if self.sure else STRONG


@cache
def marks() -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of every language that has some, as they are written."""
    found = {}
    for file in sorted((DATA / "marks").glob("*.toml")):
        for language, rows in _toml(file).items():
            found[language] = tuple(Mark(**row) for row in rows)
    return found


@cache
def rules(file: str, name: str) -> tuple[dict[str, str], ...]:
    """Return the rules of a table as they are written: name, pattern, and the examples `yes` and `no`."""
    return tuple(_toml(DATA / file)[name])


def render() -> str:
    """Return the text of data/compiled.json, a section or a row of one a line so that a difference reads well."""
    sections = {
        "head": {
            "from": "languages.json, the TOML files, and marks/",
            "rebuild": "python -m stackmark.languages.compiling",
        },
        **_claims(),
        **_names(),
        **{f"{file} {name}": {rule["name"]: rule["pattern"] for rule in rules(file, name)} for file, name in RULES},
        "marks": {language: _by_worth(rows) for language, rows in marks().items()},
    }
    return "{\n" + ",\n".join(f"{_dump(name)}: {_section(rows)}" for name, rows in sections.items()) + "\n}\n"


def _by_worth(rows: Iterable[Mark]) -> list[tuple[int, str]]:
    """Return the marks of a language as one expression for each worth, the dearest first."""
    found: dict[int, list[str]] = {}
    for mark in rows:
        found.setdefault(mark.worth, []).append(f"(?:{mark.pattern})")
    return [(worth, "|".join(found[worth])) for worth in sorted(found, reverse=True)]


def _section(rows: Any) -> str:
    if not isinstance(rows, dict):
        return _dump(rows)
    return "{\n" + ",\n".join(f"{_dump(key)}: {_dump(row)}" for key, row in rows.items()) + "\n}"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _claims() -> dict[str, Any]:
    """Return the languages of each name and extension in the order of preference, and how a text chooses among them."""
    rules = _toml(DATA / "ambiguous.toml")
    order = _preference(rules)
    found = {
        "filenames": _index(lambda facts: facts.filenames, order),
        "extensions": _index(lambda facts: facts.extensions, order),
        "interpreters": _index(lambda facts: facts.interpreters, order),
        "dots": max(extension.count(".") for facts in table().values() for extension in facts.extensions),
        "more": {key: row["languages"] for key, row in rules["more"].items()},
    }
    decided = {
        key: {name: row[name] for name in row if name != "keys"} for row in rules["decided"] for key in row["keys"]
    }
    return {**found, "decided": decided, "guarded": rules["guarded"]["keys"]}


def _preference(rules: Mapping[str, Any]) -> Callable[[str, Iterable[Facts]], list[str]]:
    rank = {name: place for place, name in enumerate(rules["rank"])}
    commonest = {extension: row["language"] for extension, row in rules["commonest"].items()}

    def order(key: str, candidates: Iterable[Facts]) -> list[str]:
        def weight(facts: Facts) -> tuple[bool, bool, int, str]:
            usual = facts.extensions[:1] == (key,)
            return commonest.get(key) != facts.name, not usual, rank.get(facts.name, len(rank)), facts.name

        return [facts.name for facts in sorted(candidates, key=weight)]

    return order


def _index(
    keys: Callable[[Facts], Iterable[str]], order: Callable[[str, Iterable[Facts]], list[str]]
) -> dict[str, list[str]]:
    found: dict[str, list[Facts]] = {}
    for facts in table().values():
        for key in keys(facts):
            found.setdefault(key, []).append(facts)
    return {key: order(key, candidates) for key, candidates in found.items()}


def _names() -> dict[str, Any]:
    """Return data/names.toml, with the names and aliases of all languages among the modes."""
    notes = _toml(DATA / "names.toml")
    modes: dict[str, str] = {}
    for name, facts in table().items():
        for alias in facts.aliases:
            modes.setdefault(alias.lower(), name)
    modes.update((name.lower().replace(" ", "-"), name) for name in table())
    return {**notes, "modes": {**modes, **notes["modes"]}}


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def main() -> int:
    """Write the file, or compare it."""
    text = render()
    same = COMPILED.exists() and COMPILED.read_text(encoding="utf-8") == text
    print(f"{COMPILED.name}: {len(text.encode())} bytes, {'no difference' if same else 'differs'}")
    if "--check" in sys.argv[1:]:
        return 0 if same else 1
    COMPILED.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
