"""Checksums that tell a real number from digits that only look like one. Each takes ASCII text, separators removed."""

from __future__ import annotations

import hashlib
import zlib
from itertools import cycle

#: Length of an IBAN by country, from the SWIFT IBAN registry (ISO 13616).
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANTS = (1, 0x2BC830A3)  # BIP 173 and BIP 350


#: By digit its value, and the sum of the digits of twice its value; tables, because lists of numbers are long.
_ONCE = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))


def luhn(digits: str) -> bool:
    """Say whether the last digit is the Luhn check digit of the rest (ISO/IEC 7812-1)."""
    raw = digits.encode()
    return raw.isdigit() and (sum(raw[-1::-2].translate(_ONCE)) + sum(raw[-2::-2].translate(_TWICE))) % 10 == 0


def iban(text: str) -> bool:
    """Say whether an IBAN has its country's length and remainder 1 modulo 97 (ISO 13616, ISO 7064)."""
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isalnum():
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def base58check(text: str) -> bool:
    """Say whether a Base58Check text (Bitcoin addresses and keys) ends with the hash of what it carries."""
    number = 0
    for letter in text:
        number = number * 58 + BASE58.index(letter)
    if number.bit_length() > 8 * 128:
        return False
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = b"\0" * (len(text) - len(text.lstrip("1"))) + data
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def bech32(text: str) -> bool:
    """Say whether the checksum of a Bech32 or Bech32m text holds (BIP 173, BIP 350)."""
    prefix, _, data = text.lower().rpartition("1")
    if not prefix or len(data) < 6 or any(letter not in BECH32 for letter in data):
        return False
    values = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    check = 1
    for value in values + [BECH32.index(letter) for letter in data]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check in _BECH32_CONSTANTS


def crc32_base62(text: str) -> bool:
    """Say whether the last six characters are the CRC-32 of those before, as in tokens of GitHub and npm."""
    body, check = text.rpartition("_")[2][:-6], text[-6:]
    number = zlib.crc32(body.encode())
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(6, "0") == check


def weighted(digits: str, weights: tuple[int, ...], modulus: int) -> int:
    """Return the weighted sum of digits modulo a number, the frame of most national check digits."""
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle(weights), strict=False)) % modulus


def verhoeff(digits: str) -> bool:
    """Say whether the Verhoeff check digit holds (J. Verhoeff, 1969; used by India's Aadhaar)."""
    check = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        for _ in range(place % 8):
            digit = _VERHOEFF_TURN[digit]
        check = _dihedral(check, digit)
    return check == 0


_VERHOEFF_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _dihedral(left: int, right: int) -> int:
    """Multiply in the dihedral group of order ten."""
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right - 5) % 5
    return 5 + (left - 5 - right) % 5 if right < 5 else (left - right) % 5
