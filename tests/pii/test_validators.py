"""Numbers with their check digits: one that holds, and the same with one digit changed."""

from __future__ import annotations

import pytest

from stackmark.pii import checksums, national
from stackmark.pii.validators import VALIDATORS

GOOD = {
    "card": [b"4539578763621486", b"3787-344936-71000", b"5558 6517 4006 2232", b"6011 4234 3970 1457"],
    "iban": [b"DE89 3704 0044 0532 0130 00", b"GB29NWBK60161331926819", b"NO9386011117947"],
    "base58check": [b"1BoatSLRHtKNngkdXEeobR76b53LETtpyT", b"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"],
    "bech32": [b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
    "us_ssn": [b"212-34-9871"],
    "gb_nhs": [b"943 476 5919"],
    "es_dni": [b"12345678Z", b"X1234567L"],
    "it_codice": [b"RSSMRA85T10A562S"],
    "fr_nir": [b"2 55 08 14 168 025 38"],
    "de_tax": [b"86 095 742 719"],
    "nl_bsn": [b"111222333"],
    "pl_pesel": [b"44051401359"],
    "se_personnummer": [b"811228-9874", b"19811228-9874"],
    "fi_hetu": [b"131052-308T", b"131052A308T"],
    "br_cpf": [b"529.982.247-25"],
    "cn_resident": [b"11010519491231002X"],
    "in_aadhaar": [b"2341 2341 2346"],
    "kr_rrn": [b"830422-1185601"],
    "ca_sin": [b"130 692 544"],
    "au_tfn": [b"865 414 088"],
    "tr_tckn": [b"10000000146"],
}
CASES = [(name, value) for name, values in GOOD.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_good_number_holds(name: str, value: bytes) -> None:
    assert VALIDATORS[name](value)


@pytest.mark.parametrize(("name", "value"), [case for case in CASES if case[0] not in ("us_ssn", "bech32")])
def test_one_changed_digit_does_not(name: str, value: bytes) -> None:
    at = max(index for index, byte in enumerate(value) if 48 <= byte <= 57)
    changed = value[:at] + b"%d" % ((value[at] - 47) % 10) + value[at + 1 :]
    assert not VALIDATORS[name](changed)


@pytest.mark.parametrize("value", [b"000-12-3456", b"666-12-3456", b"900-12-3456", b"123-00-4567", b"123-45-0000"])
def test_numbers_that_are_never_given_do_not_hold(value: bytes) -> None:
    assert not VALIDATORS["us_ssn"](value)


def test_tokens_of_github_end_with_their_crc() -> None:
    body = "q7Rv2mKxW93hwqPZk83LqWwTyUiOp0"
    good = next(f"ghp_{body}{check}" for check in [_crc(body)])
    assert VALIDATORS["crc32_base62"](good.encode())
    assert not VALIDATORS["crc32_base62"]((good[:-1] + ("0" if good[-1] != "0" else "1")).encode())


def _crc(body: str) -> str:
    import zlib

    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = checksums.BASE62[digit] + digits
    return digits.rjust(6, "0")


@pytest.mark.parametrize("value", [b"144.203.254.92", b"2a00:470f:fef2:0:604c:cc5f:92a8:b792"])
def test_public_addresses_hold(value: bytes) -> None:
    assert VALIDATORS["ip_address"](value)


@pytest.mark.parametrize(
    "value",
    [b"10.0.0.1", b"192.0.2.1", b"8.8.8.8", b"999.1.1.1", b"1.2.3.4", b"2001:db8::1", b"2a00:470f::", b"99.99.99.99"],
)
def test_private_documentation_and_well_known_addresses_do_not(value: bytes) -> None:
    assert not VALIDATORS["ip_address"](value)


def test_a_national_number_with_letters_for_digits_does_not_hold() -> None:
    assert not national.fr_nir("2A5081416802538")
    assert not national.es_dni("ABCDEFGHZ")
    assert not national.fi_hetu("131052-30XT".replace("-", ""))
