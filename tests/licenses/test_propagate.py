from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from stackmark.licenses import resolve, resolve_tree
from stackmark.licenses.propagate import RESOLVED, TREE, vendored_root

Answer = tuple[str | None, str, str | None]


def tree(
    files: dict[str, str | None], tags: dict[str, str] | None = None, vendored: tuple[str, ...] = ()
) -> dict[str, Answer]:
    """Resolve a tree: `files` maps a path to what its text says as a licence file."""
    tags = tags or {}
    rows = pa.record_batch(
        [
            [p.encode() for p in files],
            [tags.get(p) for p in files],
            list(files.values()),
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


def test_metadata_of_many_packages_side_by_side_speaks_for_none_of_them() -> None:
    found = tree({"a-1.dist-info/LICENSE": "MIT", "b-1.dist-info/LICENSE": "ISC", "b/x.py": None})
    assert found["b/x.py"] == (None, "none", None)


def test_an_unknown_licence_file_makes_unknown() -> None:
    unknown = "MIT AND LicenseRef-stackmark-unknown"
    assert tree({"LICENSE": unknown, "x.c": None})["x.c"][0] == unknown


def test_contradicting_licence_files_are_a_conflict() -> None:
    rows = pa.record_batch(
        [[b"COPYING", b"LICENSE", b"x.c"], [None] * 3, ["GPL-2.0-only", "MIT", None], [False] * 3],
        schema=TREE,
    )
    assert resolve_tree(rows).column("license_conflict").to_pylist() == [False, False, True]


def test_an_empty_tree() -> None:
    assert resolve_tree(pa.RecordBatch.from_pylist([], schema=TREE)).num_rows == 0


def test_deep_and_strange_paths_end_in_bounded_time() -> None:
    paths = [b"a/" * 2000 + b"x%d" % n for n in range(300)] + [b"\xff\xfe/x", b"", b"/", b"//", b"x"]
    rows = pa.record_batch([paths, [None] * len(paths), [None] * len(paths), [True] * len(paths)], schema=TREE)
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
    assert found[b"third_party/x/y.c"].evidence == "third_party/x/COPYING"
