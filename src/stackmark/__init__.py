"""Stackmark: source repositories to a governed code dataset, with the fate of every file on record.

    import stackmark
    release = stackmark.build("recipe.toml")
    release.verify().ok
    release.explain("https://forge.example/alice/tool#src/main.py")

Importing this loads nothing heavy; what is used is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackmark.version import __version__

if TYPE_CHECKING:
    from stackmark.pipeline import build, plan
    from stackmark.release import Release

__all__ = ["Release", "__version__", "build", "plan"]

_HOMES = {"build": "stackmark.pipeline", "plan": "stackmark.pipeline", "Release": "stackmark.release"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562)."""
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
