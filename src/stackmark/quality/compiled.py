"""Whether bytes are looked at by compiled kernels; numpy gives the same answers, sooner where there are few."""

from __future__ import annotations

import contextlib
from types import ModuleType

_loaded: list[ModuleType] = []


def load() -> None:
    """Load the kernels into this process. It takes what numpy needs for a hundred megabytes.

    Where Numba finds no folder to keep compiled code in, numpy goes on answering.
    """
    if _loaded:
        return
    with contextlib.suppress(ImportError, RuntimeError):
        from stackmark.quality import kernels

        kernels.load()
        _loaded.append(kernels)


def kernels() -> ModuleType | None:
    """Return the kernels, None if they have not been loaded."""
    return _loaded[0] if _loaded else None
