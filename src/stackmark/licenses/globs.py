"""Path patterns of REUSE.toml and of DEP-5, as regular expressions for RE2, which runs them in linear time."""

from __future__ import annotations

import re2

_MAX_PATTERN, _MAX_STARS = 300, 8


def pattern(glob: str, *, star_crosses: bool) -> str:
    """Return the regular expression of a glob; more than 300 characters or 8 stars match nothing.

    `star_crosses` says whether `*` matches "/" too and `?` is a wildcard, as in DEP-5; in REUSE.toml only `**`
    crosses. A backslash takes the next sign literally.
    """
    if len(glob) > _MAX_PATTERN or glob.count("*") > _MAX_STARS:
        return r"[^\x00-\x{10FFFF}]"
    out: list[str] = []
    place = 0
    while place < len(glob):
        sign = glob[place]
        if sign == "\\" and place + 1 < len(glob):
            place += 1
            out.append(re2.escape(glob[place]))
        elif sign == "*":
            crosses = star_crosses or glob.startswith("**", place)
            while glob.startswith("*", place + 1):
                place += 1
            out.append(".*" if crosses else "[^/]*")
        elif sign == "?" and star_crosses:
            out.append(".")
        else:
            out.append(re2.escape(sign))
        place += 1
    return "".join(out)
