"""The learned scorer: how likely an assigned value is a credential; a few trees in JSON, read by plain Python.

Trees, thresholds and the figures on repositories that were kept out: `benchmarks/pii_train.py`.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from stackmark.pii import values
from stackmark.pii.paths import Place

if TYPE_CHECKING:
    from stackmark.pii.assignments import Candidate

#: One tree: the feature and threshold of each inner node, its two children, and the value of each leaf.
Tree = tuple[list[int], list[float], list[int], list[int], list[float]]
#: The same, nested: a leaf, or a feature, its threshold and the nodes below and above it.
Node = float | tuple[int, float, "Node", "Node"]

FEATURES = (
    "length", "entropy", "distinct", "digits", "upper", "lower", "other", "wordiness", "changes",
    "longest_lower", "is_hex", "is_base64", "is_identifier", "spaces", "is_uuid", "is_path", "is_example",
    "is_number", "ends_with_equals", "kebab", "camel", "quoted", "sign", "wrapped", "keyword",
    "name_ends_with_keyword", "name_length", "names_other", "names_kind", "repeats_name", "starts_with_keyword",
    "holds_keyword", "test", "prose", "config", "code", "comment", "after", "line_length", "column",
    "user_near", "assertion", "non_ascii", "vowels", "wordiness_low", "is_constant",
)  # fmt: skip

_KEYWORDS = (
    re.compile(rb"pass|pwd|psw|psk|pw\b|identified by", re.I),
    re.compile(rb"secret", re.I), re.compile(rb"token", re.I),
    re.compile(rb"(?:api|access|private|secret|auth|app|account|encrypt\w*|sign\w*|master|storage|client|license|shared|"
               rb"consumer)[_.-]?key", re.I),
    re.compile(rb"key", re.I), re.compile(rb"credential", re.I), re.compile(rb"nonce|salt", re.I),
    re.compile(rb"signature|verifier", re.I), re.compile(rb"auth", re.I), re.compile(rb"session|cookie", re.I),
)  # fmt: skip
_ENDS = re.compile(
    rb"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|key|credentials?|auth|nonce|salt|signature)\W*$", re.I
)
_OTHER = re.compile(
    rb"(?:field|name|id|path|url|uri|file|type|policy|length|len|size|expir\w*|label|text|message|msg|error|title|hint|prompt|"
    rb"format|pattern|regex|class|env|var|header|param|method|mode|style|prefix|suffix|index|count|max|min|timeout|ttl|"
    rb"placement|version|provider|store|attr\w*|column|option|input|form|page|link|endpoint|host|user|domain|fqdn)s?\W*$",
    re.I,
)
_KIND = re.compile(rb"(?i)env|test|mock|dummy|fake|expected|header|param|prop|const|default")
_PATH = re.compile(
    rb"^[./~]|://|^[A-Za-z]:\\|/[\w.-]+/|\.(?:json|pem|key|ya?ml|txt|xml|js|py|go|java|html?|properties|crt|pub)$", re.I
)
_HEX = re.compile(rb"(?:0x)?[0-9a-fA-F]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:[.:][\w$]+)*")
_CONSTANT = re.compile(rb"[A-Z][A-Z0-9_]*")
_NUMBER = re.compile(rb"[-+]?[0-9][0-9.,_]*[a-zA-Z]{0,2}")
_KEBAB = re.compile(rb"[A-Za-z]+(?:[-_. ][A-Za-z]+)+")
_CAMEL = re.compile(rb"[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){2,}")
_HELD = re.compile(rb"pass|secret|token|key|auth|user|login|credential", re.I)
_COMMENT = re.compile(rb"\s*(?://|#|/?\*|--|<!--|;|%|rem\b|\.\. |>>>|\.\.\. )", re.I)
_USER = re.compile(rb"user|login|email|host|database|server|client_?id|account", re.I)
_ASSERT = re.compile(rb"assert|expect|should|equal|raise|throw|error|log|print|message|describe|\bit\(|test", re.I)
_LOWER = re.compile(rb"[a-z]+")
_NOT_WORD = re.compile(rb"[^a-z0-9]")
_SIGNS = (b"=", b":", b"=>", b":=", b",", b"(", b">", b"==")


def features(content: bytes, candidate: Candidate, place: Place) -> list[float]:
    """Return the numbers of FEATURES for an assignment: of the value, the name, the line and the path."""
    value = content[candidate.start : candidate.end]
    head = content[max(candidate.line[0], candidate.start - 240) : candidate.start]
    tail = content[candidate.end : min(candidate.line[1], candidate.end + 120)]
    return [
        *_of_value(value),
        *_of_name(value, candidate),
        float(place.test), float(place.prose), float(place.config), float(place.code),
        float(_COMMENT.match(head) is not None),
        float(_after(tail)),
        float(min(candidate.line[1] - candidate.line[0], 400)), float(min(len(head), 200)),
        float(_USER.search(head) is not None or _USER.search(tail) is not None),
        float(_ASSERT.search(head) is not None),
        float(sum(byte > 127 for byte in value)),
        _share(value, b"aeiouAEIOU"), values.wordiness(_longest_word(value)),
        float(_CONSTANT.fullmatch(value) is not None),
    ]  # fmt: skip


def _of_value(value: bytes) -> list[float]:
    size = len(value)
    digits = sum(48 <= byte <= 57 for byte in value)
    upper = sum(65 <= byte <= 90 for byte in value)
    lower = sum(97 <= byte <= 122 for byte in value)
    kinds = [(48 <= byte <= 57) + 2 * (65 <= byte <= 90) + 4 * (97 <= byte <= 122) for byte in value]
    changes = sum(first != second for first, second in pairwise(kinds))
    return [
        float(min(size, 200)), values.entropy(value), len(set(value)) / min(size, 40), digits / size, upper / size,
        lower / size, (size - digits - upper - lower) / size, values.wordiness(value), changes / size,
        float(max(map(len, _LOWER.findall(value)), default=0)),
        float(_HEX.fullmatch(value) is not None), float(_BASE64.fullmatch(value) is not None),
        float(_IDENTIFIER.fullmatch(value) is not None), float(value.count(b" ")), float(values.is_uuid(value)),
        float(_PATH.search(value) is not None), float(values.is_example(value)),
        float(_NUMBER.fullmatch(value) is not None), float(value.endswith(b"=")),
        float(_KEBAB.fullmatch(value) is not None), float(_CAMEL.fullmatch(value) is not None),
    ]  # fmt: skip


def _of_name(value: bytes, candidate: Candidate) -> list[float]:
    name, sign = candidate.name, candidate.sign.strip()
    plain_name, plain_value = _plain(name), _plain(value)
    keyword = next((index for index, pattern in enumerate(_KEYWORDS) if pattern.search(name)), len(_KEYWORDS))
    return [
        float(candidate.quoted), float(_SIGNS.index(sign) if sign in _SIGNS else len(_SIGNS) + bool(sign)),
        float(bool(candidate.wrapper)), float(keyword), float(_ENDS.search(name) is not None),
        float(min(len(name), 60)),
        float(_OTHER.search(name) is not None), float(_KIND.search(name) is not None),
        float(bool(plain_value) and (plain_value in plain_name or plain_name in plain_value)),
        float(_HELD.match(value) is not None), float(_HELD.search(value) is not None),
    ]  # fmt: skip


def _plain(text: bytes) -> bytes:
    return _NOT_WORD.sub(b"", text.lower())


def _share(value: bytes, of: bytes) -> float:
    return sum(byte in of for byte in value) / len(value)


def _longest_word(value: bytes) -> bytes:
    return max(_LOWER.findall(value.lower()), key=len, default=b"")


def _after(tail: bytes) -> int:
    """Return what kind of thing follows a value: the end, an end of a statement or list, a call, a word."""
    rest = tail.lstrip(b"\"'`\\ \t\r")[:1]
    return (
        (b";", b",", b")", b"}", b"]", b".", b"+", b"<", b"&").index(rest) + 1
        if rest and rest in b";,)}].+<&"
        else 10 * bool(rest)
    )


def nested(tree: Tree, at: int = 0) -> Node:
    """Return a tree as nodes within nodes, which plain Python walks twice as fast as five lists."""
    feature, threshold, left, right, leaf = tree
    if left[at] < 0:
        return leaf[at]
    return feature[at], threshold[at], nested(tree, left[at]), nested(tree, right[at])


@cache
def _model() -> tuple[float, list[Node]]:
    model = json.loads(Path(__file__).with_name("scorer.json").read_text())
    if tuple(model["features"]) != FEATURES:
        raise ValueError("scorer.json was trained for other features; run benchmarks/pii_train.py")
    return model["base"], [nested(tree) for tree in model["trees"]]


def score(numbers: list[float]) -> float:
    """Return the probability, to four places, that an assignment with these features gives a credential away."""
    return round(1 / (1 + math.exp(-evaluate(numbers, *_model()))), 4)


def evaluate(numbers: list[float], base: float, trees: list[Node]) -> float:
    """Return the log-odds that trees give to features."""
    for tree in trees:
        node = tree
        while isinstance(node, tuple):
            feature, threshold, left, right = node
            node = left if numbers[feature] <= threshold else right
        base += node
    return base
