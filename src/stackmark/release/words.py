"""Plain words: numbers as people read them, foreign text made harmless, and a sentence for every rule.

The sentences are data (`words.toml`): one table per stage, one key per rule. A rule without one is told by
its detail.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_MARKDOWN = "\\`*_{}[]<>#|~&!$@"


def number(value: float) -> str:
    """Return 1234567 as 1,234,567."""
    return f"{value:,}"


def size(value: float) -> str:
    """Return a number of bytes as people read it, in powers of 1,000: 1.2 MB."""
    power = 0
    while power + 1 < len(_UNITS) and value >= 999.5:
        value, power = value / 1000, power + 1
    return f"{value:,.0f} {_UNITS[power]}" if power == 0 or value >= 99.95 else f"{value:.1f} {_UNITS[power]}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """Return "1 file" or "2,000 files"."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def share(part: float, whole: float) -> str:
    """Return a share as a percentage that never rounds something to nothing or a part to the whole."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.1:
        return "< 0.1 %"
    return f"{min(percent, 99.9):.1f} %" if part != whole else "100 %"


def printable(text: str) -> str:
    """Return text on one line with every character that could steer a terminal or turn text around as an
    escape.

    Paths, URLs and details come from other people's repositories.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def markdown(text: object) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, no new table cell or line."""
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in printable(str(text)))


def sentence(stage: str | None, rule: str | None) -> str | None:
    """Return what a rule means in plain words, or None for a rule that has no sentence."""
    return _sentences().get(stage or "", {}).get(rule or "")


def strategy(name: str | None) -> str:
    """Return by what a language was told, such as "its extension", given the name of the strategy."""
    return _sentences()["strategies"].get(name or "", name or "its contents")


def setting(value: object) -> str:
    """Return the value of a setting as people write it: "no" for what is off, a table as "key: value, ..."."""
    if value is None or isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {setting(value[key])}" for key in sorted(value)) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(setting, value)) or "none"
    return str(value)


def column(name: str) -> str:
    """Return what a column of data/ holds."""
    return _sentences()["columns"].get(name, "")


def stage_name(stage: str) -> str:
    """Return what a stage is called in plain words."""
    return _sentences()["stages"].get(stage, stage)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    import tomllib  # commands without sentences start without it
    from importlib.resources import files

    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
