"""Private keys in every layout: whole, escaped, joined from literals, indented, quoted, on one line, cut short."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

import re2

from stackmark.pii import lines, triggers
from stackmark.pii.ruleset import Rule
from stackmark.pii.spans import RANKS, Span

#: Bytes after BEGIN within which a key ends; RSA with 16384 bits takes 13,000 in PEM.
MAX_KEY = 1 << 16
MIN_BODY = 60  # Base64 characters; an Ed25519 key in PKCS #8 has 64

_BEGIN = r"-{2,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{2,5}"
_END = r"-{2,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{2,5}"
_BEFORE_WORD = 6  # dashes and a blank
_HEADERS = re.compile(rb"(?:Proc-Type|DEK-Info|Comment|Version|Hash|Subject|MessageID|Charset):[^\n\\]{0,200}")
#: What layouts put between the pieces of a key: escapes, quotes, operators of concatenation, comments, markup. One
#: class of characters begins them all: several times faster than alternatives that each begin with their own.
_NOISE = re.compile(
    rb"[\\%&<\"'`,;](?:(?<=\\)[nrtNRT\n]|(?<=\\)u000[adAD]|(?<=%)0[ADad]|(?<=&)#1[03];|(?<=<)[bB][rR] ?/?>|"
    rb"(?<=[\"'`])[ \t]*[+.&]?[ \t]*\\?\r?\n?[ \t]*[+.&]?[ \t]*[\"'`]|(?<=[\"'`,;\\]))"
)
_PIECE = r"""(?:(?:[\s"'`,;+.&#*>|$\\-]|\\+[nrt]|//|%0[AaDd]|<br ?/?>){0,60}[A-Za-z0-9+/=]{20,76})+"""
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]{4,}")
_WORDS = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z]{2,12}(?= [a-z]{2,12}\b)")
_PUTTY_BEGIN = b"PuTTY-User-Key-File-"
_PUTTY = r"PuTTY-User-Key-File-\d: [^\n]+\n(?:[A-Za-z-]+: [^\n]*\n|[A-Za-z0-9+/=\r]+\n?)+"


def blocks(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield one span for each armoured private key that begins on one of the lines: from BEGIN to the end of END."""
    begin = triggers.compiled(_BEGIN)
    for start, end in lines.hit(content, ends):
        at = start
        while match := begin.search(content, at, end):
            at = match.end()
            following = _next(content, b"BEGIN ", _BEGIN, at, min(len(content), at + MAX_KEY))
            limit = following.start() if following else min(len(content), at + MAX_KEY)
            if limit - at < MIN_BODY:
                continue
            closing = _next(content, b"END ", _END, at, limit)
            body_end = closing.start() if closing else _unclosed(content, at, limit)
            if is_key_body(content[at:body_end]):
                yield _span(rule, match.start(), closing.end() if closing else body_end, content[at:body_end])
                at = max(at, body_end)


def putty(content: bytes, rule: Rule, ends: Sequence[int]) -> Iterator[Span]:
    """Yield the span of each PuTTY key file that begins on one of the lines."""
    for start, end in lines.hit(content, ends):
        begin = content.find(_PUTTY_BEGIN, start, end)
        following = content.find(_PUTTY_BEGIN, begin + 1, begin + MAX_KEY)
        limit = following if following >= 0 else min(len(content), begin + MAX_KEY)
        if begin >= 0 and content.find(b"Private-Lines", begin, limit) >= 0:
            match = triggers.compiled(_PUTTY).match(content, begin, limit)
            if match and b"Private-Lines" in match.group():
                yield _span(rule, match.start(), match.end(), match.group())


def _next(content: bytes, word: bytes, marker: str, at: int, limit: int) -> re2._Match[bytes] | None:
    """Return the next marker; its word is looked for first, which is many times faster than the pattern."""
    near = content.find(word, at, limit)
    return triggers.compiled(marker).search(content, max(at, near - _BEFORE_WORD), limit) if near >= 0 else None


def _span(rule: Rule, start: int, end: int, body: bytes) -> Span:
    return Span(start, end, rule.type, rule.score, rule.name, b"EXAMPLE" in body.upper(), RANKS.index(rule.rank))


def _unclosed(content: bytes, at: int, limit: int) -> int:
    match = triggers.compiled(_PIECE).match(content, at, limit)
    return match.end() if match else at


def is_key_body(body: bytes) -> bool:
    """Say whether what follows BEGIN is a key: enough Base64 with enough variety, no ellipsis, no template."""
    text = _NOISE.sub(b"", _HEADERS.sub(b"", body) if b":" in body else body)
    if b"..." in text or b"${" in text or b"{{" in text or b"<" in text:
        return False
    encoded = b"".join(_BASE64.findall(text))
    words = sum(map(len, _WORDS.findall(text))) if b" " in text else 0
    return len(encoded) >= MIN_BODY and len(set(encoded[:200])) > 14 and words * 4 < len(encoded)


def base64_key(value: bytes) -> bool:
    """Say whether Base64 holds a private key: DER of PKCS #1, PKCS #8 or SEC 1, or a whole PEM file."""
    try:
        head = base64.b64decode(value[: min(len(value) // 4 * 4, 128)])
    except (ValueError, binascii.Error):
        return False
    if head.startswith((b"-----BEGIN", b"-----begin")):
        return b"PRIVATE" in head
    return _der_private(head)


def _der_private(head: bytes) -> bool:
    """Say whether DER begins as SEQUENCE { INTEGER 0 or 1, ... } does with a private key in it."""
    if len(head) < 16 or head[0] != 0x30:
        return False
    at = 2 + (head[1] & 0x7F if head[1] & 0x80 else 0)
    version, after = head[at : at + 3], head[at + 3 : at + 4]
    return version in (b"\x02\x01\x00", b"\x02\x01\x01") and after in (b"\x02", b"\x30", b"\x04")
