"""Where a look for names of persons is worth its price: cheap cues, and the sentence around each.

A cue is a run of capitalised words of which one at least is no everyday word of source code; a word such as "author" or
"Autor" near a capitalised word; an e-mail address beside one; a Chinese family name that begins a word of its own.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import re2

#: A line at least so long, in bytes, may go on in the next one.
FULL = 48
#: What is given to a model at once, at most, in bytes.
LONGEST = 800
_SPAN = 160  # bytes between a role and the person

#: A capital inside a word is no sign of an identifier after these.
_PREFIXED = re.compile(r"^(?:Mac|Mc|De|Di|Da|Du|La|Le|Van|Fitz|O|D)(?=[A-Z])")
_CAMEL = re.compile(r"[a-z][A-Z]")
_WORD = r"\p{Lu}[\p{Ll}\p{M}'’]+(?:\p{Lu}\p{Ll}+)?(?:[-‐]\p{Lu}\p{Ll}+)*"
_CAPITALS = r"\p{Lu}{2,}(?:[-‐]\p{Lu}{2,})*"
_UNCASED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Arabic}\p{Hebrew}\p{Thai}\p{Devanagari}]"


@cache
def data() -> dict[str, Any]:
    """Return the tables of `names.toml`."""
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))


@cache
def listed(key: str) -> frozenset[str]:
    """Return the words of one table."""
    return frozenset(data()[key].split())


@cache
def common() -> frozenset[str]:
    """Return words that source code often writes with a capital, names of persons left out."""
    return frozenset(Path(__file__).with_name("names_common.txt").read_text("utf-8").split())


def compiled(name: str) -> re2._Regexp[bytes]:
    """Return a pattern of this module; see `compile_utf8`."""
    return compile_utf8(_pattern(name))


@cache
def compile_utf8(pattern: str) -> re2._Regexp[bytes]:
    """Return a pattern over UTF-8, in linear time; what is no UTF-8 does not match."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.UTF8
    options.max_mem = 1 << 26
    options.log_errors = False
    return re2.compile(pattern.encode(), options)


@cache
def _pattern(name: str) -> str:
    word, particle = rf"(?:{_WORD}|\p{{Lu}}\.)", rf"(?:(?i:{either('particles')})[ \t]+){{0,3}}"
    chinese = "".join(sorted(set("".join(data()["chinese"].split()))))
    patterns = {
        "words": rf"{_WORD}|{_CAPITALS}",
        "behind": rf"{_WORD}|{_CAPITALS}[ \t]+{_WORD}",
        "uncased": _UNCASED,
        "signs": "[\u3400-\u9fff]{3,400}",
        "mail": r"[\w.+-]@[\w-]",
        "run": rf"{word}(?:(?:[ \t]+{particle}|[ \t]*[-‐][ \t]*)?{word}){{0,6}}[ \t]+{particle}{_WORD}",
        "role": rf"(?i:\b(?:{either('roles', ascii=True)})\b"
        rf"|(?:^|[^\pL])(?:{either('roles', ascii=False)})(?:$|[^\pL]))",
        "unspaced": rf"(?:{either('roles_unspaced')})[^\n\x00]{{0,24}}{_UNCASED}{{2}}"
        rf"|(?:^|[\s:：,，、（(@\"\'和与及由致给\x00])[{chinese}]\p{{Han}}{{1,2}}(?:$|[\s,，、。:：）)<(|\"\'和与及的\x00])",
        "assigned": rf"(?i:(?:^|[^\pL])(?:{either('assigned')})_{{0,2}}[\"']?\]?[ \t]*(?:=>|[:=])[ \t]*)"
        r"(?:[\[{(][^\]})\x00]{2,400}|[^\n\x00]{2,300})",
    }
    return "(?m)" + patterns[name]


def either(key: str, ascii: bool | None = None) -> str:
    """Return a pattern for the words of a table; `ascii` chooses those that RE2 takes for words, or the others."""
    words = [word for word in listed(key) if ascii is None or word.isascii() is ascii]
    return "|".join(re2.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def name_pattern() -> str:
    """Return a pattern of full names: two to five words or initials, with particles between them."""
    particle = rf"(?:(?:{either('particles')})[ \t]+){{0,3}}"
    word = rf"(?:{_WORD}|{_CAPITALS}|\p{{Lu}}\.)"
    return rf"{word}(?:[ \t]{{1,2}}{particle}{word}){{0,3}}[ \t]{{1,2}}{particle}(?:{_WORD}|{_CAPITALS})"


def passages(text: bytes, content: bytes, known: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int, bool]]:
    """Yield what a model should read: (start, end, whether of the code), in order within each kind.

    text:  what `comments.readable` gives for the content
    known: parts of the text, (start, end) in order, that need no model
    """
    found = list(together(text, sentences(text, known)))
    yield from ((start, end, False) for start, end in found)
    for match in compiled("assigned").finditer(content):
        place = bisect_right(found, match.start(), key=lambda one: one[0]) - 1
        is_read = place >= 0 and match.end() <= found[place][1]
        if not is_read and has_telling(content, *match.span()):
            yield match.start(), match.end(), True


def sentences(text: bytes, known: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int]]:
    """Yield the sentences that have a cue outside of what is known: (start, end), in order; two may overlap."""
    done = -1
    for start, end in sorted({*_runs(text), *_roles(text), *_mails(text), *_unspaced(text)}):
        place = bisect_right(known, start, key=lambda one: one[0]) - 1
        is_known = place >= 0 and start < known[place][1]
        if start >= done and not is_known:
            begin, stop = around(text, start)
            done = max(end, stop)
            yield begin, stop


def together(text: bytes, found: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join sentences that follow one another in one comment, up to LONGEST bytes: one call of a model for many."""
    begin = stop = -1
    for start, end in found:
        if begin >= 0 and end - begin <= LONGEST and not text[stop:start].strip():
            stop = max(stop, end)
            continue
        if begin >= 0:
            yield begin, stop
        begin, stop = start, end
    if begin >= 0:
        yield begin, stop


def _runs(text: bytes) -> Iterator[tuple[int, int]]:
    for match in compiled("run").finditer(text):
        if has_telling(text, *match.span()):
            yield match.span()


def _roles(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the words that may be names behind a role in its line."""
    for match in compiled("role").finditer(text):
        until = text.find(b"\n", match.end(), match.end() + _SPAN)
        until = until if until >= 0 else min(len(text), match.end() + _SPAN)
        for word in compiled("behind").finditer(text, match.end(), until):
            if has_telling(text, *word.span()):
                yield word.span()
                break
        else:
            if not text.isascii() and (other := compiled("uncased").search(text, match.end(), until)):
                yield other.span()


def _mails(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places before e-mail addresses in whose line a word may be a name."""
    at = text.find(b"@")
    while at >= 0:
        start = max(text.rfind(b"\n", 0, at) + 1, at - _SPAN)
        if compiled("mail").match(text, max(0, at - 1)) and has_telling(text, start, at):
            yield at - 1, at
        at = text.find(b"@", at + 1)


def _unspaced(text: bytes) -> Iterator[tuple[int, int]]:
    if text.isascii():
        return
    for match in compiled("unspaced").finditer(text):
        yield match.end() - 1, match.end()


def has_telling(text: bytes, start: int, end: int) -> bool:
    """Say whether a part of a text has a word that may be part of a name: rare, or of a script without capitals."""
    if any(is_telling(match[0]) for match in compiled("words").finditer(text, start, end)):
        return True
    return compiled("uncased").search(text, start, end) is not None


@lru_cache(maxsize=1 << 16)
def is_telling(word: bytes) -> bool:
    """Say whether a capitalised word may be part of a name: not an everyday word of source code."""
    text = word.decode("utf-8", "replace")
    known = text in common() or (text.isupper() and text.title() in common())
    return not known and not is_camel(text)


def is_camel(word: str) -> bool:
    """Say whether a word has a capital inside as identifiers have it, and not as in "McBride"."""
    return _CAMEL.search(_PREFIXED.sub("", word)) is not None


def around(text: bytes, at: int) -> tuple[int, int]:
    """Return where the sentence around a place begins and ends: its line, and lines that flow into it or out of it."""
    start, end = line(text, at)
    if start and text[start - 1] == 10:
        before = line(text, start - 1)
        if before[1] == start - 1 and flows(text[before[0] : before[1]]) and text[start:end].strip():
            start = before[0]
    if flows(text[start:end]) and end < len(text) and text[end] == 10 and end - start < LONGEST // 2:
        after = line(text, end + 1)
        if after[0] == end + 1 and text[after[0] : after[1]].strip():
            end = after[1]
    return start, end


def line(text: bytes, at: int) -> tuple[int, int]:
    """Return where the run of text at a place begins and ends: at a line end, at code, or after half of LONGEST."""
    low, high = max(0, at - LONGEST // 2), min(len(text), at + LONGEST // 2)
    start = max(text.rfind(b"\n", low, at), text.rfind(b"\0", low, at)) + 1
    if not start and low:
        start = text.find(b" ", low, at) + 1 or low
    ends = [found for mark in (b"\n", b"\0") if (found := text.find(mark, at, high)) >= 0]
    end = min(ends, default=high)
    if not ends and high < len(text):
        end = text.rfind(b" ", at, high)
        end = high if end <= at else end
    return _whole(text, start), _whole(text, end)


def _whole(text: bytes, at: int) -> int:
    """Return the first place from one on at which a character begins."""
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    return at


def flows(line: bytes) -> bool:
    """Say whether a line is likely to go on in the next one: long, and not at the end of a sentence."""
    stripped = line.strip()
    return len(stripped) >= FULL and stripped[-1:] not in b".:;!?>)"
