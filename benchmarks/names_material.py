"""Sentences with names of persons, for training and for the test: generated ones, and comments of real packages.

Names come from the lists of Faker, one part for training and another for the test: both parts of a name of the test are
unknown to training. They stand in sentences of `names_train.toml`, and in real comments in the places of names that the
packages themselves give away: what stands before an e-mail address is a person wherever it stands in that package.
Where the texts come from and under which licences: `names_sources.py`.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tomllib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from names_sources import PLAN, Side, is_free, package, packages, sources
from stackmark.ner.data import Sentence
from stackmark.ner.tiny import UNKNOWN, _empty
from stackmark.pii import names_cues
from stackmark.pii.comments import readable

LANGUAGES = tuple(language for language in PLAN["locales"] if language != "other")

_CAPITAL = r"[^\W\d_a-z][^\W\d_]"
_MAILED = re.compile(
    rf"(?<![\w.])((?:{_CAPITAL}*[.'’-]?[^\W\d_]*\.?[ -]){{1,3}}(?:(?:van|von|de|der|da|di|del|la|le) ){{0,2}}"
    rf"{_CAPITAL}+(?:[-'’][^\W\d_]+)?)"
    r",? {1,3}[<(\[][\w.+%-]+ ?(?:@|at|\(at\)) ?[\w-]+"
)
_CODE_NAME = re.compile(r"\b[a-z]+_[a-z_]+\b(?:\(\))?|\b[a-z]+[A-Z]\w+\b")
_PO = re.compile(r'^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
#: Locales whose names have no blank between family and given name.
UNSPACED = ("zh_CN", "zh_TW", "ja_JP", "ko_KR")
MAX_PASSAGES = 4000  # of one archive
#: The share of the persons of training whose names are made of parts of others.
BLENDED = 0.4


@dataclass(frozen=True)
class Text:
    """A text, the places of persons in it, and its language ("" for code in any)."""

    text: str
    persons: tuple[tuple[int, int], ...]
    language: str = ""


def side_of(word: str) -> Side:
    """Put a part of a name on one side for good."""
    return "test" if zlib.crc32(word.encode()) % 5 == 0 else "train"


@cache
def faker(locale: str) -> Any:
    """Give the generator of a locale."""
    folder = str(package("faker"))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from importlib import import_module

    made = import_module("faker").Faker(locale)
    made.seed_instance(zlib.crc32(locale.encode()))
    return made


@cache
def parts(locale: str, side: Side) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the first and last names of a locale that are on one side."""
    made = faker(locale)
    found: list[tuple[str, ...]] = []
    for kind in ("first", "last"):
        words = {getattr(made, f"{kind}_name")() for _ in range(3000)}
        romanized = getattr(made, f"{kind}_romanized_name", None)
        words |= {romanized() for _ in range(600)} if romanized else set()
        found.append(tuple(sorted(word for word in words if side_of(word) == side and len(word) < 24)))
    return found[0], found[1]


@cache
def all_parts() -> frozenset[str]:
    """Give every word of every name."""
    locales = [locale for each in PLAN["locales"].values() for locale in each]
    names = [name for locale in locales for side in ("train", "test") for each in parts(locale, side) for name in each]
    return frozenset(word for name in names for word in re.split(r"[\s-]", name))


def blended(name: str, names: Sequence[str], locale: str, dice: random.Random) -> str:
    """Make a part of a name that nobody has to bear: the beginning of one and the end of another one."""
    other = dice.choice(names)
    if locale in UNSPACED and not name.isascii():
        return (dice.choice(name) + dice.choice(other))[: len(name)]
    made = name[: dice.randint(2, max(2, len(name) - 1))] + other[dice.randint(1, max(1, len(other) - 2)) :]
    fits = made.isalpha() and made.istitle() and 3 <= len(made) <= 12 and made.isascii() is name.isascii()
    return made if fits else name


def generated_names(count: int) -> list[str]:
    """Make names of persons for training, as many of each locale."""
    dice = random.Random(count)
    locales = [locale for each in PLAN["locales"].values() for locale in each]
    return [person(locales[number % len(locales)], "train", dice) for number in range(count)]


def person(locale: str, side: Side, dice: random.Random) -> str:
    """Make the name of a person."""
    firsts, lasts = parts(locale, side)
    first, last, middle = dice.choice(firsts), dice.choice(lasts), dice.choice(firsts)
    while first.isascii() != last.isascii() and locale in UNSPACED:
        last = dice.choice(lasts)
    if side == "train" and dice.random() < BLENDED:
        first, last = blended(first, firsts, locale, dice), blended(last, lasts, locale, dice)
        if locale == "zh_CN" and not last.isascii():
            last = dice.choice("".join(sorted(names_cues.listed("chinese"))))
    if not first.isascii() and locale in UNSPACED:
        return last + first
    while middle.isascii() != first.isascii():
        middle = dice.choice(firsts)
    forms = [f"{first} {last}"] * 12 + [f"{first} {middle[0]}. {last}"] * 2 + [f"{first[0]}. {last}"] * 2
    forms += [
        f"{last}, {first}",
        f"{first} {last.upper()}",
        f"{first} {last}-{dice.choice(lasts)}",
        f"{first} {middle} {last}",
        first,
    ]
    forms += [f"{first[0]}. {middle[0]}. {last}", f"{last} {first}"]
    return dice.choice(forms)


@cache
def companies(locale: str) -> tuple[str, ...]:
    """Give names of companies, without those that are made of names of persons alone."""
    made = faker(locale)
    found = {made.company() for _ in range(300)}
    names = [name for name in found if not re.search(r",| and |-", name)]
    return tuple(sorted(name for name in names if not set(re.findall(r"[^\W\d_]+", name)) <= all_parts())) or ("ACME",)


@cache
def cities(locale: str) -> tuple[str, ...]:
    """Give names of towns and countries."""
    made = faker(locale)
    return tuple(sorted({made.city() for _ in range(200)} | {made.country() for _ in range(100)}))


def filled(
    pattern: str,
    language: str,
    side: Side,
    dice: random.Random,
    own_names: float = 0.7,
    named: Callable[[], str] | None = None,
) -> Text:
    """Fill a sentence of names_train.toml; so many names are of the language of the sentence, the others of any.

    named: makes the persons instead
    """
    own = dice.random() < (own_names if language != "any" else 0.0)
    locale = dice.choice(PLAN["locales"][language] if own else dice.choice(list(PLAN["locales"].values())))
    makers: dict[str, Callable[[], str]] = {
        "p": named or (lambda: person(locale, side, dice)),
        "q": named or (lambda: person(dice.choice(PLAN["locales"][language]) if own else locale, side, dice)),
        "o": lambda: dice.choice(companies(locale)),
        "c": lambda: dice.choice(cities(locale)),
        "y": lambda: str(dice.randint(1985, 2026)),
        "d": lambda: _date(dice),
        "m": lambda: faker("en_US").email(),
        "u": lambda: "https://" + faker("en_US").domain_name() + "/" + dice.choice(vocabulary(side)[1]),
        "n": lambda: (
            str(dice.randint(1, 9999)) if dice.random() < 0.5 else f"{dice.randint(0, 9)}.{dice.randint(0, 30)}"
        ),
        "k": lambda: dice.choice(vocabulary(side)[1]),
        "t": lambda: dice.choice(vocabulary(side)[0]),
        "e": lambda: dice.choice(sorted(names_cues.listed("eponyms"))),
    }
    text, persons = "", []
    for piece in re.split(r"(\{\w\})", pattern):
        value = makers[piece[1]]() if re.fullmatch(r"\{\w\}", piece) else piece
        if piece in ("{p}", "{q}"):
            persons.append((len(text), len(text) + len(value)))
        text += value
    return Text(text, tuple(persons), "" if language == "any" else language)


def _date(dice: random.Random) -> str:
    """Write a day between 1970 and 2026; not by Faker, which goes as far as today."""
    day = date(1970, 1, 1) + timedelta(days=dice.randint(0, 20_800))
    return day.strftime(dice.choice(["%Y-%m-%d", "%d %b %Y", "%d.%m.%Y", "%a %b %d %Y", "%m/%d/%y", "%B %d, %Y"]))


def fresh(rounds: int) -> Iterator[Text]:
    """Yield the sentences of names_fresh.toml, with its names."""
    plan = tomllib.loads(Path(__file__).with_name("names_fresh.toml").read_text("utf-8"))
    for language in LANGUAGES:
        dice, own = random.Random(f"fresh{language}"), plan[language]
        named = partial(_fresh_person, own["first"].split(), own["last"].split(), language == "zh", dice)
        for kind in ("person", "none"):
            for pattern in (*own[kind], *plan["any"][kind]):
                for _ in range(rounds):
                    text = filled(pattern, language, "test", dice, 1.0, named)
                    yield Text(text.text, text.persons, language)


def _fresh_person(firsts: Sequence[str], lasts: Sequence[str], is_joined: bool, dice: random.Random) -> str:
    first, last = dice.choice(firsts), dice.choice(lasts)
    if is_joined:
        return last + first
    return dice.choice([f"{first} {last}"] * 8 + [f"{first[0]}. {last}", f"{first} {dice.choice(firsts)[0]}. {last}"])


def generated(side: Side, rounds: int, seed: int) -> Iterator[Text]:
    """Yield every sentence of one side `rounds` times, each time with other names."""
    dice = random.Random(seed)
    for language, kinds in sorted(PLAN[side].items()):
        for kind in ("person", "none"):
            for pattern in kinds[kind]:
                for _ in range(rounds * {"any": 2, "zh": 3}.get(language, 1)):
                    yield filled(pattern, language, side, dice)


@cache
def passages(side: Side) -> tuple[tuple[str, str], ...]:
    """Give (project, text) of what would be given to a model, each text once."""
    seen: dict[str, tuple[str, str]] = {}
    for project, files in sources(side):
        dice = random.Random(project)
        own: dict[str, str] = {}
        for path, content in files:
            text = readable(content, path)
            for start, end, in_code in names_cues.passages(text, content):
                found = (content if in_code else text)[start:end].decode("utf-8", "replace").replace("\n", " ")
                own.setdefault(re.sub(r"\d", "0", found), found)
        chosen = dice.sample(sorted(own), min(len(own), MAX_PASSAGES * 4))
        for key in chosen:
            seen.setdefault(key, (project, own[key]))
    return tuple(seen.values())


@cache
def vocabulary(side: Side) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give phrases of capitalised everyday words, and names out of code."""
    phrases: set[str] = set()
    codes: set[str] = set()
    run = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}\b")
    for _, text in passages(side):
        phrases |= {found for found in run.findall(text) if all(word in names_cues.common() for word in found.split())}
        codes |= set(_CODE_NAME.findall(text))
    return tuple(sorted(phrases)), tuple(sorted(code for code in codes if len(code) < 30))


def known_persons(side: Side) -> dict[str, set[str]]:
    """Give the persons that each project names before e-mail addresses."""
    found: dict[str, set[str]] = {}
    organisations = names_cues.listed("organisations")
    for project, text in passages(side):
        for name in _MAILED.findall(text):
            words = name.split()
            if not any(word in organisations or word in names_cues.common() for word in words):
                found.setdefault(project, set()).add(name)
    return found


def commented(side: Side) -> tuple[list[Text], list[Text]]:
    """Give the real passages with persons, and those without; what may be either is left out."""
    known = known_persons(side)
    patterns = {
        project: re.compile(
            r"(?<!\w)(?:"
            + "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
            + r")(?!\w)"
        )
        for project, names in known.items()
    }
    firsts = all_parts() - names_cues.common()
    positive, negative = [], []
    for project, text in passages(side):
        places = tuple(match.span() for match in patterns[project].finditer(text)) if project in patterns else ()
        rest = text
        for start, end in places:
            rest = rest[:start] + "\n" * (end - start) + rest[end:]
        words = re.findall(r"[^\W\d_]+", rest)
        doubtful = any(word in firsts for word in words if word[0].isupper())
        if places and not doubtful:
            positive.append(Text(text, places))
        elif not places and not doubtful:
            negative.append(Text(text, ()))
    return positive, negative


def renamed(text: Text, side: Side, dice: random.Random) -> Text:
    """Put other persons in the places of those of a real comment."""
    locale = dice.choice(dice.choice(list(PLAN["locales"].values())))
    out, end, persons = "", 0, []
    for start, stop in text.persons:
        name = person(locale, side, dice)
        out += text.text[end:start]
        persons.append((len(out), len(out) + len(name)))
        out, end = out + name, stop
    return Text(out + text.text[end:], tuple(persons), text.language)


#: How a person may stand between the words of a sentence.
INSERTED = ("{}",) * 6 + (
    "({})",
    "{}:",
    "{},",
    "by {}",
    "{}'s",
    "{}.",
    "- {}",
    '"{}"',
    "@ {}",
    "{} and",
    "from {}",
    "{} <{}>",
)


def inserted(text: Text, side: Side, dice: random.Random) -> Text:
    """Put a person somewhere between the words of a sentence that names none, or at its end: no frame to rely on."""
    locales = PLAN["locales"].get(text.language, ()) if dice.random() < 0.7 else ()
    locale = dice.choice(locales or dice.choice(list(PLAN["locales"].values())))
    name = person(locale, side, dice)
    if text.language == "zh" and dice.random() < 0.7:
        at = dice.choice((0, len(text.text), dice.randint(0, len(text.text))))
        blank = dice.choice(("", "", "", " "))
        start = at + len(blank)
        whole = text.text[:at] + blank + name + blank + text.text[at:]
        return Text(whole, ((start, start + len(name)),), text.language)
    words = text.text.split()
    words = words[: dice.randint(1, 12)] if dice.random() < 0.5 else words
    at = dice.choice((0, len(words), dice.randint(0, len(words))))
    form = dice.choice(INSERTED).replace("<{}>", f"<{faker('en_US').email()}>")
    before = " ".join([*words[:at], ""]) if at else ""
    start = len(before) + form.index("{}")
    whole = " ".join([before + form.replace("{}", name), *words[at:]])
    return Text(whole, ((start, start + len(name)),), text.language)


def joined(texts: Sequence[Text]) -> Text:
    """Put sentences into one text, as lines of a comment are given to the model."""
    whole, persons = "", []
    for text in texts:
        whole += "| " if whole else ""
        persons += [(start + len(whole), end + len(whole)) for start, end in text.persons]
        whole += text.text + " "
    return Text(whole.rstrip(), tuple(persons), texts[0].language)


def translations(side: Side) -> Iterator[tuple[str, Text]]:
    """Yield (package, sentence) for the translated sentences in the ten languages; they name no persons."""
    firsts = all_parts() - names_cues.common()
    for name in packages(side):
        for language in LANGUAGES:
            for text in dict.fromkeys(_translated(name, language, side)):
                words = [word for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper()]
                if 8 < len(text) < 300 and not any(word in firsts for word in words[1:]):
                    yield name, Text(text, (), language)


def translated(side: Side) -> Iterator[Text]:
    """Yield the same sentences alone."""
    yield from (text for _, text in translations(side))


def _translated(name: str, language: str, side: Side) -> Iterator[str]:
    """Yield the sentences of a package in one language, out of the files that may be learned from."""
    folder = package(name)
    for path in sorted(folder.rglob("LC_MESSAGES/*")):
        own = path.parent.parent.name.lower().replace("-", "_").partition("_")[0] == language
        if own and (side == "test" or is_free(name, path.relative_to(folder).as_posix())):
            yield from _sentences(path)


def _sentences(path: Path) -> Iterator[str]:
    if path.suffix == ".po":
        for block in _PO.findall(path.read_text("utf-8")):
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block)).replace("\\n", " ").replace('\\"', '"')
            if "Content-Type:" not in text:
                yield text
    elif path.suffix == ".json":
        for key, values in json.loads(path.read_text("utf-8")).items():
            if key:
                yield from (value for value in values if isinstance(value, str))


@cache
def _splitter() -> Any:
    from tokenizers import models

    return _empty(models.WordPiece(vocab={UNKNOWN: 0}, unk_token=UNKNOWN, max_input_chars_per_word=10_000))


def sentence(text: Text) -> Sentence | None:
    """Cut a text into words as the model's tokenizer does; None if a person does not fit the words."""
    offsets = [
        (start, end) for start, end in _splitter().encode(text.text, add_special_tokens=False).offsets if end > start
    ]
    starts, ends = (
        {start: n for n, (start, _) in enumerate(offsets)},
        {end: n + 1 for n, (_, end) in enumerate(offsets)},
    )
    if not offsets or any(start not in starts or end not in ends for start, end in text.persons):
        return None
    entities = tuple((starts[start], ends[end], "PERSON") for start, end in text.persons)
    return Sentence(tuple(text.text[start:end] for start, end in offsets), entities, text.language)


def shuffled(texts: Sequence[Text], most: int, seed: int) -> list[Text]:
    """Give at most so many texts, in an order of chance."""
    found = list(texts)
    random.Random(seed).shuffle(found)
    return found[:most]
