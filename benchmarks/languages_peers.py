"""Who takes part in benchmarks/languages.py, how each is started, and how its names become ours."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from _environments import environment
from stackmark.languages.tables import table

HERE = Path(__file__).parent
PINS = HERE.parent / "requirements" / "linguist.txt"
RUBY = "3.1.0"

#: Names of peers that are no name or alias of ours but mean one language of ours.
NAMES: dict[str, str] = {
    # magika
    "asp": "Classic ASP", "cs": "C#", "gitattributes": "Git Attributes", "gitmodules": "Git Config",
    "h": "C", "hpp": "C++", "ignorefile": "Ignore List", "jinja": "Jinja", "javabytecode": "", "latex": "TeX",
    "lisp": "Common Lisp", "makefile": "Makefile", "objectivec": "Objective-C", "pem": "Public Key", "rdf": "XML",
    "textproto": "Protocol Buffer Text Format", "tsql": "TSQL", "txt": "Text", "txtascii": "Text", "txtutf8": "Text",
    "vcxproj": "XML", "xsd": "XML", "m4": "M4", "srt": "SubRip Text", "gemspec": "Ruby",
    "gemfile": "Ruby",
    "rtf": "Rich Text Format", "sln": "Microsoft Visual Studio Solution", "csproj": "XML", "erb": "HTML+ERB",
    # Pygments
    "restructuredtext": "reStructuredText", "textonly": "Text", "delphi": "Pascal", "bashsession": "ShellSession",
    "bash": "Shell", "gas": "Unix Assembly", "nasm": "Assembly", "python2x": "Python", "octave": "MATLAB",
    "objectivec++": "Objective-C++", "perl6": "Raku", "gap": "GAP", "tads3": "", "htmldjango/jinja": "Jinja",
    "html+django/jinja": "Jinja", "viml": "Vim script", "lesscss": "Less", "fortranfixed": "Fortran",
    "fortran": "Fortran Free Form", "vbnet": "Visual Basic .NET", "vb.net": "Visual Basic .NET", "dockerfile": "Docker",
    "groff": "Roff", "rhtml": "HTML+ERB", "debiancontrolfile": "Debian Package Control File", "emacslisp": "Emacs Lisp",
    "rpmspec": "RPM Spec", "coq": "Rocq Prover", "bbcbasic": "BASIC", "qbasic": "QuickBASIC", "embeddedragel": "Ragel",
    "transactsql": "TSQL", "mathematica": "Wolfram Language", "mosel": "", "powershellsession": "",
}  # fmt: skip


@dataclass(frozen=True)
class Contestant:
    """One that is asked for the language of files: started anew, it is given a list of them and prints its answers."""

    name: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def ours() -> list[Contestant]:
    """Give the two ways to ask Stackmark: file by file, and on Arrow columns."""
    command = (sys.executable, str(HERE / "languages_ours.py"))
    return [
        Contestant("stackmark", (*command, "{}")),
        Contestant("stackmark, in batches", (*command, "{}", "--batches")),
    ]


def peers() -> list[Contestant]:
    """Give all peers that can be had on this machine; each is installed at first use."""
    found = []
    for name in ("pygments", "magika"):
        command = (str(environment(name) / "python"), str(HERE / f"languages_{name}.py"), "{}")
        found.append(Contestant(name, command))
    return [_linguist(), *found]


def _linguist() -> Contestant:
    """Unpack Debian's packages into a folder of their own and give the way to start Linguist in it."""
    root = HERE.parent / ".cache" / "peers" / "linguist"
    if not (root / "usr").exists():
        debs = root / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        packages = [line for line in PINS.read_text().splitlines() if not line.startswith("#")]
        subprocess.run(["apt-get", "download", "-qq", *packages], cwd=debs, check=True)
        for deb in sorted(debs.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    native = f"{platform.machine()}-linux-gnu"
    folders = [
        *sorted(root.glob(f"usr/lib/{native}/rubygems-integration/{RUBY}/gems/*/lib")),
        *sorted(root.glob(f"usr/lib/{native}/rubygems-integration/{RUBY}/extensions/*/*/*")),
        *sorted(root.glob("usr/share/rubygems-integration/all/gems/*/lib")),
        *(root / "usr" / "lib" / part for part in ("ruby/vendor_ruby", f"{native}/ruby/vendor_ruby/{RUBY}")),
        *(root / "usr" / "lib" / part for part in (f"ruby/{RUBY}", f"{native}/ruby/{RUBY}")),
    ]
    variables = {
        "LD_LIBRARY_PATH": str(root / "usr" / "lib" / native),
        "RUBYLIB": os.pathsep.join(map(str, folders)),
        "LANG": "C.UTF-8",
    }
    command = (str(root / "usr" / "bin" / "ruby3.1"), "--disable-gems", str(HERE / "languages_linguist.rb"), "{}")
    return Contestant("Linguist (Debian)", command, variables)


def our_name(name: str) -> str | None:
    """Give our name for what a peer says, None for what is no language of ours."""
    if name in table():
        return name
    plain = _plain(name)
    return NAMES.get(plain) or _aliases().get(plain)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9+#*./]", "", name.lower())


@cache
def _aliases() -> dict[str, str]:
    names = {_plain(alias): facts.name for facts in table().values() for alias in facts.aliases}
    return {**names, **{_plain(name): name for name in table()}}
