from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark.licenses import Policy, stack_v2
from stackmark.licenses.compare import compare

REFERENCE = stack_v2.REFERENCE


@pytest.mark.parametrize(
    ("repository", "detected", "expected"),
    [
        ("MIT", ["GPL-3.0-only"], "permissive"),
        ("GPL-3.0-only", ["MIT"], "non_permissive"),
        ("NOASSERTION", [], "non_permissive"),
        (None, [], "no_license"),
        (None, ["MIT", "GPL-3.0-only"], "non_permissive"),
        (None, [REFERENCE], "non_permissive"),
        (None, ["MIT", REFERENCE], "permissive"),
        ("NOASSERTION", ["MIT"], "permissive"),
        (None, ["LicenseRef-scancode-generic-cla"], "no_license"),
        ("NOASSERTION", ["LicenseRef-scancode-generic-cla"], "no_license"),
        (None, ["MIT", "LicenseRef-scancode-dco-1.1"], "permissive"),
        (None, ["CC0-1.0"], "permissive"),
        (None, ["Apache-2.0", "LLVM-exception"], "permissive"),
        (None, ["GPL-2.0-only", "Classpath-exception-2.0"], "non_permissive"),
    ],
)
def test_decisions(repository: str | None, detected: list[str], expected: str) -> None:
    assert stack_v2.license_type(repository, detected) == expected


READ = (
    "LICENSE LICENCE.md COPYING3 COPYING.LESSER MIT.txt apache-2.0.txt README.md NOTICE LICENSE-APACHE UNLICENSE"
    " about.py al.py copyright.py foo-mit.js sub/LICENSE"
)
NOT_READ = "Apache2.0 Apache2.conf package.json Cargo.toml pom.xml REUSE.toml PATENTS AUTHORS LICENCIA"


@pytest.mark.parametrize("name", READ.split())
def test_names_that_were_read(name: str) -> None:
    assert stack_v2.is_license_file(name.encode())


@pytest.mark.parametrize("name", NOT_READ.split())
def test_names_that_were_not_read(name: str) -> None:
    assert not stack_v2.is_license_file(name.encode())


def test_long_names_end_in_bounded_time() -> None:
    assert not stack_v2.is_license_file(b"a-" * 100_000)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", False),
        ("MIT AND Apache-2.0", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("LicenseRef-scancode-generic-cla", True),
        ("LicenseRef-stackmark-unknown", False),
        (None, True),
    ],
)
def test_the_policy(expression: str | None, allowed: bool) -> None:
    assert Policy.load("stack-v2").decide(expression).allowed is allowed


def test_the_union_on_the_way_to_the_root(text: Callable[[str], str]) -> None:
    files = {
        b"LICENSE": text("mit").encode(),
        b"sub/COPYING": text("gpl-3.0").encode(),
        b"sub/x/a.c": b"",
        b"b.c": b"// SPDX-License-" + b"Identifier: GPL-2.0-only\n",
        b"subway/c.c": b"",
    }
    found = stack_v2.resolve(files)
    assert found[b"sub/x/a.c"] == ("non_permissive", ["GPL-3.0-only", "MIT"])
    assert found[b"b.c"] == ("permissive", ["MIT"])
    assert found[b"subway/c.c"] == ("permissive", ["MIT"])
    assert stack_v2.resolve(files, "MIT")[b"sub/x/a.c"][0] == "permissive"


def test_differences_come_with_their_reason(text: Callable[[str], str]) -> None:
    tag = b"// SPDX-License-" + b"Identifier: "
    files = {
        b"COPYING": text("gpl-3.0").encode(),
        b"sub/LICENSE": text("mit").encode(),
        b"sub/a.c": b"",
        b"sub/b.c": tag + b"MIT OR GPL-2.0-only\n",
        b"sub/c.c": tag + b"GPL-2.0-only\n",
        b"node_modules/x/i.js": b"",
    }
    found = compare(files, Policy.load("permissive"))
    assert (found.files, sum(found.counts.values())) == (6, 6)
    assert {one.path: (one.ours, one.theirs) for one in found.differences} == {
        "sub/LICENSE": (True, False),
        "sub/a.c": (True, False),
        "sub/b.c": (True, False),
    }
    assert "on the way to the root" in found.differences[1].why
    laundered = compare(files, Policy.load("permissive"), repository="MIT")
    by_path = {one.path: one for one in laundered.differences}
    assert by_path["sub/c.c"].theirs
    assert "label MIT decide" in by_path["sub/c.c"].why


def test_no_licence_is_kept_by_them_and_not_by_us() -> None:
    (one,) = compare({b"a.c": b"int x;\n"}, Policy.load("permissive")).differences
    assert (one.ours, one.theirs, one.type) == (False, True, "no_license")
    assert "no licence" in one.why
