"""Environments of peers and tools, each of its own, made once under .cache/peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent


def environment(name: str) -> Path:
    """Give the folder of programs of the environment that requirements/<name>.txt pins."""
    pins = HERE / "requirements" / f"{name}.txt"
    folder = HERE / ".cache" / "peers" / name
    stamp = folder / "pins.txt"
    if not stamp.exists() or stamp.read_text() != pins.read_text():
        print(f"Installing {name} into {folder.relative_to(HERE)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", pins], check=True)
        stamp.write_text(pins.read_text())
    return folder / "bin"
