"""The steps of a build, a module each, in the order of `stackmark.pipeline`.

A step takes what earlier steps left in the work directory and leaves its own results there, whole or not at all. Each
is imported when it is first taken, and with it the rooms that it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from stackmark.steps import (
        deciding,
        fetching,
        grouping,
        inspecting,
        listing,
        origins,
        publishing,
        recalling,
        redacting,
        releasing,
        rules,
        settings,
    )

__all__ = [
    "deciding",
    "fetching",
    "grouping",
    "inspecting",
    "listing",
    "origins",
    "publishing",
    "recalling",
    "redacting",
    "releasing",
    "rules",
    "settings",
]


def __getattr__(name: str) -> ModuleType:
    """Import a step (PEP 562)."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
