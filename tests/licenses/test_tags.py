from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import tags
from stackmark.licenses.expressions import MAX_LENGTH, UNKNOWN

TAG = "SPDX-License-" + "Identifier"


@pytest.mark.parametrize(
    "line",
    [
        "{} MIT",
        "// {} MIT",
        "/* {} MIT */",
        "# {} MIT\r",
        "<!-- {} MIT -->",
        "(* {} MIT *)",
        "{{# {} MIT #}}",
        "dnl {} MIT",
        "REM {} MIT",
        ".. {} MIT",
        "% {} MIT",
        ";; {} MIT",
        "-- {} MIT",
        '"""{} MIT"""',
        " * {} mit.",
        "\ufeff# {} MIT",
        "{{- {} MIT -}}",
    ],
)
def test_a_tag_behind_any_comment_sign(line: str) -> None:
    assert tags.find(line.format(TAG + ":").encode()).expression == "MIT"


@pytest.mark.parametrize(
    "line",
    [
        'if "{} MIT" in text:',
        'PATTERN = r"{} (.*)"',
        '    "{} MIT",',
        "print('{} MIT')",
        "Put the line `{} MIT` at the top.",
        "# use {} MIT here",
        "# {} <licence>",
        "# {} {{{{ cookiecutter.license }}}}",
        "# {}",
        "# {} $LICENSE",
    ],
)
def test_talk_about_tags_is_no_tag(line: str) -> None:
    assert tags.find(line.format(TAG + ":").encode()) == tags.Tags(None, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("(GPL-2.0 OR BSD-3-Clause)", "GPL-2.0-only OR BSD-3-Clause"),
        ("GPL-2.0 WITH Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        ("Apache 2.0", "Apache-2.0"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("gplv3+", "GPL-3.0-or-later"),
        ("LicenseRef-Mine", "LicenseRef-Mine"),
        ("BSD", UNKNOWN),
        ("MIT AND", UNKNOWN),
        ("GPL-2.0-only WITH MIT", UNKNOWN),
        ("NONE", UNKNOWN),
        ("NOASSERTION", UNKNOWN),
    ],
)
def test_values(value: str, expected: str) -> None:
    found = tags.find(f"// {TAG}: {value}\n".encode())
    assert found.expression == expected
    assert found.raw == (value,)


def test_different_tags_are_joined_by_and() -> None:
    content = f"# {TAG}: MIT\n# {TAG}: GPL-2.0-only OR ISC\n# {TAG}: MIT\n".encode()
    assert tags.find(content).expression == "MIT AND (GPL-2.0-only OR ISC)"


def test_what_reuse_tells_to_ignore_is_ignored() -> None:
    content = f"# REUSE-IgnoreStart\n# {TAG}: MIT\n# REUSE-IgnoreEnd\n# {TAG}: ISC\n".encode()
    assert tags.find(content).expression == "ISC"


@pytest.mark.parametrize(
    "value",
    [
        "(" * 100_000,
        "MIT OR " * 20_000,
        "(MIT OR " * 200 + "ISC",
        "MIT " + "*/" * 900 + "x",
        "A" * (MAX_LENGTH + 1),
    ],
    ids=["parentheses", "long", "deep", "closers", "one id"],
)
def test_hostile_values_are_unknown(value: str) -> None:
    assert tags.find(f"# {TAG}: {value}\n".encode()).expression == UNKNOWN


def test_very_many_tags_end_in_bounded_time() -> None:
    content = b"".join(f"# {TAG}: LicenseRef-{n}\n".encode() for n in range(3000))
    assert tags.find(content).expression == UNKNOWN


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_make_it_fail(before: bytes, after: bytes) -> None:
    found = tags.find(before + TAG.encode() + after)
    assert (found.expression is None) == (not found.raw)
