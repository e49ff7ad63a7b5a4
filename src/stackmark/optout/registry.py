"""Reading an opt-out list: one request a line, refused rather than guessed at.

    alice                        everything of an account, on any forge (`~alice` as well)
    alice/tool                   a repository; group/sub/tool, and group/sub for all below it
    https://forge.example/alice  a place on one forge and all below it
                                 (also ssh://, git@host:path, pkg:npm/name, a package's page)
    swh:1:cnt:...                a content wherever it stands; dir, rev and snp likewise

`#` begins a comment, inside a URL only after a blank. Lists come out of web forms, so that a line may hold
"All", a whole form, an address: nothing of that is an account, and a list with one such line is refused as a
whole, naming every one.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit

from stackmark import swhid
from stackmark.errors import RecipeError
from stackmark.optout.matching import Registry, Request
from stackmark.optout.places import DEEPEST, FORGES, TABLES, TWO_LEVELS, Place, fold, locate, split_path

LONGEST = 2048
LARGEST = 64 * 1024 * 1024

SCHEMES = frozenset(TABLES["schemes"])
NO_NAMES = frozenset(TABLES["no_names"])
NO_REPOSITORIES = frozenset(TABLES["no_repositories"])
LISTINGS = frozenset(TABLES["listings"])
INSIDE = frozenset(TABLES["inside"])

_NAME = re.compile(r"~?[^\W_](?:[\w.+-]*[\w+-])?|~?_[\w.+-]*[\w+-]")
_REPOSITORY = re.compile(r"[\w.+-]*[\w+-]")
_SITE = re.compile(r".+\.(?:com|org|net|io|dev|edu|gov|info|de|fr|uk|eu)")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|pkg:|archive:|swh:|[^@/\s:]+@[^@/\s:]+:", re.IGNORECASE)
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")
_COMMENT = re.compile(r"(?:^|\s)#")


def load(path: Path) -> Registry:
    """Read a list from a UTF-8 file. Raises RecipeError with every refused line and its reason."""
    try:
        if path.stat().st_size > LARGEST:
            raise RecipeError(f"the opt-out list {path.name} is larger than {LARGEST:,} bytes", "Is it the right file?")
        data = path.read_bytes()
    except OSError as error:
        reason = f"the opt-out list {path} cannot be read: {error.strerror}"
        raise RecipeError(reason, "Its path, [optout] list, is relative to the recipe's folder.") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RecipeError(f"the opt-out list {path.name} is UTF-16", "Save it as UTF-8.")
    return parse(data.decode("utf-8", "surrogateescape"), path.name)


def parse(text: str, source_name: str) -> Registry:
    """Read a list; `source_name` is what answers and errors call it.

    Raises RecipeError with every refused line and its reason. A byte order mark and CRLF line ends are fine.
    """
    requests: list[Request] = []
    refused: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        wish = _without_comment(line)
        if not wish:
            continue
        try:
            kind, key = _read(wish)
        except ValueError as error:
            refused.append(f"line {number}: {_shown(wish)}: {error}")
        else:
            requests.append(Request(kind, key, wish, number))
    if refused:
        raise RecipeError(
            f"the opt-out list {source_name} has lines that are no request:\n  " + "\n  ".join(refused),
            "A line is an account, owner/repository, a full URL or a SWHID; '#' begins a comment.",
        )
    return Registry(source_name, tuple(requests))


def _without_comment(line: str) -> str:
    comment = _COMMENT.search(line)
    wish = (line[: comment.start()] if comment else line).strip(" \t\r")
    return wish if _URL.match(wish) else wish.partition("#")[0]


def _read(wish: str) -> tuple[str, str]:
    """Return kind and key of a request, or raise ValueError with the reason to refuse it."""
    if len(wish) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    if any("\udc80" <= letter <= "\udcff" for letter in wish):
        raise ValueError("not UTF-8")
    _check_visible(wish)
    if any(letter.isspace() for letter in wish):
        raise ValueError("blanks inside; one request a line, and nothing else on it")
    if fold(wish).startswith("swh:"):
        return _read_swhid(wish)
    if "*" in wish:
        raise ValueError("no wildcards; an account alone covers everything of it")
    if _URL.match(wish):
        return "origin", _read_url(wish).key()
    return _read_name(wish)


def _read_swhid(wish: str) -> tuple[str, str]:
    found = swhid.parse(wish)
    # Sources record no annotated tags yet: accepting one would promise a removal that does not happen.
    if found.type == "rel":
        raise ValueError("releases are not matched; name the revision (swh:1:rev:...) that the release points to")
    if any(key in ("lines", "bytes") for key, _ in found.qualifiers):
        raise ValueError("names a part of a content; leave the qualifier out to remove all of it")
    return swhid.TYPES[found.type], found.id.hex()


def _read_url(wish: str) -> Place:
    _check_form(wish)
    place = locate(wish)
    _check_visible("".join(place.parts))
    if not place.host or not place.parts:
        raise ValueError("names no account or repository")
    if ".." in place.parts or len(place.parts) > DEEPEST:
        raise ValueError("is not the address of a repository")
    if place.host.startswith("pkg:") or place.host in ("file", "archive"):
        return place
    below = [part for part in place.parts[2:] if not part.startswith("@")]
    inside = not INSIDE.isdisjoint(below) or (place.host in TWO_LEVELS and (below or place.query))
    if inside:
        raise ValueError("leads into a repository; end the URL after its name")
    if place.parts[0] in LISTINGS:
        raise ValueError("is a page of the forge, not an account; leave that part out")
    return place


def _check_form(wish: str) -> None:
    """Refuse URLs of which a part would be ignored or must not be repeated in a release."""
    scheme, mark, _ = fold(wish).partition("://")
    if mark and scheme not in SCHEMES:
        raise ValueError(f"{scheme}:// is no scheme of a repository")
    if mark and urlsplit(wish).password is not None:
        raise ValueError("holds a password; remove it (and change it)")
    if fold(wish).startswith("pkg:") and ("?" in wish or "#" in wish):
        raise ValueError("a package URL ends after name and version here")


def _read_name(wish: str) -> tuple[str, str]:
    if wish.startswith("@"):
        raise ValueError(f"write the account without the @: {wish[1:]}")
    if "@" in wish:
        raise ValueError("looks like an e-mail address; accounts are named as their forge names them")
    owner, *rest = unicodedata.normalize("NFC", wish).split("/")
    if not _NAME.fullmatch(owner) or not all(_is_repository(part) for part in rest):
        raise ValueError("is not a name: letters, digits and . _ + - only, parts separated by a single /")
    if not NO_NAMES.isdisjoint((fold(wish), fold(owner))) or (rest and fold(rest[-1]) in NO_REPOSITORIES):
        raise ValueError("is a word of a form, not a name; if it is one, write its full URL")
    if _SITE.fullmatch(fold(owner)) and (len(rest) != 1 or fold(owner) in FORGES):
        raise ValueError("looks like a web address; write it in full, with https://")
    parts = split_path(wish.removeprefix("~"))
    if len(parts) <= len(rest):  # `.git` names nothing
        raise ValueError("is not the name of a repository")
    return "repository" if rest else "account", "/".join(parts)


def _is_repository(part: str) -> bool:
    return bool(_REPOSITORY.fullmatch(part)) and any(letter.isalnum() for letter in part)


def _check_visible(text: str) -> None:
    if any(unicodedata.category(letter) in _INVISIBLE for letter in text):
        raise ValueError("holds characters that cannot be seen")


def _shown(text: str) -> str:
    text = _PASSWORD.sub(r"\1***@", text)
    return ascii(text if len(text) <= 60 else text[:57] + "...")
