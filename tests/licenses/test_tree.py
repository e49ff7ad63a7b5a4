"""Licence files that speak of a part or of another file: by a sentence, by a list, by their own name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark.licenses import resolve
from stackmark.licenses.expressions import UNKNOWN

Text = Callable[[str], str]


def said(files: dict[str, str]) -> dict[str, str | None]:
    found = resolve({path: content.encode() for path, content in files.items()})
    return {path: answer.expression for path, answer in found.items()}


@pytest.mark.parametrize("sentence", ["See COPYING.\n", "Heron\n\nPlease see the file COPYING for licence details.\n"])
def test_a_licence_file_that_only_points_to_another_means_that(text: Text, sentence: str) -> None:
    found = said({"LICENSE": sentence, "COPYING": text("mit"), "a.c": "int a;\n"})
    assert found["a.c"] == found["LICENSE"] == "MIT"


def test_one_that_points_to_a_file_that_is_not_there_is_unknown(text: Text) -> None:
    found = said({"LICENSE": text("mit"), "old/LICENSE": "See COPYING.\n", "old/a.c": "int a;\n"})
    assert found["old/a.c"] == UNKNOWN


def test_two_that_point_to_each_other_are_unknown() -> None:
    assert said({"LICENSE": "See COPYING.\n", "COPYING": "See LICENSE.\n", "a.c": "int a;\n"})["a.c"] == UNKNOWN


def test_one_that_points_and_adds_a_condition_is_unknown(text: Text) -> None:
    sentence = "See COPYING. Commercial use requires a separate agreement.\n"
    found = said({"LICENSE": sentence, "COPYING": text("mit"), "a.c": "int a;\n"})
    assert UNKNOWN in (found["a.c"] or "")


@pytest.mark.parametrize("name", ["LICENSE-docs", "LICENSE.docs.txt", "docs-license.md"])
def test_a_licence_file_named_for_a_folder_holds_for_it(text: Text, name: str) -> None:
    files = {"LICENSE": text("mit"), name: text("cc-by-4.0"), "docs/a/b.txt": "b\n", "a.c": "int a;\n"}
    found = said(files)
    assert (found["a.c"], found["docs/a/b.txt"]) == ("MIT", "CC-BY-4.0")


@pytest.mark.parametrize(("key", "expected", "other"), [("isc", "ISC", "MIT"), ("gpl-2.0", *["GPL-2.0-only"] * 2)])
def test_a_licence_file_named_for_a_file_holds_for_it(text: Text, key: str, expected: str, other: str) -> None:
    files = {
        "LICENSE": text("mit"),
        "test/catch.license": text(key),
        "test/catch.hpp": "int a;\n",
        "test/own.cpp": "int b;\n",
    }
    found = said(files)  # a stricter one that is all that the folder has holds for the others too
    assert (found["test/catch.hpp"], found["test/own.cpp"]) == (expected, other)


def test_a_licence_file_named_for_what_is_not_there_holds_for_its_folder(text: Text) -> None:
    found = said({"LICENSE": text("mit"), "LICENSE-fonts": text("gpl-2.0"), "a.c": "int a;\n"})
    assert found["a.c"] == "MIT AND GPL-2.0-only"


def test_the_name_of_a_vendored_part_is_heard_inside_it(text: Text) -> None:
    files = {
        "LICENSE": text("mit"),
        "vendor/heron.license": text("isc"),
        "vendor/heron.c": "int a;\n",
        "vendor/b.c": "",
    }
    found = said(files)
    assert (found["vendor/heron.c"], found["vendor/b.c"]) == ("ISC", None)


SPLIT = """This repository uses two licences:
- all files in the `lib` directory are licensed under the BSD 2-Clause license
- all other files are licensed under the GNU General Public License version 2, unless explicitly stated otherwise
"""


def test_a_licence_file_that_gives_folders_licences_of_their_own() -> None:
    found = said({"LICENSE": SPLIT, "lib/a.c": "int a;\n", "bin/b.c": "int b;\n"})
    assert (found["lib/a.c"], found["bin/b.c"]) == ("BSD-2-Clause", "GPL-2.0-only")


def test_a_list_of_files_behind_the_name_of_a_licence_is_a_part(text: Text) -> None:
    listed = "The heron library has the licence below.\n\n* The following source files are in the public domain:\n"
    license_file = f"{listed}   src/date.c\n   src/hash.c\n\n{text('mit')}"
    found = said({"COPYING": license_file, "src/date.c": "int a;\n", "src/b.c": "int b;\n"})
    assert found["src/b.c"] == "MIT"
    assert "public-domain" in (found["src/date.c"] or "")


def test_libraries_of_others_do_not_change_the_whole(text: Text) -> None:
    notes = "The externally maintained libraries are:\n\n  - tree.h, by A. Person. Two clause BSD license.\n"
    found = said({"LICENSE": f"{text('mit')}\n====\n\n{notes}", "a.c": "int a;\n", "src/tree.h": "int b;\n"})
    assert (found["a.c"], found["src/tree.h"]) == ("MIT", "BSD-2-Clause")


def test_a_stricter_library_without_a_name_stays_with_the_whole(text: Text) -> None:
    notes = "Third-party software\n====\n\nThis bundles code under the following licence.\n\n"
    found = said({"LICENSE": f"{text('mit')}\n{notes}{text('gpl-2.0')}", "a.c": "int a;\n"})
    assert found["a.c"] == "MIT AND GPL-2.0-only"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Heron is dual licensed under the Eclipse Public License 2.0 and the MIT License.", "EPL-2.0 OR MIT"),
        ("Dual-licensed under MIT and Apache-2.0.", "MIT OR Apache-2.0"),
    ],
)
def test_a_licence_file_that_gives_the_choice(sentence: str, expected: str) -> None:
    assert said({"LICENSE": f"{sentence}\n", "a.c": "int a;\n"})["a.c"] == expected


def test_a_choice_for_a_part_is_none_for_the_whole(text: Text) -> None:
    sentence = "The heron library is dual licensed under the MIT License and the Apache License 2.0."
    found = said({"LICENSE": f"{text('gpl-2.0')}\n{sentence}\n", "a.c": "int a;\n"})["a.c"] or ""
    assert "GPL-2.0-only" in found
    assert " OR GPL" not in found
