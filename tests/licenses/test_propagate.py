from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from stackmark.licenses import resolve, resolve_tree
from stackmark.licenses.declarations import Declaration, dump
from stackmark.licenses.expressions import parse
from stackmark.licenses.propagate import RESOLVED, TREE, Evidence
from stackmark.licenses.tree import vendored_root

Answer = tuple[str | None, str, str | None]


def tree(
    files: dict[str, str | None],
    tags: dict[str, str] | None = None,
    vendored: tuple[str, ...] = (),
    declared: dict[str, list[Declaration]] | None = None,
) -> dict[str, Answer]:
    """Resolve a tree: `files` maps a path to what its text says as a licence file."""
    tags = tags or {}
    rows = pa.record_batch(
        [
            [p.encode() for p in files],
            [tags.get(p) for p in files],
            [None] * len(files),
            [None] * len(files),
            list(files.values()),
            [dump((declared or {}).get(p, ())) for p in files],
            [p in vendored for p in files],
        ],
        schema=TREE,
    )
    out = resolve_tree(rows)
    assert out.schema == RESOLVED
    return {
        path: (
            row["license_expression"],
            row["license_basis"],
            row["license_evidence"] and row["license_evidence"].decode(),
        )
        for path, row in zip(files, out.to_pylist(), strict=True)
    }


def test_the_nearest_directory_wins() -> None:
    found = tree({"LICENSE": "MIT", "a/b/c.py": None, "a/COPYING": "ISC", "x.py": None})
    assert found["a/b/c.py"] == ("ISC", "directory", "a/COPYING")
    assert found["x.py"] == ("MIT", "directory", "LICENSE")
    assert found["a/COPYING"] == ("ISC", "license-file", "a/COPYING")


def test_a_files_own_tag_comes_first() -> None:
    found = tree({"LICENSE": "MIT", "a.c": None}, {"a.c": "GPL-2.0-only"})
    assert found["a.c"] == ("GPL-2.0-only", "tag", "a.c")


def test_without_any_statement_there_is_none() -> None:
    assert tree({"a/b.c": None})["a/b.c"] == (None, "none", None)


@pytest.mark.parametrize(
    "folder", ["third_party", "vendor", "node_modules", "3rdparty", "lib/third-party", "pip/_vendor"]
)
def test_a_vendored_folder_inherits_nothing(folder: str) -> None:
    path = f"{folder}/x/y.c"
    assert tree({"LICENSE": "MIT", path: None})[path] == (None, "vendored-without-license", None)


def test_a_vendored_folder_with_a_licence_of_its_own() -> None:
    found = tree({"LICENSE": "MIT", "third_party/x/COPYING": "GPL-3.0-only", "third_party/x/y/z.c": None})
    assert found["third_party/x/y/z.c"] == ("GPL-3.0-only", "directory", "third_party/x/COPYING")


def test_a_package_vendored_inside_another_does_not_inherit_from_it() -> None:
    found = tree({"node_modules/a/LICENSE": "MIT", "node_modules/a/node_modules/b/i.js": None})
    assert found["node_modules/a/node_modules/b/i.js"][1] == "vendored-without-license"


def test_doubtful_folder_names_count_only_with_the_vendor_flag() -> None:
    files = {"LICENSE": "MIT", "deps/x.c": None, "extern/y.c": None}
    found = tree(files, vendored=("deps/x.c",))
    assert found["deps/x.c"][1] == "vendored-without-license"
    assert found["extern/y.c"] == ("MIT", "directory", "LICENSE")
    assert vendored_root(b"deps/x.c") is None


def test_files_named_for_their_licence_are_a_choice() -> None:
    found = tree({"LICENSE-APACHE": "Apache-2.0", "LICENSE-MIT": "MIT", "x.rs": None})
    assert found["x.rs"][0] == "Apache-2.0 OR MIT"


def test_other_licence_files_hold_together() -> None:
    found = tree({"COPYING": "GPL-2.0-only", "LICENSE": "MIT", "x.c": None})
    assert found["x.c"][0] == "GPL-2.0-only AND MIT"


def test_copying_with_copying_lesser_is_lgpl() -> None:
    found = tree({"COPYING": "GPL-3.0-only", "COPYING.LESSER": "LGPL-3.0-only", "x.c": None})
    assert found["x.c"] == ("LGPL-3.0-only", "directory", "COPYING.LESSER")


def test_a_reuse_folder_speaks_for_its_parent_unless_that_has_a_licence_file() -> None:
    files = {"LICENSES/MIT.txt": "MIT", "LICENSES/ISC.txt": "ISC", "x.c": None}
    assert tree(files)["x.c"][0] == "ISC AND MIT"
    assert tree(files | {"LICENSE": "MIT"})["x.c"][0] == "MIT"


@pytest.mark.parametrize("name", ["p-1.0.dist-info/LICENSE", "p-1.0.dist-info/licenses/LICENSE", "p.egg-info/LICENSE"])
def test_package_metadata_speaks_for_the_whole_archive(name: str) -> None:
    assert tree({name: "MIT", "p/a.py": None})["p/a.py"] == ("MIT", "directory", name)


def test_metadata_of_many_packages_side_by_side_speaks_for_the_package_of_its_name() -> None:
    found = tree({"a-1.dist-info/LICENSE": "MIT", "b-1.dist-info/LICENSE": "ISC", "b/x.py": None, "c/x.py": None})
    assert found["b/x.py"] == ("ISC", "directory", "b-1.dist-info/LICENSE")
    assert found["c/x.py"] == (None, "none", None)


def test_an_unknown_licence_file_makes_unknown() -> None:
    unknown = "MIT AND LicenseRef-stackmark-unknown"
    assert tree({"LICENSE": unknown, "x.c": None})["x.c"][0] == unknown


def test_contradicting_licence_files_are_a_conflict() -> None:
    rows = pa.record_batch(
        [
            [b"COPYING", b"LICENSE", b"x.c"],
            [None] * 3,
            [None] * 3,
            [None] * 3,
            ["GPL-2.0-only", "MIT", None],
            [None] * 3,
            [False] * 3,
        ],
        schema=TREE,
    )
    assert resolve_tree(rows).column("license_conflict").to_pylist() == [False, False, True]


def test_an_empty_tree() -> None:
    assert resolve_tree(pa.RecordBatch.from_pylist([], schema=TREE)).num_rows == 0


def test_deep_and_strange_paths_end_in_bounded_time() -> None:
    paths = [b"a/" * 2000 + b"x%d" % n for n in range(300)] + [b"\xff\xfe/x", b"", b"/", b"//", b"x"]
    nothing = [None] * len(paths)
    rows = pa.record_batch([paths, nothing, nothing, nothing, nothing, nothing, [True] * len(paths)], schema=TREE)
    assert resolve_tree(rows).num_rows == len(paths)


def test_resolve_reads_contents(text: Callable[[str], str]) -> None:
    """The Stack v2 let the licence of a repository override what stands inside it."""
    found = resolve(
        {
            "LICENSE": text("mit").encode(),
            "src/a.py": b"print()\n",
            "src/b.c": b"/* SPDX-License-" + b"Identifier: GPL-2.0+ */\n",
            b"third_party/x/COPYING": text("gpl-3.0").encode(),
            b"third_party/x/y.c": b"int x;\n",
            "third_party/z/y.c": b"int y;\n",
        }
    )
    assert {path: (one.expression, one.license_class, one.basis) for path, one in found.items()} == {
        "LICENSE": ("MIT", "permissive", "license-file"),
        "src/a.py": ("MIT", "permissive", "directory"),
        "src/b.c": ("GPL-2.0-or-later", "strong-copyleft", "tag"),
        b"third_party/x/COPYING": ("GPL-3.0-only", "strong-copyleft", "license-file"),
        b"third_party/x/y.c": ("GPL-3.0-only", "strong-copyleft", "directory"),
        "third_party/z/y.c": (None, "unknown", "vendored-without-license"),
    }
    assert found[b"third_party/x/y.c"].evidence == (Evidence("third_party/x/COPYING", 1, 674, "gpl-3.0.LICENSE", 1.0),)


MIT_TAG = b"SPDX-License-" + b"Identifier: MIT\n"


def said(files: dict[str | bytes, bytes], path: str, repository: str | None = None) -> tuple[str | None, str, bool]:
    found = resolve(files, repository)[path]
    return found.expression, found.basis, found.conflict


def test_a_manifest_answers_where_there_is_no_licence_file() -> None:
    assert said({"package.json": b'{"license": "ISC"}', "src/a.js": b""}, "src/a.js") == ("ISC", "manifest", False)


def test_a_manifest_refines_the_licence_file(text: Callable[[str], str]) -> None:
    files = {"COPYING": text("gpl-2.0").encode(), "package.json": b'{"license": "GPL-2.0-or-later"}', "a.js": b""}
    assert said(files, "a.js") == ("GPL-2.0-or-later", "directory", False)


def test_a_manifest_says_that_two_texts_are_a_choice(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("mit").encode(), "COPYING": text("gpl-2.0").encode(), "a.js": b""}
    assert said(files, "a.js") == ("GPL-2.0-only AND MIT", "directory", True)
    files["Cargo.toml"] = b'[package]\nlicense = "MIT OR GPL-2.0-only"\n'
    assert said(files, "a.js") == ("MIT OR GPL-2.0-only", "directory", False)


def test_a_manifest_against_the_licence_file_is_a_conflict_of_the_worse_class(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("gpl-3.0").encode(), "package.json": b'{"license": "MIT"}', "a.js": b""}
    found = resolve(files)["a.js"]
    assert (found.expression, found.license_class, found.conflict) == ("GPL-3.0-only AND MIT", "strong-copyleft", True)
    files = {"LICENSE": text("mit").encode(), "package.json": b'{"license": "GPL-3.0"}', "a.js": b""}
    assert resolve(files)["a.js"].license_class == "strong-copyleft"


@pytest.mark.parametrize(
    ("licence", "stated", "expected"),
    [
        ("bsd-new", "BSD", ("BSD-3-Clause", False)),
        ("mit", "BSD", ("MIT", True)),
        ("mit", "GPL", ("MIT AND GPL-1.0-or-later", True)),
        ("lgpl-2.1", "LGPL", ("LGPL-2.1-only", False)),
        ("mit", "UNLICENSED", ("MIT AND LicenseRef-scancode-proprietary-license", True)),
    ],
)
def test_a_name_without_a_version(
    text: Callable[[str], str], licence: str, stated: str, expected: tuple[str, bool]
) -> None:
    files = {"LICENSE": text(licence).encode(), "package.json": f'{{"license": "{stated}"}}'.encode(), "a.js": b""}
    found = resolve(files)["a.js"]
    assert (found.expression, found.conflict) == expected


def test_see_license_in_a_file(text: Callable[[str], str]) -> None:
    files = {"LICENSE.own": text("isc").encode(), "LICENSE.other": text("gpl-3.0").encode(), "a.js": b""}
    files["package.json"] = b'{"license": "SEE LICENSE IN LICENSE.own"}'
    assert said(files, "a.js") == ("ISC", "directory", False)
    files = {"package.json": b'{"license": "SEE LICENSE IN TERMS"}', "a.js": b""}
    assert resolve(files)["a.js"].license_class == "unknown"


def test_an_inner_package_does_not_ask_its_parents(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("gpl-3.0").encode(), "sub/package.json": b'{"license": "MIT"}', "sub/x/a.js": b""}
    assert said(files, "sub/x/a.js") == ("MIT", "manifest", False)


def test_a_manifest_that_says_nothing_is_passed_over(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("mit").encode(), "sub/package.json": b'{"name": "x"}', "sub/a.js": b""}
    assert said(files, "sub/a.js") == ("MIT", "directory", False)
    files["sub/Cargo.toml"] = b"[package]\nlicense.workspace = true\n"
    assert said(files, "sub/a.js") == ("MIT", "directory", False)


def test_a_readme_answers_only_under_a_heading_and_last() -> None:
    assert said({"README.md": b"# X\n\n## License\n\nMIT\n", "a.c": b""}, "a.c") == ("MIT", "readme", False)
    assert said({"README.md": b"It parses the MIT license.\n", "a.c": b""}, "a.c") == (None, "none", False)
    files = {"README.md": b"## License\n\nMIT\n", "package.json": b'{"license": "ISC"}', "a.c": b""}
    assert said(files, "a.c") == ("ISC", "manifest", False)


def test_a_readme_may_add_or_later(text: Callable[[str], str]) -> None:
    words = b"## License\n\nGNU General Public License, version 2 or any later version.\n"
    files = {"COPYING": text("gpl-2.0").encode(), "README.md": words, "a.c": b""}
    assert said(files, "a.c") == ("GPL-2.0-or-later", "directory", False)


def test_a_side_file_speaks_for_its_file_and_is_no_licence_of_the_folder() -> None:
    files = {"a.png": b"\x89PNG", "a.png.license": MIT_TAG, "b.png": b"\x89PNG"}
    assert said(files, "a.png") == ("MIT", "side-file", False)
    assert said(files, "b.png") == (None, "none", False)


def test_a_side_file_against_the_files_own_tag_is_a_conflict() -> None:
    gpl = b"// SPDX-License-" + b"Identifier: GPL-2.0-only\n"
    assert said({"a.c": gpl, "a.c.license": MIT_TAG}, "a.c") == ("MIT AND GPL-2.0-only", "side-file", True)


REUSE_TOML = b"""version = 1
[[annotations]]
path = ["**"]
SPDX-License-Identifier = "MIT"
[[annotations]]
path = "docs/**"
SPDX-License-Identifier = "CC-BY-4.0"
[[annotations]]
path = "forced/*.c"
precedence = "override"
SPDX-License-Identifier = "ISC"
[[annotations]]
path = "both/*"
precedence = "aggregate"
SPDX-License-Identifier = "Zlib"
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("x.c", b"", ("MIT", "reuse", False)),
        ("docs/deep/x.txt", b"", ("CC-BY-4.0", "reuse", False)),
        ("x.c", b"// SPDX-License-" + b"Identifier: BSD-2-Clause\n", ("BSD-2-Clause", "tag", False)),
        ("forced/x.c", b"// SPDX-License-" + b"Identifier: BSD-2-Clause\n", ("ISC", "reuse", False)),
        ("forced/deep/x.c", b"", ("MIT", "reuse", False)),
        ("both/x.c", b"// SPDX-License-" + b"Identifier: BSD-2-Clause\n", ("BSD-2-Clause AND Zlib", "tag", False)),
        ("third_party/x/y.c", b"", (None, "vendored-without-license", False)),
    ],
)
def test_reuse_toml(path: str, content: bytes, expected: tuple[str | None, str, bool]) -> None:
    assert said({"REUSE.toml": REUSE_TOML, path: content}, path) == expected


DEP5 = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020 A. N. Other
License: GPL-2+

Files: lib/*
Copyright: 2020 A. N. Other
License: Expat
"""


def test_dep5_takes_the_last_stanza_that_matches() -> None:
    files = {"debian/copyright": DEP5, "src/a.c": b"", "lib/deep/b.c": b""}
    assert said(files, "src/a.c") == ("GPL-2.0-or-later", "dep5", False)
    assert said(files, "lib/deep/b.c") == ("MIT", "dep5", False)


def test_a_licence_file_that_names_parts(text: Callable[[str], str]) -> None:
    """A part with a stricter licence leaves the whole only if its files are there."""
    licence = (
        f"{text('mit')}\n\nThe manual (everything under the manual/ directory) is licensed under these terms:\n\n"
        f"{text('gpl-2.0')}"
    ).encode()
    files = {"LICENSE": licence, "src/a.c": b"", "manual/b.txt": b""}
    assert said(files, "src/a.c") == ("MIT", "directory", False)
    assert said(files, "manual/b.txt") == ("GPL-2.0-only", "part", False)
    del files["manual/b.txt"]
    assert resolve(files)["src/a.c"].license_class == "strong-copyleft"


def test_a_repository_label_only_fills_gaps(text: Callable[[str], str]) -> None:
    files = {"a.c": b"", "sub/COPYING": text("gpl-3.0").encode(), "sub/b.c": b"", "vendor/x/c.c": b""}
    found = resolve(files, repository="MIT")
    assert {path: (one.expression, one.basis) for path, one in found.items() if path.endswith(".c")} == {
        "a.c": ("MIT", "repository"),
        "sub/b.c": ("GPL-3.0-only", "directory"),
        "vendor/x/c.c": (None, "vendored-without-license"),
    }


def test_a_notice_that_only_points_elsewhere_is_answered_by_the_directory() -> None:
    rows = pa.record_batch(
        [
            [b"LICENSE", b"a.c", b"b.c"],
            [None] * 3,
            [None, "LicenseRef-scancode-unknown-license-reference", "ISC"],
            [None] * 3,
            ["MIT", None, None],
            [None] * 3,
            [False] * 3,
        ],
        schema=TREE,
    )
    out = resolve_tree(rows).to_pylist()
    assert [(row["license_expression"], row["license_basis"]) for row in out[1:]] == [
        ("MIT", "directory"),
        ("ISC", "notice"),
    ]


def test_thousands_of_patterns_over_thousands_of_paths_end_in_bounded_time() -> None:
    patterns = ", ".join(f'"**/*a*{number}*"' for number in range(1500))
    reuse = f'[[annotations]]\npath = [{patterns}]\nSPDX-License-Identifier = "MIT"\n'.encode()
    files: dict[str | bytes, bytes] = {f"d/{'a' * 50}{number}": b"" for number in range(300)}
    assert len(resolve({"REUSE.toml": reuse, **files})) == 301


def test_a_readme_that_names_a_choice_without_versions(text: Callable[[str], str]) -> None:
    words = b"## License\n\nX is dual-licensed under [BSD](LICENSE) OR [GPLv2](COPYING).\n"
    files = {"LICENSE": text("bsd-new").encode(), "COPYING": text("gpl-2.0").encode(), "README.md": words, "a.c": b""}
    assert said(files, "a.c") == ("BSD-3-Clause OR GPL-2.0-only", "directory", False)


def test_a_manifest_without_a_version_means_the_licence_above(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("apache-2.0").encode(), "sub/x/package.json": b'{"license": "Apache"}', "sub/x/a.js": b""}
    assert said(files, "sub/x/a.js") == ("Apache-2.0", "manifest", False)
    vendored = {
        "LICENSE": text("apache-2.0").encode(),
        "vendor/x/package.json": b'{"license": "Apache"}',
        "vendor/x/a.js": b"",
    }
    assert resolve(vendored)["vendor/x/a.js"].license_class == "unknown"


def test_a_manifest_may_name_a_file_above_it(text: Callable[[str], str]) -> None:
    files = {"LICENSE": text("isc").encode(), "sub/x/Cargo.toml": b'[package]\nlicense-file = "../../LICENSE"\n'}
    assert said({**files, "sub/x/a.rs": b""}, "sub/x/a.rs") == ("ISC", "directory", False)
    outside = {"sub/Cargo.toml": b'[package]\nlicense-file = "../../../etc/LICENSE"\n', "sub/a.rs": b""}
    assert resolve(outside)["sub/a.rs"].license_class == "unknown"


def test_the_name_of_a_text_in_reuse_tells_or_later(text: Callable[[str], str]) -> None:
    files = {"LICENSES/GPL-3.0-or-later.txt": text("gpl-3.0").encode(), "LICENSES/MIT.txt": text("isc").encode()}
    found = resolve(files)
    assert found["LICENSES/GPL-3.0-or-later.txt"].expression == "GPL-3.0-or-later"
    assert found["LICENSES/MIT.txt"].expression == "ISC"


SNIPPETS = [
    b"",
    b"SPDX-License-" + b"Identifier: MIT\n",
    b"# SPDX-License-" + b"Identifier: (GPL-2.0+ WITH Classpath-exception-2.0) OR foo\n",
    b'{"license": "BSD"}',
    b'{"license": ["MIT", "what is this"]}',
    b'[package]\nlicense = "GPL-3.0/MIT"\n',
    b"## License\n\nBSD or GPLv2\n",
    DEP5,
    REUSE_TOML,
    b"All rights reserved. You may not copy, modify or distribute this software without permission of the owner.\n",
    b"Licensed under the Apache License, Version 2.0\n",
    b"\x00\xff",
]
PLACES = [
    *(
        "LICENSE",
        "a/COPYING",
        "package.json",
        "a/Cargo.toml",
        "README.md",
        "a/x.c",
        "a/x.c.license",
        "REUSE.toml",
        "y.py",
    ),
    *("debian/copyright", "LICENSES/MIT.txt", "vendor/z/LICENSE", "vendor/z/w.js", "p-1.dist-info/METADATA"),
]


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(PLACES), st.sampled_from(SNIPPETS)))
def test_whatever_a_tree_says_the_answers_are_expressions(files: dict[str, bytes]) -> None:
    found = resolve(files)
    assert list(found) == list(files)
    for one in found.values():
        assert one.expression is None or canonicalize_license_expression(one.expression)
        assert one.expression is None or parse(one.expression) == one.expression
        assert (one.expression is None) == (one.license_class == "none" or one.basis == "vendored-without-license")
        assert "family" not in (one.expression or "")
    assert found == resolve(dict(reversed(files.items())))


def test_a_file_that_refers_to_the_notice_of_another_has_its_licence() -> None:
    notice = b"/*\n * Licensed under the MIT license.\n */\n"
    refers = b"/*\n** Tables\n** See Copyright Notice in lua.h\n*/\nint table;\n"
    found = resolve(
        {"src/lua.h": notice, "src/ltable.c": refers, "doc/ltable.c": refers, "COPYING": b"License: GPLv2\n"}
    )
    table = found["src/ltable.c"]
    assert (table.expression, table.basis, table.evidence[0].path) == ("MIT", "notice", "src/lua.h")
    assert found["doc/ltable.c"].basis == "directory"


def test_a_reference_to_nothing_changes_nothing() -> None:
    refers = b"// See the license in ../../outside.c\nint a;\n"
    assert resolve({"a.c": refers})["a.c"].basis == "none"


GPL_NOTICE = """This program is free software; you can redistribute it and/or modify it under the terms of the GNU
General Public License as published by the Free Software Foundation; either version 2 of the License, or (at your
option) any later version."""


def test_a_notice_that_is_stricter_than_the_tag_of_its_file_holds_too() -> None:
    found = resolve({"a.c": MIT_TAG + f"/* {GPL_NOTICE} */\nint x;\n".encode()})["a.c"]
    assert (found.expression, found.basis, found.conflict) == ("MIT AND GPL-2.0-or-later", "tag", True)


@pytest.mark.parametrize("tag", ["GPL-2.0-or-later", "GPL-2.0-only", "GPL-3.0-or-later"])
def test_a_tag_refines_the_notice_of_its_file(tag: str) -> None:
    found = resolve({"a.c": f"// SPDX-License-{'Identifier'}: {tag}\n/* {GPL_NOTICE} */\nint x;\n".encode()})["a.c"]
    assert (found.expression, found.conflict) == (tag, False)


def test_a_text_under_the_name_of_another_licence_holds_too(text: Callable[[str], str]) -> None:
    files = {"LICENSES/MIT.txt": text("gpl-2.0").encode(), "a.c": MIT_TAG}
    found = resolve(files)["a.c"]
    assert (found.expression, found.conflict) == ("MIT AND GPL-2.0-only", True)


@pytest.mark.parametrize(
    ("manifest", "content", "file"),
    [
        ("Cargo.toml", '[package]\nlicense-file = "legal/terms.txt"\n', "legal/terms.txt"),
        ("package.json", '{"license": "SEE LICENSE IN terms.txt"}', "terms.txt"),
        ("pyproject.toml", '[project]\nlicense = {file = "legal/terms.txt"}\n', "legal/terms.txt"),
        ("pyproject.toml", '[project]\nlicense-files = ["legal/*.md", "legal/terms.txt"]\n', "legal/terms.txt"),
        ("setup.cfg", "[metadata]\nlicense_files = terms.txt\n", "terms.txt"),
    ],
)
def test_a_file_that_a_manifest_names_need_not_be_called_a_licence(
    manifest: str, content: str, file: str, text: Callable[[str], str]
) -> None:
    files = {manifest: content.encode(), file: text("mit").encode(), "src/a.c": b"int x;\n"}
    assert resolve(files)["src/a.c"].expression == "MIT"
    assert resolve({**files, file: b"nothing of the kind\n"})["src/a.c"].license_class == "unknown"


def test_a_file_that_only_fills_in_the_licence_of_a_manifest() -> None:
    stub = b"YEAR: 2020\nCOPYRIGHT HOLDER: Heron authors\n"
    files = {"DESCRIPTION": b"Package: heron\nLicense: MIT + file LICENSE\n", "LICENSE": stub, "R/a.R": b"x <- 1\n"}
    assert resolve(files)["R/a.R"].expression == "MIT"
