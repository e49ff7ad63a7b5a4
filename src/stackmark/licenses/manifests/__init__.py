"""Package manifests: what each says of the licence of its package. Adding a format is adding a module.

A module defines `FORMAT`. Nothing is ever run: where a manifest is a program (setup.py, gemspec), only what stands
there as a literal text is read.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from stackmark.licenses import expressions, stated
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import detect

_MAX_BYTES = 1 << 20
_MAX_NAME = 200
_MAX_TEXTS, _MAX_TEXT = 20, 20_000


@dataclass(frozen=True)
class Stated:
    """What a manifest says: the texts of its licence fields, what several of them mean, and a licence file."""

    texts: Sequence[str] = ()
    operator: str = "AND"
    file: str | None = None


NOTHING = Stated()


@dataclass(frozen=True)
class Format:
    """A manifest format.

    names:  pattern of the whole file name
    read:   from the text to what it says; may raise ValueError, LookupError, TypeError or RecursionError for a
            damaged manifest, which then says nothing
    program: it is code, which may have a notice of its own beside the field
    """

    names: str
    read: Callable[[str], Stated]
    program: bool = False


@cache
def formats() -> tuple[tuple[re.Pattern[str], Format], ...]:
    """Return all formats with their compiled names, by module name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple((re.compile(one.names), one) for one in found)


@cache
def _any_name() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one.names})" for _, one in formats()))


def is_manifest(name: str) -> bool:
    """Return whether a file name is one of a manifest."""
    return len(name) <= _MAX_NAME and _any_name().fullmatch(name) is not None


def is_data(name: str) -> bool:
    """Return whether a file name is one of a manifest that is no program."""
    return is_manifest(name) and not next(one for pattern, one in formats() if pattern.fullmatch(name)).program


def read(name: str, content: bytes) -> list[Declaration]:
    """Return what a manifest declares: nothing, one declaration, or one for its text and one for the file it names."""
    chosen = next((one for pattern, one in formats() if pattern.fullmatch(name)), None)
    if chosen is None or len(content) > _MAX_BYTES:
        return []
    try:
        said = chosen.read(content.decode("utf-8-sig", "replace"))
    except (ValueError, LookupError, TypeError, RecursionError, AttributeError):
        return []
    texts = [text for text in said.texts if isinstance(text, str)][:_MAX_TEXTS]
    found = [one for one in map(_meaning, texts) if one != stated.Said()]
    written = "; ".join(text.strip() for text in texts)
    if len(found) > 1:
        each = (one.expression or (stated.placeholder(one.family) if one.family else None) for one in found)
        joined = expressions.join([one or expressions.UNKNOWN for one in each], said.operator)
        found = [stated.Said(joined)]
    if not found and said.file:
        found = [stated.Said(file=said.file)]
    return [Declaration("manifest", one.expression, one.family, one.file, said=written) for one in found]


def _meaning(text: str) -> stated.Said:
    """Return what a licence field means; one that is too long for a name is the text of a licence."""
    text = text[:_MAX_TEXT].strip()
    if len(text) < stated.MAX_LENGTH:
        return stated.interpret(text)
    return stated.Said(detect(text.encode("utf-8", "replace"), b"LICENSE").expression)
