"""Names that need no model: behind a role, before an address, by a known given name; and copyright statements."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.pii.names_told import told, without_notices


def names(text: str) -> list[str]:
    """Give the names that are told."""
    data = text.encode()
    return [data[start:end].decode() for start, end, _ in told(data)]


class TestTold:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Written by Margaret Whitfield", "Margaret Whitfield"),
            ("Written by Quillon Thackerby for fun", "Quillon Thackerby"),
            ("@author Conor McBride", "Conor McBride"),
            ("\\author Pompeo van der Pugliese", "Pompeo van der Pugliese"),
            ("Author: Thackerby, Quillon", "Thackerby, Quillon"),
            ("Erstellt von Quillon Thackerby am Montag", "Quillon Thackerby"),
            ("Auteur : Étienne Thackerby", "Étienne Thackerby"),
            ("Escrito por Jerónimo Thackerby", "Jerónimo Thackerby"),
            ("Автор: Гедеон Лыткинский", "Гедеон Лыткинский"),
            ("Author: 祝金凤", "祝金凤"),
            ("Author: John Doe", "John Doe"),
            ("@contributor 季超", "季超"),
            ("2001-05-19  Quillon Thackerby  <q@t.org>", "Quillon Thackerby"),
            ("2001-05-19  THACKERBY Quillon  <q@t.org>", "THACKERBY Quillon"),
            ("THACKERBY, Quillon <q@t.org>", "THACKERBY, Quillon"),
            ("Q.Thackerby <q@t.org>", "Q.Thackerby"),
            ("From Quillon Thackerby <q@t.org>", "Quillon Thackerby"),
            ("陆超 <l@c.org>", "陆超"),
            ("Kudos to Helen who found this", "Helen"),
            ("as Helen Thackerby has shown", "Helen Thackerby"),
            ("see Thackerby Helen", "Thackerby Helen"),
        ],
    )
    def test_a_name_is_told(self, text: str, name: str) -> None:
        assert names(text) == [name]

    @pytest.mark.parametrize(
        "text",
        [
            "Created by Visual Studio",
            "Maintained by Apache Software Foundation",
            "Author: the team",
            "Written by hand",
            "The Team <team@example.org>",
            "Author: MetaData Builder",
            "Thanks, everyone <all@example.org>",
            "developed by Helen Thackerby Inc.",
            "a port of Helen::Thackerby",
            "created by HelenThackerby",
            "Helen Dijkstra algorithm",
            "North Helen",
            "高度不变",
        ],
    )
    def test_what_is_no_person_is_not(self, text: str) -> None:
        assert names(text) == []

    def test_nothing_more_is_read_of_what_is_told(self) -> None:
        text = b"Author: Quillon Thackerby <q@t.org>"
        ((start, end, until),) = told(text)
        assert text[start:end] == b"Quillon Thackerby"
        assert text.index(b"@") < until

    @given(
        st.lists(st.sampled_from(["by ", "Helen ", "Thackerby", "\n", "<a@b.co>", "祝金凤", "é", "J. ", "\0", ", "]))
    )
    def test_names_are_in_order_and_apart(self, pieces: list[str]) -> None:
        text = "".join(pieces).encode()
        found = list(told(text))
        assert all(start < end <= until <= len(text) for start, end, until in found)
        assert all(before[2] <= after[0] for before, after in pairwise(found))

    def test_bytes_that_are_no_text_are_no_error(self) -> None:
        assert list(told(b"\xff\xfe by Helen\xff \xe7\x8e")) == []

    @pytest.mark.parametrize("piece", ["Aa ", "by ", "Helen ", "A.", "a@", "author:", "王", "Copyright 2001,\n"])
    def test_time_is_linear(self, piece: str) -> None:
        def seconds(count: int) -> float:
            text = (piece * count).encode()
            begun = time.process_time()
            list(told(without_notices(text)))
            return time.process_time() - begun

        seconds(100)
        short, long = min(seconds(8_000) for _ in range(3)), min(seconds(16_000) for _ in range(3))
        assert long <= 2.8 * short + 0.02


class TestNotices:
    @pytest.mark.parametrize(
        "line",
        [
            "Copyright (c) 2004 Helen Parker",
            "Copyright 2004-2006, Helen Parker <h@p.org>",
            "(c) 2004 Helen Parker",
            "© 2004 Helen Parker",
            "@copyright Helen Parker",
            "Copyright (C) Helen Parker",
            "SPDX-FileCopyrightText: Helen Parker",
            "2004 Copyright by Helen Parker",
            "Copyright (c) 2004 Helen Parker,\n    Sabine Roth and\n    Amélie Rousseau",
        ],
    )
    def test_a_statement_is_left_out_with_the_lines_it_goes_on_in(self, line: str) -> None:
        text = f"Some words\n{line}\nOther words".encode()
        after = without_notices(text)
        assert after.split() == b"Some words Other words".split()
        assert len(after) == len(text)
        assert after.count(b"\n") == text.count(b"\n")

    @pytest.mark.parametrize(
        "line",
        [
            "Written by Helen Parker",
            "the copyright holder is Helen Parker",
            "(c) Helen Parker says so",
            "Helen Parker holds no copyright",
        ],
    )
    def test_other_lines_stay(self, line: str) -> None:
        assert without_notices(line.encode()) == line.encode()

    def test_the_line_behind_a_statement_stays(self) -> None:
        assert without_notices(b"Copyright 2004 Helen Parker\nAuthor: Helen Parker").strip() == b"Author: Helen Parker"
