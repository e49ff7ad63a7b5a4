"""The language that a file names itself, in a line meant for an editor.

Vim's `vim: set ft=ruby:` and Emacs' `-*- mode: ruby -*-`, in the first or last lines of a file (Vim manual,
`modeline`; Emacs manual, "Specifying File Variables").
"""

from __future__ import annotations

import re
from functools import cache

import re2

from stackmark.languages.tables import compiled

#: Editors read five lines at either end; more bytes than this are no lines that a person wrote.
LINES = 5
HEAD = 512
TAIL = 256

#: Both forms, and nothing that only sets an encoding or a width. RE2: runs over whole columns too.
EXPRESSION = (
    r"(?:^|[^\w-])(?:[vV]im?|ex)(?:[<=>]?\d+)?:[^\n]*\b(?:ft|filetype|syntax)[ \t]*=[ \t]*([\w+#.-]+)"
    r"|-\*-[ \t]*([\w+#.-]+)[ \t]*-\*-"
    r"|-\*-[^\n]*\b[mM]ode[ \t]*:[ \t]*([\w+#.-]+)[^\n]*-\*-"
)

#: What every modeline of use has; cheap enough for every text.
HINT = r"-\*-|(?:ft|filetype|syntax)[ \t]*="


def language(head: bytes, tail: bytes = b"") -> str | None:
    """Return the language of the first modeline in the first or last five lines, None without one.

    head, tail: at least the first HEAD and the last TAIL bytes of a content; more is not read.
    """
    first, last = head[:HEAD], tail[-TAIL:]
    name = _named(b"\n".join(first.split(b"\n", LINES)[:LINES])) if _may_name(first) else None
    return name or (_named(b"\n".join(last.rstrip().rsplit(b"\n", LINES)[-LINES:])) if _may_name(last) else None)


def _may_name(text: bytes) -> bool:
    """Tell in no time of most texts that they hold no modeline."""
    return b"-*-" in text or (b"=" in text and (b"ft" in text or b"filetype" in text or b"syntax" in text))


def _named(lines: bytes) -> str | None:
    found = _pattern().search(lines)
    return compiled()["modes"].get((found[1] or found[2] or found[3]).decode("latin-1").lower()) if found else None


@cache
def borrowed() -> frozenset[str]:
    """Return the languages whose modes stand for other languages as well."""
    return frozenset(compiled()["borrowed"])


@cache
def _pattern() -> re.Pattern[bytes]:
    pattern: re.Pattern[bytes] = re2.compile(b"(?m)" + EXPRESSION.encode())
    return pattern
