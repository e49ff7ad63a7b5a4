"""Whether a file parses: for formats whose parser is at hand, chosen by the suffix of its path."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Callable
from xml.parsers import expat

import yaml

Check = Callable[[bytes], bool]

LONGEST = 4 * 1024 * 1024  # bytes; a longer file is not parsed, and its answer is "no"
_DEEPEST = 200  # brackets inside one another: parsers that recurse stay far from their limits


def checker(path: str | bytes | None) -> Check | None:
    """Return how to tell whether a file of that path parses; None if nobody here can."""
    if path is None:
        return None
    name = path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")
    parser = PARSERS.get(name[name.rfind(b".") :].lower())
    return None if parser is None else lambda content: parses(content, parser)


def parses(content: bytes, parser: Callable[[bytes], object]) -> bool:
    """Tell whether a parser takes a content; one that is too long or too deep counts as one that it does not."""
    if len(content) > LONGEST or _is_deep(content):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes in somebody else's source
            parser(content)
    except (ValueError, SyntaxError, RecursionError, MemoryError, yaml.YAMLError, expat.ExpatError):
        return False
    return True


def _is_deep(content: bytes) -> bool:
    depth = deepest = 0
    for char in content.translate(None, _NOT_BRACKETS):
        depth += 1 if char in b"([{" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


_NOT_BRACKETS = bytes(set(range(256)) - set(b"([{)]}"))


def _yaml(content: bytes) -> None:
    for _ in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass


def _xml(content: bytes) -> None:
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse  # nothing here needs entities, and some documents are made of them
    parser.Parse(content, True)


def _refuse(*_: object) -> None:
    raise ValueError("a document that declares entities")


def _json(content: bytes) -> None:
    json.loads(content)


def _toml(content: bytes) -> None:
    tomllib.loads(content.decode("utf-8"))


def _python(content: bytes) -> None:
    ast.parse(content)


PARSERS: dict[bytes, Callable[[bytes], object]] = {
    **dict.fromkeys((b".py", b".pyi"), _python),
    **dict.fromkeys((b".json", b".geojson", b".ipynb", b".webmanifest"), _json),
    **dict.fromkeys((b".yaml", b".yml"), _yaml),
    b".toml": _toml,
    **dict.fromkeys((b".xml", b".svg", b".xsd", b".xsl", b".pom", b".csproj", b".plist"), _xml),
}
