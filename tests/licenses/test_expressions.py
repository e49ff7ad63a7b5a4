from __future__ import annotations

import random

import pytest
from packaging.licenses import canonicalize_license_expression

from stackmark.licenses import expressions
from stackmark.licenses.expressions import UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mit", "MIT"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("MIT and mit", "MIT"),
        ("MIT AND (MIT OR GPL-2.0)", "MIT AND (MIT OR GPL-2.0-only)"),
        ("GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Own.1", "LicenseRef-Own.1"),
    ],
)
def test_normalised(text: str, expected: str) -> None:
    assert expressions.parse(text) == expected


NOT_EXPRESSIONS = [
    *("", " ", "(MIT", "MIT OR", "MIT MIT", "Foo", "NONE", "MIT/Apache-2.0", "LicenseRef-", "MIT\0"),
    *(
        "GPL-2.0-only WITH MIT",
        "Classpath-exception-2.0",
        "(" * 30 + "MIT" + ")" * 30,
        "MIT OR " * 200 + "ISC",
    ),
]


@pytest.mark.parametrize("text", NOT_EXPRESSIONS)
def test_not_expressions(text: str) -> None:
    assert expressions.parse(text) is None
    assert expressions.license_class(text) == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "none"),
        ("CC0-1.0", "public-domain"),
        ("MIT", "permissive"),
        ("LGPL-2.1-only", "weak-copyleft"),
        ("GPL-2.0-or-later", "strong-copyleft"),
        ("AGPL-3.0-only", "network-copyleft"),
        ("SSPL-1.0", "network-copyleft"),
        ("OSL-3.0", "network-copyleft"),
        ("BUSL-1.1", "source-available"),
        ("LicenseRef-scancode-proprietary-license", "proprietary"),
        ("LicenseRef-mine", "unknown"),
        (UNKNOWN, "unknown"),
        ("MIT AND GPL-2.0-only", "strong-copyleft"),
        ("MIT OR GPL-2.0-only", "permissive"),
        (f"MIT OR {UNKNOWN}", "permissive"),
        (f"MIT AND {UNKNOWN}", "unknown"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "weak-copyleft"),
        ("Apache-2.0 WITH LLVM-exception", "permissive"),
        ("MIT WITH Classpath-exception-2.0", "permissive"),
        ("GPL-2.0-only WITH cryptsetup-OpenSSL-exception", "strong-copyleft"),
    ],
)
def test_classes(text: str | None, expected: str) -> None:
    assert expressions.license_class(text) == expected


def test_a_join_of_too_many_members_is_unknown() -> None:
    assert expressions.join(f"LicenseRef-{n:04}" for n in range(200)) == UNKNOWN


def test_a_join_keeps_the_order_and_says_each_once() -> None:
    assert expressions.join(["ISC", "MIT AND ISC", "MIT OR Zlib"]) == "ISC AND MIT AND (MIT OR Zlib)"
    assert expressions.join([]) is None


def test_every_id_that_we_may_emit_parses_elsewhere() -> None:
    """packaging follows the SPDX list; of ids that left it or entered it later there are few."""
    ids = [key for key, exception in expressions.spdx_ids().values() if not exception]
    refused = []
    for key in sorted(set(ids)):
        try:
            canonicalize_license_expression(key)
        except ValueError:
            refused.append(key)
    assert refused == []


def test_random_expressions_parse_in_packaging() -> None:
    pick = random.Random(7)
    for _ in range(300):
        text = expressions.join(pick.sample(["MIT", "GPL-2.0-or-later", "Apache-2.0", UNKNOWN, "ISC OR Zlib"], 3), "OR")
        assert canonicalize_license_expression(text or "")
