from __future__ import annotations

import time

import pytest

from stackmark.licenses import closed, detect, resolve

CLOSED = [
    "Proprietary and confidential.",
    "ACME CONFIDENTIAL",
    "This source code is the confidential property of Acme, Inc.",
    "NOTICE: All information contained herein is, and remains the property of Acme Systems.",
    "Unauthorized copying of this file, via any medium, is strictly prohibited.",
    "No part of this file may be reproduced without written consent.",
    "This code may not be used commercially.",
    "You may not use this code for commercial purposes.",
    "Free for non-commercial use.",
    "For educational purposes only: for academic use only.",
    "Please do not distribute this file.",
    "Do not redistribute without permission of the author.",
    "This script may not be resold or redistributed.",
    "Not to be distributed outside the company.",
    "Modification and redistribution of this script are forbidden.",
    "Distribution of this file is not permitted.",
    "Commercial license required for production use.",
    "It is illegal to distribute this file.",
]
OPEN = [
    "For internal use only; subclasses should not call this.",
    "Do not modify this file; it is generated.",
    "This function must not be used in interrupt context.",
    "This buffer may not be used without holding the lock.",
    "The password is confidential and must not be logged.",
    "Sends the confidential client credentials to the server.",
    "Do not distribute work to idle workers.",
    "Do not copy this pattern in new code.",
    "Cannot sell items that are reserved.",
    "Copying of large buffers is not allowed in the hot path.",
    "It requires prior knowledge of the protocol.",
    "Copy constructor and assignment are forbidden.",
    "Proprietary formats are not supported.",
    "The team is obligated to maintain confidentiality.",
    "This code is only for the test suite.",
    "A commercial invoice needs a number.",
]


def _header(text: str) -> bytes:
    return (
        f"/*\n * parse.c - reads things\n * Copyright (c) 2015 Jane Roe\n *\n * {text}\n */\nint main(void);\n".encode()
    )


@pytest.mark.parametrize("text", CLOSED)
def test_a_file_that_is_not_free_says_so(text: str) -> None:
    found = detect(_header(text), "parse.c")
    assert found.license_class in {"unknown", "proprietary"}
    assert found.matches or found.residue == ((5, 5),)


@pytest.mark.parametrize("text", OPEN)
def test_what_code_forbids_is_no_licence(text: str) -> None:
    assert detect(_header(text), "parse.c").expression is None


def test_the_licence_of_the_folder_does_not_cover_it() -> None:
    manifest = b'{"name": "parser", "license": "MIT"}'
    found = resolve({"package.json": manifest, "a.c": _header("Proprietary and confidential."), "b.c": b"int b;\n"})
    assert found["b.c"].expression == "MIT"
    assert found["a.c"].license_class == "unknown"


def test_a_comment_far_below_is_not_about_the_file() -> None:
    code = b"int a;\n" * 1000 + b"/* Proprietary and confidential. */\n"
    assert detect(code, "a.c").expression is None


def test_sentences_may_be_wrapped() -> None:
    assert closed.find(b"# Unauthorized copying of this file,\n# via any medium, is strictly\n# prohibited.\n") == (
        (0, 2),
    )


def test_hostile_passages_end_in_bounded_time() -> None:
    start = time.monotonic()
    for text in ("not " * 10_000, "use and " * 5000, ". " * 20_000, "\n \n" * 9000, "this file is " * 3000):
        closed.find(text.encode())
    assert time.monotonic() - start < 5
