"""Generic credentials: a value that is given to a name such as `password`, in code, configuration, markup or a command.

First every place on the line that has the form of such an assignment, then what no credential can be (templates,
placeholders, hashes, names of types), then the learned scorer over the value, the name, the line and the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stackmark.pii import scorer, triggers, values
from stackmark.pii.paths import Place
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span

_KEYWORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|pswd|psw|secret|token|credential|auth|nonce|salt|signature|verifier|consumer|"
    r"key|session|cookie|identified by|pin|code"
)
_NAME = rf"([A-Za-z0-9_.$@-]*(?i:{_KEYWORDS})[A-Za-z0-9_.$@-]*)"
_CLOSE = r"""\\{0,3}["'`]{0,3}[\])]{0,2}"""
_ANNOTATION = r"(?:[ \t]{0,2}:?[ \t]{1,2}[A-Za-z][A-Za-z0-9_.<>\[\]?]*[ \t]{0,3}=[ \t]{0,8})"
_SIGN = r"(?:[ \t]{0,12}(?::=|=>|===?|!==?|=|:|,|\(|>| is | to | by | as )[ \t]{0,8})"
_WRAPPER = r"(?:[A-Za-z_][A-Za-z0-9_.]*\()?(?:[A-Za-z]{1,2}|@)?"
_QUOTED = r"""(?:\\{1,3}["']([^"'\\\n]+)|"((?:[^"\\\n]|\\[^\n])+)"|'((?:[^'\\\n]|\\[^\n])+)'|`{1,2}([^`\n]+)`)"""
_BARE = r"""([^\s"'`,;|<>(){}\[\]\\&][^\s"'`,;|<>({\[\\&]{2,})"""

_ASSIGNED = rf"{_NAME}{_CLOSE}({_ANNOTATION}|{_SIGN}|[ \t]{{1,8}})(?:({_WRAPPER}){_QUOTED}|{_BARE})"
#: An entry of a list of settings: the name is one value, the secret another.
_ENTRY = rf"""["']{_NAME}["'],?([ \t]{{1,8}})["']?()(?:value|val|default|content)["']?[ \t]{{0,3}}[:=][ \t]{{0,3}}{_QUOTED}"""

_NOT_SECRET = re.compile(
    rb"sha\d|md5|hash|digest|checksum|integrity|finger_?print|thumb_?print|etag|public|pub_?key|certif|primary_?key|"
    rb"foreign_?key|keyboard|key_?code|keypress|keydown|keyup|key_?word|monkey|turkey|hotkey|keymap|key_?path|passenger|"
    rb"passive|passing|passed|passthrough|compass|author(?!iz)|token_?(?:type|kind|iz|url|uri|endpoint|expir|count|limit)|"
    rb"encode|decode|status_?code|(?:error|exit|country|zip|post|source|op|byte|uni|bar|qr|response|return|lang\w*)_?code",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[\w$]+)*[;:.]?")
#: Forms that are never credentials: digests with their algorithm, colours, media types, dates, versions, selectors.
_NEVER = re.compile(
    rb"(?:sha\d{1,3}|md5|blake\w{2,3})[-:=$].*|#[0-9a-f]{3,8}|data:.*|\d{4}-\d\d-\d\d.*|v?\d+(?:\.\d+){1,3}(?:[-+.]\w+)*|[a-z]+/[a-z0-9.+-]+|"
    rb"0x[0-9a-f]{1,8}[ul]*|[\^*.#/].*[*$+?/]|(?:https?|ftp|file|mailto|urn|oid)[:].*|\w+(?:::\w+)+|\d{9,13}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"pass|pwd|psw|pswd|identified by|\bpin|_pin", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that has the form of an assignment: offsets of name and value in the content, and how they are joined."""

    name: bytes
    start: int
    end: int
    sign: bytes
    wrapper: bytes
    quoted: bool
    line: tuple[int, int]


def find(content: bytes, place: Place, rule: Rule, start: int, end: int) -> Iterator[Span]:
    """Yield the credentials that are assigned on a line, with the scorer's probability as their score."""
    if place.lock:
        return
    for candidate in candidates(content, start, end):
        value = content[candidate.start : candidate.end]
        if not plausible(content, candidate, place):
            continue
        score = scorer.score(scorer.features(content, candidate, place))
        if score < rule.score:
            continue
        kind = "PASSWORD" if _PASSWORD.search(candidate.name) else rule.type
        yield Span(candidate.start, candidate.end, kind, score, rule.name, is_example(value), RANKS.index(rule.rank))


def is_example(value: bytes) -> bool:
    """Say whether a value is a word that everybody writes in such a place, such as `test123`."""
    return values.is_weak(value) or b"example" in value.lower()


def candidates(content: bytes, start: int, end: int) -> Iterator[Candidate]:
    """Yield every place between two offsets that has the form of an assignment to a name that holds a keyword."""
    for pattern in (_ASSIGNED, _ENTRY):
        compiled = triggers.compiled(pattern)
        at = start
        while at < end and (match := compiled.search(content, at, end)):
            group = next(index for index in range(4, compiled.groups + 1) if match.start(index) >= 0)
            first, last = match.span(group)
            yield Candidate(
                match.group(1), first, _trim(content, first, last, group), match.group(2), match.group(3) or b"",
                group < 8, (start, end),
            )  # fmt: skip
            at = max(match.end(2), match.start() + 1) if group == 8 else max(last, match.start() + 1)


def _trim(content: bytes, start: int, end: int, group: int) -> int:
    """Leave out the punctuation of a sentence or statement after a value without quotes."""
    if group == 8:
        while end > start + 1 and content[end - 1] in b".:)]}!?":
            end -= 1
    return end


def plausible(content: bytes, candidate: Candidate, place: Place) -> bool:
    """Say whether the value can be a credential at all."""
    value = content[candidate.start : candidate.end]
    if not 4 <= len(value) <= 400 or _NOT_SECRET.search(candidate.name):
        return False
    if value.count(b" ") > 3 or _NEVER.fullmatch(value) or values.is_template(value) or values.is_placeholder(value):
        return False
    if candidate.quoted:
        return True
    after = content[candidate.end : candidate.end + 1]
    if after in (b"(", b"[", b"{") or candidate.sign.strip() in (b",", b"("):
        return False
    if _IDENTIFIER.fullmatch(value) is None or not place.code:
        return True
    return candidate.sign == b"=" and any(48 <= byte < 58 for byte in value)
