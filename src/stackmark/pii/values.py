"""What the characters of a value alone tell: template, placeholder, example, words, or chance."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

#: References to a value that is elsewhere, in the notations of shells, templates and configuration languages.
_TEMPLATE = re.compile(
    rb"\$\{|\$\(|\{\{|\}\}|<%|%>|#\{|%\(|\{[\w.:$-]*\}|^\$[A-Za-z_]|^%[\w-]+%$|^@[\w.-]+@$|^__[A-Z_]+__$|^<[^>]*>?$|^\[[^\]]*\]$"
    rb"|^%[-#0-9.]*[sdvqxr@]|^!(?:Ref|Sub|secret|vault)\b|^:\w+$|^\\?[(\[{]|process\.env|os\.environ|getenv|ENV\[|^&\w|^\*\w"
    rb"|^(?:secret|vault|ssm|env|file|op|arn|projects)[:/]",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    rb"x{4,}|\*{3,}|\.{3,}|_{4,}|-{4,}|0{8,}|#{4,}|\?{3,}|^(?:x+[-_./]?)+$|redacted|removed|omitted|masked|hidden|"
    rb"replace|insert[-_ ]|(?:^|[^a-z])(?:your|my|some|the|enter|put|set|add)[-_ ]?(?:own[-_ ]?)?(?:api|app|access|"
    rb"secret|password|passwd|pass|token|key|user|client|auth|account|id|name|value|credential)|[-_ ]here$|"
    rb"change[-_ ]?(?:me|this|it)|placeholder",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    rb"example|sample|dummy|fake|foo[-_]?bar|testtest|notreal|not[-_]?a[-_]?real|invalid|deadbeef|lorem|"
    rb"0123456|1234567|9876543|abcdef|qwerty|asdfgh|aaaaaa|111111",
    re.IGNORECASE,
)
#: What everybody writes where a password is asked for and none is to be given away.
_WEAK = re.compile(
    rb"(?:test|my|the|new|old|user|admin|root|bad|wrong|some|your|a|db|default|super)?[-_ ]?"
    rb"(?:pass|passwd|password|passw0rd|secret|token|key|pwd|p4ssw0rd|pa\$\$(?:word)?|pw)"
    rb"(?:[-_ ]?(?:1|12|123|1234|test|here))?!?|test\w{0,4}|(?:foo|bar|baz){1,3}|abc\d*|1?2?3?4?5?6?7?8?9?0?",
    re.IGNORECASE,
)
_UUID = re.compile(rb"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?", re.IGNORECASE)
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_FOLD = bytes(
    _LETTERS.index(bytes([byte]).lower())
    if bytes([byte]).lower() in _LETTERS and byte < 128
    else 26 + (byte in b"0123456789")
    for byte in range(256)
)


@cache
def listed(name: str) -> frozenset[bytes]:
    """Return a list of `lists.toml`: words that everybody writes, test cards, well-known addresses."""
    lists = tomllib.loads(Path(__file__).with_name("lists.toml").read_text())
    return frozenset(lists[name].encode().split())


def entropy(value: bytes) -> float:
    """Return Shannon's entropy of the bytes of a value, in bits a byte; 0 for nothing."""
    size = len(value)
    return sum(-count / size * math.log2(count / size) for count in Counter(value).values())


def is_template(value: bytes) -> bool:
    """Say whether a value only refers to one that is elsewhere: a variable, a template, a vault."""
    return _TEMPLATE.search(value) is not None


def is_placeholder(value: bytes) -> bool:
    """Say whether a value stands for one that the reader is to fill in, or for none."""
    empty = value.lower() in listed("empty_words")
    return empty or len(set(value)) < 3 or _PLACEHOLDER.search(value[:256]) is not None


def is_example(value: bytes) -> bool:
    """Say whether a value says of itself that it is made up: words such as `example`, a run of the keyboard."""
    return _EXAMPLE.search(value[:256]) is not None or _distinct_share(value) < 0.2


def is_weak(value: bytes) -> bool:
    """Say whether a value is one of the words that stand where a password is asked for, such as `test123`."""
    return _WEAK.fullmatch(value) is not None or value.lower() in listed("weak_words")


def is_word(value: bytes) -> bool:
    """Say whether a value is one plain word in lower case, as documentation and tests write for a password."""
    return len(value) <= 10 and value.isalpha() and value.islower() and wordiness(value) > 0.6


def is_uuid(value: bytes) -> bool:
    """Say whether a value has the form of a UUID (RFC 9562)."""
    return _UUID.fullmatch(value) is not None


def _distinct_share(value: bytes) -> float:
    return len(set(value)) / min(len(value), 30) if value else 0.0


def is_random(value: bytes) -> bool:
    """Say whether a value looks drawn by chance: of several kinds of characters, unlike words and names in code."""
    kinds = (any(48 <= byte <= 57 for byte in value), value != value.upper(), value != value.lower())
    return sum(kinds) > 1 and _distinct_share(value) > 0.3 and wordiness(value) < -0.4


@cache
def _bigrams() -> tuple[tuple[int, ...], ...]:
    table = json.loads(Path(__file__).with_name("bigrams.json").read_text())
    return tuple(map(tuple, table))


def fold(value: bytes) -> bytes:
    """Return the class of each byte: 0 to 25 a letter of either case, 27 a digit, 26 anything else."""
    return value.translate(_FOLD)


def wordiness(value: bytes) -> float:
    """Return how much a value reads as words and names: about 1 for prose, 0 between, below -1 for chance.

    The mean over neighbouring letters and digits of log2 of how much oftener the pair stands in names of published
    source than chance would have it; from `benchmarks/pii_train.py --bigrams`.
    """
    table, folded = _bigrams(), fold(value)
    pairs = [table[first][second] for first, second in pairwise(folded)]
    return sum(pairs) / len(pairs) / 100 if pairs else 0.0
