"""Which encoding from before Unicode a text is in, by the letters that it would then be made of.

Each encoding is tried on the words that are not ASCII, and charged for what comes out: a little for pairs of letters
that are common in one of the human languages written in it, much for pairs that never occur, for letters the language
does not have, for signs inside words. The cheapest reading wins. Prices are code lengths in bits after Zipf's law: the
n-th commonest pair costs log2(n + 1). The ranks are data/letters.json, rebuilt by benchmarks/languages_letters.py.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

LETTERS = Path(__file__).with_name("letters.json")
Prices = npt.NDArray[np.float64]

#: Bytes of words that are read to find the encodings that may be meant, and to choose among these.
FEW, MANY = 512, 16_384
#: Bits by which an encoding may be dearer than the cheapest one to be considered further.
MARGIN = 60.0
#: Bytes of a text, from its first one beyond ASCII, in which words are looked for.
WINDOW = 1 << 20
#: No encoding here has a second byte below 0x30, so that these are whole characters.
WORD = re.compile(rb"[^\x00-\x2f]+")
BEYOND = re.compile(rb"[\x80-\xff]")
#: Python's codec, the human languages that were written in it, and what choosing it costs: the rarer the dearer.
ENCODINGS: tuple[tuple[str, str, float], ...] = (
    ("cp1252", "de fr es pt pt_BR it sv fi da nb nl ca is", 0),
    ("cp1250", "cs pl hu sk sl hr ro", 2),
    ("iso8859-2", "cs pl hu sk sl hr ro", 3),
    ("cp1251", "ru uk bg sr", 1),
    ("koi8-r", "ru", 2),
    ("koi8-u", "uk", 4),
    ("iso8859-5", "ru sr bg", 5),
    ("cp1253", "el", 3),
    ("iso8859-7", "el", 3),
    ("cp1254", "tr", 3),
    ("cp1255", "he", 3),
    ("cp1256", "ar", 3),
    ("iso8859-6", "ar", 5),
    ("cp1257", "lt lv et", 4),
    ("cp874", "th", 3),
    ("cp866", "ru", 5),
    ("cp850", "de fr es pt it sv fi da nb nl", 6),
    ("cp437", "de fr es it sv fi", 7),
    ("cp852", "cs pl hu sk hr", 7),
    ("mac_roman", "de fr es pt it sv fi da nb nl", 6),
    ("cp932", "ja", 2),
    ("euc_jp", "ja", 2),
    ("gb18030", "zh_CN", 1),
    ("cp950", "zh_TW", 2),
    ("big5hkscs", "zh_TW", 5),
    ("cp949", "ko", 2),
)
EAST_ASIAN = frozenset({"cp932", "euc_jp", "gb18030", "cp950", "big5hkscs", "cp949"})
#: Signs of print in all of these languages: those that may stand right after a letter, right before one, and others.
AFTER = frozenset("”’“»«›‹–—…·•°²³¹®™©\xa0\xad")
BEFORE = frozenset("“„‘‚”’«»‹›–—…·•¿¡°§©\xa0\xad")
WESTERN = AFTER | BEFORE | frozenset("¶£€¢¥±×÷¼½¾´¨№†‡")
INSIDE = frozenset("’–—…")  # of words
EASTERN = frozenset("、。「」『』（），：；！？～・ー…—“”‘’《》【】　〜")
SIGN, SIGN_AT_LETTER, STRANGE_SIGN = 3.0, 3.0, 12.0
STRANGE_PAIR, STRANGE_LETTER, MIXED_SCRIPTS = 11.0, 15.0, 15.0
C1_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")


@dataclass(frozen=True)
class Letters:
    """What a human language is made of: the prices of its pairs or characters, and the letters beyond ASCII."""

    prices: Mapping[str, float]
    alphabet: frozenset[str]
    latin: bool

    def of(self, char: str) -> float:
        """Price one letter of a pair that is not among the common ones."""
        return self.prices.get(char, STRANGE_PAIR if char in self.alphabet else STRANGE_LETTER)


def guesses(data: bytes) -> list[str]:
    """Return the codecs that can decode the bytes beyond ASCII, the likeliest first.

    Only meant for what is not UTF-8 and holds no NUL. A few words that are not ASCII tell which encodings may be meant,
    many which one it is; at most 16 KiB of words are read.
    """
    few = _prices(_words(data, FEW), [codec for codec, *_ in ENCODINGS])
    near = [codec for codec, price in few.items() if price <= min(few.values()) + MARGIN]
    many = _prices(_words(data, MANY), near)
    return sorted(few, key=lambda codec: (codec not in many, many.get(codec, few[codec]), codec))


def _words(data: bytes, most: int) -> bytes:
    """Return the first words with bytes beyond ASCII, no more than so many bytes of them."""
    first = BEYOND.search(data)
    words: list[bytes] = []
    size = 0
    for hit in WORD.finditer(data, max(0, first.start() - 64), first.start() + WINDOW) if first else ():
        if not hit[0].isascii():
            words.append(hit[0])
            size += len(hit[0]) + 1
            if size >= most:
                break
    return b"".join(word + b" " for word in words)[:most]


def _prices(sample: bytes, among: Sequence[str]) -> dict[str, float]:
    """Return what each codec's reading costs, in its best language; codecs that cannot read the sample are left out."""
    numbers = np.frombuffer(b" " + sample + b" ", np.uint8).astype(np.uint16)
    pairs = numbers[:-1] << 8 | numbers[1:]
    kinds, counts = np.unique(pairs[(pairs & 0x8080) != 0], return_counts=True)
    found = {}
    for codec in among:
        languages, extra = _settings()[codec]
        if codec in EAST_ASIAN:
            price = _price_of_characters(sample, codec, languages[0])
        else:
            price = float((_prices_of_pairs(codec)[:, kinds] * counts).sum(axis=1).min())
        if price < math.inf:
            found[codec] = extra + price
    return found


def _price_of_characters(sample: bytes, codec: str, language: str) -> float:
    try:
        # Not final: the sample may end within a character.
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return math.inf
    letters = _letters()[language]
    characters = [(char, count) for char, count in Counter(text).items() if char > "\x7f"]
    signs = sum(
        count * (SIGN if char in EASTERN else STRANGE_LETTER) for char, count in characters if not char.isalpha()
    )
    return signs + sum(count * letters.of(char) for char, count in characters if char.isalpha())


@cache
def _prices_of_pairs(codec: str) -> Prices:
    """Price all pairs of bytes in an encoding of single bytes: a row a language, 65,536 columns.

    A letter or a sign is priced half with the byte before it and half with the one after.
    """
    chars = [bytes((byte,)).decode(codec, "replace") for byte in range(256)]
    signs = _prices_of_signs(chars)
    languages, _ = _settings()[codec]
    return np.stack([(_prices_of_letters(chars, _letters()[name]) / 2 + signs).ravel() for name in languages])


def _prices_of_letters(chars: list[str], letters: Letters) -> Prices:
    """Price pairs of letters, by byte and byte."""
    is_letter = np.array([char.isalpha() for char in chars])
    is_beyond = is_letter & np.array([char > "\x7f" for char in chars])
    single = np.array([letters.of(char) if beyond else 0.0 for char, beyond in zip(chars, is_beyond, strict=True)])
    prices: Prices = single[:, None] + single[None, :]
    if not letters.latin:
        is_latin = is_letter & ~is_beyond
        prices += MIXED_SCRIPTS * (is_latin[:, None] & is_beyond[None, :] | is_beyond[:, None] & is_latin[None, :])
    rows: dict[str, Sequence[int]] = {char: [byte] for byte, char in enumerate(chars)}
    rows[" "] = np.flatnonzero(~is_letter).tolist()
    for pair, price in letters.prices.items():
        before, after = rows.get(pair[0]), rows.get(pair[1])
        if before and after:
            prices[np.ix_(before, after)] = price
    return prices


def _prices_of_signs(chars: list[str]) -> Prices:
    """Price signs beyond ASCII, more where they stand at a letter and should not; infinite for what is undefined."""
    is_letter = np.array([char.isalpha() for char in chars])
    is_sign = ~is_letter & np.array([char > "\x7f" for char in chars])
    single = is_sign * np.array([SIGN if char in WESTERN else STRANGE_SIGN for char in chars])
    after = is_sign * np.array([_at_letter(char, AFTER) for char in chars])
    before = is_sign * np.array([_at_letter(char, BEFORE) for char in chars])
    prices: Prices = (single[:, None] + single[None, :]) / 2
    prices = prices + is_letter[:, None] * after[None, :] + before[:, None] * is_letter[None, :]
    undefined = [byte for byte, char in enumerate(chars) if char == "\ufffd" or C1_CONTROL.match(char)]
    prices[undefined, :] = math.inf
    prices[:, undefined] = math.inf
    return prices


def _at_letter(sign: str, usual: Set[str]) -> float:
    """Price a sign's standing at a letter, on a side where it usually may or may not."""
    if sign in INSIDE:
        return 0.0
    return SIGN_AT_LETTER if sign in usual else STRANGE_SIGN


@cache
def _settings() -> dict[str, tuple[tuple[str, ...], float]]:
    return {codec: (tuple(languages.split()), extra) for codec, languages, extra in ENCODINGS}


@cache
def _letters() -> dict[str, Letters]:
    table = json.loads(LETTERS.read_text(encoding="utf-8"))
    return {name: _language(keys, table["alphabets"].get(name, "")) for name, keys in table["letters"].items()}


def _language(keys: str, alphabet: str) -> Letters:
    """Read the ranks of a language: of single characters where it has no alphabet, else of pairs."""
    width = 2 if alphabet else 1
    split = [keys[start : start + width] for start in range(0, len(keys), width)]
    prices = {key: math.log2(rank + 2) for rank, key in enumerate(split)}
    return Letters(prices, frozenset(alphabet), latin=any("a" <= char <= "z" for char in keys))
