"""The scan as a whole: offsets, paths, encodings, what is never found, and what a hostile content does to it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import pii
from stackmark.pii.scan import MAX_FOUND, scan_many
from stackmark.pii.spans import RANKS, Span, merge
from tests.pii.made import made

PERSONAL = RANKS.index("personal")


def values(text: bytes, **options: str) -> list[tuple[str, bytes]]:
    return [(span.type, text[span.start : span.end]) for span in pii.scan(text, **options) if not span.is_example]


class TestValues:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            (b'db = "postgres://app:q7Rv2mKx@db.internal/x"', "URL_CREDENTIALS", b"q7Rv2mKx"),
            (b"author = 'Ana <ana.lind@kth.se>'", "EMAIL_ADDRESS", b"ana.lind@kth.se"),
            (b"DB_PASSWORD=Zk83hwqP2x", "PASSWORD", b"Zk83hwqP2x"),
            (b"<password>Zk83hwqP2x</password>", "PASSWORD", b"Zk83hwqP2x"),
            (b'{"name": "api_secret", "value": "Zk83hwqP2xLq04Ww"}', "GENERIC_SECRET", b"Zk83hwqP2xLq04Ww"),
            (b"CREATE USER a IDENTIFIED BY 'Zk83hwqP2x';", "PASSWORD", b"Zk83hwqP2x"),
            (b'{\\"access_token\\":\\"Zk83hwqP2xLq04Ww\\"}', "GENERIC_SECRET", b"Zk83hwqP2xLq04Ww"),
        ],
    )
    def test_are_found_without_their_quotes(self, text: bytes, kind: str, value: bytes) -> None:
        assert values(text) == [(kind, value)]

    @pytest.mark.parametrize(
        "text",
        [
            "commit {hex:40}",
            "md5 = '{hex:32}'",
            '"integrity": "sha512-{b64:86}=="',
            "id: {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            "h1:{b64:43}=",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB{b64:200} me@host",
            "-----BEGIN CERTIFICATE-----{nl}MII{b64:61}{nl}{b64:64}{nl}-----END CERTIFICATE-----",
            "password: ${DB_PASSWORD}",
            "password = os.environ['PW']",
            "api_key: <your-api-key>",
            "token: {{ secrets.token }}",
            "secret_key = xxxxxxxxxxxxxxxx",
            "version 61.42.33.101",
            "oid 1.3.6.1.4.1.311.21.20",
            "10.1.2.3 192.168.7.9 172.16.5.4 127.0.0.1 203.0.113.9 198.51.100.77 2001:db8::7 fe80::1",
            "mail jo@example.com, ann@test.invalid, x@localhost",
            "call +1 415 555 0132",
            'src="data:image/png;base64,iVBORw0KGgo{b64:120}"',
            "getToken(password, authTokenProvider, secretKeyFactory)",
            "def check(password: str, token: Optional[Token] = None) -> Secret:",
        ],
    )
    def test_that_only_look_like_secrets_are_left(self, text: str) -> None:
        assert values(made(text)) == []

    def test_that_are_known_examples_are_tagged(self) -> None:
        spans = pii.scan(b"card 4111 1111 1111 1111\nkey = AKIAIOSFODNN7EXAMPLE\n")
        assert [(span.type, span.is_example) for span in spans] == [("CREDIT_CARD", True), ("AWS_CREDENTIALS", True)]

    def test_in_a_lock_file_are_no_generic_secrets(self) -> None:
        line = b'"token": "Zk83hwqP2xLq04Ww"'
        assert values(line, path="app/settings.json")
        assert values(line, path="app/package-lock.json") == []

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("x = 'a\\nghp_{alnum:36}'", "API_KEY.github"),
            ("x = 'pay:\\n4539578763621486'", "CREDIT_CARD"),
            ("x = '\\t1BoatSLRHtKNngkdXEeobR76b53LETtpyT'", "CRYPTO_WALLET"),
            ("x = 'to\\nES2627889301523106439625'", "IBAN_CODE"),
        ],
    )
    def test_after_an_escape_stand_alone(self, text: str, kind: str) -> None:
        assert [found for found, _ in values(made(text))] == [kind]

    @pytest.mark.parametrize("text", [b"4539578763621486", b"2a01:4f8:c17:b8f::2", b"ES2627889301523106439625"])
    def test_at_the_very_beginning_are_found(self, text: bytes) -> None:
        assert [value for _, value in values(text)] == [text]

    @pytest.mark.parametrize(
        ("text", "addresses"),
        [
            (b"<ana.lind@kth.se>,jo@uni-bonn.de;", [b"ana.lind@kth.se", b"jo@uni-bonn.de"]),
            (b"..kim@mail.co.jp..", [b"kim@mail.co.jp"]),
            (b"a@b@uni-bonn.de", []),
            (b"_kim@uni-bonn.de", []),
            (b"kim@uni-bonn.de_x", []),
            (b"kim@-bonn.de", []),
            (b"x" * 70 + b"@uni-bonn.de", []),
            (b"kim@uni-bonn.d", []),
        ],
    )
    def test_of_mail_are_whole_or_none(self, text: bytes, addresses: list[bytes]) -> None:
        assert [value for kind, value in values(text) if kind == "EMAIL_ADDRESS"] == addresses

    @pytest.mark.parametrize(
        "text",
        [
            b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",  # RFC 7617
            b'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',  # RFC 2617
            b"https://ana:s3cr3t@db.uni-bonn.de/",
            b"https://ana:p4$$w0rd@db.uni-bonn.de/",
        ],
    )
    def test_that_standards_print_and_words_in_disguise_are_examples(self, text: bytes) -> None:
        assert [kind for kind, _ in values(text)] == []

    @pytest.mark.parametrize(
        "text", [b"(make-private-key :curve25519 :x skey1)", b"Sec-WebSocket-Key: NTA2MDAyMDU1NjMzNjkwMg=="]
    )
    def test_beside_a_telling_name_that_are_no_credentials_are_left(self, text: bytes) -> None:
        assert values(text) == []


class TestEncodings:
    LINE = "naïve password = 'Zk83hwqP2x' # ana.lind@kth.se\r\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
    def test_offsets_are_those_of_the_bytes(self, encoding: str) -> None:
        text = self.LINE.encode(encoding)
        unit = "utf-16-be" if text[:1] == b"\0" else "utf-16-le" if b"\0" in text else encoding
        assert [value.decode(unit) for _, value in values(text)] == ["Zk83hwqP2x", "ana.lind@kth.se"]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    def test_any_line_end_ends_a_value(self, end: bytes) -> None:
        assert values(b"password=Zk83hwqP2x" + end + b"next=1") == [("PASSWORD", b"Zk83hwqP2x")]


class TestBatches:
    def test_give_a_list_a_row_and_nothing_for_null(self) -> None:
        contents = [b"ana.lind@kth.se", None, b"", b"x"]
        batch = pa.record_batch({"data": pa.array(contents, pa.large_binary())})
        assert [len(spans) for spans in pii.scan_batch(batch)] == [1, 0, 0, 0]

    def test_read_paths_if_there_are_any(self) -> None:
        line = b'"token": "Zk83hwqP2xLq04Ww"'
        batch = pa.record_batch(
            {"data": pa.array([line, line], pa.large_binary()), "path": pa.array([b"a.json", b"yarn.lock"])}
        )
        assert [len(spans) for spans in pii.scan_batch(batch)] == [1, 0]

    def test_find_equal_lines_wherever_they_stand(self) -> None:
        line = b'"token": "Zk83hwqP2xLq04Ww"\n'
        found = scan_many([line + b"x\n" + line, b"\n" + line, line], ["a.json", "b.json", "yarn.lock"])
        assert [[span.start for span in spans] for spans in found] == [[10, 40], [11], []]


class TestHostile:
    @given(st.binary(max_size=400))
    def test_no_content_raises_and_spans_are_in_order(self, content: bytes) -> None:
        spans = pii.scan(content, None, "high")
        ends = [0] + [offset for span in spans for offset in (span.start, span.end)]
        assert ends == sorted(ends)
        assert all(span.start < span.end <= len(content) for span in spans)

    def test_findings_of_a_rule_are_bounded(self) -> None:
        text = b"".join(b"u%05d@kth.se\n" % number for number in range(MAX_FOUND + 50))
        assert len(pii.scan(text)) == MAX_FOUND

    def test_a_line_of_a_megabyte_keeps_its_findings(self) -> None:
        filler = b"var a=1;" * 20_000
        text = filler + b'password="Zk83hwqP2x";' + filler + b"ana.lind@kth.se;" + filler
        assert values(text) == [("PASSWORD", b"Zk83hwqP2x"), ("EMAIL_ADDRESS", b"ana.lind@kth.se")]


class TestMerge:
    def test_a_typed_secret_beats_a_generic_one_in_its_place(self) -> None:
        text = made("GITHUB_TOKEN=ghp_{alnum:36}")
        assert [span.type for span in pii.scan(text)] == ["API_KEY.github"]

    def test_the_longer_of_equal_rank_stays_and_the_sum_of_neighbours_does_not_matter(self) -> None:
        spans = [Span(0, 4, "A", 1, "a"), Span(3, 9, "B", 1, "b"), Span(8, 10, "C", 1, "c"), Span(10, 12, "D", 1, "d")]
        assert [span.type for span in merge(spans)] == ["B", "D"]

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 3)), max_size=12))
    def test_order_does_not_matter_and_nothing_overlaps(self, parts: list[tuple[int, int, int]]) -> None:
        spans = [Span(start, start + size, "T", 1, f"r{rank}", rank=rank) for start, size, rank in parts]
        merged = merge(spans)
        assert merge(spans[::-1]) == merged
        assert all(first.end <= second.start for first, second in pairwise(merged))


def test_the_shared_cases_are_found_and_the_look_alikes_are_not(shared_data: Path) -> None:
    with gzip.open(shared_data / "pii_dev.jsonl.gz", "rt") as file:
        cases = [json.loads(line) for line in file]
    found = scan_many([case["text"].encode() for case in cases])
    counts: Counter[str] = Counter()
    for case, all_spans in zip(cases, found, strict=True):
        spans = [span for span in all_spans if not span.is_example]
        if case["label"]:
            counts["true"] += 1
            places = [[span.start, span.end] for span in spans if span.type == case["type"]]
            counts["hit"] += case["spans"][0] in places
        elif case["forbids"] == "any secret":
            counts["wrong"] += any(span.rank != PERSONAL for span in spans)
        else:
            counts["wrong"] += any(span.type == case["forbids"] for span in spans)
    assert counts["wrong"] == 0
    assert counts["hit"] >= 0.99 * counts["true"]


def test_a_long_value_without_quotes_is_one_finding() -> None:
    value = made("{b64:1400}")
    content = b"data:\n  private_key: " + value + b"\n  other: x\n"
    assert [content[span.start : span.end] for span in pii.scan(content, "secrets.yml")] == [value]


def test_what_stands_for_a_password_in_a_url_is_no_address() -> None:
    assert pii.scan(b"url = https://jo:x*******1@host.corp.net/a https://jo:REDACTED*12@pypi.corp.net/\n") == []


def test_the_name_of_a_placeholder_is_neither_a_name_nor_a_context() -> None:
    drawn = made("live_{alnum:30}")
    assert pii.scan(b"<API_KEY_STRIPE_1>@127.0.0.1/x <API_KEY_STRIPE_1> " + drawn + b"\n") == []
    assert [span.rule for span in pii.scan(b"mollie " + drawn + b"\n")] == ["mollie-key"]


class TestSeveralOnALine:
    @pytest.mark.parametrize(
        "command",
        [
            "7z x -p{} a.7z",
            "curl -u ana:{} https://h.corp.net/a",
            "mysql -uroot -p{} shop",
            "openssl enc -k {} -in a",
            "docker login -u ana -p {} hub.corp.net",
        ],
    )
    @pytest.mark.parametrize("second", ["x7Kp29vQmz4T", "Qm41zzR8wLk3"])
    def test_each_of_several_commands_gives_its_value(self, command: str, second: str) -> None:
        wanted = ["x7Kp29vQmz4T", second, "x7Kp29vQmz4T"]
        line = " && ".join(command.format(value) for value in wanted).encode()
        assert [value.decode() for _, value in values(line, path="a.sh")] == wanted


def test_the_end_of_a_password_in_a_url_is_no_address() -> None:
    line = b"url = https://ana:0001 Xxxxx 0010@h.corp.net/x, 10101@h.corp.net"
    assert values(line) == [("EMAIL_ADDRESS", b"10101@h.corp.net")]


def test_accounts_of_systems_are_nobody() -> None:
    found = values(b"/home/runner/x /home/mlindq/x C:\\Users\\Public\\x", sensitivity="high")
    assert found == [("USERNAME", b"mlindq")]
