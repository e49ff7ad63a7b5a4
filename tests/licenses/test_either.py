"""A choice that the file itself announces: "under either A or B", in words, by file names, before the texts."""

from __future__ import annotations

import pytest

from stackmark import licenses
from stackmark.licenses.attribution import license_text

INTRODUCTIONS = (
    "This project is licenced under the terms of either the `Zero-Clause BSD licence`_\n"
    "or the `CC0 1.0 Universal licence`_.",
    "You may use this library under the 0BSD license or the CC0 1.0 Universal license, at your option.",
    "Dual licensed: choose either 0BSD or CC0-1.0.",
)


def full(spdx_id: str) -> str:
    """Return the text of a licence."""
    text = license_text(spdx_id)
    assert text
    return text


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_texts_behind_an_introduction_that_leaves_the_choice(introduction: str) -> None:
    titled = {"Zero-Clause BSD Licence": full("0BSD"), "CC0 1.0 Universal": full("CC0-1.0")}
    body = "\n\n\n".join([introduction, *(f"{title}\n=======\n\n{text}\n" for title, text in titled.items())])
    found = licenses.detect(body.encode(), "LICENCE.rst")
    assert found is not None
    assert sorted(found.expression.split(" OR ")) == ["0BSD", "CC0-1.0"]


def test_a_licence_file_that_points_at_its_neighbours() -> None:
    pointer = (
        b"This software is made available under *either* of the licenses\nfound in LICENSE.APACHE or LICENSE.BSD.\n"
    )
    files = {
        b"LICENSE": pointer,
        b"LICENSE.APACHE": full("Apache-2.0").encode(),
        b"LICENSE.BSD": full("BSD-2-Clause").encode(),
        b"a.py": b"x = 1\n",
    }
    assert licenses.resolve(files)[b"a.py"].expression == "Apache-2.0 OR BSD-2-Clause"


def test_a_part_under_an_older_licence_that_is_only_named() -> None:
    lead = (
        "This work was derived from the 're' module of CPython 2.6, copyright (c) 1998-2001 by Secret Labs AB and\n"
        "licensed under CNRI's Python 1.6 license.\n\n"
        "All additions and alterations are licensed under the Apache 2.0 License.\n\n\n"
    )
    found = licenses.detect((lead + full("Apache-2.0")).encode(), "LICENSE.txt")
    assert found is not None
    assert sorted(found.expression.split(" AND ")) == ["Apache-2.0", "CNRI-Python"]
