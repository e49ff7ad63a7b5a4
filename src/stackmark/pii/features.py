"""What the scorer sees of assignments: numbers of the value, the name, the line and the path, many rows at once.

Values lie end to end in one array of bytes; what can be counted is counted there, column by column. Sums are of
integers, so that a row has the same numbers whatever rows are beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stackmark.pii import asked, values
from stackmark.pii.paths import Place

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEATURES = (
    "length", "entropy", "distinct", "digits", "upper", "lower", "other", "wordiness", "changes",
    "longest_lower", "is_hex", "is_base64", "spaces", "ends_with_equals", "non_ascii", "vowels", "wordiness_low",
    "is_identifier", "is_uuid", "is_path", "is_example", "is_number", "kebab", "camel", "is_constant",
    "keyword", "name_ends_with_keyword", "name_length", "names_other", "names_kind",
    "quoted", "sign", "wrapped", "repeats_name", "starts_with_keyword", "holds_keyword",
    "test", "prose", "config", "code", "comment", "after", "line_length", "column", "user_near", "assertion",
    "glued", "capital", "quotes", "blanks",
)  # fmt: skip

#: Words for a password in other languages than English, as names in code have them.
FOREIGN = (
    rb"kennwort|senha|contrase(?:n|\xc3\xb1)a|clave(?<![a-z]clave)(?:bd|_\w+)?(?![a-z])|has(?:l|\xc5\x82)o(?![a-z])|heslo|"
    rb"wachtwoord|salasana|l(?:o|\xc3\xb6)senord|adgangskode|jelsz(?:o|\xc3\xb3)|(?:s|\xc5\x9f)ifre(?<![a-z]sifre)|"
    rb"\xd0[\x9f\xbf]\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c|\xe5\xaf\x86(?:\xe7\xa0\x81|\xe7\xa2\xbc)|"
    rb"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89|\xeb\xb9\x84\xeb\xb0\x80\xeb\xb2\x88\xed\x98\xb8"
)
#: What each of them holds: few names do, and only those are searched for where the word begins and ends.
FOREIGN_ROOT = (
    rb"kennwort|senha|contrase|clave|has(?:l|\xc5)|heslo|wachtwoord|salasana|senord|adgangskode|jelsz|ifre|\xd0\xb0\xd1\x80|"
    rb"\xe5\xaf\x86|\xe3\x83\x91|\xeb\xb9\x84"
)
_FOREIGN = re.compile(FOREIGN)
#: What is searched for in names takes lower case.
_KEYWORDS = (
    rb"pass|pwd|psw|psk|pw\b|identified by", rb"secret", rb"token",
    rb"(?:api|access|private|secret|auth|app|account|encrypt\w*|sign\w*|master|storage|client|license|shared|"
    rb"consumer)[_.-]?key",
    rb"key", rb"credential", rb"nonce|salt", rb"signature|verifier", rb"auth", rb"session|cookie",
)  # fmt: skip
_ENDS = rb"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|key|credentials?|auth|nonce|salt|signature)\W*$"
_OTHER = (
    rb"(?:field|name|id|path|url|uri|file|type|policy|length|len|size|expir\w*|label|text|message|msg|error|title|hint|prompt|"
    rb"format|pattern|regex|class|env|var|header|param|method|mode|style|prefix|suffix|index|count|max|min|timeout|ttl|"
    rb"placement|version|provider|store|attr\w*|column|option|input|form|page|link|endpoint|host|user|domain|fqdn)s?\W*$"
)
_KIND = rb"env|test|mock|dummy|fake|expected|header|param|prop|const|default"
_NAMED = asked.of(*_KEYWORDS, _ENDS, _OTHER, _KIND, FOREIGN_ROOT)
_PATH = rb"(?i:://|/[\w.-]+/|\.(?:json|pem|key|ya?ml|txt|xml|js|py|go|java|html?|properties|crt|pub)$|^[./~]|^[a-z]:\\)"
_IDENTIFIER = rb"[A-Za-z_$][\w$]*(?:[.:][\w$]+)*"
_CONSTANT = rb"[A-Z][A-Z0-9_]*"
_NUMBER = rb"[-+]?[0-9][0-9.,_]*[a-zA-Z]{0,2}"
_KEBAB = rb"[A-Za-z]+(?:[-_. ][A-Za-z]+)+"
_CAMEL = rb"[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){2,}"
_HELD = rb"(?i:pass|secret|token|key|auth|user|login|credential)"
_FORMED = asked.of(_PATH, *map(asked.whole, (_IDENTIFIER, _NUMBER, _KEBAB, _CAMEL, _CONSTANT)), rb"^" + _HELD, _HELD)
_COMMENT = rb"^[\s\x0b]*(?://|#|/?\*|--|<!--|;|%|rem\b|\.\. |>>>|\.\.\. )"
_USER = rb"user|login|email|host|database|server|client_?id|account"
_ASSERT = rb"assert|expect|should|equal|raise|throw|error|log|print|message|describe|test"
_BEFORE = asked.of(_COMMENT, _USER, _ASSERT)
_BEHIND = asked.of(_USER)
_SIGNS = {sign: index for index, sign in enumerate((b"=", b":", b"=>", b":=", b",", b"(", b">", b"=="))}
_SIGNS |= dict.fromkeys((b"?=", b"||=", b"??="), _SIGNS[b":="])
_AFTER = {byte: index + 1 for index, byte in enumerate((b";", b",", b")", b"}", b"]", b".", b"+", b"<", b"&"))}
_BEFORE_AFTER = b"\"'`\\ \t\r"
_NOT_WORD = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > 127)
_LONGEST = 400  # bytes of a value, see `assignments.plausible`


class Candidate(NamedTuple):
    """A place that has the form of an assignment: where the value is on its line, its name, how they are joined."""

    name: bytes
    start: int
    end: int
    sign: bytes
    wrapper: bytes
    quoted: bool


class Found(NamedTuple):
    """A candidate on its line, also in lower case, with the kind of file; `number` is that of the line."""

    number: int
    line: bytes
    lower: bytes
    place: Place
    candidate: Candidate


def _among(characters: bytes) -> Ints:
    table = np.zeros(256, np.int64)
    table[list(characters)] = 1
    return table


_DIGITS, _UPPER, _LOWER = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
#: Rows of 0 and 1 by byte: what is counted in each value.
_CLASSES = np.stack([
    _among(_DIGITS), _among(_UPPER), _among(_LOWER), _among(_DIGITS + b"abcdefABCDEF"),
    _among(_DIGITS + _UPPER + _LOWER + b"+/_-"), _among(b" "), _among(bytes(range(128, 256))), _among(b"aeiouAEIOU"),
    _among(b"="),
])  # fmt: skip
_KIND_OF = _CLASSES[0] + 2 * _CLASSES[1] + 4 * _CLASSES[2]
#: By count: count x log2(count), in 2^-20 bits.
_SURPRISE = np.array([round(count * np.log2(max(count, 1)) * 2**20) for count in range(_LONGEST + 1)], np.int64)


def matrix(found: Sequence[Found]) -> Floats:
    """Return one row with the numbers of FEATURES for each candidate; values have 1 to 400 bytes."""
    if not found:
        return np.zeros((0, len(FEATURES)))
    texts = [one.line[one.candidate.start : one.candidate.end] for one in found]
    rows = [_row(text, one) for text, one in zip(texts, found, strict=True)]
    told = np.fromiter(chain.from_iterable(rows), np.float64).reshape(len(rows), -1)
    return np.concatenate([_counted(texts), told], axis=1)


def _counted(texts: Sequence[bytes]) -> Floats:
    """Return the features that are counts of bytes, pairs and runs."""
    sizes = np.array([len(text) for text in texts], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    joined = b"".join(texts)
    data = np.frombuffer(joined, np.uint8)
    owner = np.repeat(np.arange(len(texts)), sizes)
    first = np.zeros(len(data), bool)
    first[starts] = True
    counts = np.add.reduceat(_CLASSES[:, data], starts, axis=1, dtype=np.int64)
    digits, upper, lower, hexadecimal, base64, spaces, high, vowels, equals = counts
    kinds = _KIND_OF[data]
    changes = np.add.reduceat(np.concatenate([[False], kinds[1:] != kinds[:-1]]) & ~first, starts, dtype=np.int64)
    histogram = np.bincount(owner * 256 + data, minlength=256 * len(texts)).reshape(-1, 256)
    bits = np.log2(sizes) - _SURPRISE[histogram].sum(1) / sizes / 2**20
    pairs = _pair_scores(data, first)
    closing = data[starts + sizes - 1] == ord("=")
    closing_two = closing & (data[starts + np.maximum(sizes - 2, 0)] == ord("=")) & (sizes > 1)
    padding = closing.astype(np.int64) + closing_two
    prefixed = (data[starts] == ord("0")) & (data[starts + np.minimum(1, sizes - 1)] == ord("x")) & (sizes > 2)
    longest_lower, _ = _longest_run((kinds == 4), starts, first, owner)
    return np.stack([
        np.minimum(sizes, 200), np.round(bits, 9), (histogram > 0).sum(1) / np.minimum(sizes, 40),
        digits / sizes, upper / sizes, lower / sizes, (sizes - digits - upper - lower) / sizes,
        np.add.reduceat(pairs, starts) / np.maximum(sizes - 1, 1) / 100, changes / sizes,
        longest_lower, (hexadecimal == sizes) | (prefixed & (hexadecimal == sizes - 1)),
        (base64 == sizes - padding) & (equals == padding) & (sizes - padding >= 16),
        spaces, closing, high, vowels / sizes, _wordiness_of_longest(kinds > 1, pairs, starts, first, owner),
    ], axis=1).astype(np.float64)  # fmt: skip


def _pair_scores(data: npt.NDArray[np.uint8], first: npt.NDArray[np.bool_]) -> Ints:
    """Return for each byte how usual it is after the one before it in its value, 0 for the first."""
    folded = values.folding()[data]
    scores = np.zeros(len(data), np.int64)
    scores[1:] = values.bigrams()[folded[:-1], folded[1:]]
    scores[first] = 0
    return scores


def _longest_run(
    inside: npt.NDArray[np.bool_], starts: Ints, first: npt.NDArray[np.bool_], owner: Ints
) -> tuple[Ints, Ints]:
    """Return for each value the length of its longest run of bytes inside a class, and where the first such ends."""
    at = np.arange(len(inside))
    breaks = np.where(inside, np.where(first, at - 1, -1), at)
    runs = at - np.maximum.accumulate(breaks)
    longest = np.maximum.reduceat(runs, starts)
    ends = np.flatnonzero(runs == longest[owner])
    last = np.zeros(len(starts), np.int64)
    last[owner[ends[::-1]]] = ends[::-1]  # of several the first: it is assigned last
    return longest, last


def _wordiness_of_longest(
    letters: npt.NDArray[np.bool_], pairs: Ints, starts: Ints, first: npt.NDArray[np.bool_], owner: Ints
) -> Floats:
    """Return the wordiness of the longest run of letters of each value."""
    longest, last = _longest_run(letters, starts, first, owner)
    sums = np.cumsum(pairs)
    within = sums[last] - sums[last - np.maximum(longest, 1) + 1]
    return np.where(longest > 1, within / np.maximum(longest - 1, 1) / 100, 0.0)


def _row(text: bytes, one: Found) -> tuple[float, ...]:
    """Return the features that are no counts of the value."""
    candidate, (form, plain, held) = one.candidate, _of_value(text)
    number, name = _of_name(candidate.name)
    sign = candidate.sign.strip()
    return (
        *form, *number,
        candidate.quoted, _SIGNS.get(sign, len(_SIGNS) + bool(sign)), bool(candidate.wrapper),
        bool(plain) and (plain in name or name in plain), *held,
        *_around(one.lower, candidate, one.place),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _of_value(value: bytes) -> tuple[tuple[bool, ...], bytes, tuple[bool, bool]]:
    """Return which forms a value has, its letters and digits, and whether it begins with and holds a telling word."""
    lower = value.lower()
    told = _FORMED(value) or ()
    forms = (
        1 in told, values.is_uuid(value), 0 in told, values.is_example(value),
        2 in told, 3 in told, 4 in told, 5 in told,
    )  # fmt: skip
    return forms, lower.translate(None, _NOT_WORD), (6 in told, 7 in told)


@lru_cache(maxsize=4096)
def _of_name(name: bytes) -> tuple[tuple[float, ...], bytes]:
    """Return what kind of name it is, and its letters and digits."""
    lower = name.lower()
    told = _NAMED(lower) or []
    count = len(_KEYWORDS)
    keyword = 0 if count + 3 in told and is_foreign(lower) else min([count, *told])
    kind = (keyword, count in told, min(len(name), 60), count + 1 in told, count + 2 in told)
    return kind, lower.translate(None, _NOT_WORD)


def is_foreign(name: bytes) -> bool:
    """Say whether a name in lower case holds a word for a password in another language than English."""
    return _FOREIGN.search(name) is not None


def _around(lower: bytes, one: Candidate, place: Place) -> tuple[float, ...]:
    name, start, end, sign, *_ = one
    head, tail = lower[start - 240 if start > 240 else 0 : start], lower[end : end + 120]
    rest, before = tail.lstrip(_BEFORE_AFTER)[:1], _BEFORE(head) or ()
    quotes, blanks = head.count(b'"') + head.count(b"'"), head.count(b" ") + tail.count(b" ")
    return (
        place.test, place.prose, place.config, place.code, 0 in before,
        _AFTER.get(rest, 10) if rest else 0, len(lower) if len(lower) < 400 else 400, start if start < 200 else 200,
        1 in before or bool(_BEHIND(tail)), 2 in before,
        sign[-1:] not in b" \t" and sign[:1] in b" \t", name[:1].isupper() and not name.isupper(),
        quotes if quotes < 9 else 9, blanks if blanks < 30 else 30,
    )  # fmt: skip
