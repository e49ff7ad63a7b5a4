"""SPDX licence expressions: parse, normalise, classify.

Every expression that leaves this room went through `parse`, so it holds only ids that the SPDX list or
ScanCode's list knows, or a `LicenseRef-`; anything else is `UNKNOWN`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import license_expression
from license_expression import (
    AND,
    OR,
    ExpressionError,
    ExpressionParseError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
)

#: What stands for legal text that nobody knows.
UNKNOWN = "LicenseRef-stackmark-unknown"
MAX_LENGTH = 1000
_MAX_DEPTH = 20
_LICENSE_REF = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]{1,200}:)?LicenseRef-[A-Za-z0-9.-]{1,200}")
_LANGUAGE = re.compile(r"-(?:en|fr|de|es|it|nl|pt|ja|zh)$")
_LATER = re.compile(r"-only$|-or-later$|\+$")
_EXCEPTION_REF = "LicenseRef-exception-"


class Tables(NamedTuple):
    """The class tables: ladder (best first), SPDX id (lower case) to class, `WITH` exceptions to class."""

    ladder: tuple[str, ...]
    ids: dict[str, str]
    exceptions: dict[str, str]


@cache
def licensing() -> Any:  # the library is not typed
    """Return the parser that knows all SPDX ids and ScanCode's `LicenseRef-scancode-` ids."""
    return license_expression.get_spdx_licensing()


@cache
def tables() -> Tables:
    """Return the class tables, joined from `classes.toml` and the categories of `license-expression`."""
    text = resources.files(__package__).joinpath("classes.toml").read_text("utf-8")
    data = tomllib.loads(text)
    ids: dict[str, str] = {}
    for entry in license_expression.get_license_index():
        key = entry["spdx_license_key"]
        if not key:
            continue
        license_class = data["categories"][entry["category"]]
        for prefix, special in data["prefixes"].items():
            if key.startswith(prefix):
                license_class = special
        name = _EXCEPTION_REF + key if entry["is_exception"] else key
        ids[name.lower()] = license_class
    ids |= {name.lower(): license_class for name, license_class in data["own"].items()}
    return Tables(tuple(data["ladder"]), ids, data["exceptions"])


@cache
def spdx_ids() -> dict[str, tuple[str, bool]]:
    """Return ScanCode key -> (SPDX id, is it an exception)."""
    ids = {
        entry["license_key"]: (entry["spdx_license_key"], entry["is_exception"])
        for entry in license_expression.get_license_index()
        if entry["spdx_license_key"]
    }
    # SPDX has one id for a licence in all its languages, ScanCode a key for each: cecill-b, cecill-b-en.
    listed = {_LANGUAGE.sub("", key): known for key, known in ids.items() if "LicenseRef-" not in known[0]}
    return {
        key: listed.get(_LANGUAGE.sub("", key), known) if "LicenseRef-" in known[0] else known
        for key, known in ids.items()
    }


@lru_cache(maxsize=10_000)
def parse(text: str) -> str | None:
    """Return the normalised SPDX expression, or None for what is not one.

    Old ids get their present names, ids the listed letter case, repeated members appear once; the order and
    the structure stay. Rejected: more than 1,000 characters, more than 20 nested parentheses, unknown ids,
    `WITH` something that is no exception, and exceptions without `WITH`.
    """
    known = tree(text)
    return None if known is None else str(licensing().dedup(known).render("{symbol.key}"))


def tree(text: str) -> Any | None:
    """Return the parsed expression as the library's nodes AND, OR and symbols, None for what is not one."""
    if not 0 < len(text) <= MAX_LENGTH or text.count("(") > _MAX_DEPTH:
        return None
    try:
        found = licensing().parse(text)
    except (ExpressionError, ExpressionParseError):
        return None
    if found is None or not all(_is_known(symbol) for symbol in found.get_symbols()):
        return None
    return found


def _is_known(symbol: Any) -> bool:
    if isinstance(symbol, LicenseWithExceptionSymbol):
        known = licensing().known_symbols.get(symbol.exception_symbol.key)
        exception_ok = known.is_exception if known else _is_reference(symbol.exception_symbol.key)
        return exception_ok and _is_known(symbol.license_symbol)
    key = symbol.key
    if key.endswith("+"):
        key = key[:-1]
    known = licensing().known_symbols.get(key)
    return (known is not None and not known.is_exception) or _is_reference(symbol.key)


def _is_reference(key: str) -> bool:
    return _LICENSE_REF.fullmatch(key) is not None


def from_scancode(text: str) -> str | None:
    """Return the SPDX expression of an expression of ScanCode keys, None if some key has no SPDX id.

    An exception that stands alone, which SPDX cannot say, becomes `LicenseRef-exception-<id>`.
    """
    parts = re.findall(r"[()]|[^\s()]+", text)
    out: list[str] = []
    for part in parts:
        if part.upper() in {"AND", "OR", "WITH"} or part in "()":
            out.append(part)
            continue
        spdx_id, is_exception = spdx_ids().get(part, (None, False))
        if spdx_id is None:
            return None
        alone = is_exception and (not out or out[-1].upper() != "WITH")
        out.append(_EXCEPTION_REF + spdx_id if alone else spdx_id)
    return parse(" ".join(out))


def join(expressions: Iterable[str], operator: str = "AND") -> str | None:
    """Return the expressions joined by AND or OR, each once, in order; None for none of them.

    Too many members to state in 1,000 characters give `UNKNOWN`, the strict answer.
    """
    members = list(dict.fromkeys(expressions))
    if len(members) < 2:
        return members[0] if members else None
    trees = [licensing().parse(member) for member in members]
    # `flatten` spares the reader "(A AND B) AND C".
    joined = (licensing().AND if operator == "AND" else licensing().OR)(*trees).flatten()
    return parse(joined.render("{symbol.key}")) or UNKNOWN


def members(expression: str) -> list[str]:
    """Return the ids of an expression (a `WITH` pair is one) in order of appearance, each once."""
    return list(_members(expression))


@lru_cache(maxsize=10_000)
def _members(expression: str) -> tuple[str, ...]:
    found = tree(expression)
    if found is None:
        return (UNKNOWN,)
    return tuple(dict.fromkeys(str(symbol.render("{symbol.key}")) for symbol in found.get_symbols()))


def families(expression: str) -> set[str]:
    """Return the ids of an expression without what a licence's text alone cannot tell: "or later", exceptions."""
    return {_LATER.sub("", member.partition(" WITH ")[0]) for member in members(expression)}


@lru_cache(maxsize=10_000)
def license_class(expression: str | None) -> str:
    """Return the class of an expression: the worst member of an AND, the best of an OR; "none" for None."""
    if expression is None:
        return "none"
    found = tree(expression)
    return "unknown" if found is None else _class_of(found)


def _class_of(node: Any) -> str:
    if isinstance(node, AND):
        return max(map(_class_of, node.args), key=rank)
    if isinstance(node, OR):
        return min(map(_class_of, node.args), key=rank)
    return symbol_class(node)


def rank(license_class: str) -> int:
    """Return the place of a class on the ladder, 0 for the most permissive."""
    return tables().ladder.index(license_class)


def symbol_class(symbol: LicenseSymbol | LicenseWithExceptionSymbol) -> str:
    """Return the class of one id or `WITH` pair. Only a listed exception loosens, and only copyleft."""
    if isinstance(symbol, LicenseWithExceptionSymbol):
        base = symbol_class(symbol.license_symbol)
        if base not in {"strong-copyleft", "network-copyleft"}:
            return base
        return tables().exceptions.get(symbol.exception_symbol.key, base)
    return tables().ids.get(symbol.key.removesuffix("+").lower(), "unknown")
