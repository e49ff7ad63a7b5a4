"""The interpreter that the first line of a script asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

#: A shebang's kernel limit is 256 bytes; wrappers that name the real interpreter do so in the lines right
#: below.
WINDOW = 1024
LINES = 6

#: Programs whose first plain argument is the program: `env -i A=1 python`, `busybox sh`.
LAUNCHERS = frozenset({b"env", b"busybox", b"toybox", b"npx", b"bunx"})
TAKES_VALUE = frozenset({b"-u", b"--unset", b"-C", b"--chdir"})
ASSIGNMENT = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*=")
MINOR = re.compile(rb"(?:\.\d+)+$")
#: `exec tclsh "$0" ...`: a script that the shell reads first to find its interpreter.
RESTART = re.compile(rb'^[ \t]*exec[ \t]+([^\s"$]+)[^\n]*\$\{?0\b', re.MULTILINE)
NIX = re.compile(rb"^#![^\n]*nix-shell[^\n]*[ \t]-i[ \t]+([^\s]+)", re.MULTILINE)


def interpreter(content: bytes) -> bytes | None:
    """Return the base name of the program that a script asks for, as written: `#!/usr/bin/env python3.11` ->
    `python3.11`.

    Only the first lines of the content are read. None without a shebang, or where it names no program.
    """
    head = content[:WINDOW].removeprefix(b"\xef\xbb\xbf")
    if not head.startswith(b"#!"):
        return None
    lines = head.split(b"\n", LINES)[:LINES]
    program = next(_programs(iter(lines[0][2:].split())), None)
    below = b"\n".join(lines[1:])
    if program == b"nix-shell":
        return _first(NIX.search(below))
    if program == b"sh":
        return _first(RESTART.search(below)) or program
    return program


def candidates(program: bytes, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the languages of a program, with its version left out if need be: `php8.1` -> `php`."""
    without_minor = MINOR.sub(b"", program)
    for form in (program, without_minor, without_minor.rstrip(b"0123456789-")):
        if found := known.get(form.decode("utf-8", "replace")):
            return found
    return ()


def _programs(words: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the words of a shebang line that are programs, launchers and their options left out."""
    launched = False
    for word in words:
        if launched:
            # `env -Sprogram` glues the option to its value.
            word = word.removeprefix(b"--split-string=").removeprefix(b"-S") or b"-"
            if word in TAKES_VALUE:
                next(words, None)
            if word.startswith(b"-") or ASSIGNMENT.match(word):
                continue
        name = _base(word)
        if name in LAUNCHERS:
            launched = True
        elif name:
            yield name


def _base(word: bytes) -> bytes:
    return word.strip(b"\"'").replace(b"\\", b"/").rpartition(b"/")[2].removesuffix(b".exe")


def _first(hit: re.Match[bytes] | None) -> bytes | None:
    return _base(hit[1]) or None if hit else None
