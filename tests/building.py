"""Small real inputs for builds: repositories made by git, archives, recipes."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

MIT = b"""MIT License

Copyright (c) 2020 The Authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

GPL_TAG = b"# SPDX-License-Identifier: GPL-3.0-only\n"


def python(name: str, lines: int = 3) -> bytes:
    """Return a small Python module that no quality rule drops."""
    body = "".join(f'    print("the function {name} says hello for the time number {n}")\n' for n in range(lines))
    return f"def {name}() -> None:\n{body}".encode()


FILES: Mapping[str, bytes] = {
    "LICENSE": MIT,
    "src/alpha.py": python("alpha"),
    "src/beta.py": python("beta"),
    "src/copy_of_beta.py": python("beta"),
    "lib/tool.js": b'function greet(name) {\n  return "hello " + name;\n}\nmodule.exports = greet;\n',
    "main.go": b'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hello from the main program")\n}\n',
    "gpl.py": GPL_TAG + python("strict"),
    "empty.py": b"",
    "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0",
    "latin.py": "# Grüße aus Köln, schöne Straße und viele Wörter über äußere Größe\nname = 'Jörg'\n".encode("latin-1"),
}


def git(folder: Path, *arguments: str, date: int = 1_700_000_000) -> str:
    """Run git in a folder with fixed names and dates and no configuration of this machine."""
    stamp = f"{date} +0000"
    person = {"NAME": "A", "EMAIL": "a@example.org", "DATE": stamp}
    environment = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in person.items()}
    environment |= {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }
    done = subprocess.run(["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True)
    return done.stdout.decode()


def repository(folder: Path, files: Mapping[str, bytes] = FILES, *, date: int = 1_700_000_000) -> Path:
    """Make a repository with one commit on main (or one more commit, if it is there) and return its folder."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=change", date=date)
    return folder


def tarball(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Make a .tar.gz and return its path."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def zipped(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Make a zip and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def recipe(folder: Path, *sources: str, version: str = "1.0.0", extra: str = "") -> Path:
    """Write a recipe with sources given as the bodies of their tables, and return its path."""
    tables = "\n".join(f"[[sources]]\n{source}" for source in sources)
    path = folder / "recipe.toml"
    path.write_text(f'name = "corpus"\nversion = "{version}"\n{tables}\n{extra}\n', "utf-8")
    return path


def mixed(folder: Path) -> Path:
    """Make a repository, two versions of an archive and a zip, with copies among them, and a recipe over all."""
    folder.mkdir(parents=True, exist_ok=True)
    repository(folder / "repo")
    tarball(folder / "tool-1.0.tar.gz", {f"tool-1.0/{name}": data for name, data in FILES.items()})
    newer = {**FILES, "src/alpha.py": python("alpha", 5), "src/gamma.py": python("gamma")}
    tarball(folder / "tool-1.1.tar.gz", {f"tool-1.1/{name}": data for name, data in newer.items()})
    zipped(folder / "other.zip", {"LICENSE": MIT, "other.py": python("other"), "beta.py": python("beta")})
    return recipe(
        folder,
        'kind = "git"\npath = "repo"\norigin = "https://forge.example/alice/tool"',
        'kind = "archive"\npath = "*.tar.gz"\norigin = "https://forge.example/bob/tool"',
        'kind = "archive"\npath = "*.zip"',
    )
