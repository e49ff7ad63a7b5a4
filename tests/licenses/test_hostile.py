"""Files that are broken, huge, foreign or malicious: each ends in bounded time and never as permissive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark.licenses import detect
from stackmark.licenses.expressions import UNKNOWN
from stackmark.licenses.index import Index

Text = Callable[[str], str]
TAG = "SPDX-License-" + "Identifier: "


@pytest.mark.parametrize("path", ["LICENSE", "a.c", None])
@pytest.mark.parametrize("content", [b"", b"\0\1\2\3" * 50, b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3" * 99, b"\x80\0" * 99])
def test_empty_and_binary_files_grant_nothing(known: Index, path: str | None, content: bytes) -> None:
    assert detect(content, path, index=known).license_class in {"none", "unknown"}


@pytest.mark.parametrize("path", ["LICENSE", "a.c"])
@pytest.mark.parametrize(
    "content",
    [
        b"license\n" * 400_000,
        b"this program is free software you can redistribute it and or modify it " * 20_000,
        b"licensed under the " * 60_000,
        b"/* license */" * 100_000,
        b"permission is hereby granted free of charge " + b"x " * 2_000_000,
        b"Copyright (c) 2020\n" * 100_000,
        b"(c) " * 500_000,
        b"{\\rtf{\\fonttbl" * 100_000,
        b"<p " * 300_000,
        b"&amp;" * 300_000,
        ("\u00e9\u0130\u2028" * 200_000).encode(),
    ],
    ids=range(11),
)
def test_huge_files_end_in_bounded_time(known: Index, content: bytes, path: str) -> None:
    assert detect(content, path, index=known).license_class not in {"permissive", "public-domain"}


def test_a_licence_file_beyond_the_limit_is_never_only_what_its_beginning_says(known: Index, text: Text) -> None:
    content = text("mit").encode() + b"\nword" * 300_000
    assert UNKNOWN in (detect(content, "LICENSE", index=known).expression or "")


@pytest.mark.parametrize(("key", "expected"), [("gpl-3.0", "GPL-3.0-only"), ("apache-2.0", "Apache-2.0")])
def test_a_text_that_is_cut_off_keeps_its_id_with_a_lower_score(
    known: Index, text: Text, key: str, expected: str
) -> None:
    whole = text(key)
    found = detect(whole[: len(whole) * 8 // 10].encode(), "LICENSE", index=known)
    assert found.expression == expected
    assert found.matches[0].score < 1


@pytest.mark.parametrize(
    ("key", "expected"),
    [("cecill-2.1", "CECILL-2.1"), ("mulanpsl-2.0", "MulanPSL-2.0"), ("eupl-1.2", "EUPL-1.2")],
)
def test_texts_in_other_languages_and_scripts(known: Index, text: Text, key: str, expected: str) -> None:
    assert detect(text(key).encode(), "LICENSE", index=known).expression == expected


@pytest.mark.parametrize(
    "value",
    ["GPL-2.0-only WITH MIT", "BSD", "MIT AND (", "((MIT", "MIT OR " * 20_000 + "MIT", "A" * 100_000],
)
def test_a_tag_that_is_no_expression_is_unknown(known: Index, value: str) -> None:
    assert detect(f"// {TAG}{value}\n".encode(), "a.c", index=known).license_class == "unknown"


def test_a_tag_and_a_text_that_contradict_take_the_worse_class(known: Index, text: Text) -> None:
    content = f"{TAG}MIT\n\n{text('gpl-3.0')}".encode()
    assert detect(content, "LICENSE", index=known).license_class == "strong-copyleft"


def test_a_catalogue_of_names_is_no_grant(known: Index) -> None:
    names = ["MIT", "Apache-2.0", "BSD-3-Clause", "GPL-2.0", "GPL-3.0", "MPL-2.0", "ISC", "Zlib", "EPL-2.0", "LGPL-2.1"]
    listed = "\n".join(f'    "license: {name}",  # licensed under the {name} license' for name in names)
    assert detect(f"KNOWN = [\n{listed}\n]\n".encode(), "licenses.py", index=known).expression is None
    ids = [*names, "BSD-3-Clause-No-Military-License", "BSD-3-Clause-No-Nuclear-License"]
    listed = "\n".join(f"    '{name.lower()}': {{'id': '{name}', 'deprecated': False}}," for name in ids)
    assert detect(f"LICENSES = {{\n{listed}\n}}\n".encode(), "spdx.py", index=known).expression is None


def test_other_licences_named_inside_a_text_are_part_of_it(known: Index, text: Text) -> None:
    assert detect(text("gpl-3.0").encode(), "COPYING", index=known).expression == "GPL-3.0-only"
    assert detect(text("cal-1.0").encode(), "LICENSE", index=known).expression == "CAL-1.0"


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ("Licensed under the Apache License, Version 2.0", "Apache-2.0"),
        ("This file is released under the MIT license.", "MIT"),
        ("This work is licensed under a Creative Commons CC0 1.0 License.", "CC0-1.0"),
        ("This file is placed in the public domain.", "LicenseRef-scancode-public-domain"),
        ("See the file LICENSE for the licence of this file.", None),
        ("The license server of the company MIT is called gpl.", None),
        ("Check that the license field is valid.", None),
    ],
)
@pytest.mark.parametrize("dress", ["/* {} */\nint x;\n", "# {}\nx = 1\n", '"""{}"""\n', "<!-- {} -->\n<a/>\n"])
def test_short_notices_in_source_files(known: Index, notice: str, expected: str | None, dress: str) -> None:
    assert detect(dress.format(notice).encode(), "a", index=known).expression == expected


def test_a_header_that_points_to_a_file_names_it(known: Index) -> None:
    found = detect(b"/* See the LICENSE file for license information. */\nint x;\n", "a.c", index=known)
    assert (found.expression, found.pointers) == (None, ("LICENSE",))


EXTRA = "The Software may not be used for commercial purposes."


@pytest.mark.parametrize("key", ["mit", "bsd-new", "isc"])
def test_a_restriction_beside_or_in_a_text_in_a_header_is_seen(known: Index, text: Text, key: str) -> None:
    lines = text(key).splitlines()
    half = len(lines) // 2
    for changed in ([*lines, "", EXTRA], [EXTRA, "", *lines], [*lines[:half], EXTRA, *lines[half:]]):
        header = "/*\n" + "".join(f" * {line}\n" for line in changed) + " */\nint x;\n"
        assert detect(header.encode(), "a.c", index=known).license_class in {"unknown", "proprietary"}


def test_another_comment_is_no_restriction_of_the_licence(known: Index, text: Text) -> None:
    header = "/*\n" + "".join(f" * {line}\n" for line in text("mit").splitlines()) + " */\n"
    code = "/* You must not call this function; only the personal use of the author is supported. */\nint x;\n"
    assert detect((header + "\n" + code).encode(), "a.c", index=known).expression == "MIT"
