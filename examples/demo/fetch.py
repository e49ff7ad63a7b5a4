"""Fetch the packages of packages.toml into .cache/demo/packages, through pip and npm, and check their bytes.

What is there already is not fetched again. Without npm its packages are left out, and that is said.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = HERE.parent.parent / ".cache" / "demo" / "packages"
Pins = dict[str, dict[str, str]]


def sound(name: str, pin: dict[str, str]) -> bool:
    """Say whether a file is there with the bytes that its pin names."""
    path = PACKAGES / name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == pin["sha256"]


def fetch_pypi(missing: Pins) -> None:
    """Let pip download and check files; it takes sdists and wheels, and versions of one package, in turns."""
    turns: dict[tuple[str, int], list[str]] = {}
    seen: list[str] = []
    for name, pin in missing.items():
        package = pin["pin"].partition("==")[0]
        form = "--only-binary" if name.endswith(".whl") else "--no-binary"
        line = f"{pin['pin']} --hash=sha256:{pin['sha256']}\n"
        turns.setdefault((form, seen.count(package)), []).append(line)
        seen.append(package)
    for (form, turn), lines in turns.items():
        wanted = PACKAGES.parent / f"wanted{form}-{turn}.txt"
        wanted.write_text("".join(lines))
        # Without isolation pip asks the build backends of our own environment for the metadata of an sdist.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--no-build-isolation", form, ":all:", "--dest", str(PACKAGES), "-r", str(wanted)]
        subprocess.run(command, check=True)


def fetch_npm(missing: Pins) -> None:
    """Let npm pack the published tarballs."""
    if shutil.which("npm") is None:
        print("npm is not installed: its packages are left out of the demo", file=sys.stderr)
        return
    command = ["npm", "pack", "--silent", "--pack-destination", str(PACKAGES)]
    subprocess.run([*command, *(pin["pin"] for pin in missing.values())], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Fetch what is missing."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    plan: dict[str, Pins] = tomllib.loads((HERE / "packages.toml").read_text())
    for kind, fetch in (("pypi", fetch_pypi), ("npm", fetch_npm)):
        missing = {name: pin for name, pin in plan[kind].items() if not sound(name, pin)}
        if missing:
            print(
                f"Fetching {len(missing)} packages with {'pip' if kind == 'pypi' else 'npm'} ...",
                file=sys.stderr,
            )
            try:
                fetch(missing)
            except subprocess.CalledProcessError as error:
                sys.exit(f"{error.cmd[0]} could not fetch them (exit code {error.returncode})")
        wrong = [name for name in missing if (PACKAGES / name).exists() and not sound(name, plan[kind][name])]
        if wrong:
            sys.exit(f"not the bytes that packages.toml names: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
