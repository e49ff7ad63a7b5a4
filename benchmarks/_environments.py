"""Environments of peers and tools, each of its own, made once under .cache/peers."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent


def environment(name: str) -> Path:
    """Give the folder of programs of the environment that requirements/<name>.txt pins."""
    pins = HERE / "requirements" / f"{name}.txt"
    folder = HERE / ".cache" / "peers" / name
    stamp = folder / "pins.txt"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two benchmarks may want the same one at once
        if not stamp.exists() or stamp.read_text() != pins.read_text():
            install(folder, pins)
            stamp.write_text(pins.read_text())
    return folder / "bin"


def install(folder: Path, pins: Path) -> None:
    """Make an environment anew from what a file pins."""
    print(f"Installing {pins.stem} into {folder.relative_to(HERE)} ...", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", pins], check=True)
