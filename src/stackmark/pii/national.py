"""Check digits of national identity numbers. Each takes the number without separators.

Sources: the issuing authorities' publications as summed up in the national articles on identification numbers; the
algorithms are arithmetic facts.
"""

from __future__ import annotations

import re

from stackmark.pii.checksums import luhn, verhoeff, weighted

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CODICE_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
    22, 25, 24, 23), strict=True))  # fmt: skip
_FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def us_ssn(text: str) -> bool:
    """United States: areas 000, 666 and 900-999, group 00 and serial 0000 are never given, nor those in adverts."""
    area, group, serial = text[:3], text[3:5], text[5:]
    given = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return given and text not in {"078051120", "219099999", "123456789"} and len(set(text)) > 2


def gb_nino(text: str) -> bool:
    """United Kingdom: prefixes that are never given (HMRC manual NIM39110)."""
    return re.match(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$", text) is not None


def gb_nhs(text: str) -> bool:
    """United Kingdom, NHS number: weights 10 to 2 modulo 11."""
    return 11 - weighted(text[:9], tuple(range(10, 1, -1)), 11) == (int(text[9]) or 11)


def es_dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _DNI_LETTERS[int(number) % 23] == text[-1]


def it_codice(text: str) -> bool:
    """Italy, codice fiscale: odd places by a table, even places by their rank, modulo 26."""
    odd = sum(_CODICE_ODD[letter] for letter in text[:15:2])
    even = sum(int(letter) if letter.isdigit() else ord(letter) - 65 for letter in text[1:15:2])
    return chr(65 + (odd + even) % 26) == text[15]


def fr_nir(text: str) -> bool:
    """France, NIR: 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def de_tax(text: str) -> bool:
    """Germany, tax number (IdNr): ISO 7064 MOD 11,10, and one digit of the first ten appears two or three times."""
    product = 10
    for digit in map(int, text[:10]):
        product = ((product + digit) % 10 or 10) * 2 % 11
    most = max(text[:10].count(digit) for digit in text[:10])
    return text[0] != "0" and most in (2, 3) and (11 - product) % 10 == int(text[10])


def nl_bsn(text: str) -> bool:
    """Netherlands, BSN: the eleven test."""
    return weighted(text, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0 and len(set(text)) > 1


def pl_pesel(text: str) -> bool:
    """Poland, PESEL: weights 1 3 7 9 modulo 10."""
    return (10 - weighted(text[:10], (1, 3, 7, 9), 10)) % 10 == int(text[10]) and len(set(text)) > 2


def se_personnummer(text: str) -> bool:
    """Sweden: Luhn over the last ten digits, which begin with a date."""
    return luhn(text[-10:]) and "01" <= text[-8:-6] <= "12" and "01" <= text[-6:-4] <= "91"


def fi_hetu(text: str) -> bool:
    """Finland, HETU: the nine digits modulo 31 give the last character."""
    return text[-4:-1].isdigit() and _FINNISH[int(text[:6] + text[-4:-1]) % 31] == text[-1]


def br_cpf(text: str) -> bool:
    """Brazil, CPF: two digits modulo 11."""
    first = weighted(text[:9], tuple(range(10, 1, -1)), 11)
    second = weighted(text[:10], tuple(range(11, 1, -1)), 11)
    checks = tuple((11 - rest) % 11 % 10 for rest in (first, second))
    return len(set(text)) > 1 and checks == (int(text[9]), int(text[10]))


def cn_resident(text: str) -> bool:
    """China, resident identity card: ISO 7064 MOD 11-2 (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    born = "1900" <= text[6:10] <= "2099" and "01" <= text[10:12] <= "12" and "01" <= text[12:14] <= "31"
    return born and "10X98765432"[weighted(text[:17], weights, 11)] == text[17]


def in_aadhaar(text: str) -> bool:
    """India, Aadhaar: Verhoeff; never begins with 0 or 1."""
    return text[0] > "1" and verhoeff(text) and len(set(text)) > 3


def kr_rrn(text: str) -> bool:
    """South Korea, resident registration number: weights 2 to 9 modulo 11."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    return "01" <= text[2:4] <= "12" and (11 - weighted(text[:12], weights, 11)) % 10 == int(text[12])


def ca_sin(text: str) -> bool:
    """Canada, SIN: Luhn; 0 and 8 are not given."""
    return text[0] not in "08" and luhn(text) and len(set(text)) > 2


def au_tfn(text: str) -> bool:
    """Australia, TFN: weights modulo 11."""
    return weighted(text, (1, 4, 3, 7, 5, 8, 6, 9, 10), 11) == 0 and len(set(text)) > 2


def tr_tckn(text: str) -> bool:
    """Türkiye: two check digits, of odd and even places."""
    digits = [int(digit) for digit in text]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and digits[9] == tenth and sum(digits[:10]) % 10 == digits[10]
