from __future__ import annotations

import time

import pytest

from stackmark.licenses import announced, corpus, detect


def _said(text: str) -> list[str]:
    return [one.expression for one in announced.find(f"/*\n * parse.c - reads things\n *\n * {text}\n */\n".encode())]


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("Licensed under MIT", "MIT"),
        ("MIT licensed", "MIT"),
        ("This file is BSD-licensed.", "BSD-3-Clause"),
        ("Released under the GPL", "GPL-1.0-or-later"),
        ("This code is released under GPLv2.", "GPL-2.0-only"),
        ("It is released under the GNU Public License, version 2.", "GPL-2.0-only"),
        ("Released under the WTFPL", "WTFPL"),
        ("Published under the terms of the LGPL, version 2.1 or later", "LGPL-2.1-or-later"),
        ("Available for use under the terms of the MIT License.", "MIT"),
        ("Copyright (c) 2019 Some Company. Licensed under the MIT license.", "MIT"),
        ("Copyright 2009 the Sputnik authors.  All rights reserved. Governed by the BSD license.", "BSD-3-Clause"),
        ("(c) 2010 Jane Roe, licensed under the Apache License, Version 2.0", "Apache-2.0"),
        ("License: LGPL-2.1+", "LGPL-2.1-or-later"),
        ("@license GPLv2 or later", "GPL-2.0-or-later"),
        ("License : MIT (see LICENSE)", "MIT"),
        ("This software is released in the 3-clause BSD license.", "BSD-3-Clause"),
        ("You can distribute and/or modify this program under the Ruby License.", "Ruby"),
        ("Copyright 2010 Jane Roe\n * licensed under MIT", "MIT"),
        ("Lizenz: GPLv3", "GPL-3.0-only"),
        ("Licencia: MIT", "MIT"),
        ("Licença: BSD", "BSD-3-Clause"),
        ("Лицензия: MIT", "MIT"),
        ("ライセンス：MIT", "MIT"),
        ("许可证: Apache-2.0", "Apache-2.0"),
    ],
)
def test_a_short_statement_is_read(text: str, expression: str) -> None:
    assert _said(text) == [expression]
    assert detect(f"/*\n * {text}\n */\n".encode(), "a.c").expression == expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("Licensed under either of Apache License, Version 2.0 or MIT license at your option.", "Apache-2.0 OR MIT"),
        ("Dual-licensed under MIT and Apache 2.0", "MIT OR Apache-2.0"),
        ("Dual licensed under the MIT and GPL licenses.", "MIT OR GPL-1.0-or-later"),
        ("Available under MIT and GPLv3 licenses.", "MIT AND GPL-3.0-only"),
        ("License: MIT | Apache-2.0", "MIT OR Apache-2.0"),
        ("Licensed under the Apache License, Version 2.0 and the MIT license", "Apache-2.0 AND MIT"),
    ],
)
def test_several_names_are_joined_as_the_sentence_says(text: str, expression: str) -> None:
    assert _said(text) == [expression]
    assert detect(f"# {text}\n".encode(), "a.py").expression == expression


@pytest.mark.parametrize(
    "text",
    [
        "uses libfoo, which is licensed under the GPL",
        "reads the files of libfoo that are\n * licensed under the GPL",
        "If the package is licensed under the GPL, refuse it.",
        "This file is not released under the GPL.",
        "Before version 2 this library was released under the GPL.",
        "See the list of MIT licensed modules below",
        "based on code by Jane Roe, released under MIT",
        "This software is provided by the author as is",
        "license = get_license()",
        'LICENSES = {"mit": "MIT License", "gpl": "GNU General Public License v2"}',
        'const licenses = ["MIT", "Apache-2.0", "GPL-3.0"];',
        "License: see the LICENSE file",
        "Licensed under the Frobnicator License",
        "Licensed under the MIT license (see below) and the Frobnicator GPL",
    ],
)
def test_what_is_no_statement_about_the_file_states_nothing(text: str) -> None:
    assert _said(text) == []


def test_a_source_that_asks_for_more_than_a_notice_counts() -> None:
    assert _said("Derived from code by Jane Roe, released under GPLv2") == ["GPL-2.0-only"]


def test_lines_are_those_of_the_passage() -> None:
    (one,) = announced.find(b"# first\n# second\n# Licensed under the terms of\n# the MIT license.\n# last\n")
    assert (one.start, one.end) == (2, 3)


def test_a_full_notice_stays_what_it_is() -> None:
    notice = (
        b"# This program is free software; you can redistribute it and/or modify it under the terms of the GNU\n"
        b"# General Public License as published by the Free Software Foundation; either version 2 of the License,\n"
        b"# or (at your option) any later version.\n"
    )
    assert detect(notice, "a.py").expression == "GPL-2.0-or-later"


def test_hostile_passages_end_in_bounded_time() -> None:
    start = time.monotonic()
    for text in (
        "*" * 50_000,
        "licensed under " * 4000,
        "licensed under mit\n" * 4000,
        "a " * 9000 + "licensed",
        "- " * 20_000,
    ):
        announced.find(text.encode())
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("Copyright (c) 2012 Jane Roe\n * The MIT License (MIT)", "MIT"),
        ("Copyright (c) 2012 Jane Roe, MIT License", "MIT"),
        ("(c) 2014 Jane Roe - BSD license", "BSD-3-Clause"),
        ("Copyright (c) 2010 Jane Roe\n * Apache License, Version 2.0", "Apache-2.0"),
    ],
)
def test_a_name_by_itself_counts_where_a_holder_is_named(text: str, expression: str) -> None:
    assert detect(f"/*\n * {text}\n */\n".encode(), "a.c").expression == expression


@pytest.mark.parametrize("text", ["The MIT License (MIT)", "Copyright (c) 2010 The License Company", "MIT"])
def test_a_name_without_a_holder_does_not(text: str) -> None:
    assert detect(f"/*\n * {text}\n */\n".encode(), "a.c").expression is None


@pytest.mark.parametrize("text", ["Released under the BSD license:", "BSD licensed", "License: BSD"])
def test_a_name_above_a_text_is_the_name_of_that_text(text: str) -> None:
    known = next(one for one in corpus.texts() if one.name == "bsd-simplified.LICENSE")
    lines = "".join(f"# {line}\n" for line in f"{text}\n\n{known.text}".splitlines())
    assert detect(lines.encode(), "a.py").expression == "BSD-2-Clause"


def test_a_version_in_the_sentence_goes_before_the_name_without_one() -> None:
    comment = b"# tool - does things\n#\n# This script is distributed under the GNU General Public License v3.0\n"
    assert detect(comment, "tool.sh").expression == "GPL-3.0-only"
