"""Where the texts of licences that a user has added are kept, and what tells them from others; nothing is loaded."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def folder() -> Path:
    """Return where the texts of added licences are kept: STACKMARK_LICENSES, else below the user's data folder."""
    own = os.environ.get("STACKMARK_LICENSES")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "stackmark" / "licenses"


def digest(place: Path) -> str:
    """Return a digest of the texts of a folder of added licences, "" for none."""
    paths = sorted(place.glob("*.txt"))
    parts = (path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest() for path in paths)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16] if paths else ""
