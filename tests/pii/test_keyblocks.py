"""Private keys in every layout, the span over all of the key, and what is no key."""

from __future__ import annotations

import base64
import random

import pytest

from stackmark import pii

BEGIN, END = b"-----BEGIN RSA PRIVATE KEY-----", b"-----END RSA PRIVATE KEY-----"
BODY = base64.b64encode(b"\x30\x82\x04\xa3\x02\x01\x00\x02" + random.Random(5).randbytes(620))
LINES = [BODY[at : at + 64] for at in range(0, len(BODY), 64)]
WHOLE = [BEGIN, *LINES, END]
PUBLIC = base64.b64encode(b"\x30\x82\x01\x22\x30\x0d\x06\x09" + random.Random(6).randbytes(290))

HEADERS = [b"Proc-Type: 4,ENCRYPTED", b"DEK-Info: AES-128-CBC,0A1B2C3D4E5F60718293A4B5C6D7E8F9"]
LAYOUTS = {
    "whole": b"\n".join(WHOLE) + b"\n",
    "crlf": b"\r\n".join(WHOLE),
    "indented": b"key: |\n" + b"".join(b"    " + line + b"\n" for line in WHOLE),
    "escaped": b'{"private_key": "' + b"\\n".join(WHOLE) + b'\\n"}',
    "escaped twice": b'"{\\"key\\": \\"' + b"\\\\n".join(WHOLE) + b'\\"}"',
    "escaped crlf": b"KEY='" + b"\\r\\n".join(WHOLE) + b"'",
    "joined with plus": b"String k =\n" + b" +\n".join(b'    "' + line + b'\\n"' for line in WHOLE) + b";",
    "joined by standing together": b"k = (\n" + b"\n".join(b"    '" + line + b"\\n'" for line in WHOLE) + b"\n)",
    "list of strings": b"[\n" + b",\n".join(b'  "' + line + b'"' for line in WHOLE) + b"\n].join('\\n')",
    "one line with blanks": b"KEY=" + b" ".join(WHOLE),
    "one line with nothing": b"KEY=" + b"".join(WHOLE),
    "commented": b"".join(b"# " + line + b"\n" for line in WHOLE),
    "quoted mail": b"".join(b"> " + line + b"\n" for line in WHOLE),
    "continued": b"KEY=" + b"\\\n".join(WHOLE),
    "markup": b"<br/>".join(WHOLE),
    "encrypted": b"\n".join([BEGIN, *HEADERS, b"", *LINES, END]),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_span_goes_from_begin_to_end(layout: bytes) -> None:
    text = b"before\n" + layout + b"\nafter\n"
    (span,) = pii.scan(text)
    assert span.type == "PRIVATE_KEY"
    found = text[span.start : span.end]
    assert found.startswith(BEGIN)
    assert found.endswith(END)
    assert all(line in found for line in LINES)


@pytest.mark.parametrize("kind", [b"", b"EC ", b"DSA ", b"OPENSSH ", b"ENCRYPTED ", b"ANY "])
def test_every_kind_of_pem_is_known(kind: bytes) -> None:
    text = b"-----BEGIN %bPRIVATE KEY-----\n%b\n-----END %bPRIVATE KEY-----\n" % (kind, b"\n".join(LINES), kind)
    assert [span.type for span in pii.scan(text)] == ["PRIVATE_KEY"]


def test_a_pgp_key_is_one() -> None:
    text = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n%b\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----\n"
    assert [span.type for span in pii.scan(text % b"\n".join(LINES))] == ["PRIVATE_KEY"]


def test_a_key_that_is_cut_short_is_found_to_its_last_piece() -> None:
    text = b"\n".join([BEGIN, *LINES[:5]]) + b"\n\ndef main():\n    pass\n"
    (span,) = pii.scan(text)
    assert text[span.start : span.end].endswith(LINES[4])


def test_two_keys_are_two_spans() -> None:
    assert len(pii.scan(LAYOUTS["whole"] * 2)) == 2


def test_the_base64_of_a_whole_pem_file_is_one() -> None:
    text = b"  tls.key: " + base64.b64encode(LAYOUTS["whole"]) + b"\n"
    assert [span.type for span in pii.scan(text)] == ["PRIVATE_KEY"]


@pytest.mark.parametrize(
    "text",
    [
        BEGIN + b"\n" + END,
        BEGIN + b"\n...\n" + END,
        BEGIN + b"\n${PRIVATE_KEY}\n" + END,
        BEGIN + b"\n<your key here>\n" + END,
        b"if line == '" + BEGIN + b"':\n    raise ValueError('this is a private key and keys do not belong in here')\n",
        b"\n".join([b"-----BEGIN PUBLIC KEY-----", PUBLIC, b"-----END PUBLIC KEY-----"]),
        b"\n".join([b"-----BEGIN CERTIFICATE-----", PUBLIC, b"-----END CERTIFICATE-----"]),
        b"\n".join([b"-----BEGIN PGP SIGNATURE-----", PUBLIC, b"-----END PGP SIGNATURE-----"]),
    ],
)
def test_a_frame_without_a_key_is_left(text: bytes) -> None:
    assert pii.scan(text) == []


def test_many_begins_without_an_end_stay_fast() -> None:
    assert pii.scan((BEGIN + b"\n") * 4000) == []
    assert pii.scan((BEGIN + b" ") * 4000) == []


def test_noise_between_begin_and_end_is_no_key() -> None:
    assert pii.scan(BEGIN + b"\n" + b"\x00\x01" * 400 + END) == []
