"""What no known text explains in a licence file: passages that read like conditions.

A passage is judged sentence by sentence, by what makes a sentence bind: an operator (may not, must, provided that,
only for) together with what it is about (an act, somebody who acts, a purpose). A sentence that says which files a
licence is for, who wrote them or where they came from has legal words too, and binds nobody.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import re2

from stackmark.licenses.words import Places, Words, word_hashes

#: An unexplained passage of fewer words is a change of the text around it; so many usual words in one sentence
#: are legal text.
_SENTENCE, _CROWD = 4, 9
_GAP = 4
#: So many known words may stand at the beginning of an unexplained sentence.
_LEAD_IN = 10
#: What is put into a sentence of a known text is no longer.
_INSERTED = 30
#: Longer sentences are judged piece by piece, which overlap: a list without full stops is one.
_LONGEST, _OVERLAP = 80, 20
#: So many words of code in a sentence may stand there by chance; more are as good as a sign of code.
_CHANCE = 2
_LETTERS = string.ascii_lowercase + string.digits
_END = re.compile(rb"[.!?;](?=\s|$)|\n[^\w\n]*\n|\n[^\w\n]*(?:[-*+]|\(?\w\)|\d{1,2}\.)[ \t]")
_FULL_STOP = re.compile(rb"[.!?;](?=\s|$)|\n[^\w\n]*\n")
#: What ends a sentence or leads in what follows.
_BREAK = re.compile(rb":\s*\n|" + _END.pattern)
_RULED = re.compile(rb"([#=*_~-])\1{15}")
_NO_WORD = re.compile(rb"[^a-z0-9\x80-\xff]+")
_JOINED = re.compile(r"(?<=[a-z])['\u2019](?=t\b)|https?://\S+|spdx-license-identifier:[^\n]*")


class _Operators(NamedTuple):
    """Automata over sentences.

    binding binds anywhere; with_act beside an act; norm, a word of rules, beside what it is about, unless the sentence
    is telling, or weak where nothing is denied; alone: obligations; harmless is taken out before; sign and word are of
    code, ruling and bearing of restrictions
    """

    binding: Any  # the library is not typed
    with_act: Any
    act: Any
    norm: Any
    about: Any
    alone: Any
    telling: Any
    weak: Any
    denied: Any
    harmless: Any
    sign: Any
    word: Any
    ruling: Any
    bearing: Any


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("operators.toml").read_text("utf-8"))


@cache
def _operators() -> _Operators:
    data = _data()
    parts = {name: "".join(part.split("\n")) for name, part in data["parts"].items()}

    def joined(patterns: list[str]) -> str:
        return "|".join(f"(?:{one.format(**parts)})" for one in patterns)

    norm, telling = data["norm"], data["telling"]
    act = rf"\b(?:{parts['act']}|{parts['party']}|{parts['paper']})\b"
    found = {
        "binding": joined(data["binding"]["patterns"]),
        "with_act": joined(data["with_act"]["patterns"]),
        "act": act,
        "norm": norm["words"].replace("\n", ""),
        "about": norm["about"].replace("\n", "") + "|" + act,
        "alone": norm["alone"],
        "telling": joined(telling["patterns"]),
        "weak": joined(telling["weak"]),
        "denied": telling["denied"],
        "harmless": joined(data["harmless"]["patterns"]),
        **{kind: pattern.replace("\n", "") for kind, pattern in data["technical"].items()},
    }
    return _Operators(**{kind: re2.compile(pattern) for kind, pattern in found.items()})


@cache
def _legal_words() -> dict[str, frozenset[str]]:
    """Return the lists of `legalese.toml`, in both spellings."""
    data = tomllib.loads(resources.files(__package__).joinpath("legalese.toml").read_text("utf-8"))
    return {
        kind: frozenset([*words, *(word.replace("license", "licence") for word in words)])
        for kind, words in data.items()
    }


@cache
def listed(kind: str) -> frozenset[int]:
    """Return the hashes of the words of a list of `legalese.toml`, such as those of which one turns a grant around."""
    return frozenset(word_hashes(sorted(_legal_words()[kind])).tolist())


def find(
    words: Words, explained: npt.NDArray[np.bool_], *, source: bool = False, stated: Collection[str] = ()
) -> list[tuple[int, int]]:
    """Return the passages (first and last line, 1-based) that no known text explains and that read like
    conditions.

    A passage is a run of unexplained words; up to three explained words in between do not end it. In a source file
    (`source`) sentences about code are left out. `stated` are the brands ("GPL") that the file states otherwise.
    """
    open_places = np.flatnonzero(~explained)
    if len(open_places) == 0:
        return []
    ends = np.append(np.flatnonzero(np.diff(open_places) > _GAP) + 1, len(open_places)).tolist()
    found: list[tuple[int, int]] = []
    for start, end in zip([0, *ends], ends, strict=False):
        places = open_places[start:end]
        if _binds(words, places, source=source, stated=stated):
            found.append((words.line(int(places[0])), words.line(int(places[-1]))))
    return found


def _binds(words: Words, places: Places, *, source: bool, stated: Collection[str]) -> bool:
    """Whether a passage binds, of which `places` are the unexplained words."""
    first, last = int(places[0]), int(places[-1])
    text = words.between(first, last + 1)
    if source:  # with what parts it from the word before
        begin = words.starts[first - 1] if first else 0
        text = words.text[begin : words.starts[first]].decode("utf-8", "replace").lstrip(_LETTERS) + text
    if len(places) < _SENTENCE and text.isascii():  # elsewhere a whole sentence may be one word
        here = words.hashes[places].tolist()
        if not listed("inserted").isdisjoint(here) and _inside(words, first, last):
            return True
        return not listed("turning").isdisjoint(here)
    sentences = _unnamed(_sentences(text, source=source), stated)
    if len(places) <= _INSERTED and _inside(words, first, last) and _has_binding_words(" ".join(sentences)):
        return True
    if any(map(sentence_binds, sentences[1:])):
        return True
    whole = _unnamed(_sentences(words.between(_begin(words, first), last + 1), source=source), stated)
    return bool(sentences and sentence_binds(sentences[0]) and any(map(sentence_binds, whole)))


@cache
def _names() -> dict[str, Any]:
    return {brand: re2.compile(pattern) for brand, pattern in _data()["names"].items()}


def _unnamed(sentences: list[str], stated: Collection[str]) -> list[str]:
    """Return sentences without the names of licences that the file states: to name one again asks for nothing more."""
    for name in [name for brand, name in _names().items() if brand in stated]:
        sentences = [name.sub(" ", sentence) for sentence in sentences]
    return sentences


def _begin(words: Words, first: int) -> int:
    """Return where the sentence of a word begins, if a few known words stand before it: "Although it is under a
    permissive license, ..." is to be read as a whole.
    """
    for place in range(first, max(first - _LEAD_IN, 0), -1):
        if _BREAK.search(words.between(place - 1, place).encode()):
            return place
    return first


def _inside(words: Words, first: int, last: int) -> bool:
    """Whether a passage begins or ends amid a sentence: then it changes what a known text says."""
    before = words.between(first - 1, first) if first else ""
    after = words.between(last, last + 1) if last + 1 < len(words) else ""
    return any(gap and _BREAK.search(gap.encode()) is None for gap in (before, after))


def _has_binding_words(text: str) -> bool:
    """Whether a text has a binding word among a licence's usual ones, or two of them."""
    known, here = _legal_words(), set(_operators().harmless.sub(" ", text).split())
    strong, weak, about = (len(here & known[kind]) for kind in ("binding", "usual", "topic"))
    # "Only" also says which files a licence is for; it binds beside a word for what users do.
    beside = weak if "only" in here else weak + about
    return strong >= 2 or (strong == 1 and beside > 0)


def _sentences(text: str, *, source: bool = False) -> list[str]:
    """Return the sentences of a text in lower case, of long ones the pieces, as words parted by one blank; of a source
    file not those about code.
    """
    found = []
    plain = _JOINED.sub("", text).encode()
    for part in _of_licences(plain) if source else _END.split(plain):
        tokens = _NO_WORD.sub(b" ", part).decode("utf-8", "replace").split()
        step = _LONGEST - _OVERLAP
        found += [" ".join(tokens[at : at + _LONGEST]) for at in range(0, max(len(tokens) - _OVERLAP, 1), step)]
    return [one for one in found if one]


def _of_licences(comment: bytes) -> Iterator[bytes]:
    """Yield the sentences of a comment that may speak of licences: not those about code, nor those behind a ruled line,
    which parts what the code does from what may be done with it, unless they have a word of restrictions.
    """
    known = _operators()
    ruled = False
    for sentence in _FULL_STOP.split(comment):  # the items of a list are of one sentence
        ruled = ruled or _RULED.search(sentence) is not None
        words = len(set(known.word.findall(sentence)))
        of_code = ruled or words > _CHANCE or known.sign.search(sentence)
        maybe = words == _CHANCE and not known.bearing.search(sentence)
        if known.ruling.search(sentence) or not (of_code or maybe):
            yield from _END.split(sentence)


def sentence_binds(sentence: str) -> bool:
    """Return whether a sentence (lower case, words parted by one blank) binds, forbids, or takes back."""
    known = _operators()
    bare = known.harmless.sub(" ", sentence)
    if known.binding.search(bare) or (known.with_act.search(bare) and known.act.search(bare)):
        return True
    if _rules(known, bare):
        return True
    here = set(bare.split())
    return len(here & _legal_words()["usual"]) + len(here & _legal_words()["topic"]) >= _CROWD


def _rules(known: _Operators, sentence: str) -> bool:
    """Whether a sentence has a rule's form: words of rules beside what they are about, and tells no story."""
    if known.telling.search(sentence):
        return False
    if known.alone.search(sentence):
        return True
    ruling = known.norm.search(sentence) and known.about.search(sentence)
    return bool(ruling and (known.denied.search(sentence) or not known.weak.search(sentence)))
