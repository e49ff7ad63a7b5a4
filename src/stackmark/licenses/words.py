"""From the bytes of a file to the words that a licence text consists of.

The same steps run over the known texts and over the file, so whatever is dropped here can never tell them
apart: markup, comment signs, case, punctuation, wrapping, encoding, and the lines that name a copyright
holder.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

#: Raise it whenever the words of some text can change: the index is built anew.
WORDS_VERSION = "1"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTML = re.compile(r"<(?:html|body|p|br|div|pre|li|ul|ol|h[1-6]|table|td|span|center|!doctype)\b[^<>]{0,300}>", re.I)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,11}(?:\s[^<>]{0,2000})?/?>|<!--[^<>]{0,2000}-->|<!doctype[^<>]{0,300}>", re.I)
_LINK_TARGET = re.compile(r"\]\([^()\s]{1,300}\)")
_RTF = re.compile(r"\\[a-z]{1,32}-?\d{0,10} ?|[{}]|\\\*")
_WORD = re.compile(r"[^\W_]+")
_LINE_COMMENT_WORD = re.compile(r"^\s*(?:dnl|rem)\b", re.I)
_HOLDER_LINE = re.compile(
    r"^\W*(?:portions\s+|parts\s+)?(?:"
    r"(?:copyright|copr\.?)\s*:?\s*(?:\(c\)|©|\d{4}|[\[<{(_]|x{4}|y{4}|by\s)"
    r"|copyright\s+the\s+\S+\s+(?:authors|contributors|developers|project|team|foundation)\b"
    r"|(?:\(c\)|©)\s*(?:copyright|by\b|\d{4}|[\[<{(_]|[a-z]+\s+[\d<(])"
    r"|copyright\s+(?-i:[A-Z])(?!\S*\s*(?:notice|license|holder|owner|statement|and|or|in|law|act)\b)[^,;]{0,60}\W*$"
    r"|all\s+rights\s+reserved\W*$)",
    re.I,
)
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


@dataclass(frozen=True)
class Words:
    """The words of one text: `hashes` uint32[n] (CRC-32 of each), `lines` int32[n] (0-based), `words`."""

    hashes: npt.NDArray[np.uint32]
    lines: npt.NDArray[np.int32]
    words: tuple[str, ...]


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
    """Return the text without HTML tags and entities, RTF control words and Markdown link targets."""
    if text.startswith("{\\rtf"):
        text = _RTF.sub(" ", text)
    if _HTML.search(text):
        text = html.unescape(_TAG.sub(" ", text))
    text = _LINK_TARGET.sub("]", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u00ad", "")
    return text


def split(text: str) -> Words:
    """Return the words of a text as `decode` gives it, without lines that only name a copyright holder."""
    words: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(plain(text).splitlines()):
        if _HOLDER_LINE.match(line[:400]):
            continue
        found = _WORD.findall(_LINE_COMMENT_WORD.sub("", line).lower())
        words += found
        lines += [number] * len(found)
    hashes = np.fromiter((_hash(word) for word in words), np.uint32, len(words))
    return Words(hashes, np.array(lines, np.int32), tuple(words))


@lru_cache(maxsize=100_000)
def _hash(word: str) -> int:
    return zlib.crc32(spelling(word).encode("utf-8", "surrogatepass"))


def spelling(word: str) -> str:
    """Return a lower-cased word as known texts spell it: licence as license."""
    return _SPELLINGS.get(word, word)


def shingles(hashes: npt.NDArray[np.uint32], size: int) -> npt.NDArray[np.uint64]:
    """Return one uint64 for each run of `size` words: uint64[max(n - size + 1, 0)]."""
    count = len(hashes) - size + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    wide = hashes.astype(np.uint64)
    mixed = np.zeros(count, np.uint64)
    for offset in range(size):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + wide[offset : offset + count]
        mixed ^= mixed >> np.uint64(29)
    return mixed
