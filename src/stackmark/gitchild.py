"""The environment in which a git child runs. What it reads may be a hostile repository."""

from __future__ import annotations

import os
from pathlib import Path


def environment(home: Path, protocols: str = "") -> dict[str, str]:
    """Return the environment of a git child: no configuration of the machine, no prompts, no inherited GIT_*.

    `protocols` lists the transports that it may use, separated by colons; none for reading.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if not protocols:
        kept = {"PATH": kept.get("PATH", os.defpath), "HOME": str(home)}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
