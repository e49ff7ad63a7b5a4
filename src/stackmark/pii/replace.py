"""What stands in the place of a value: its type and its shape, nothing of the value itself.

A replacement depends on the type, the shape and the ordinal of the value (the how-manieth different value of its type
it is), on nothing else: the same on every rebuild, equal for equal values, with no key to keep and nothing to
brute-force. It cannot work by construction: documentation ranges (RFC 5737, RFC 3849, RFC 7042), reserved domains
(RFC 2606), checksums that fail, and, in the place of tokens, asterisks, which no token has.

`forms` gives several, best first: a caller that parses the file takes the first that leaves it sound.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle

Form = Callable[[bytes, int], bytes]

MARK = b"REDACTED"

_DIGIT = re.compile(rb"[0-9]")
#: What providers begin tokens with. Words of one case alone: chance draws both, and none of what it drew may stay.
_LITERAL_PREFIX = re.compile(
    rb"(?:(?:[a-z]{1,10}[0-9]{0,2}|[A-Z]{1,10}[0-9]{0,2}|sq0[a-z]{3}|p8e|e2b|n8n|dt0c01)[-_.]){1,3}|"
    rb"A[A-Z]IA(?=[A-Z0-9]{16})|AIza|EAA|ya29\."
)
_HEX = re.compile(rb"[0-9a-fA-F]+")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PEM_WORD = re.compile(rb"PRIVATE(?= KEY)")
_PEM_LINE = re.compile(
    rb"-----[^-\r\n]{1,80}-----"  # a marker
    rb"|[A-Za-z][A-Za-z-]{1,30}: [^\r\n\\\"']{1,200}"  # a header
    rb"|\\[nrt\"'\\]"  # an escape in a string
    rb"|[A-Za-z0-9+/=]{4,}"
)
_STILL_A_KEY = re.compile(rb"PRIVATE KEY|[A-Za-z0-9+/=]{20,}")
_URL_PASSWORD = re.compile(rb"(?<=://)([^\s:/@]{0,256}):([^\s@]{1,1024})@")
_SCHEME_WORD = re.compile(rb"(?i)(?:basic|bearer|digest|token|negotiate|apikey)\s+")
_SEGMENT = re.compile(rb"[A-Za-z0-9_=~+-]{8,}")

#: Calling codes of one digit and of two; all others have three (ITU-T E.164).
_ONE_DIGIT, _TWO_DIGITS = b"17", re.compile(rb"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")

_IPV4 = (b"192.0.2.%d", b"198.51.100.%d", b"203.0.113.%d")  # RFC 5737


def token(value: bytes, ordinal: int) -> bytes:
    """Fill a secret with asterisks and its ordinal; same length from nine characters on."""
    written = b"%d" % ordinal
    if len(value) >= len(MARK) + 1 + len(written):
        return (MARK + b"*" + written).ljust(len(value), b"*")
    return b"x" + written.rjust(max(len(value) - 1, len(written) + 1), b"*")


def number(value: bytes, ordinal: int) -> bytes:
    """Write the ordinal over the digits of a value, from the right, with zeros before it; the rest stays."""
    places = [match.start() for match in _DIGIT.finditer(value)]
    digits = (b"%0*d" % (len(places), ordinal))[-len(places) :] if places else b""
    filled = bytearray(value)
    for place, digit in zip(places, digits, strict=True):
        filled[place] = digit
    return bytes(filled)


def shape(value: bytes, ordinal: int) -> bytes:
    """Put x for letters and the ordinal over the digits; every other character stays, and so does all syntax."""
    letters = re.sub(rb"[a-z\x80-\xff]", b"x", re.sub(rb"[A-Z]", b"X", value))
    return number(letters, ordinal)


def numeral(value: bytes, ordinal: int) -> bytes:
    """Write a number that every language reads: as `shape`, but none begins with a zero, and hexadecimal stays so."""
    if value[:2].lower() == b"0x":
        return value[:2] + number(b"0" * (len(value) - 2), ordinal)
    return re.sub(rb"(?<![0-9.A-Za-z])0(?=[0-9])", b"1", shape(value, ordinal))


def key(value: bytes, ordinal: int) -> bytes:
    """Keep the literal prefix of a provider's token, and fill the rest."""
    prefix = _LITERAL_PREFIX.match(value)
    kept = prefix[0] if prefix and len(value) - prefix.end() >= 8 else b""
    return kept + token(value[len(kept) :], ordinal)


def secret(value: bytes, ordinal: int) -> bytes:
    """Fill a secret of no provider: digits stay digits, hexadecimal stays hexadecimal, a UUID is the nil UUID."""
    if _UUID.fullmatch(value):
        return number(re.sub(rb"[0-9a-fA-F]", b"0", value), ordinal)
    if len(value) >= 4 and _HEX.fullmatch(value):
        return number(b"0" * len(value), ordinal)
    return token(value, ordinal)


def jwt(value: bytes, ordinal: int) -> bytes:
    """Keep the header of a JSON Web Token (RFC 7519), which names an algorithm, and fill the other parts."""
    header, *parts = value.split(b".")
    return b".".join([header, *(token(part, ordinal) if part else part for part in parts)])


def pem(value: bytes, ordinal: int) -> bytes:
    """Fill the body of a private key; markers, headers, line lengths and the syntax around the lines stay.

    The word PRIVATE of the markers becomes REMOVED: what is left is no key, and no scanner need fear it.
    """
    first = True

    def fill(match: re.Match[bytes]) -> bytes:
        nonlocal first
        piece = match[0]
        if piece.startswith((b"-----", b"\\")) or b": " in piece:
            return piece
        filled = token(piece, ordinal) if first and len(piece) >= 16 else b"*" * len(piece)
        first = False
        return filled

    return _PEM_LINE.sub(fill, _PEM_WORD.sub(b"REMOVED", value))


def url(value: bytes, ordinal: int) -> bytes:
    """Fill the password in a URL; what has none is filled segment by segment behind its host."""
    found = _URL_PASSWORD.search(value)
    if found:
        start, end = found.span(2)
        return value[:start] + token(value[start:end], ordinal) + value[end:]
    scheme = value.find(b"://")
    if scheme < 0:
        return token(value, ordinal)
    host = value.find(b"/", scheme + 3)
    if host < 0:
        return value[: scheme + 3] + token(value[scheme + 3 :], ordinal)
    return value[:host] + _SEGMENT.sub(lambda match: token(match[0], ordinal), value[host:])


def header(value: bytes, ordinal: int) -> bytes:
    """Keep the scheme of an Authorization header, and fill the credentials."""
    scheme = _SCHEME_WORD.match(value)
    kept = scheme[0] if scheme else b""
    return kept + token(value[len(kept) :], ordinal)


def email(value: bytes, ordinal: int) -> bytes:
    """Give an address at example.com, as long as the other if that is long enough."""
    local = b"user%d" % ordinal
    return local + b"x" * max(len(value) - len(local) - len(b"@example.com"), 0) + b"@example.com"


def ip(value: bytes, ordinal: int) -> bytes:
    """Give an address of the documentation ranges; a port or a prefix length behind it stays."""
    if value.count(b":") > 1:
        return b"2001:db8::%x" % ordinal
    tail = re.search(rb"(?<=[0-9])[:/][0-9]+\Z", value)
    place = (ordinal - 1) % (254 * len(_IPV4))
    return _IPV4[place // 254] % (place % 254 + 1) + (tail[0] if tail else b"")


def phone(value: bytes, ordinal: int) -> bytes:
    """Keep the calling code, and fill the rest with zeros and the ordinal: no plan has such numbers."""
    digits = [match.start() for match in _DIGIT.finditer(value)]
    if not value.lstrip(b" (").startswith((b"+", b"00")) or len(digits) < 5:
        return number(value, ordinal)
    skip = 2 if value.lstrip(b" (").startswith(b"00") else 0
    code = bytes(value[place] for place in digits[skip : skip + 2])
    length = 1 if code[:1] in (b"1", b"7") else 2 if _TWO_DIGITS.match(code) else 3
    kept = digits[min(skip + length, len(digits) - 1)]
    return value[:kept] + number(value[kept:], ordinal)


def card(value: bytes, ordinal: int) -> bytes:
    """Keep the first digit of a card number, and make a number whose checksum (Luhn) fails."""
    filled = number(value, ordinal * 10)
    places = [match.start() for match in _DIGIT.finditer(filled)]
    if not places:
        return token(value, ordinal)
    result = bytearray(filled)
    result[places[0]] = value[places[0]]
    digits = [result[place] - 48 for place in places]
    weighted = (digit * weight for digit, weight in zip(reversed(digits), cycle((1, 2)), strict=False))
    off = sum(one - 9 if one > 9 else one for one in weighted) % 10 == 0
    result[places[-1]] = 48 + (digits[-1] + off) % 10
    return bytes(result)


def iban(value: bytes, ordinal: int) -> bytes:
    """Keep the country; the check digits 00 are never right (ISO 13616)."""
    return value[:2] + number(re.sub(rb"[A-Za-z]", b"X", value[2:]), ordinal)


def mac(value: bytes, ordinal: int) -> bytes:
    """Give an address of the documentation range 00-00-5E-00-53-xx (RFC 7042)."""
    digits = iter(b"00005e0053%02x" % ((ordinal - 1) % 256))
    lower = re.sub(rb"[0-9A-Fa-f]", lambda _: bytes([next(digits, 48)]), value)
    return lower.upper() if re.search(rb"[A-F]", value) else lower


def wallet(value: bytes, ordinal: int) -> bytes:
    """Keep the sign of the network, and fill the rest."""
    for prefix in (b"0x", b"bc1", b"tb1", b"ltc1"):
        if value.lower().startswith(prefix):
            return value[: len(prefix)] + secret(value[len(prefix) :], ordinal)
    return value[:1] + token(value[1:], ordinal)


def named(word: bytes) -> Form:
    """Return a form that writes a word and the ordinal."""
    return lambda _value, ordinal: b"%s%d" % (word, ordinal)


#: By type, or by what is before its first dot; what is not here is a secret.
FORMS: dict[str, Form] = {
    "API_KEY": key,
    "AUTHORIZATION_HEADER": header,
    "AWS_CREDENTIALS": key,
    "AZURE_AUTH_TOKEN": key,
    "CONNECTION_STRING": url,
    "CREDIT_CARD": card,
    "CRYPTO_WALLET": wallet,
    "DATE_OF_BIRTH": number,
    "EMAIL_ADDRESS": email,
    "GCP_CREDENTIALS": key,
    "IBAN_CODE": iban,
    "IP_ADDRESS": ip,
    "JSON_WEB_TOKEN": jwt,
    "LOCATION_COORDINATES": numeral,
    "MAC_ADDRESS": mac,
    "NATIONAL_ID": number,
    "OAUTH_TOKEN": key,
    "PASSPORT": shape,
    "PERSON": named(b"Person"),
    "PGP_PRIVATE_KEY": pem,
    "PHONE_NUMBER": phone,
    "PRIVATE_KEY": pem,
    "SSH_PRIVATE_KEY": pem,
    "STREET_ADDRESS": shape,
    "URL_CREDENTIALS": url,
    "USERNAME": named(b"user"),
    "US_SSN": number,
    "WEBHOOK_URL": url,
}


def forms(kind: str, style: str) -> tuple[Form, ...]:
    """Return how a value of a type may be replaced, best first; style is "pseudonym" or "placeholder"."""
    if style == "placeholder":
        return named_placeholder(kind), shape, numeral
    return FORMS.get(kind) or FORMS.get(kind.partition(".")[0], secret), shape, numeral


def named_placeholder(kind: str) -> Form:
    """Return a form that writes the type and the ordinal between angle brackets."""
    return lambda _value, ordinal: b"<%s_%d>" % (kind.replace(".", "_").upper().encode(), ordinal)


def is_replaced(kind: str, value: bytes, style: str) -> bool:
    """Tell whether a value is what `forms` would have written already, whatever its ordinal was.

    Where only digits are written over, a real number may look so: it counts only with more zeros than the ordinal
    has digits.
    """
    zeros = value.count(b"0")
    if MARK + b"*" in value and not _STILL_A_KEY.search(value):
        return True
    return any(
        form(value, one) == value
        for form in forms(kind, style)
        for one in _ordinals(value)
        if form not in _OVERWRITES or b"*" in value or zeros > len(str(one))
    )


def _ordinals(value: bytes) -> list[int]:
    """Return the ordinals that may be written in a value; the forms write them in whole, or in two hex digits."""
    runs = [*re.findall(rb"[0-9]+", value), b"".join(re.findall(rb"[0-9]+", value))]
    found = {int(run[-5:]) for run in runs if run}
    found |= {int(run[-4:], 16) for run in re.findall(rb"[0-9a-f]+", value.lower())[-1:]}
    found |= {one // 10 for one in found} | {one + 1 for one in found}  # before a check digit; counted from nought
    found |= {one + 254 * place for one in found for place in (1, 2)}  # the second and third range of addresses
    return sorted(one for one in found if one > 0)


_OVERWRITES = (number, shape, numeral, secret, phone, card, iban)
