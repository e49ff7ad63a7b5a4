"""The rules of `pii/rules/`: small declarative records, one TOML file a family; a new rule is one new file.

A rule says what it looks for in one of three ways, and the loader writes the two patterns that the scan needs: the
`trigger`, which the multi-pattern pass looks for, and the `confirm` pattern, which finds the value on the line of
each hit. Every confirmed value must hold a match of the trigger on its own line.

    token = 'abc_[0-9a-f]{32}'                a value that tells by itself what it is
    near = 'acme'   value = '[0-9a-f]{32}'    a value that is assigned to a name which holds a word; with `prose = true`
                                              also one that stands behind it as people write
    service = 'acme'   value = '...'          the same, for a name that also holds `key`, `token` or the like
    trigger = '...' confirm = '...'           anything else; the group `value` is the value
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stackmark.pii.spans import RANKS

#: Levels of sensitivity: each runs its own rules and those of the levels before it.
LEVELS = ("strict", "balanced", "high")
FOLDER = Path(__file__).with_name("rules")

#: Between a name and its value: the rest of the name, its closing quote, an assignment, an opening quote.
GLUE = r"""[A-Za-z0-9_.-]{0,32}\\?["'`\])]{0,2}[ \t]{0,8}(?::=|=>|==|=|:|,|\()[ \t]{0,4}(?:[A-Za-z@]{0,2}\\?["'`])?"""
#: The same in what people write: also blanks alone, and "no." or "is".
LOOSE = rf"""(?:{GLUE}|["']?[ \t]{{1,2}}(?i:(?:no|nr|num|number|nummer|is)[.:]{{0,2}}[ \t])?)"""
#: Between the name of a service and the assignment: what makes it a credential of that service.
_CREDENTIAL = r"""[A-Za-z0-9_. "'\[>-]{0,24}?(?i:key|token|secret|auth|passw|credential|access|\bpat\b|login|jwt)"""
#: Names in which such a value is a digest or an identifier in public.
_DIGEST = r"(?i)sha\d|sha_|md5|hash|checksum|digest|commit|revision|etag|integrity|finger|public_?key"
_TRAILING_REPEAT = re.compile(r"\{([1-9]\d*)(?:,\d*)?\}$")
#: How many characters of a repeat at the end of a value the trigger waits for.
TRIGGER_REPEAT = 12


@dataclass(frozen=True, eq=False)  # each is one record of the package: told apart by being itself, which is hashed fast
class Rule:
    """One rule, complete.

    name:       letters, digits and hyphens; unique
    type:       of the spans that it gives; `API_KEY.*` takes the rest from the group `service`
    trigger:    patterns for the multi-pattern pass; no anchors, at most 512 bytes wide
    confirm:    pattern that is searched on the line of a hit; its group `value` is the span; what may stand before the
                value is put before a pattern that begins with it
    find:       name of a finder in `finders`, in place of `confirm`; `assignments` is judged by the scorer
    literal:    a text that every match of `confirm` holds: the rest of a line without it is not searched
    guard:      a character class: a value with such a byte right before or after it is part of something longer
    validators: names in `validators`; all must hold
    bonus:      names in `validators`; each that holds makes the score higher
    context:    pattern that must be on the line or in the 200 bytes before the value
    suppress:   pattern that must not be on the line before the value
    entropy:    bits per character that the value must have at least
    level:      the lowest sensitivity that runs the rule
    rank:       what may lie in one place; see `spans.RANKS`
    score:      of a span without bonus
    match:      lines of which the rule must find exactly one value; `{hex:32}` stands for 32 such characters
    miss:       lines in which it must find nothing
    """

    name: str
    type: str
    trigger: tuple[str, ...]
    confirm: str = ""
    find: str = ""
    literal: str = ""
    guard: str = "A-Za-z0-9"
    validators: tuple[str, ...] = ()
    bonus: tuple[str, ...] = ()
    context: str = ""
    suppress: str = ""
    entropy: float = 0.0
    level: str = "strict"
    rank: str = "secret"
    score: float = 0.9
    match: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


@cache
def load() -> tuple[Rule, ...]:
    """Return all rules, sorted by name. Raises ValueError if a record is wrong: the rules are part of the package."""
    rules = [rule for path in sorted(FOLDER.glob("*.toml")) for rule in read(path)]
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise ValueError(f"rules with the same name: {sorted({name for name in names if names.count(name) > 1})}")
    return tuple(sorted(rules, key=lambda rule: rule.name))


@cache
def of_level(sensitivity: str) -> tuple[Rule, ...]:
    """Return the rules that run at a sensitivity: `strict`, `balanced` or `high`."""
    if sensitivity not in LEVELS:
        raise ValueError(f"sensitivity must be one of {', '.join(LEVELS)}, not {sensitivity!r}")
    return tuple(rule for rule in load() if LEVELS.index(rule.level) <= LEVELS.index(sensitivity))


@cache
def version() -> str:
    """Return a short name for the rules and the scorer as they are: it changes when one of their files does."""
    here = FOLDER.parent
    files = sorted([*FOLDER.glob("*.toml"), *here.glob("*.json"), here / "lists.toml"])
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:12]


def read(path: Path) -> list[Rule]:
    """Read the rules of one file; a key before the first rule holds for all rules of the file."""
    document = tomllib.loads(path.read_text())
    records = document.pop("rule")
    return [_rule({**document, **record}, path.name) for record in records]


def _rule(record: dict[str, Any], file: str) -> Rule:
    provider = record.pop("provider", "")
    if provider:
        record.setdefault("type", f"API_KEY.{provider}")
        record.setdefault("name", f"{provider}-key")
    if isinstance(record.get("trigger"), str):
        record["trigger"] = [record["trigger"]]
    if "token" in record:
        record = _patterns(record.pop("token"), "") | record
    elif "service" in record:
        service = record.pop("service")
        before = f"(?P<service>(?i:{service})){_CREDENTIAL}{GLUE}"
        record = (
            _patterns(record.pop("value"), before)
            | {
                "trigger": [f"(?i:{service}){_CREDENTIAL}"],
                "suppress": _DIGEST,
                "level": "balanced",
                "validators": ["drawn"],
            }
            | record
        )
    elif "near" in record:
        glue = LOOSE if record.pop("prose", False) else GLUE
        record = _patterns(record.pop("value"), f"(?i:{record.pop('near')}){glue}") | record
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    if values.get("confirm", "").startswith("(?P<value>"):
        values["confirm"] = lead_in(values.get("guard", Rule.guard)) + values["confirm"]
    try:
        rule = Rule(**values)
    except TypeError as error:
        raise ValueError(f"{file}: {record.get('name', '?')}: {error}") from error
    if rule.rank not in RANKS or rule.level not in LEVELS or not (rule.confirm or rule.find):
        raise ValueError(f"{file}: {rule.name}: rank, level or confirm is wrong")
    return rule


def lead_in(guard: str) -> str:
    """Write what may stand before a value: the beginning of the line, a byte outside of its guard, or an escape.

    In the pattern itself it costs nothing; a table of a million decimal fractions has no card number to look at.
    """
    return rf"(?:(?m:^)|[^{guard}]|\\[nrtbf0]|%[0-9A-Fa-f]{{2}})" if guard else ""


def _patterns(value: str, before: str) -> dict[str, Any]:
    """Write trigger and confirm of a value; the trigger asks for no more of the value than sets it apart."""
    last = _TRAILING_REPEAT.search(value)
    shortest = value[: last.start()] + f"{{{min(int(last[1]), TRIGGER_REPEAT)}}}" if last else value
    value = f"(?:{value})" if "|" in value else value
    return {"trigger": [before + f"(?:{shortest})"], "confirm": f"{before}(?P<value>{value})"}
