"""Generic credentials: a value that is given to a name such as `password`, in code, configuration, markup or a command.

First every place on the line that has the form of such an assignment, then what no credential can be (templates,
placeholders, hashes, names of types), then the learned scorer over the value, the name, the line and the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from stackmark.pii import features, scorer, values
from stackmark.pii.paths import Place
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span

#: Assignments that are scored on one line, or on one piece of a long one.
MAX_SCORED = 64
_AT_ONCE = 2048  # that are scored in one go
#: Words that make a name one of a credential; all begin with a letter, by which lines are skipped fast.
_KEYWORD = re.compile(
    rb"pass(?:word|wd|phrase|code)?|pwd|pswd|psw|secret|token|credential|auth|nonce|salt|signature|verifier|consumer|"
    rb"key|session|cookie|identified by|pin(?<![a-z0-9_]pin)\b|psk|pw(?<![a-z0-9]pw)\b"
)
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$@-"
_MAX_NAME = 48
_QUOTED = (
    rb"""(?:\\{1,3}["']([^"'\\\n]{1,400}+)|"((?:[^"\\\n]|\\[^\n]){1,400}+)"|'((?:[^'\\\n]|\\[^\n]){1,400}+)'"""
    rb"""|`{1,2}([^`\n]{1,400}+)`)"""
)
#: From the end of the keyword: the rest of the name, what closes it, a sign or a type and a sign, then the value. Every
#: repeat is bounded or possessive, so that a match costs no more than the length of a value.
_ASSIGNED = re.compile(
    rb"""[A-Za-z0-9_.$@-]{0,64}+\\{0,3}["'`]{0,3}[\])}]{0,2}"""
    rb"""([ \t]{0,2}:?[ \t]{1,2}[A-Za-z][A-Za-z0-9_.<>\[\]?]{0,40}[ \t]{0,3}=[ \t]{0,8}"""
    rb"""|[ \t]{0,12}(?::=|=>|===?|!==?|=|:|,|\(|>|[ ]is[ ]|[ ]to[ ]|[ ]by[ ]|[ ]as[ ])[ \t]{0,8}|[ \t]{1,8})"""
    rb"""(?:((?:[A-Za-z_][A-Za-z0-9_.]{0,40}\()?(?:[A-Za-z]{1,2}|@)?)"""
    + _QUOTED
    + rb"""|([^\s"'`,;|<>(){}\[\]\\&][^\s"'`,;|<>({\[\\&]{2,255}+))"""
)
_BARE_GROUP = 7
#: An entry of a list of settings: the name is one value, the secret another.
_ENTRY = re.compile(
    rb"""[A-Za-z0-9_.$@-]{0,64}+["'],?([ \t]{1,8})["']?()(?:value|val|default|content)["']?[ \t]{0,3}[:=][ \t]{0,3}"""
    + _QUOTED
)

_NOT_SECRET = re.compile(
    rb"sha\d|md5|hash|digest|websocket|checksum|integrity|finger_?print|thumb_?print|etag|public|pub_?key|certif|primary_?key|"
    rb"foreign_?key|keyboard|key_?server|keyring|recv[-_]?key|send[-_]?key|search[-_]?key|gpg[-_]?key|pgp[-_]?key|key_?id\b|key_?code|"
    rb"keypress|keydown|keyup|key_?word|monkey|turkey|hotkey|keymap|key_?path|passenger|passive|passing|passed|"
    rb"passthrough|compass|author(?!iz)|token_?(?:type|kind|iz|url|uri|endpoint|expir|count|limit)|encode|decode"
)
#: Names at which even a UUID is a credential.
_STRONG = re.compile(rb"secret|token|pass|pwd|auth|credential|api|access|private", re.IGNORECASE)
_HEX = re.compile(rb"[0-9a-fA-F]+")
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[\w$]+)*[;:.]?")
_SYMBOL = re.compile(rb"[ \t]+:")  # before a name it makes a symbol or keyword of Lisp, Clojure, Ruby, Elixir
_OPERATOR = re.compile(rb"[!=<>]=[^=]|&&|\|\||->|\+\+|::")
_WORDS = re.compile(rb"[A-Za-z_][A-Za-z_.-]*")
#: Forms that are never credentials: digests with their algorithm, colours, media types, dates, versions, selectors.
_NEVER = re.compile(
    rb"(?:sha\d{1,3}|md5|blake\w{2,3})[-:=$].*|#[0-9a-f]{3,8}|data:.*|\d{4}-\d\d-\d\d.*|v?\d+(?:\.\d+){1,3}(?:[-+.]\w+)*|[a-z]+/[a-z0-9.+-]+|"
    rb"0x[0-9a-f]{1,8}[ul]*|[\^*.#/].*[*$+?/]|(?:https?|ftp|file|mailto|urn|oid)[:].*|\w+(?:::\w+)+|\d{9,13}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"pass|pwd|psw|pswd|identified by|\bpin|_pin|psk|\bpw\b|_pw\b", re.IGNORECASE)


class Candidate(NamedTuple):
    """A place that has the form of an assignment: offsets of name and value in the content, and how they are joined."""

    name: bytes
    start: int
    end: int
    sign: bytes
    wrapper: bytes
    quoted: bool
    line: tuple[int, int]


class Found(NamedTuple):
    """A candidate with the content and the kind of file that it lies in; `row` says which content that is."""

    row: int
    content: bytes
    place: Place
    candidate: Candidate


def find(row: int, content: bytes, place: Place, start: int, end: int) -> Iterator[Found]:
    """Yield what the scorer is to judge between two offsets."""
    if not place.lock:
        scored = (item for item in candidates(content, start, end) if plausible(content, item, place))
        for candidate in islice(scored, MAX_SCORED):
            yield Found(row, content, place, candidate)


def judge(found: Iterator[Found], rule: Rule) -> Iterator[tuple[int, Span]]:
    """Yield row and span of each that the scorer is sure of, with its probability as the score."""
    rank = RANKS.index(rule.rank)
    while some := list(islice(found, _AT_ONCE)):
        contents, places = [one.content for one in some], [one.place for one in some]
        numbers = features.matrix(contents, [one.candidate for one in some], places)
        for one, score in zip(some, scorer.probabilities(numbers), strict=True):
            if score >= rule.score:
                start, end = one.candidate.start, one.candidate.end
                kind = "PASSWORD" if _PASSWORD.search(one.candidate.name) else rule.type
                yield one.row, Span(start, end, kind, score, rule.name, is_example(one.content[start:end]), rank)


def is_example(value: bytes) -> bool:
    """Say whether a value is a word that everybody writes in such a place, such as `test123`."""
    return values.is_weak(value) or b"example" in value.lower() or values.is_published(value)


def candidates(content: bytes, start: int, end: int) -> Iterator[Candidate]:
    """Yield every place between two offsets that has the form of an assignment to a name that holds a keyword."""
    lower = content[start:end].lower()  # several times faster than matching both cases
    listed = b"val" in lower or b"default" in lower or b"content" in lower
    after, line = start, (start, end)
    for keyword in _KEYWORD.finditer(lower):
        begin = start + keyword.start()
        if begin < after:
            continue
        match = _ENTRY.match(content, start + keyword.end(), end) if listed else None
        match = match or _ASSIGNED.match(content, start + keyword.end(), end)
        if match:
            candidate = _candidate(content, begin, match, line)
            inside = listed or not candidate.quoted  # the value may be the name of the next one
            after = match.end(1) if inside else candidate.end
            yield candidate


def _candidate(content: bytes, keyword: int, match: re.Match[bytes], line: tuple[int, int]) -> Candidate:
    before = content[max(line[0], keyword - _MAX_NAME) : keyword]
    name_start = keyword - (len(before) - len(before.rstrip(_NAME)))
    name = content[name_start : match.start(1)].rstrip(b"\"'`\\]}),")
    group = match.lastindex or _BARE_GROUP
    start, end = match.span(group)
    if group == _BARE_GROUP:  # the punctuation of a sentence or a statement
        end = start + max(1, len(match[group].rstrip(b".:)]}!?")))
    return Candidate(name, start, end, match[1], match[2] or b"", group != _BARE_GROUP, line)


def plausible(content: bytes, candidate: Candidate, place: Place) -> bool:
    """Say whether the value can be a credential at all."""
    value = content[candidate.start : candidate.end]
    if not 4 <= len(value) <= 400 or (not candidate.quoted and not _bare(content, candidate, value, place)):
        return False
    if candidate.sign.strip() == b"," and _WORDS.fullmatch(value):  # the next argument of a call
        return False
    is_secret, is_strong, signs = _of_name(candidate.name)
    if not is_secret or (signs and _HEX.fullmatch(value)) or (values.is_uuid(value) and not is_strong):
        return False
    return value.count(b" ") < 4 and not (
        _NEVER.fullmatch(value) or values.is_template(value) or values.is_placeholder(value)
    )


@lru_cache(maxsize=4096)
def _of_name(name: bytes) -> tuple[bool, bool, bool]:
    """Say of a name whether it can be that of a secret, whether of one that is a UUID, and whether of a signature."""
    return not _NOT_SECRET.search(name.lower()), _STRONG.search(name) is not None, b"signature" in name.lower()


def _bare(content: bytes, candidate: Candidate, value: bytes, place: Place) -> bool:
    """Say whether a value without quotes can be one: in code it would be a name, a call or a number."""
    after = content[candidate.end : candidate.end + 1]
    if value.startswith(b"-") or after in (b"(", b"[", b"{") or candidate.sign.strip() in (b",", b"("):
        return False
    if _SYMBOL.fullmatch(candidate.sign) and _IDENTIFIER.fullmatch(value):
        return False
    if candidate.name.endswith(b"-") and candidate.sign.startswith(b">"):  # an arrow to a member
        return False
    if place.code and _OPERATOR.search(value):
        return False
    if not place.code or _IDENTIFIER.fullmatch(value) is None:
        return True
    return candidate.sign == b"=" and any(48 <= byte < 58 for byte in value)
