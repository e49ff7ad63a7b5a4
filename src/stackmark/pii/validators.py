"""Validators that rules name: each says of a value (bytes, as found) whether it can be what the rule takes it for."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from stackmark.pii import checksums, national, values
from stackmark.pii.keyblocks import base64_key

#: Beginnings of card numbers with the lengths that their issuers use (ISO/IEC 7812, issuers' publications).
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|220[0-4]\d{12}"
)
_DOCUMENTATION = tuple(map(ipaddress.ip_network, ("2001:db8::/32", "3fff::/20", "3ffe::/16", "2002::/16", "2001::/32")))
#: First and last IPv4 addresses that are not of the public internet (IANA's registry of special purposes, RFC 6890).
_SPECIAL = sorted(
    (int(network[0]), int(network[-1]))
    for network in map(
        ipaddress.IPv4Network,
        ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
         "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
         "224.0.0.0/3"),
    )
)  # fmt: skip
_SPECIAL_STARTS = [first for first, _ in _SPECIAL]
_SEPARATORS = bytes.maketrans(b"", b""), b" -.\t"


def text_of(value: bytes) -> str:
    """Return a number without its separators."""
    return value.translate(*_SEPARATORS).decode("ascii", "replace")


def card(value: bytes) -> bool:
    """A payment card: an issuer's range and length, and Luhn; groups of equal look."""
    digits = text_of(value)
    varied = len(set(digits)) > 3 or digits.encode() in values.listed("test_cards")
    return varied and _ISSUERS.fullmatch(digits) is not None and checksums.luhn(digits)


def iban(value: bytes) -> bool:
    """An IBAN."""
    return checksums.iban(text_of(value).upper())


def ip_address(value: bytes) -> bool:
    """An address of the public internet that is not a documentation, transition or resolver address."""
    if value in values.listed("addresses"):
        return False
    return _ipv6(value) if b":" in value else _ipv4(value)


def _ipv4(value: bytes) -> bool:
    """Four numbers of a byte each that no registry keeps for itself, and that do not read as a version."""
    parts = value.split(b".")
    if any(part[:1] == b"0" and len(part) > 1 for part in parts):
        return False
    first, second, third, last = numbers = [int(part) for part in parts]
    if max(numbers) < 32 or max(numbers) > 255 or last == 0 or len(set(numbers)) == 1:
        return False
    if numbers[:3] in ([2, 5, 4], [2, 5, 29]):  # object identifiers of X.500
        return False
    number = first << 24 | second << 16 | third << 8 | last
    return number > _SPECIAL[bisect_right(_SPECIAL_STARTS, number) - 1][1]


def _ipv6(value: bytes) -> bool:
    try:
        address = ipaddress.IPv6Address(value.decode("ascii"))
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    is_network = not int(address) & 0xFFFF_FFFF_FFFF_FFFF
    resolver = str(address).encode() in values.listed("addresses")
    return not (is_network or resolver or any(address in network for network in _DOCUMENTATION))


@cache
def _tlds() -> frozenset[str]:
    return frozenset(json.loads(Path(__file__).with_name("tlds.json").read_text()))


@lru_cache(maxsize=4096)  # a list of changes names the same few people again and again
def email(value: bytes) -> bool:
    """An e-mail address: a known top-level domain, and neither an example domain nor a file or version."""
    local, _, domain = value.decode("ascii", "replace").lower().rpartition("@")
    labels, framed = domain.split("."), f".{domain}."
    if labels[-1] not in _tlds() or ".." in framed or ".-" in framed or "-." in framed:
        return False
    if not _EXAMPLE_LABELS.isdisjoint(labels[-2:]) or local in _NO_PERSONS:
        return False
    if len(local) >= 24 and re.fullmatch(r"[0-9a-f]+", local):  # a key before the host of a service
        return False
    return not (
        local[0] == "."
        or local[-1] == "."
        or ".." in local
        or (len(labels) > 2 and labels[0].isdigit() and labels[1].isdigit())
    )


_EXAMPLE_LABELS = frozenset({"example", "localhost", "invalid", "test"})
_NO_PERSONS = frozenset({"git", "svn", "hg"})  # accounts of version control


def phone(value: bytes) -> bool:
    """An international phone number: an assigned country code, a plausible length, and no run of the same digit."""
    digits = text_of(value).translate(str.maketrans("", "", "+()/"))
    if not 7 <= len(digits) <= 15 or len(set(digits[3:])) < 3:
        return False
    return _COUNTRY.match(digits) is not None and not _FICTION.match(digits)


#: Assigned country codes with the digits that follow (ITU-T E.164; national numbering plans), broad on purpose.
_COUNTRY = re.compile(
    r"1[2-9]\d\d[2-9]\d{6}$|7[3-9]\d{9}$|2(?:0|7)\d{8,10}$|3[0-469]\d{6,11}$|4[013-9]\d{6,13}$|5[1-8]\d{7,11}$"
    r"|6[0-6]\d{6,12}$|8[1246]\d{7,12}$|9[0-58]\d{7,12}$|2(?:1[1-368]|[2346]\d|5[0-8]|9[0179])\d{4,10}$"
    r"|3(?:5\d|7[0-8]|8[0-35-79])\d{4,11}$|42[013]\d{4,10}$|5(?:0\d|9\d)\d{4,10}$|6(?:7[02-9]|8[0-35-9]|9[0-2])\d{3,8}$"
    r"|8(?:5[02356]|80|86)\d{5,11}$|9(?:6[0-8]|7[0-7]|9[2-68])\d{5,11}$"
)
#: Numbers kept for fiction: North America's 555-01xx and the United Kingdom's drama ranges (Ofcom).
_FICTION = re.compile(r"1\d{3}555\d{4}$|44(?:7700900|1632960|2079460|1134960|1144960|1154960|1164960|1174960)\d{3}$")


def jwt(value: bytes) -> bool:
    """A JSON web token: its header decodes to JSON that names an algorithm."""
    header = value.split(b".")[0]
    try:
        decoded = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(decoded, dict) and ("alg" in decoded or "enc" in decoded)


def mac(value: bytes) -> bool:
    """A MAC address of a device: not broadcast, not multicast, not all alike or counting."""
    octets = bytes.fromhex(re.sub(rb"[:.-]", b"", value).decode())
    steps = {second - first for first, second in pairwise(octets)}
    return not octets[0] & 1 and len(set(octets)) > 2 and len(steps) > 1 and octets[:3] != b"\x00\x00\x5e"


def base58check(value: bytes) -> bool:
    """A Bitcoin address or key with its checksum."""
    return checksums.base58check(value.decode())


def bech32(value: bytes) -> bool:
    """A Bech32 address with its checksum."""
    return checksums.bech32(value.decode())


def crc32_base62(value: bytes) -> bool:
    """A token that ends with its own CRC-32."""
    return checksums.crc32_base62(value.decode())


def basic_auth(value: bytes) -> bool:
    """The credentials of HTTP Basic: Base64 of printable `user:password` (RFC 7617), the password no plain word."""
    try:
        decoded = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except (ValueError, binascii.Error):
        return False
    name, colon, password = decoded.partition(b":")
    return (
        bool(name and colon)
        and decoded.isascii()
        and all(byte >= 32 for byte in decoded)
        and not (values.is_weak(password) or values.is_word(password) or values.is_example(decoded))
    )


def basic_or_random(value: bytes) -> bool:
    """The credentials of HTTP Basic, also those whose characters were changed: whole Base64 that is no word."""
    return basic_auth(value) or (
        len(value) % 4 == 0 and len(value) >= 12 and values.is_random(value) and not _plain(value)
    )


def _plain(value: bytes) -> bool:
    try:
        return base64.b64decode(value, validate=True).isascii()
    except (ValueError, binascii.Error):
        return False


def mixed(value: bytes) -> bool:
    """Random text: letters and digits that change places often, not words, not a path, not a name in camel case."""
    return values.is_random(value)


def drawn(value: bytes) -> bool:
    """The rest of a token whose beginning or name tells what it is: of several kinds of characters, and no words."""
    kinds = (any(48 <= byte <= 57 for byte in value), value != value.upper(), value != value.lower())
    return sum(kinds) > 1 and values.wordiness(value) < 0.3


def varied(value: bytes) -> bool:
    """A password in a place that prose takes too: no word, whatever stands behind it, and no number, port or date."""
    plain = value.strip(b".,;:!?()")
    is_word = plain.isalpha() and plain in (plain.lower(), plain.upper(), plain.title())
    return not is_word and re.fullmatch(rb"[0-9:./,-]*", plain) is None


def uneven(value: bytes) -> bool:
    """A password in a place that tests fill with words: a digit or a sign among letters, and no weak word."""
    signs = sum(not chr(byte).isalpha() for byte in value.strip(b".,;:!?()"))
    return 0 < signs < len(value) - 1 and b"." not in value[-5:] and not values.is_weak(value)


def drawn_words(value: bytes) -> bool:
    """Several different words without one that sentences need, or that speaks of passwords."""
    words = value.split()
    return len(set(words)) == len(words) and values.listed("sentence_words").isdisjoint(words)


def latitude(value: bytes) -> bool:
    """A pair of coordinates in range, not both round."""
    first, second = (float(part) for part in re.split(rb"[,;\s]+", value) if part)
    return abs(first) <= 90 and abs(second) <= 180 and (first, second) != (0, 0)


def date(value: bytes) -> bool:
    """A date of birth in the last 120 years or so."""
    return re.search(rb"(?:19|20)\d\d", value) is not None


def url_password(value: bytes) -> bool:
    """The password of a URL: no reference, no name of what belongs there, and not only a port."""
    return not (values.is_template(value) or (value.isdigit() and len(value) < 6) or b"]" in value or b"<" in value)


def document(value: bytes) -> bool:
    """The number of a passport: capitals and at least two digits (ICAO 9303: at most nine characters)."""
    digits = sum(48 <= byte < 58 for byte in value)
    return 1 < digits < len(value)


def account(value: bytes) -> bool:
    """The name of a person's account, not one that systems, services and documentation have."""
    return value.lower() not in values.listed("accounts") and not values.is_template(value)


def private_address(value: bytes) -> bool:
    """A street address, but not one that stands in licences."""
    return re.match(rb"(?:51 Franklin|59 Temple|675 Mass|171 Second|444 Castro)", value) is None


def not_algorithm(value: bytes) -> bool:
    """Anything but the name of a way to sign, such as AWS4-HMAC-SHA256."""
    return re.search(rb"(?i)hmac|sha-?\d|rsa-?sha|md5", value) is None


def not_hex(value: bytes) -> bool:
    """Anything but hexadecimal digits, which are mostly hashes and identifiers."""
    return re.fullmatch(rb"[0-9a-fA-F-]+", value) is None


def _national(check: Callable[[str], bool]) -> Callable[[bytes], bool]:
    return lambda value: check(text_of(value).upper())


VALIDATORS: dict[str, Callable[[bytes], bool]] = {
    function.__name__: function
    for function in (
        card, iban, ip_address, email, phone, jwt, mac, base58check, bech32, crc32_base62, basic_auth, basic_or_random,
        mixed, drawn, drawn_words, varied, uneven, base64_key,
        latitude, date, account, document, url_password, not_hex, not_algorithm, private_address,
    )
} | {
    name: _national(getattr(national, name))
    for name in (
        "us_ssn", "gb_nino", "gb_nhs", "es_dni", "it_codice", "fr_nir", "de_tax", "nl_bsn", "pl_pesel",
        "se_personnummer", "fi_hetu", "br_cpf", "cn_resident", "in_aadhaar", "kr_rrn", "ca_sin", "au_tfn", "tr_tckn",
    )
}  # fmt: skip
