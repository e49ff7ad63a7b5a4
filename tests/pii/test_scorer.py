"""The scorer: small, plain, and right about what anybody would be right about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackmark.pii import assignments, features, paths, scan, scorer, values
from tests.pii.made import made

MODEL = Path(scorer.__file__).with_name("scorer.json")


def first(line: bytes, path: str | None = None, index: int = 0) -> assignments.Found:
    candidate = next(assignments.candidates(line, line.lower()))
    return assignments.Found(index, line, line.lower(), paths.of(path), candidate)


def score(line: bytes, path: str = "app.py") -> float:
    (probability,) = scorer.probabilities(features.matrix([first(line, path)]))
    return probability


def test_the_model_is_small_json() -> None:
    assert MODEL.stat().st_size < 200_000
    assert set(json.loads(MODEL.read_text())) == {"base", "features", "trees"}


def test_every_feature_has_a_number() -> None:
    line = b"password = 'Zk83hwqP'"
    assert features.matrix([first(line)]).shape == (1, len(features.FEATURES))


def test_a_row_does_not_depend_on_those_beside_it() -> None:
    lines = [made(text) for text in ('password = "x{b64:30}=="', "token: 0xdeadbe", "key => 'Aé b'", "secret=aBc1")]
    found = [first(line, "a.py", index) for index, line in enumerate(lines)]
    together = features.matrix(found)
    alone = [features.matrix([one])[0] for one in found]
    assert together.tolist() == [row.tolist() for row in alone]


@pytest.mark.parametrize("value", ["{alnum:12}", "{hex:32}", "{b64:40}", "{lownum:20}"])
def test_chance_beats_words(value: str) -> None:
    assert score(made(f'secret_key = "{value}"')) > 0.7 > score(b'secret_key = "user_session_name"')


def test_a_word_for_a_word_is_no_secret() -> None:
    assert score(b'password_field = "password_confirmation"') < 0.2


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        (b'cfg["password"] = "abc123"', b'cfg["password', b"abc123"),
        (b'String dbPassword = "abc123";', b"dbPassword", b"abc123"),
        (b"password: String = 'abc123'", b"password", b"abc123"),
        (b"setPassword('abc123')", b"setPassword", b"abc123"),
        (b"?token=abc123&x=1", b"token", b"abc123"),
        (b"--password abc123 --user u", b"--password", b"abc123"),
        (b'{"key": "secret", "value": "abc123"}', b"secret", b"abc123"),
        (b"token := os.Getenv(`abc123`)", b"token", b"abc123"),
        (b"if password == b'abc123':", b"password", b"abc123"),
    ],
)
def test_assignments_are_read_in_every_form(line: bytes, name: bytes, value: bytes) -> None:
    found = [(line[item.start : item.end], item.name) for item in assignments.candidates(line, line.lower())]
    assert value in [value for value, _ in found]
    assert any(part.endswith(name.rpartition(b'"')[2]) for _, part in found)


@pytest.mark.parametrize(
    "line",
    [
        'client_request_token = "{alnum:32}"', '"nextToken": "{b64:40}"', "job_token, '20160719135034878238'",
        'pwd.getpwnam("nobody-{digits:4}")', 'salt.utils.mine.ACL: "2001:db8::{digits:2}"',
        "<ds:SignatureValue>{b64:60}</ds:SignatureValue>",
        'v3_auth_pass = params.get("v3_auth_pass")', "load(name, passphrase=pkcs12_passphrase)",
        "signature: dTTTTTT-WWWWWW-SSSSSSS",
        'pypi-tokens.json.enc "{hex:12}"', '"aws/secretsmanager": "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"',
    ],
)  # fmt: skip
def test_what_only_has_such_a_name_is_no_secret(line: str) -> None:
    assert scan(made(line), "app.py") == []


def test_an_attribute_with_a_prefix_is_an_entry_of_settings() -> None:
    assert scan(made('<meta-data android:name="com.maps.API_KEY" android:value="{alnum:32}"/>'))


@pytest.mark.parametrize("value", b"${X} {{x}} <token> %(x)s $HOME process.env.X #{x} vault:x".split())
def test_references_are_templates(value: bytes) -> None:
    assert values.is_template(value)


@pytest.mark.parametrize("value", b"your-api-key xxxxxxxx **** changeme None <redacted> insert_here".split())
def test_stand_ins_are_placeholders(value: bytes) -> None:
    assert values.is_placeholder(value)


def test_wordiness_parts_names_from_chance() -> None:
    assert values.wordiness(b"getUserPassword") > 0.4
    assert values.wordiness(made("{alnum:32}")) < -0.4
