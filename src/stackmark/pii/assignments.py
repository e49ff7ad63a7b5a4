"""Generic credentials: a value that is given to a name such as `password`, in code, configuration, markup or a command.

First every place on the line that has the form of such an assignment, then what no credential can be (templates,
placeholders, hashes, names of types), then the learned scorer over the value, the name, the line and the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from stackmark.pii import asked, features, scorer, values
from stackmark.pii.features import Candidate, Found
from stackmark.pii.paths import Place
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span

#: Assignments that are scored on one line, or on one piece of a long one.
MAX_SCORED = 64
_AT_ONCE = 2048  # that are scored in one go
#: Words that make a name one of a credential, by their first letters: at most bytes of a line nothing more is tried.
#: Those of other languages are taken from a letter on with which some word begins anyway.
_KEYWORDS = (
    rb"p(?:ass(?:word|wd|phrase|code)?|wd|swd|sw|in(?<![a-z0-9_]pin)\b|sk|"
    rb"w(?:(?<![a-z0-9]pw)|(?<=rootpw)|(?<=bindpw))\b)|"
    rb"s(?:ecret|alt|ignature|ession|enha|alasana|lo(?:(?<=haslo)|(?<=heslo))(?![a-z]))|"
    rb"token|a(?:uth|chtwoord|dgangskode)|c(?:redential|onsumer|ookie|ontrasena|lave(?<![a-z]clave))|"
    rb"ke(?:y|nnwort)|nonce|identified by|verifier"
)
_KEYWORD = re.compile(_KEYWORDS)
_KEYWORD_ANY = re.compile(_KEYWORDS + b"|" + features.FOREIGN)
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$@-"
_CLOSING = b"\"'`\\]}),"
_MAX_NAME = 48
_QUOTED = (
    rb"""(?:"?\\{1,3}["']([^"'\\\n]{1,400}+)|"((?:[^"\\\n]|\\[^\n]){1,400}+)"|'((?:[^'\\\n]|\\[^\n]){1,400}+)'"""
    rb"""|`{1,2}([^`\n]{1,400}+)`)"""
)
_OR_BARE = rb"""|([^\s"'`,;|<>(){}\[\]\\&][^\s"'`,;|<>({\[\\&]{2,255}+))"""
_LONGEST_BARE = 256
#: What is left of a longer one: a key in Base64 without quotes is found by its beginning, and is one value.
_REST = re.compile(rb"""[^\s"'`,;|<>({\[\\&]*+""")
#: From the end of the keyword: the rest of the name, what closes it, a sign or a type and a sign, then the value. Every
#: repeat is bounded or possessive, so that a match costs no more than the length of a value.
_ASSIGNED = re.compile(
    rb"""[A-Za-z0-9_.$@-]{0,64}+\\{0,3}["'`]{0,3}[\])}]{0,2}"""
    rb"""([ \t]{0,2}:?[ \t]{1,2}(?:As[ ]|&(?:'static[ ])?|\[\]|\*)?"""
    rb"""[A-Za-z][A-Za-z0-9_.<>\[\]?]{0,40}[ \t]{0,3}=[ \t]{0,8}"""
    rb"""|[ \t]{0,40}(?::=|=>|===?|!==?|=|\?\??=|\|\|=?|\?\?|:|,|\(|>|[ ](?:is|to|by|as|or)[ ])[ \t]{0,8}"""
    rb"""(?:[&!][A-Za-z!][\w-]{0,30}[ ])?|[ \t]{1,40})"""
    rb"""(?:((?:(?:\[\])?(?:[A-Za-z_][A-Za-z0-9_.]{0,40})?\()?(?:[A-Za-z]{1,2}|@)?)""" + _QUOTED + _OR_BARE
)
_BARE_GROUP = 7
#: An entry of a list of settings: the name is one value, the secret another.
_ENTRY = re.compile(
    rb"""[A-Za-z0-9_.$@-]{0,64}+["'],?([ \t]{0,8})["']?()(?:[a-z]{1,10}:)?(?:value|val|default|content)["']?"""
    rb"""[ \t]{0,3}[:=][ \t]{0,3}""" + _QUOTED
)
_VALUE_KEY = (
    rb"""(?:(?:[a-z]{1,10}:|[Pp]arameter|[Ss]etting|[Dd]efault|[Ss]tring|[Oo]ption|[Vv]ariable)?[Vv]alue|val|default|"""
    rb"""content)"""
)
#: The same with the secret on the next line, as lists of variables in YAML and JSON and settings in XML have it.
_ENTRY_BELOW = re.compile(
    rb"""[A-Za-z0-9_.$@-]{0,64}+["']?(?:>|</(?:key|name)>)?,?([ \t]{0,8}\r?\n[ \t]{0,60})"""
    rb"""(?:["']?""" + _VALUE_KEY + rb"""["']?()[ \t]{0,3}[:=]|<(?:string|value)>)[ \t]{0,3}(?:""" + _QUOTED + _OR_BARE
)
#: How a line begins that holds the value for the name on the line before.
_BELOW = re.compile(rb"""[ \t]{0,60}+(?:["']?""" + _VALUE_KEY + rb"""["']?[ \t]{0,3}[:=]|<(?:string|value)>)""")
#: A line before longer than this is no name.
_MAX_ABOVE = 200

_NOT_SECRET = (
    rb"sha\d|md5|hash|digest|websocket|checksum|integrity|finger_?print|thumb_?print|etag|public|pub_?key|certif|primary_?key|"
    rb"foreign_?key|keyboard|key_?server|keyring|recv[-_]?key|receive[-_]?key|edit[-_]?key|send[-_]?key|search[-_]?key|gpg[-_]?key|pgp[-_]?key|key_?id\b|key_?code|"
    rb"keypress|keydown|keyup|key_?word|monkey|turkey|hotkey|keymap|key_?path|passenger|passive|passing|passed|"
    rb"passthrough|compass|author(?:$|[^i]|i$|i[^z])|token_?(?:type|kind|iz|url|uri|endpoint|expir|count|limit)|encode|decode|"
    # what sets requests or pages apart, signatures in documents, modules and services with such a name, names of files
    rb"idempoten|client_?request_?token|next_?token|page_?token|sync_?token|continuation_?token|signature_?value|"
    rb"secrets?[-_]?manager\W*$|\bpwd\.get|\bsecrets\.(?:token|compare|choice)|\bsalt\.[a-z]|"
    rb"\.(?:json|enc|ya?ml|txt|js|ts|py|html?|css|png|svg|lock|md|tar|gz|zip)\W*$"
)
#: Names at which even a UUID is a credential.
_STRONG = rb"secret|token|pass|pwd|auth|credential|api|access|private"
_HEX = re.compile(rb"[0-9a-fA-F]+")
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[\w$]+)*[;:.]?")
_SYMBOL = re.compile(rb"[ \t]+:")  # before a name it makes a symbol or keyword of Lisp, Clojure, Ruby, Elixir
_OPERATOR = re.compile(rb"[!=<>]=[^=]|&&|\|\||->|\+\+|::")
_PHRASE = re.compile(rb"[A-Za-z]+(?:[-_. /][A-Za-z]+)*")
_MEMBER = re.compile(rb"[\w$](?:\.|->|::)[A-Za-z_]{3,}[;:.]?$")  # the last part of a name is a word
_SNAKE = re.compile(rb"\w+_[a-z]{3,}")  # the name of a variable
#: Calls that are given the name of what they return.
_LOOKUP = re.compile(rb"(?:get\w*|lookup|param\w*|option\w*|header|fetch|env)\($", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")
_WORDS = re.compile(rb"[A-Za-z_][A-Za-z_.-]*")
#: Forms that are never credentials: digests with their algorithm, colours, media types, dates, versions, selectors.
_NEVER = asked.of(
    asked.whole(
        rb"(?:sha\d{1,3}|md5|blake\w{2,3})[-:=$].*|#[0-9a-f]{3,8}|data:.*|\d{4}-\d\d-\d\d.*|v?\d+(?:\.\d+){1,3}(?:[-+.]\w+)*|[a-z]+/[a-z0-9.+-]+|"
        rb"0x[0-9a-f]{1,8}[ul]*|[\^*.#/].*[*$+?/]|(?:https?|ftp|file|mailto|urn|oid)[:].*|\w+(?:::\w+)+|\d{1,5}/[a-z]{1,12}(?:[/,]\S*)?|\d{9,13}|20\d{12,18}|"
        rb"(?:ssh|ecdsa|sk-ssh)-[a-z0-9@.-]+ aaaa.*|hmac[-_]?sha[-_]?\d{1,3}"
    )
)
_PASSWORD = rb"pass|pwd|psw|pswd|identified by|\bpin|_pin|psk|\bpw\b|_pw\b|[a-z]pw\b"
_NAMED = asked.of(_NOT_SECRET, _STRONG, rb"signature", _PASSWORD, features.FOREIGN_ROOT)


def begin(content: bytes, start: int) -> int:
    """Return where to begin with a line: at the one before, if that has the name for a value on this one."""
    if not start or not _BELOW.match(content, start):
        return start
    above = content.rfind(b"\n", max(0, start - 1 - _MAX_ABOVE), start - 1) + 1
    return above or (0 if start <= _MAX_ABOVE else start)


def find(number: int, line: bytes, place: Place) -> list[Found]:
    """Return what the scorer is to judge on one line, or on the second of two."""
    lower, found = line.lower(), []  # several times faster than matching both cases
    for one in candidates(line, lower):
        if plausible(line, one, place):
            found.append(Found(number, line, lower, place, one))
            if len(found) == MAX_SCORED:
                break
    return found


def judge(lines: Iterable[tuple[bytes, Place]], rule: Rule) -> Iterator[tuple[int, Span]]:
    """Yield of each that the scorer is sure of the number of its line, and its span on it with its probability.

    What is found on a line depends on the line and the kind of its file alone, so equal ones need one look.
    """
    rank = RANKS.index(rule.rank)
    found = chain.from_iterable(find(number, line, place) for number, (line, place) in enumerate(lines))
    while some := list(islice(found, _AT_ONCE)):
        for one, score in zip(some, scorer.probabilities(features.matrix(some)), strict=True):
            if score >= rule.score:
                start, end = one.candidate.start, _end(one)
                *_, is_password = _of_name(one.candidate.name)
                kind = "PASSWORD" if is_password else rule.type
                yield one.number, Span(start, end, kind, score, rule.name, is_example(one.line[start:end]), rank)


def _end(found: Found) -> int:
    """Return where a value ends of which at most so much was judged."""
    candidate, rest = found.candidate, _REST.match(found.line, found.candidate.end)
    is_cut = not candidate.quoted and candidate.end - candidate.start == _LONGEST_BARE
    return rest.end() if rest and is_cut else candidate.end


def is_example(value: bytes) -> bool:
    """Say whether a value is a word that everybody writes in such a place, such as `test123`."""
    return values.is_weak(value) or b"example" in value.lower() or values.is_published(value) or values.is_run(value)


def candidates(line: bytes, lower: bytes) -> Iterator[Candidate]:
    """Yield every place on a line, given in lower case too, that has the form of an assignment to a telling name."""
    listed = b"val" in lower or b"default" in lower or b"content" in lower
    below, after = line.find(b"\n"), 0
    for keyword in (_KEYWORD if lower.isascii() else _KEYWORD_ANY).finditer(lower):
        begin, end = keyword.span()
        if begin < after:
            continue
        match = (_entry(line, end, below) if listed or below else None) or _ASSIGNED.match(line, end)
        if match:
            candidate = _candidate(line, begin, match)
            # the value may be the name of the next one
            inside = listed or not candidate.quoted or _LOOKUP.search(candidate.wrapper) is not None
            after = match.end(1) if inside else candidate.end
            if candidate.start > below:  # the line before is judged by itself
                yield candidate


def _entry(line: bytes, end: int, below: int) -> re.Match[bytes] | None:
    return _ENTRY.match(line, end) if below < 0 else _ENTRY_BELOW.match(line, end)


def _candidate(line: bytes, keyword: int, match: re.Match[bytes]) -> Candidate:
    before = line[keyword - _MAX_NAME if keyword > _MAX_NAME else 0 : keyword]
    name = line[keyword - len(before) + len(before.rstrip(_NAME)) : match.start(1)].rstrip(_CLOSING)
    group = match.lastindex or _BARE_GROUP
    sign, wrapper, value = match.group(1, 2, group)
    start = match.start(group)
    if group == _BARE_GROUP:  # the punctuation of a sentence or a statement
        return Candidate(name, start, start + (len(value.rstrip(b".:)]}!?")) or 1), sign, wrapper or b"", False)
    return Candidate(name, start, start + len(value), sign, wrapper or b"", True)


def plausible(line: bytes, candidate: Candidate, place: Place) -> bool:
    """Say whether the value can be a credential at all."""
    size = candidate.end - candidate.start
    if not 4 <= size <= 400:
        return False
    if candidate.sign.startswith(b">") and _is_stand_in(line, candidate):
        return False
    value = line[candidate.start : candidate.end]
    is_secret, is_strong, signs, is_password = _of_name(candidate.name)
    if not is_secret or (not candidate.quoted and not _bare(line, candidate, value, place)):
        return False
    if candidate.sign.strip() == b"," and (_WORDS.fullmatch(value) or _SNAKE.fullmatch(value)):  # the next argument
        return False
    if _LOOKUP.search(candidate.wrapper) and (_SNAKE.fullmatch(value) or values.wordiness(value) > 0):
        return False
    if _is_label(value, place) or (not is_password and _reads(value)):  # words are no other credential
        return False
    if (signs and _HEX.fullmatch(value)) or (not is_strong and values.is_uuid(value)):
        return False
    return not _is_none(value)


def _is_stand_in(line: bytes, candidate: Candidate) -> bool:
    """Say whether the name is what redaction writes for a value, such as <API_KEY_1>, and not that of an element."""
    stand_in = values.STAND_IN.match(line, max(line.rfind(b"<", 0, candidate.start), 0), candidate.start)
    return stand_in is not None and line.find(b"</" + stand_in[1], candidate.end) < 0


@lru_cache(maxsize=4096)
def _is_none(value: bytes) -> bool:
    """Say whether a value is a sentence, a reference, a placeholder, or of a form that credentials never have."""
    return (
        value.count(b" ") > 3
        or bool(_NEVER(value.lower()))
        or values.is_template(value)
        or values.is_placeholder(value)
    )


@lru_cache(maxsize=4096)
def _of_name(name: bytes) -> tuple[bool, bool, bool, bool]:
    """Say of a name whether it can be that of a secret, of one that is a UUID, of a signature, and of a password."""
    lower = name.lower()
    told = _NAMED(lower) or []
    is_foreign = 4 in told and features.is_foreign(lower)
    return 0 not in told, 1 in told, 2 in told, 3 in told or is_foreign


@lru_cache(maxsize=4096)
def _reads(value: bytes) -> bool:
    """Say whether a value is one or several words of letters."""
    return _PHRASE.fullmatch(value) is not None and values.wordiness(value) >= 0


def _is_label(value: bytes, place: Place) -> bool:
    """Say whether a value is a text for people: letters beyond ASCII, or no digit in a translation."""
    plain = _ESCAPED.sub(b"\xc3\xa9", value) if b"\\u" in value else value
    if plain is value and not place.translation:
        return False
    return not any(48 <= byte < 58 for byte in plain)


def _bare(line: bytes, candidate: Candidate, value: bytes, place: Place) -> bool:
    """Say whether a value without quotes can be one: in code it would be a name, a call or a number."""
    after = line[candidate.end : candidate.end + 1]
    if value[:1] in b"-:" or after in (b"(", b"[", b"{") or candidate.sign.strip() in (b",", b"("):
        return False
    if _SYMBOL.fullmatch(candidate.sign) and _IDENTIFIER.fullmatch(value):
        return False
    if candidate.name.endswith(b"-") and candidate.sign.startswith(b">"):  # an arrow to a member
        return False
    if place.code and _OPERATOR.search(value):
        return False
    if not place.code or _IDENTIFIER.fullmatch(value) is None:
        return True
    if _SNAKE.fullmatch(value) or _MEMBER.search(value):
        return False
    return candidate.sign == b"=" and any(48 <= byte < 58 for byte in value)
