"""Which names stay: those of algorithms, organisations, packages and identifiers; and which are evident examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from stackmark.pii.names_cues import common, data, is_camel, listed

_NO_NAME = re.compile(r"[\d_@/\\=<>{}\[\]()#$%&*+|~^]|::")
_LEGAL = re.compile(r"(?:Inc|Ltd|LLC|GmbH|Corp|Corporation|Co|AG|B\.V|S\.A|Limited)\b")
_AND_MORE = re.compile(
    r" ?(?:&|and|und|et|y|e|i|en) (?:Co|Cie|Söhne|Sohn|Sons|Fils|[Ff]igli|Filhos|[Hh]ijos|[Aa]sociados|Associates|"
    r"Associés|Partners?|syn)\b"
)
#: What stands between two persons, or between a label and a person.
_JOINS = re.compile(r"( (?:and|und|et|y|e|i|en|и|&) |[和与及、|;：；«»])")
_STATED = re.compile(r"([\u3400-\u9fff]{2,3}?)(?:[和与及、,， ]+|(?=$|[^\u3400-\u9fff]|[于的在等]))")
_HAN = re.compile(r"[\u3400-\u9fff]{0,16}")
_OTHER_SCRIPT = re.compile(r"[A-Za-z.](?=\s*[\u3400-\u9fff])|[\u3400-\u9fff](?=\s+[A-Za-z])")
_CHINESE = re.compile(r"[\u3400-\u9fff]{1,4}")
_PART = r"(?:[^\W\d_a-z][^\W\d_A-Z]+|[^\W\d_a-z]{2,})(?:-[^\W\d_a-z][^\W\d_]+)*"
_AFTER = re.compile(rf"(?: (?:[^\W\d_a-z]\. ?)?|-)({_PART})(?![\w@.:/(]\w)(?![\w(])")
_BEFORE = re.compile(rf"(?<![\w@.:/-])({_PART})(?: [^\W\d_a-z]\.)?(?: |-)\Z")
_LONGEST, _REACH = 40, 32  # characters of a name that is widened, and before it
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_EDGES = " \t\r\n,;:\"'`’“”«»()[]<>*-–—!?/、，：。"
_UNCASED = re.compile(r"[\u0590-\u07ff\u0900-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST_UNCASED = 8  # letters of a name without blanks


@dataclass(frozen=True)
class Place:
    """A candidate in a text: its characters from `start` to `end`."""

    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """Give the candidate itself."""
        return self.text[self.start : self.end]


def persons(place: Place) -> Iterator[Place]:
    """Yield the persons in what a model takes for one, with borders where names have them; none for what is no person.

    Two that a conjunction joins are two; what follows a comma behind a full name is a place; the rest of a name beside
    a part of it belongs to it.
    """
    if _AND_MORE.search(place.name):
        return
    at = place.start + place.name.rfind(":") + 1  # before it is a label
    for part in _JOINS.split(place.text[at : place.end]):
        candidate = widened(trimmed(_cut(Place(place.text, at, at + len(part)))))
        if is_person(candidate):
            yield candidate
        at += len(part)


def stated(text: str) -> Iterator[Place]:
    """Yield the Chinese names that stand right behind words such as "作者": by a common family name."""
    if text.isascii():
        return
    for role in _stating().finditer(text):
        at = role.end()
        while (found := _STATED.match(text, at)) and found[1][0] in _family_names():
            candidate = Place(text, *found.span(1))
            if is_person(candidate):
                yield candidate
            at = found.end()


@cache
def _stating() -> re.Pattern[str]:
    words = sorted(listed("stating"), key=lambda word: (-len(word), word))
    return re.compile(rf"(?i)(?:{'|'.join(map(re.escape, words))})[ \t:：=\"']{{0,6}}")


def _cut(place: Place) -> Place:
    """Leave out what follows a full name behind a comma, and what follows a name in another script or a Chinese one."""
    name = place.name.lstrip()
    head, comma, _ = name.partition(",")
    changed = _OTHER_SCRIPT.search(name)
    first, blank, _ = name.partition(" ")
    if blank and _CHINESE.fullmatch(first) and first[0] in _family_names():
        name = first
    elif changed:
        name = name[: changed.start() + 1]
    elif comma and len(head.split()) > 1:
        name = head
    start = place.end - len(place.name.lstrip())
    return Place(place.text, start, start + len(name))


def trimmed(place: Place) -> Place:
    """Take off what is not part of a name: quotes, brackets, an English genitive."""
    start, end = place.start, place.end
    name = place.name
    end -= len(name) - len(name.rstrip(_EDGES))
    start += len(name) - len(name.lstrip(_EDGES))
    if place.text[start:end].endswith(("'s", "’s")):
        end -= 2
    return Place(place.text, start, max(start, end))


def widened(place: Place) -> Place:
    """Add the other parts of a name beside it: rare capitalised words, what a hyphen joins, a Chinese family name."""
    start, end = place.start, place.end
    if _CHINESE.fullmatch(place.name):
        alone = start > 0 and len(place.name) < 3 and place.text[start] not in _family_names()
        return Place(place.text, start - (alone and place.text[start - 1] in _family_names()), end)
    if not place.name[:1].isupper():
        return place
    while (after := _AFTER.match(place.text, end)) and _goes_on(after[1]) and end - place.start < _LONGEST:
        end = after.end()
    if " " in place.name.strip() and place.name[1:2] != ".":
        # A word before a full name is the beginning of the sentence.
        return Place(place.text, start, end)
    while (before := _BEFORE.search(place.text[max(0, start - _REACH) : start])) and _goes_on(before[1]):
        if end - start > _LONGEST:
            break
        start -= len(before[0])
    return Place(place.text, start, end)


def _goes_on(word: str) -> bool:
    """Say whether a word beside a name may be one of its parts."""
    first, *_ = word.split("-")
    known = word in common() or first.title() in common() or first.title() in listed("organisations")
    return (
        first[0].isupper()
        and not known
        and word not in listed("organisations")
        and first.lower() not in listed("roles")
    )


@cache
def _family_names() -> frozenset[str]:
    return frozenset("".join(listed("chinese")))


def is_person(place: Place) -> bool:
    """Say whether a candidate is to be told as a person."""
    words = _WORDS.findall(place.name)
    return (
        bool(words)
        and is_spelt_like_a_name(place.name, words)
        and not is_in_a_word(place)
        and not is_organisation(place, words)
        and not all(word.title() in common() or word in common() for word in words)
        and not is_eponym(place, words)
        and not (len(words) > 1 and (words[0] in listed("places_before") or words[-1] in listed("places_behind")))
    )


def is_spelt_like_a_name(name: str, words: list[str]) -> bool:
    """Say whether a text has capitals where names have them, and nothing that names never have."""
    if _NO_NAME.search(name):
        return False
    if _UNCASED.search(name):
        return 2 <= len(name) <= _LONGEST_UNCASED or " " in name
    return (
        any(len(word) > 1 and word[0].isupper() for word in words)
        and not any(map(is_camel, words))
        and (len(words) > 1 or not name.isupper())
    )


def is_in_a_word(place: Place) -> bool:
    """Say whether a candidate is a piece of an identifier, a path or an address."""
    before, after = place.text[: place.start][-1:], place.text[place.end : place.end + 2]
    if before and (before in "_@/\\$#.&" or (before.isalnum() and not _UNCASED.match(before))):
        return True
    if after[:1] in ("_", "@", "\\", "="):
        return True
    if after[:1].isalnum() and not _UNCASED.match(after[0]):
        return True
    return len(after) == 2 and after[0] in "./:" and after[1].isalnum()


def is_organisation(place: Place, words: list[str]) -> bool:
    """Say whether a candidate names a company, a team, a place of work, or goes on as one does."""
    if any(word in listed("organisations") for word in words) or _AND_MORE.search(place.name):
        return True
    rest = place.text[place.end :]
    if _UNCASED.search(place.name):
        following = _HAN.match(rest)
        whole = place.name + (following[0] if following else "")
        if any(word in whole for word in _uncased_organisations()):
            return True
    if _AND_MORE.match(rest):
        return True
    if rest[:1] in (",", " ") and _LEGAL.match(rest.lstrip(", ")):
        return True
    following = _WORDS.match(rest[1:]) if rest[:1] == " " else None
    return following is not None and following[0] in listed("organisations")


@cache
def _uncased_organisations() -> frozenset[str]:
    return frozenset(word for word in listed("organisations") if _UNCASED.search(word))


def is_eponym(place: Place, words: list[str]) -> bool:
    """Say whether a candidate stands for what bears a name: alone, joined to another one, or before its thing."""
    eponyms = listed("eponyms")
    if words[-1] not in eponyms:
        return False
    if len(words) == 1 or all(word in eponyms for word in words):
        return True
    rest = place.text[place.end :]
    following = _WORDS.findall(rest[:40].removeprefix("'s").removeprefix("’s"))
    return rest[:1] in ("-", "–") or any(word.lower() in listed("things") for word in following[:2])


@cache
def _examples() -> frozenset[str]:
    return frozenset(name.casefold() for name in data()["examples"])


def is_example(name: str) -> bool:
    """Say whether a name is evidently made up."""
    return " ".join(name.split()).casefold() in _examples()
