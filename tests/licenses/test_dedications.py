from __future__ import annotations

import pytest

from stackmark.licenses import dedications, detect
from stackmark.licenses.index import Index


@pytest.mark.parametrize(
    "comment",
    [
        "/*\nversion 20140420\nA. Person\nPublic domain.\n*/",
        "/* SHA-1 in C\n * By A. Person\n * 100% Public Domain\n */",
        "# License: Public Domain\n",
        "-- This file is in the public domain.\n",
        "# By Jane van Roe. Public domain.\n",
        "/* Jane Roe, May 2004, Public Domain. */",
        "; Written by Jane Roe <jane@roe.example>, public domain\n",
        "# Public domain. Use as you like.\n",
    ],
)
def test_a_line_of_its_own_is_a_dedication(known: Index, comment: str) -> None:
    found = detect(f"{comment}\nint x;\n".encode(), "a.c", index=known)
    assert (found.expression, found.license_class) == (dedications.EXPRESSION, "public-domain")


@pytest.mark.parametrize(
    "comment",
    [
        "/* This is not in the\n * public domain.\n */",
        "/* Licences that we know:\n * public domain\n * others\n */",
        "/* The tables were taken from the\n   public domain\n   release of 1992, the code was not. */",
        "// public domain names are looked up here\n",
        "// By default. Public domain.\n",
        "# Based on code by Jane Roe, public domain\n",
        "# Works made before 1978, public domain\n",
        "# Sorted by Public domain\n",
        'x = """\npublic domain name\n"""\n',
    ],
)
def test_the_end_of_a_sentence_or_a_list_is_none(known: Index, comment: str) -> None:
    assert detect(f"{comment}\nint x;\n".encode(), "a.c", index=known).expression is None


def test_a_licence_beside_it_holds(known: Index) -> None:
    comment = "/* A. Person\n * Public domain.\n * SPDX-License-" + "Identifier: GPL-2.0-only\n */\n"
    assert detect(comment.encode(), "a.c", index=known).license_class == "strong-copyleft"


def test_many_such_lines_cost_no_more_than_their_length() -> None:
    assert len(list(dedications.lines(b"public domain.\n" * 100_000))) <= 20
