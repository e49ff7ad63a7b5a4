"""REUSE, DEP-5, readmes and licence files with parts: what each declares, and that nothing makes them fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import declarations, dep5, detect, globs, names, parts, reading, readme, reuse
from stackmark.licenses.declarations import Declaration


def test_declarations_survive_a_fact_table() -> None:
    given_ = [Declaration("manifest", "MIT", said="MIT"), Declaration("part", None, "bsd", scope="x/**", folder="..")]
    assert declarations.load(declarations.dump(given_) or "") == given_
    assert declarations.dump([]) is None


def test_what_was_written_is_kept_short() -> None:
    (one,) = declarations.load(declarations.dump([Declaration("readme", "MIT", said="x" * 1000)]) or "")
    assert len(one.said) == 200


@pytest.mark.parametrize(
    ("glob", "crosses", "path", "expected"),
    [
        ("*", False, "a.c", True),
        ("*", False, "d/a.c", False),
        ("**", False, "d/a.c", True),
        ("d/**/x", False, "d/a/b/x", True),
        ("*.c", True, "d/a.c", True),
        ("a?c", True, "abc", True),
        ("a?c", False, "abc", False),
        (r"a\*c", False, "a*c", True),
        (r"a\*c", False, "abc", False),
        ("a.c", False, "abc", False),
        ("(", False, "(", True),
        ("x" * 2000, False, "x" * 2000, False),
    ],
)
def test_globs(glob: str, crosses: bool, path: str, expected: bool) -> None:
    import re2

    assert (re2.fullmatch(globs.pattern(glob, star_crosses=crosses), path) is not None) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("GPL-2+ or BSD-2-clause", "GPL-2.0-or-later OR BSD-2-Clause"),
        ("GPL-2+ and Expat or ISC", "(GPL-2.0-or-later AND MIT) OR ISC"),
        ("GPL-3+ with Autoconf exception", "GPL-3.0-or-later"),
        ("Apache-2.0 with LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("public-domain", "LicenseRef-scancode-public-domain"),
        ("my-own", "LicenseRef-stackmark-unknown"),
        ("my-own or Expat", "LicenseRef-stackmark-unknown OR MIT"),
        ("x" * 5000, "LicenseRef-stackmark-unknown"),
    ],
)
def test_names_of_debian(name: str, expected: str) -> None:
    assert dep5.interpret(name) == expected


def test_a_copyright_file_in_free_form_is_no_dep5() -> None:
    assert dep5.read(b"This package was debianized by A. N. Other.\nLicense: MIT\n") == []


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("heron-permissive", "mit", "MIT"),  # no table knows the name, the text says what it is
        ("MIT", "gpl-2.0", "MIT AND GPL-2.0-only"),  # the text is stricter than its name
        ("GPL-2", "mit", "GPL-2.0-only"),
        ("GPL-2+", "gpl-2.0", "GPL-2.0-or-later"),
    ],
)
def test_the_text_that_stands_for_a_name(name: str, key: str, expected: str, text: Callable[[str], str]) -> None:
    head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
    body = "\n".join(f" {line or '.'}" for line in text(key).splitlines())
    content = f"{head}Files: *\nCopyright: 2020 Heron\nLicense: {name}\n\nLicense: {name}\n{body}\n"
    assert [one.expression for one in dep5.read(content.encode())] == [expected]


def test_a_stanza_of_a_licence_alone_declares_nothing() -> None:
    head = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
    assert dep5.read(head + b"License: GPL-2+\n text\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# X\n\n## License\n\nMIT\n", "MIT"),
        ("License\n-------\nReleased under the MIT license. See LICENSE.\n", "MIT"),
        ("# License\n[MIT](LICENSE)\n\n# Other\nGPL-3.0", "MIT"),
        ("## Licence\n\nGNU General Public License, version 2 or any later version.\n", "GPL-2.0-or-later"),
        ("== License ==\nThis project is licensed under the Apache License, Version 2.0, see LICENSE\n", "Apache-2.0"),
        ("I like the MIT license\n", None),
        ("## Usage\n\nThe MIT license\n", None),
        ("## License\n\nSee LICENSE.\n", None),
        ("## License\n\nThe code is MIT, except third-party parts.\n", None),
        ("## License\n", None),
        ("", None),
    ],
)
def test_readmes(text: str, expected: str | None) -> None:
    assert [one.expression for one in readme.read(text.encode())] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"annotations = 1",
        b"[[annotations]]\npath = 3\nSPDX-License-Identifier = 'MIT'\n",
        b"[",
        b"\xff",
        b"a = " + b"[" * 5000,
    ],
)
def test_a_damaged_reuse_toml_declares_nothing(content: bytes) -> None:
    assert reuse.read_toml(content) == []


def test_a_side_file_speaks_for_the_file_that_it_is_named_after() -> None:
    (one,) = reuse.read_side_file("a*b.png.license", b"SPDX-License-" + b"Identifier: MIT\n")
    assert (one.scope, one.expression) == ("a*b.png", "MIT")


def split(text: str) -> list[tuple[str, str, str | None]]:
    content = text.encode()
    return [(one.kind, one.scope, one.expression) for one in parts.split(content, detect(content, b"LICENSE"))]


def test_named_parts(text: Callable[[str], str]) -> None:
    found = split(
        f"{text('mit')}\n\nThe files in `lib` directory are licensed under the following terms:\n\n{text('isc')}"
    )
    assert found == [("whole", "", "MIT"), ("part", "lib/**", "ISC")]


def test_an_unnamed_part_under_a_permissive_licence(text: Callable[[str], str]) -> None:
    assert split(f"{text('mit')}\n\nIt includes code from frobnicate, which says:\n\n{text('isc')}") == [
        ("whole", "", "MIT")
    ]


def test_an_unnamed_part_under_a_stricter_licence_stays(text: Callable[[str], str]) -> None:
    assert split(f"{text('mit')}\n\nIt includes code from frobnicate, which says:\n\n{text('gpl-2.0')}") == []


def test_a_choice_is_no_part(text: Callable[[str], str]) -> None:
    words = "Alternatively, the files in src/ may be used under these terms:"
    assert split(f"{text('mit')}\n\n{words}\n\n{text('isc')}") == []


def test_one_licence_has_no_parts(text: Callable[[str], str]) -> None:
    assert split(text("mit")) == []


NAMES = ("package.json", "REUSE.toml", "a.c.license", "README.md", "debian/copyright", "LICENSE", ".reuse/dep5")


@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_any_bytes_are_read(path: str, content: bytes) -> None:
    reading.read(path.encode(), b"Format: x copyright-format 1.0\n" * (path == ".reuse/dep5") + content)


def test_only_declaring_files_are_read() -> None:
    assert all(reading.is_declaring(name.encode()) for name in NAMES)
    assert not any(reading.is_declaring(name) for name in (b"a.c", b"src/license.py", b"README.py", b".license", b""))


def test_a_quick_no_for_programs_is_what_the_names_say() -> None:
    names_ = [f"{stem}.{suffix.decode()}".encode() for stem in ("LICENSE", "mit") for suffix in reading._PROGRAMS]
    for path in [*names_, *(b"LICENSES/" + name for name in names_), b"LICENSE", b"a.c/COPYING", b"setup.py"]:
        assert reading.is_license_file(path) == names.is_license_file(path)
    assert reading.is_declaring(b"LICENSES/MIT.c")
