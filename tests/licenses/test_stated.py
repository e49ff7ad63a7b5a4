from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from stackmark.licenses import expressions, stated
from stackmark.licenses.expressions import UNKNOWN
from stackmark.licenses.stated import Said, interpret


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("MIT / Apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-2 | file LICENSE", "GPL-2.0-only"),
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GNU GPL version 2 or, at your option, any later version", "GPL-2.0-or-later"),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
        ("GNU Affero General Public License v3", "AGPL-3.0-only"),
        ("GPLv2 or GPLv3", "GPL-2.0-only OR GPL-3.0-only"),
        ("MIT, ISC", "MIT AND ISC"),
        ("Common Development and Distribution License 1.0 (CDDL-1.0)", "CDDL-1.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://www.gnu.org/licenses/gpl-3.0.html", "GPL-3.0-only"),
        ("All rights reserved", stated.PROPRIETARY),
        ("LicenseRef-Own", "LicenseRef-Own"),
    ],
)
def test_understood(text: str, expected: str) -> None:
    assert interpret(text) == Said(expected)


@pytest.mark.parametrize(
    "text",
    [
        "Foo",
        "MIT and Foo",
        "MIT or later",
        "Not MIT",
        "MIT with restrictions",
        "GPLv2 for hobbyists",
        "GPL-7",
        "free",
        "GPL 2 3",
    ],
)
def test_what_is_not_understood_is_unknown(text: str) -> None:
    assert interpret(text) == Said(UNKNOWN)


@pytest.mark.parametrize("text", ["", "  ", "UNKNOWN", "None", "n/a"])
def test_nothing_is_said(text: str) -> None:
    assert interpret(text) == Said()


@pytest.mark.parametrize(
    ("text", "family"), [("BSD", "bsd"), ("BSD License", "bsd"), ("GNU GPL", "gpl"), ("LGPL", "lgpl")]
)
def test_families(text: str, family: str) -> None:
    assert interpret(text) == Said(family=family)
    assert expressions.rank(stated.family_class(family)) >= 0


def test_every_family_and_name_of_the_table_is_sound() -> None:
    table = stated._table()
    for name, value in table["names"].items():
        assert expressions.parse(value) == value, name
        assert stated.key(name) == name or name in ("public domain",), name
    for family in table["families"]:
        alone = stated.family_alone(family)
        assert expressions.parse(alone) == alone
        assert stated.family_class(family) in (*expressions.tables().ladder, "unknown")
    for value in table["addresses"].values():
        assert expressions.parse(value) == value


@given(st.text(max_size=300))
def test_any_text_gives_an_expression_or_none(text: str) -> None:
    found = interpret(text).expression
    assert found is None or canonicalize_license_expression(found)


def test_long_texts_end_in_bounded_time() -> None:
    start = time.monotonic()
    for text in ("MIT or " * 2000, "gpl " * 190, "(" * 190, "a/" * 90, "see " * 5000, "http://" + "x/" * 90):
        interpret(text)
    assert time.monotonic() - start < 5
