"""Where a machine keeps what it has made once and any build can use again, whatever its work directory."""

from __future__ import annotations

import os
from pathlib import Path


def folder() -> Path:
    """Return STACKMARK_CACHE, else `stackmark` in the user's cache folder; it may not be there yet."""
    own = os.environ.get("STACKMARK_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stackmark"
