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

import numpy as np
import numpy.typing as npt

from stackmark.pii import asked

#: References to a value that is elsewhere, in the notations of shells, templates and configuration languages. What is
#: searched for begins with literals and takes lower case: several times faster than the same in either case.
_REFERS = rb"\$\{|\$\(|\{\{|\}\}|<%|%>|#\{|%\(|\{[\w.:$-]*\}|process\.env|os\.environ|getenv|env\["
#: What begins as a reference to a variable does, and the digests of passwords that do so too.
_VARIABLE = rb"^\$[a-z_]"
_DIGEST = rb"^\$(?:apr1|y|argon2\w*|scrypt|pbkdf2-\w+)\$"
_REFERENCE = (
    rb"^(?:%[\w-]+%$|@[\w.-]+@$|__[a-z_]+__$|<[^>]*>?$|\[[^\]]*\]$|%[-#0-9.]*[sdvqxr@]|!(?:ref|sub|secret|vault)\b|:\w+$"
    rb"|\\?[(\[{]|[&*][\w.-]+$|(?:secret|vault|ssm|env|file|op|arn|projects)[:/])"
)
_REFERRED = asked.of(_REFERS, _REFERENCE, _VARIABLE, _DIGEST)
_PLACEHOLDER = (
    rb"redacted|removed|omitted|masked|hidden|replace|insert[-_ ]|[-_ ]here$|change[-_ ]?(?:me|this|it)|placeholder|"
    # what redaction writes for an address is no password either
    rb"@example\.com$|2001:db8:|00-00-?5e-?00-?53|00:00:?5e:?00:?53"
)
_REPEATS = rb"xxxx|\*\*\*|\.\.\.|____|----|0000[- ]?0000|####|\?\?\?|" + b"|".join(
    b"%c{6}" % letter for letter in b"bcdefghijklmnopqrstuvwxyz"
)
_YOURS = (
    rb"(?:^|[^a-z])(?:your|my|some|the|enter|put|set|add)[-_ ]?(?:own[-_ ]?)?(?:api|app|access|"
    rb"secret|password|passwd|pass|token|key|user|client|auth|account|id|name|value|credential)"
)
_ONLY_X = asked.whole(rb"x[x./_-]*")
_STANDS = asked.of(_REPEATS, _PLACEHOLDER, _YOURS, _ONLY_X)
_EXAMPLE = asked.of(
    rb"example|sample|dummy|fake|foo[-_]?bar|testtest|notreal|not[-_]?a[-_]?real|invalid|deadbeef|lorem|"
    rb"0123456|1234567|9876543|abcdef|qwerty|asdfgh|aaaaaa|111111"
)
_RUN = re.compile(
    rb"0123456789|1234567890|abcdefghij|bcdefghijk|(?:password|secret|token|test){2}|"
    rb"(?:1234){3}|(?:abcd){3}"
)
#: What everybody writes where a password is asked for and none is to be given away.
_WEAK = re.compile(
    rb"(?:test|my|the|new|old|user|admin|root|bad|wrong|some|your|a|db|default|super)?[-_ ]?"
    rb"(?:pass|passwd|password|passw0rd|secret|token|key|pwd|p4ssw0rd|pa\$\$(?:word)?|pw)"
    rb"(?:[-_ ]?(?:1|12|123|1234|test|here))?!?|test\w{0,4}|(?:foo|bar|baz){1,3}|abc\d*|1?2?3?4?5?6?7?8?9?0?"
)
#: Digits and signs that stand for the letters that they look like.
_PLAIN = bytes.maketrans(b"0134578@$!", b"oleastbasi")
#: What redaction writes in the style of placeholders, such as <API_KEY_STRIPE_1>.
STAND_IN = re.compile(rb"<([A-Z0-9_-]+_[0-9]+)>")
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
    lower = value.lower()
    told = _REFERRED(lower) or []
    return bool(told) and (3 not in told or min(told) < 2)


def is_placeholder(value: bytes) -> bool:
    """Say whether a value stands for one that the reader is to fill in, or for none."""
    lower = value[:256].lower()
    distinct = len(set(lower))
    if distinct < 3 or (len(value) <= 256 and lower in listed("empty_words")):
        return True
    told = _STANDS(lower)
    return bool(told) and (distinct < len(lower) - 1 or told != [0])


def without_stand_ins(text: bytes) -> bytes:
    """Return a text without what redaction writes in the style of placeholders: words in it are no context."""
    return STAND_IN.sub(b"", text)


def is_example(value: bytes) -> bool:
    """Say whether a value says of itself that it is made up: words such as `example`, a run of the keyboard."""
    return bool(_EXAMPLE(value[:256].lower())) or _distinct_share(value) < 0.2


def is_weak(value: bytes) -> bool:
    """Say whether a value is one of the words that stand where a password is asked for, such as `test123`."""
    plain = value.lower()
    return any(_WEAK.fullmatch(word) or word in listed("weak_words") for word in (plain, plain.translate(_PLAIN)))


def is_run(value: bytes) -> bool:
    """Say whether a value holds a run of digits or letters in their order, or one word again and again."""
    return _RUN.search(value.lower()) is not None


def is_published(value: bytes) -> bool:
    """Say whether a value is one that a standard prints as its example."""
    return value in listed("published")


def is_word(value: bytes) -> bool:
    """Say whether a value is one plain word in lower case, as documentation and tests write for a password."""
    return len(value) <= 10 and value.isalpha() and value.islower() and wordiness(value) > 0.6


def is_uuid(value: bytes) -> bool:
    """Say whether a value has the form of a UUID (RFC 9562)."""
    return 36 <= len(value) <= 38 and _UUID.fullmatch(value) is not None


def _distinct_share(value: bytes) -> float:
    return len(set(value)) / min(len(value), 30) if value else 0.0


def is_random(value: bytes) -> bool:
    """Say whether a value looks drawn by chance: of several kinds of characters, unlike words and names in code."""
    kinds = (any(48 <= byte <= 57 for byte in value), value != value.upper(), value != value.lower())
    return sum(kinds) > 1 and _distinct_share(value) > 0.3 and wordiness(value) < -0.4


@cache
def bigrams() -> npt.NDArray[np.int64]:
    """Return by class of a byte and of the next how usual the pair is in names, in 100 log2 of chance."""
    return np.array(json.loads(Path(__file__).with_name("bigrams.json").read_text()), np.int64)


@cache
def _flat_bigrams() -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, bigrams().tolist()))


@cache
def folding() -> npt.NDArray[np.int64]:
    """Return by byte what `fold` makes of it."""
    return np.frombuffer(_FOLD, np.uint8).astype(np.int64)


def fold(value: bytes) -> bytes:
    """Return the class of each byte: 0 to 25 a letter of either case, 27 a digit, 26 anything else."""
    return value.translate(_FOLD)


def wordiness(value: bytes) -> float:
    """Return how much a value reads as words and names: about 1 for prose, 0 between, below -1 for chance.

    The mean over neighbouring letters and digits of log2 of how much oftener the pair stands in names of published
    source than chance would have it; from `benchmarks/pii_train.py --bigrams`.
    """
    table, folded = _flat_bigrams(), fold(value)
    pairs = [table[first][second] for first, second in pairwise(folded)]
    return sum(pairs) / len(pairs) / 100 if pairs else 0.0
