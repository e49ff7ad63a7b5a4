"""Which files are licence files, and what their names say."""

from __future__ import annotations

import re

# One word that says "licence", then what may be added to it; or an id alone with a text extension.
_CORE = r"licen[sc](?:e|es|ing)|un-?licen[sc]e|licencia|licenza|lizenz|copying|copyleft|copyright|eula"
_ID = (
    r"(?:a|l)?gpl|mit|x11|isc|bsd|0bsd|apache|artistic|mpl|epl|cpl|eupl|ofl|cc0|cc-by(?:-[a-z]{2}){0,3}|zlib|bsl|wtfpl"
    r"|unlicense|psf|gfdl|fdl|cddl|lppl|boost|ftl"
)
_TAIL = r"(?:[-_. ]?v?\d+(?:[-_.]\d+)*)?"
_TEXT = r"(?:\.(?:txt|md|markdown|mkdn?|rst|html?|rtf|adoc|asciidoc|org|text|utf-?8))"
_WORD = r"[-_. ][a-z0-9+]+"
_NAMED = re.compile(
    rf"(?:[a-z0-9]+[-_. ]){{0,4}}(?:{_CORE}){_TAIL}(?:{_WORD}){{0,6}}?{_TEXT}?"
    rf"|(?:{_ID}){_TAIL}(?:[-_. ](?:only|or-later|clause|license|licence)|-\d-clause)*{_TEXT}"
    rf"|(?:apache|bsd|[al]?gpl|mpl)[-_. ]?v?\d+(?:[-_.]\d+)*",
    re.I,
)
# What ends like a program, a style sheet, a picture or a configuration is not a licence text, whatever it is
# called.
_OTHER = re.compile(
    r"\.(?:[cm]?[jt]sx?|pyi?|pyc|rb|go|java|kt|scala|cs|c|cc|cpp|cxx|h|hpp|hh|rs|php\d?|pl|pm|sh|bash|zsh|bat|ps1|lua|swift"
    r"|css|s[ac]ss|less|vue|svelte|json5?|ya?ml|toml|xml|ini|cfg|conf|properties|sql|svg|png|jpe?g|gif|ico|pdf|docx?|odt"
    r"|zip|gz|xz|jar|exe|dll|so|tmpl|tpl|j2|erb|ejs|hbs|in|am|m4|cmake|mk|gradle|lock|map|csv|tsv|proto|r|jl|dart|ex|exs"
    r"|erl|hs|ml|el|clj|groovy|plist|strings|po|pot|spdx|license-checker|template|test|snap)$",
    re.I,
)
# A list of the licences of what is bundled says nothing of the files beside it.
_OTHERS_WORK = re.compile(r"(?:third|3rd)[-_. ]?part|^licen[sc]es?[-_. ]notices?(?:\.[a-z]+)?$", re.I)
# Documentation talks about licences in pages of its own; only a name in capitals is meant as a grant there.
_DOCUMENTATION = re.compile(rb"(?:^|/)(?:docs?|documentation|manual|website|site)/", re.I)
_MAX_NAME = 120
_STEM = re.compile(r"licen[sc]e|copying", re.I)
# What stands beside "licence" in a name and tells nothing of what it is for.
_NO_SUBJECT = re.compile(
    rf"(?:{_CORE}|{_ID}|v?\d+|txt|md|file|text|lesser|affero|gnu|gplv?\d|lib|library|runtime|exception|notice|commercial|full|short|main"
    r"|project|source|code|original|upstream|mine|the|and|new|old|utf-?8|en|de|fr|es|it|ja|ru|zh)s?",
    re.I,
)
# COPYING.ja, LICENSE-zh_CN.md, README.fr: the languages that licences are translated to.
_TRANSLATED = re.compile(
    r"(.+?)[-_.](?:(?:ar|bg|ca|cs|da|de|el|en|es|fa|fi|fr|he|hi|hu|id|it|ja|jp|ko|nl|no|pl|pt|ro|ru|sk|sv|th|tr|uk|vi|zh)"
    r"(?:[-_](?:br|cn|hans|hant|hk|tw))?)"
)


def base(path: bytes) -> str:
    """Return the last part of a path as text."""
    return path.rsplit(b"/", 1)[-1].decode("utf-8", "replace")


def is_license_file(path: bytes) -> bool:
    """Return whether a file's name says that it is a licence text: LICENSE, COPYING.LESSER,
    LICENSES/MIT.txt, Apache2.0.

    Source code, markup of user interfaces and configuration never are, whatever they are called
    (`copyright.py`).
    """
    name = base(path)
    if not 0 < len(name) <= _MAX_NAME or _OTHERS_WORK.search(name):
        return False
    if in_reuse_folder(path):
        return not name.startswith(".")
    if _DOCUMENTATION.search(path) and not name.partition(".")[0].isupper():
        return False
    return _NAMED.fullmatch(name) is not None and _OTHER.search(name) is None


def in_reuse_folder(path: bytes) -> bool:
    """Return whether a file stands right in a `LICENSES` folder, where REUSE keeps one text per id."""
    parts = path.rsplit(b"/", 2)
    return len(parts) >= 2 and parts[-2] == b"LICENSES"


def subject(path: bytes) -> str:
    """Return what a licence file is for by its name, in lower case, "" where it says nothing: "docs" of LICENSE-docs,
    "catch" of catch.license.
    """
    name = re.sub(rf"{_TEXT}$", "", base(path), flags=re.I)
    rest = [part for part in re.split(r"[-_. ]+", _STEM.sub("", name, count=1).lower()) if part]
    told = _STEM.search(name) and rest and not any(_NO_SUBJECT.fullmatch(part) for part in rest)
    return "-".join(rest) if told else ""


def title(path: bytes) -> str:
    """Return the name of a licence file in lower case, without the extension of a text: "copying" of COPYING.md."""
    return re.sub(rf"{_TEXT}$", "", base(path), flags=re.I).lower()


def original(path: bytes) -> str:
    """Return the title of the file that this one translates by its name ("copying" of COPYING.ja), "" for none."""
    found = _TRANSLATED.fullmatch(title(path))
    return found[1] if found else ""


def says_id(path: bytes) -> bool:
    """Return whether the name says one of several licences: LICENSE-MIT, LICENSE.Apache-2.0, MIT-LICENSE."""
    name = re.sub(rf"{_TEXT}$", "", base(path), flags=re.I)
    rest = [part for part in re.split(r"[-_. ]+", _STEM.sub("", name, count=1)) if part]
    return bool(_STEM.search(name)) and bool(rest) and re.match(rf"(?:{_ID})(?![a-z])", rest[0], re.I) is not None
