from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import attribution
from stackmark.licenses.expressions import UNKNOWN
from stackmark.licenses.facts_copyrights import DETECTOR


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('SPDX-FileCopyrightText = "2020 Kudu Holder"', "2020 Kudu Holder"),
        ('SPDX-FileCopyrightText = ["2020 Kudu Holder"]', "2020 Kudu Holder"),
        (
            "/* Copyright (c) 2020-2021 A. N. Other <a@example.org>. All rights reserved. */",
            "2020-2021 A. N. Other. All rights reserved.",
        ),
        ("// Copyright © 2019 Example, Inc.", "2019 Example, Inc."),
        ("# SPDX-FileCopyrightText: 2022 Example", "2022 Example"),
        (" * COPYRIGHT 1999 Example Corp", "1999 Example Corp"),
        ("Copyright (C) Example Corp", "Example Corp"),
        ("dnl Copyright 2001, 2002 Example, a at example dot org", "2001, 2002 Example, a at example dot org"),
    ],
)
def test_statements(line: str, expected: str) -> None:
    assert [one.removeprefix("Copyright (c) ").strip() for one in attribution.statements(line.encode())] == [
        expected.replace(". All", ". All")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "The above copyright notice and this permission notice shall be included",
        "the copyright holders be liable, 2020",
        "Copyright [yyyy] [name of copyright owner]",
        "Copyright (C) <year>  <name of author>",
        "print('copyright')",
        "Copyright law of 1976",
        "Copyright",
        "",
    ],
)
def test_what_only_talks_of_copyright(line: str) -> None:
    assert attribution.statements(line.encode()) == ()


def test_each_statement_counts_once() -> None:
    assert attribution.statements(b"Copyright (c) 2020 Example\n" * 50) == ("Copyright (c) 2020 Example",)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(noise: bytes) -> None:
    for one in attribution.statements(b"Copyright (c) 2020 " + noise + b"\nCopyright 1999 Example"):
        assert len(one) <= 300


def test_a_line_of_megabytes_ends_in_bounded_time() -> None:
    start = time.monotonic()
    attribution.statements(b"Copyright (c) 2020 " * 500_000)
    attribution.statements(b"a@" * 50_000 + b"copyright 2020 " + b"x at " * 20_000)
    assert time.monotonic() - start < 5


def test_both_branches_of_a_choice_and_an_exception_are_quoted() -> None:
    found = attribution.attribute("MIT OR GPL-2.0-or-later WITH Classpath-exception-2.0", ["b", "a", "b"])
    assert list(found.texts) == ["Classpath-exception-2.0", "GPL-2.0-or-later", "MIT"]
    assert found.statements == ("a", "b")
    text = attribution.render(found)
    assert text.startswith("a\nb\n\n")
    assert "Permission is hereby granted" in text


def test_a_text_that_is_not_known_is_said() -> None:
    found = attribution.attribute(f"MIT AND {UNKNOWN}", [])
    assert found.unknown == (UNKNOWN,)
    assert f"{UNKNOWN}: its text is not known here" in attribution.render(found)


def test_the_detector_finds_the_rows() -> None:
    rows = [b"x" * 300_000, None, b"Copyright (c) 2020 Example\n", b"", b"no\nCOPYRIGHT 1999 EXAMPLE\n", b"copyright"]
    batch = pa.record_batch([pa.array(rows, pa.large_binary())], names=["text"])
    for part, expected in ((batch, [None, None, 1, None, 1, None]), (batch.slice(2, 3), [1, None, 1])):
        found = DETECTOR.inspect(part).column("copyrights").to_pylist()
        assert [one and len(one) for one in found] == expected


@pytest.mark.parametrize("length", [1000, 65_536, 70_000, 73_727, 73_728, 73_729, 90_000, 300_000])
def test_facts_of_a_long_text_are_its_statements(length: int) -> None:
    code = (b"x = 1\n" * (length // 6 + 1))[:length]
    head, tail = b"# Copyright (c) 2020 First\n", b"\n# Copyright (c) 2021 Last\n# COPYRIGHT 1999 EXAMPLE"
    for cut in range(0, length, length // 7):
        content = head + code[:cut] + b"\n# Copyright 2005 Middle, Inc.\n" + code[cut:] + tail
        content = content[: len(head)] + content[len(head) + len(content) - length :]
        batch = pa.record_batch([pa.array([content], pa.large_binary())], names=["text"])
        (found,) = DETECTOR.inspect(batch).column("copyrights").to_pylist()
        assert found == list(attribution.statements(content))


def test_notices_of_files_that_state_their_licence() -> None:
    files = [
        (1, b"b.c", "MIT", ["Copyright (c) 2020 B"]),
        (1, b"a.c", "MIT", ["Copyright (c) 2019 A", "Copyright (c) 2020 B"]),
        (0, b"x.c", f"ISC AND {UNKNOWN}", []),
    ]
    found = list(attribution.notices(files))
    assert [(origin, path, expression) for origin, path, expression, _ in found] == [
        (0, b"x.c", "ISC"),
        (1, b"a.c", "MIT"),
        (1, b"a.c", "MIT"),
    ]
    assert found[1][3] == "Copyright (c) 2019 A\nCopyright (c) 2020 B\n"
    assert "Permission is hereby granted" in found[2][3]
    assert found == list(attribution.notices(reversed(files)))
