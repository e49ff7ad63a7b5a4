from __future__ import annotations

import ast
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.pii.redact import Ordinals, apply, places, redact, replacements
from stackmark.pii.replace import FORMS, forms, is_replaced
from stackmark.pii.scan import scan
from stackmark.pii.spans import Span

TYPES = sorted([*FORMS, "API_KEY.github", "NATIONAL_ID.fr", "PASSWORD", "GENERIC_SECRET"])


def span(content: bytes, value: bytes, kind: str, *, example: bool = False) -> Span:
    start = content.index(value)
    return Span(start, start + len(value), kind, 0.9, "a-rule", example)


def once(value: bytes, kind: str, ordinal: int = 1) -> bytes:
    return forms(kind, "pseudonym")[0](value, ordinal)


class TestForms:
    @pytest.mark.parametrize(
        ("kind", "value", "after"),
        [
            ("EMAIL_ADDRESS", b"alice.miller@corp.io", b"user1xxx@example.com"),
            ("EMAIL_ADDRESS", b"a@b.co", b"user1@example.com"),
            ("IP_ADDRESS", b"8.8.4.4", b"192.0.2.1"),
            ("IP_ADDRESS", b"8.8.4.4:8080", b"192.0.2.1:8080"),
            ("IP_ADDRESS", b"2a00:1450:4001:81b::200e", b"2001:db8::1"),
            ("PHONE_NUMBER", b"+1 (415) 867-5309", b"+1 (000) 000-0001"),
            ("PHONE_NUMBER", b"+49 30 901820", b"+49 00 000001"),
            ("PHONE_NUMBER", b"+353 1 2223333", b"+353 0 0000001"),
            ("PHONE_NUMBER", b"0049 30 901820", b"0049 00 000001"),
            ("IBAN_CODE", b"DE89 3704 0044 0532 0130 00", b"DE00 0000 0000 0000 0000 01"),
            ("MAC_ADDRESS", b"a4:5e:60:c1:22:33", b"00:00:5e:00:53:00"),
            ("MAC_ADDRESS", b"A4-5E-60-C1-22-33", b"00-00-5E-00-53-00"),
            ("API_KEY.github", b"ghp_" + b"a1B2" * 9, b"ghp_REDACTED*1**************************"),
            ("AWS_CREDENTIALS", b"AKIA" + b"Q7ZX" * 4, b"AKIAREDACTED*1******"),
            ("PASSWORD", b"hunter2", b"x*****1"),
            ("PASSWORD", b"ab", b"x*1"),
            ("GENERIC_SECRET", b"9f86d081884c7d65", b"0000000000000001"),
            ("GENERIC_SECRET", b"7d0c8a3e-9b1f-4c2d-8e5f-001122334455", b"00000000-0000-0000-0000-000000000001"),
            ("URL_CREDENTIALS", b"postgres://app:s3cretpw@db/x", b"postgres://app:x******1@db/x"),
            ("AUTHORIZATION_HEADER", b"Bearer abcdefghijkl", b"Bearer REDACTED*1**"),
            ("JSON_WEB_TOKEN", b"eyJhbGciOiJIUzI1NiJ9.e30.abc", b"eyJhbGciOiJIUzI1NiJ9.x*1.x*1"),
            ("LOCATION_COORDINATES", b"48.8566, -2.3522", b"10.0000, -0.0001"),
            ("PERSON", "Zoë Müller".encode(), b"Person1"),
            ("USERNAME", b"amiller", b"user1"),
        ],
    )
    def test_of_type(self, kind: str, value: bytes, after: bytes) -> None:
        assert once(value, kind) == after

    @given(st.integers(10**12, 10**19 - 1), st.integers(1, 999))
    def test_checksum_of_a_card_fails(self, digits: int, ordinal: int) -> None:
        value = once(str(digits).encode(), "CREDIT_CARD", ordinal).decode()
        total = 0
        for place, digit in enumerate(reversed(value)):
            doubled = int(digit) * (1 + place % 2)
            total += doubled - 9 * (doubled > 9)
        assert len(value) == len(str(digits))
        assert total % 10

    def test_webhook_keeps_its_host_and_separators(self) -> None:
        after = once(b"https://hooks.example.net/services/T0AB12CD3/B0AB12CD3/abcdefghijklmnopqrstuvwx", "WEBHOOK_URL")
        assert re.fullmatch(rb"https://hooks\.example\.net/[^/]+/[^/]+/[^/]+/[^/]+", after)
        assert b"abcdef" not in after

    def test_private_key_keeps_its_layout_and_loses_its_name(self) -> None:
        body = b"\\n".join([b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 2] * 3 + [b"Zm9v"])
        value = b"-----BEGIN RSA PRIVATE KEY-----\\n" + body + b"\\n-----END RSA PRIVATE KEY-----\\n"
        after = once(value, "PRIVATE_KEY")
        assert len(after) == len(value)
        assert [len(line) for line in after.split(b"\\n")] == [len(line) for line in value.split(b"\\n")]
        assert after.startswith(b"-----BEGIN RSA REMOVED KEY-----\\nREDACTED*1*")
        assert b"MII" not in after
        assert b"Zm9v" not in after

    def test_private_key_in_pieces_keeps_the_syntax_between_them(self) -> None:
        code = b'K = ("-----BEGIN PRIVATE KEY-----\\n" +\n  "' + b"Q" * 64 + b'\\n" +\n "-----END PRIVATE KEY-----")\n'
        value = code[code.index(b"-----BEGIN") : code.rindex(b'"')]
        after = redact(code, [span(code, value, "PRIVATE_KEY")], path="k.py")
        assert ast.parse(after)
        assert b"QQ" not in after

    @given(
        st.sampled_from([kind for kind in TYPES if not kind.endswith(("PRIVATE_KEY", "MAC_ADDRESS"))]),
        st.from_regex(r"[0-9a-zA-Z:. +-]{16,40}", fullmatch=True),
        st.integers(1, 999),
    )
    def test_is_known_when_it_is_seen_again(self, kind: str, value: str, ordinal: int) -> None:
        after = once(value.encode(), kind, ordinal)
        if sum(char.isdigit() for char in value) >= 8 or b"*" in after:
            assert is_replaced(kind, after, "pseudonym")

    @given(st.sampled_from(["PASSWORD", "API_KEY.acme", "GENERIC_SECRET"]), st.binary(min_size=9, max_size=60))
    def test_of_a_secret_has_its_length(self, kind: str, value: bytes) -> None:
        assert len(once(value, kind)) == len(value)

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            (b"sk_live_" + b"4eC39HqLyjWDarjtT1zdp7dc", b"sk_live_"),
            (b"ya29." + b"AeY08PRZhC_vX1mNq7Lw2cT9dK", b"ya29."),
            (b"wR4DUg_" + b"H0ZX4J-mNq7Lw2cT9dK", b""),
            (b"b36bc8ae-d9b2-402a-9c1f-" + b"0242ac130003", b""),
        ],
    )
    def test_of_a_key_keeps_a_prefix_and_nothing_that_was_drawn(self, value: bytes, kept: bytes) -> None:
        after = once(value, "API_KEY.acme")
        assert after.startswith(kept + b"REDACTED*1")
        assert len(after) == len(value)

    @given(st.from_regex(r"[a-zA-Z][a-zA-Z0-9!#$%]{11,40}", fullmatch=True))
    def test_of_a_password_tells_nothing_of_it(self, value: str) -> None:
        other = "".join(reversed(value)).swapcase()
        if not re.fullmatch("[0-9a-fA-F]+", value):
            assert once(value.encode(), "PASSWORD") == once(other.encode(), "PASSWORD")

    @given(st.integers(0, 2**48 - 1), st.integers(1, 256))
    def test_of_a_hardware_address_is_known_when_it_is_seen_again(self, address: int, ordinal: int) -> None:
        value = ":".join(f"{address:012x}"[place : place + 2] for place in range(0, 12, 2))
        assert is_replaced("MAC_ADDRESS", once(value.encode(), "MAC_ADDRESS", ordinal), "pseudonym")

    @pytest.mark.parametrize("value", [b"X1234567", b"C01X00T47", b"L898902C3"])
    def test_a_real_number_is_not_taken_for_a_replaced_one(self, value: bytes) -> None:
        assert not is_replaced("PASSPORT", value, "pseudonym")


class TestRedact:
    def test_equal_values_are_equal_and_different_ones_are_not(self) -> None:
        content = b"a@corp.io b@corp.io a@corp.io"
        spans = [Span(start, start + 9, "EMAIL_ADDRESS", 1.0, "email") for start in (0, 10, 20)]
        assert redact(content, spans) == b"user1@example.com user2@example.com user1@example.com"

    def test_numbers_go_on_through_a_repository(self) -> None:
        numbers = Ordinals()
        first, second = b"mail a@corp.io", b"mail b@corp.io, a@corp.io"
        assert redact(first, [span(first, b"a@corp.io", "EMAIL_ADDRESS")], ordinals=numbers).endswith(
            b"user1@example.com"
        )
        found = [span(second, b"a@corp.io", "EMAIL_ADDRESS"), span(second, b"b@corp.io", "EMAIL_ADDRESS")]
        assert redact(second, found, ordinals=numbers) == b"mail user2@example.com, user1@example.com"

    def test_ordinals_do_not_show_what_they_hold(self) -> None:
        numbers = Ordinals()
        numbers.number("PASSWORD", b"hunter2")
        assert "hunter2" not in repr(numbers)

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    def test_wide_text_stays_wide(self, codec: str) -> None:
        text = "Grüße an alice@corp.io aus Köln"
        content = ("\ufeff" + text).encode(codec)
        value = "alice@corp.io".encode(codec)
        after = redact(content, [span(content, value, "EMAIL_ADDRESS")])
        assert after.decode(codec) == "\ufeffGrüße an user1@example.com aus Köln"

    def test_examples_stay(self) -> None:
        content = b"key = AKIAIOSFODNN7EXAMPLE"
        assert redact(content, [span(content, b"AKIAIOSFODNN7EXAMPLE", "AWS_CREDENTIALS", example=True)]) == content

    def test_of_spans_that_overlap_the_longer_is_replaced(self) -> None:
        content = b"x = abcdefghijklmnop"
        spans = [span(content, b"defghi", "PASSWORD"), span(content, b"abcdefghijklmnop", "API_KEY.acme")]
        assert redact(content, spans) == b"x = REDACTED*1******"

    def test_placeholders(self) -> None:
        content = b"mail a@corp.io"
        spans = [span(content, b"a@corp.io", "EMAIL_ADDRESS")]
        assert redact(content, spans, style="placeholder") == b"mail <EMAIL_ADDRESS_1>"

    def test_a_span_outside_is_refused(self) -> None:
        with pytest.raises(ValueError, match="from 2 to 9 in a content of 4"):
            redact(b"abcd", [Span(2, 9, "PASSWORD", 1.0, "r")])

    def test_nothing_found_changes_nothing(self) -> None:
        assert redact(b"\xff\x00", []) == b"\xff\x00"

    @pytest.mark.parametrize(
        ("path", "content", "value"),
        [
            ("a.yaml", b"password: Tr0ub4dor\n", b"Tr0ub4dor"),
            ("a.yml", b"pin: [1234, 99]\n", b"1234"),
            ("a.json", b'{"pin": 12345}', b"12345"),
            ("a.py", b"SECRET = 0x9f86d081884c7d65\n", b"0x9f86d081884c7d65"),
            ("a.py", b"SECRET = 9f86\n", b"9f86"),
            ("a.toml", b"pin = 12345678\n", b"12345678"),
            ("a.xml", b"<a><pw>correct horse</pw></a>", b"correct horse"),
        ],
    )
    def test_what_parsed_still_parses(self, path: str, content: bytes, value: bytes) -> None:
        from stackmark.pii import syntax

        sound = syntax.checker(path)
        after = redact(content, [span(content, value, "PASSWORD")], path=path)
        assert value not in after
        assert sound is not None
        assert sound(after) or not sound(content)

    @given(st.data())
    def test_no_other_byte_changes_and_a_second_pass_changes_nothing(self, data: st.DataObject) -> None:
        content = data.draw(st.binary(max_size=120))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
        kinds = [data.draw(st.sampled_from(TYPES)) for _ in cuts[1::2]]
        spans = [Span(a, b, kind, 1.0, "r") for a, b, kind in zip(cuts[::2], cuts[1::2], kinds, strict=False)]
        found = replacements(content, spans)
        after = apply(content, found)
        again = [
            Span(start, end, one.span.type, 1.0, "r") for (start, end), one in zip(places(found), found, strict=True)
        ]
        assert redact(after, again) == after
        kept = after
        for (start, end), one in reversed(list(zip(places(found), found, strict=True))):
            assert after[start:end] == one.after
            kept = kept[:start] + content[one.start : one.end] + kept[end:]
        assert kept == content


def test_json_lines_and_numbers_keep_their_types() -> None:
    content = b'{"ip": "8.8.4.4", "card": 4111111111111112}'
    spans = [span(content, b"8.8.4.4", "IP_ADDRESS"), span(content, b"4111111111111112", "CREDIT_CARD")]
    after = json.loads(redact(content, spans, path="x.json"))
    assert after["ip"] == "192.0.2.1"
    assert isinstance(after["card"], int)


def test_a_value_has_one_ordinal_in_every_encoding() -> None:
    ordinals = Ordinals()
    text = "mail = k\u00e5re@firma-nord.no, ola@firma-nord.no, ola@firma-nord.no"
    coded = [text.encode("utf-8"), text.encode("utf-16"), "\ufeff".encode("utf-16-be") + text.encode("utf-16-be")]
    done = [redact(content, scan(content), ordinals=ordinals) for content in coded]
    decoded = [content.decode(codec) for content, codec in zip(done, ("utf-8", "utf-16", "utf-16"), strict=True)]
    assert {text[-19:] for text in decoded} == {decoded[0][-19:]} != {"ola@firma-nord.no"}
