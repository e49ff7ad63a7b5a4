"""What a path says of the values in its file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: A path as callers have it: text, bytes, or not known.
Path = str | bytes | None

#: All take lower case behind a slash: several times faster than either case and the beginning of a text.
_LOCK = re.compile(
    r"/(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?|deno\.lock|poetry\.lock|"
    r"pipfile\.lock|uv\.lock|pdm\.lock|pixi\.lock|conda-lock\.ya?ml|cargo\.lock|go\.sum|go\.work\.sum|composer\.lock|"
    r"gemfile\.lock|podfile\.lock|package\.resolved|packages\.lock\.json|project\.assets\.json|mix\.lock|rebar\.lock|"
    r"pubspec\.lock|flake\.lock|gradle\.lockfile|verification-metadata\.xml|chart\.lock|\.terraform\.lock\.hcl|"
    r"paket\.lock|stack\.yaml\.lock|cabal\.project\.freeze|module\.bazel\.lock|jsr\.lock)$"
)
_TEST = re.compile(r"[/_.-](?:tests?|specs?|testing|testdata|fixtures?|mocks?|e2e|__tests__)(?:[/_.-]|$)|tests?\.\w+$")
_PROSE = re.compile(r"\.(?:md|markdown|rst|txt|adoc|html?|tex|ipynb)$|/(?:docs?|examples?|samples?|demos?)/")
_CONFIG = re.compile(
    r"\.(?:ya?ml|json|toml|ini|cfg|conf|config|properties|env|xml|plist|tfvars|tfstate|tf|hcl)$|/\.?env(?:\.|$)|dockerfile"
)
_CODE = re.compile(
    r"\.(?:c|h|cc|cpp|hpp|cs|java|kt|scala|go|rs|swift|m|js|jsx|mjs|ts|tsx|vue|py|rb|php|pl|pm|lua|dart|hs|ml|ex|exs|erl|clj|groovy|r|jl)$"
)


_TRANSLATION = re.compile(
    r"/(?:translations?|i18n|l10n|locales?|localization|languages?|lang|messages|nls)/|/(?:messages|strings|lang)[\w.-]*\.\w+$"
)


class Place(NamedTuple):
    """The kinds of file that a path tells; all false if there is no path."""

    lock: bool = False
    test: bool = False
    prose: bool = False
    config: bool = False
    code: bool = False
    translation: bool = False


@lru_cache(maxsize=4096)
def of(path: Path) -> Place:
    """Say what kinds of file a path tells."""
    if path is None:
        return Place()
    text = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
    text = "/" + text.lower()
    patterns = (_LOCK, _TEST, _PROSE, _CONFIG, _CODE, _TRANSLATION)
    return Place(*(pattern.search(text) is not None for pattern in patterns))
