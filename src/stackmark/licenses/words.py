"""From the bytes of a file to the words that a licence text consists of.

The same steps run over the known texts and over the file, so whatever is dropped here can never tell them
apart: markup, comment signs, case, punctuation, wrapping, encoding, and the lines that name a copyright
holder.

A word is a number: a polynomial hash of its bytes, and a run of words is the same kind of hash of its words.
Both come from differences of running sums, so one pass of numpy hashes all words of a text, and the hash of
any run of words costs one multiplication (Karp and Rabin, Efficient randomized pattern-matching algorithms,
1987).
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import numpy.typing as npt

#: Raise it whenever the words of some text can change: the index is built anew.
WORDS_VERSION = "3"

Hashes = npt.NDArray[np.uint32]
Sums = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTML = re.compile(r"<(?:html|body|p|br|div|pre|li|ul|ol|h[1-6]|table|td|span|center|!doctype)\b[^<>]{0,300}>", re.I)
_TAG_IN_LINE = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,11}/?>")
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,11}(?:\s[^<>]{0,2000})?/?>|<!doctype[^<>]{0,300}>", re.I)
_ENTITY = re.compile(r"&(?:quot|lt|gt|amp|nbsp|apos|copy|#\d{1,6});")
_RTF_TABLE = re.compile(
    r"\{\\(?:fonttbl|colortbl|stylesheet|info|\*)[^{}]{0,500}(?:\{[^{}]{0,500}\}[^{}]{0,200}){0,50}\}"
)
_RTF = re.compile(r"\\[a-z]{1,32}-?\d{0,10} ?|\\'[0-9a-f]{2}|[{}]|\\\*")
_NO_WORD = re.compile(r"(?:[^\w\x00-\x7f]|_)+")
_FEW_SIGNS = 20
_REMEMBERED = 512
_ASCII = bytes(range(128))
_BLOCK = 1 << 19
_HOLDER_LINE = re.compile(
    r"[^\w\n]*(?:portions\s+|parts\s+)?(?:"
    r"(?:copyright|copr\.?)\s*:?\s*(?:\(c\)|©|\d{4}|[\[<{(_]|x{4}|y{4}|by\s)"
    r"|copyright\s+the\s+\S+\s+(?:authors|contributors|developers|project|team|foundation)\b"
    r"|(?:\(c\)|©)\s*(?:copyright|by\b|\d{4}|[\[<{(_]|[a-z]+\s+[\d<(])"
    r"|copyright\s+(?-i:[A-Z])(?!\S*\s*(?:notice|license|holder|owner|statement|and|or|in|law|act)\b)[^,;]{0,60}\W*$"
    r"|all\s+rights\s+reserved\W*$)",
    re.I,
)
_HOLDER_MARKS = ("copyr", "copr", "(c)", "©", "all rights reserved")
_MAX_LINE = 400
_SPELLINGS = {
    "licence": "license",
    "licences": "licenses",
    "licenced": "licensed",
    "sublicence": "sublicense",
    "sublicences": "sublicenses",
    "favour": "favor",
    "honour": "honor",
    "http": "https",
}
#: Comment signs that are words, where they begin a line; "c" too, in Fortran.
_COMMENT_WORDS = ("dnl", "rem", "c")
_COMMENT_SIGNS = (b"dnl", b"rem ", b"\nc ")
_FORTRAN_SHARE = 0.3  # of the lines; with fewer a "c" is the letter of a list

#: For each byte 1 if it belongs to a word, else 0.
_WORD_BYTE = bytes(byte in b"abcdefghijklmnopqrstuvwxyz0123456789" or byte > 127 for byte in range(256))
_NEWLINE = ord("\n")
_BYTE_BASE, _WORD_BASE = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@dataclass(frozen=True)
class Words:
    """The words of one text: `hashes` uint32[n], their first bytes `starts` int64[n] in `text`."""

    text: bytes
    hashes: Hashes
    starts: Places

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.hashes)

    @cached_property
    def sums(self) -> Sums:
        """Running sums for `run_hashes`."""
        return running_sums(self.hashes)

    @cached_property
    def _newlines(self) -> Places:
        return np.flatnonzero(np.frombuffer(self.text, np.uint8) == _NEWLINE)

    def line(self, place: int) -> int:
        """Return the 1-based line of a word."""
        return int(np.searchsorted(self._newlines, self.starts[place])) + 1

    def between(self, start: int, end: int) -> str:
        """Return what stands from word `start` to before word `end`, in lower case."""
        last = self.starts[end] if end < len(self) else len(self.text)
        return self.text[self.starts[start] : last].decode("utf-8", "replace")


def decode(content: bytes) -> str:
    """Return the text of a file: by byte order mark, as UTF-16 by its zero bytes, as UTF-8, else as
    Windows-1252.

    Never raises; a file that is not text gives "".
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    head = content[:4096]
    if b"\0" in head:
        return _decode_wide(content, head)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _decode_wide(content: bytes, head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte of Latin text is zero, always on the same side."""
    half = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.7 * half and head[::2].count(0) < 0.05 * half:
        return content.decode("utf-16-le", "replace")
    if head[::2].count(0) > 0.7 * half and head[1::2].count(0) < 0.05 * half:
        return content.decode("utf-16-be", "replace")
    return ""


def plain(text: str) -> str:
    """Return the text without markup: HTML tags and entities, RTF control words.

    Every line stays where it is.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("{\\rtf"):
        text = _RTF.sub(_blank, _RTF_TABLE.sub(_blank, text))
    if "<" in text and _HTML.search(text):
        text = html.unescape(_TAG.sub(_blank, _TAG_IN_LINE.sub(" ", text)))
    elif "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if "\\n" in text:  # line ends in string literals
        text = text.replace("\\n", "  ")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("©", "(c)")).replace("\u00ad", "")
    return text


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") or " "


def _without_holders(text: str) -> str:
    """Return the text in lower case, with lines that only name a holder left empty."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters of other scripts grow: then case is lost, which tells little
        text = lower
    spans = set()
    for mark in _HOLDER_MARKS:
        place = lower.find(mark)
        while place >= 0:
            start = lower.rfind("\n", 0, place) + 1
            end = lower.find("\n", place)
            end = len(lower) if end < 0 else end
            if _HOLDER_LINE.match(text[start : min(end, start + _MAX_LINE)]):
                spans.add((start, end))
            place = lower.find(mark, end)
    parts, before = [], 0
    for start, end in sorted(spans):
        parts.append(lower[before:start])
        before = end
    return "".join([*parts, lower[before:]])


def bare(text: str) -> bytes:
    """Return what the words are cut from: lower-case UTF-8 in which only letters and digits go beyond ASCII."""
    lower = _without_holders(plain(text))
    return (lower if lower.isascii() else _without_signs(lower)).encode("utf-8", "replace")


@lru_cache(maxsize=_REMEMBERED)
def of_passage(passage: bytes) -> bytes:
    """Return what `bare` makes of a passage in UTF-8, of which one is asked for again soon."""
    return bare(passage.decode("utf-8", "replace"))


def _without_signs(text: str) -> str:
    """Return the text with blanks for signs beyond ASCII: one by one where it has few kinds of them, as texts do."""
    beyond = text.encode("utf-8", "replace").translate(None, _ASCII).decode("utf-8")
    signs = [sign for sign in set(beyond) if not sign.isalnum()]
    if len(signs) > _FEW_SIGNS:
        return _NO_WORD.sub(" ", text)
    for sign in signs:
        text = text.replace(sign, " ")
    return text


def split(text: str) -> Words:
    """Return the words of a text as `decode` gives it, without lines that only name a copyright holder."""
    return cut(bare(text))


def cut(text: bytes) -> Words:
    """Return the words of a text that `bare` has made."""
    return _cut(text, fortran=True)


def split_all(texts: Sequence[str]) -> tuple[Hashes, Places]:
    """Return the words of many texts, one after the other, and where each begins: int64[len(texts) + 1]."""
    hashes: list[Hashes] = []
    counts: list[Places] = [np.zeros(1, np.int64)]
    for parts in _blocks(texts):
        words = _cut(b"\n".join(parts), fortran=False)
        ends = np.cumsum([len(part) + 1 for part in parts])
        hashes.append(words.hashes)
        counts.append(np.diff(np.searchsorted(words.starts, ends), prepend=0))
    return np.concatenate(hashes) if hashes else np.empty(0, np.uint32), np.cumsum(np.concatenate(counts))


def _blocks(texts: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield the texts as `bare` makes them, some at a time: the tables of powers grow with what is cut at once."""
    parts: list[bytes] = []
    size = 0
    for text in texts:
        parts.append(bare(text))
        size += len(parts[-1])
        if size > _BLOCK:
            yield parts
            parts, size = [], 0
    if parts:
        yield parts


def _cut(text: bytes, *, fortran: bool) -> Words:
    data = np.frombuffer(text, np.uint8)
    inside = np.zeros(len(data) + 2, bool)
    inside[1:-1] = np.frombuffer(text.translate(_WORD_BYTE), bool)
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    hashes = _hash_words(data, starts, ends)
    if any((hashes == word).any() and sign in text for word, sign in zip(_signs(), _COMMENT_SIGNS, strict=True)):
        keep = ~_comment_words(data, starts, hashes, fortran)
        hashes, starts = hashes[keep], starts[keep]
    return Words(text, hashes, starts)


def _hash_words(data: npt.NDArray[np.uint8], starts: Places, ends: Places) -> Hashes:
    powers, inverses = _powers(_BYTE_BASE, len(data))
    sums = np.zeros(len(data) + 1, np.uint64)
    np.add(data, np.uint64(1), out=sums[1:])
    sums[1:] *= powers
    np.cumsum(sums, out=sums)
    hashes = ((sums[ends] - sums[starts]) * inverses[starts] >> np.uint64(32)).astype(np.uint32)
    for old, new in _spelling_hashes():
        hashes[hashes == old] = new
    return hashes


def _comment_words(data: npt.NDArray[np.uint8], starts: Places, hashes: Hashes, fortran: bool) -> npt.NDArray[np.bool_]:
    """Return bool[n]: the words that are signs of a comment because they begin a line."""
    marked = np.isin(hashes, _signs())
    if not marked.any():
        return marked
    lines = np.flatnonzero(data == _NEWLINE)
    number = np.searchsorted(lines, starts)
    marked &= np.diff(number, prepend=-1) > 0
    letter = marked & (hashes == _signs()[-1])
    if not fortran or letter.sum() < _FORTRAN_SHARE * len(lines):
        marked &= ~letter
    return marked


@cache
def _signs() -> Hashes:
    return word_hashes(_COMMENT_WORDS)


def _powers(base: int, count: int) -> tuple[Sums, Sums]:
    """Return base^i and its inverse modulo 2^64, the latter times _MIX, for i below count."""
    powers, inverses = _power_tables(base, max(count, 1 << 12).bit_length())
    return powers[:count], inverses[:count]


@cache
def _power_tables(base: int, bits: int) -> tuple[Sums, Sums]:
    both = []
    for number in (base, pow(base, -1, 1 << 64)):
        table = np.full(1 << bits, number, np.uint64)
        table[0] = 1
        both.append(np.cumprod(table))
    return both[0], both[1] * _MIX


@cache
def _spelling_hashes() -> tuple[tuple[np.uint32, np.uint32], ...]:
    return tuple((_hash_one(old), _hash_one(new)) for old, new in _SPELLINGS.items())


def _hash_one(word: str) -> np.uint32:
    value = 0
    for place, byte in enumerate(word.encode()):
        value += (byte + 1) * _BYTE_BASE**place
    return np.uint32(value * int(_MIX) % (1 << 64) >> 32)


def word_hashes(words: Sequence[str]) -> Hashes:
    """Return the numbers of some lower-case words: uint32[len(words)]."""
    return np.array([_hash_one(_SPELLINGS.get(word, word)) for word in words], np.uint32)


def running_sums(hashes: Hashes) -> Sums:
    """Return the sums that `run_hashes` takes: uint64[n + 1]."""
    sums = np.zeros(len(hashes) + 1, np.uint64)
    np.add(hashes, np.uint64(1), out=sums[1:])
    sums[1:] *= _powers(_WORD_BASE, len(hashes))[0]
    return np.cumsum(sums, out=sums)


def run_hashes(sums: Sums, starts: Places, ends: Places) -> Sums:
    """Return the hash of each run of words [start, end): uint64, equal for equal words wherever they stand."""
    return (sums[ends] - sums[starts]) * _powers(_WORD_BASE, len(sums))[1][starts]


def shingles(sums: Sums, size: int) -> Sums:
    """Return the hash of each run of `size` words: uint64[max(n - size + 1, 0)]."""
    count = len(sums) - size
    if count <= 0:
        return np.empty(0, np.uint64)
    return (sums[size:] - sums[:-size]) * _powers(_WORD_BASE, count)[1]
