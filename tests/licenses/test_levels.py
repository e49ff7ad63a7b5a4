"""One directory: licence files, manifests and a readme together."""

from __future__ import annotations

import pytest

from stackmark.licenses.declarations import Declaration
from stackmark.licenses.expressions import UNKNOWN
from stackmark.licenses.levels import Level, Said, combine


def manifest(expression: str | None = None, family: str | None = None, file: str | None = None) -> Said:
    return [(b"package.json", Declaration("manifest", expression, family, file))]


def readme(expression: str) -> Said:
    return [(b"README.md", Declaration("readme", expression))]


def answer(
    files: dict[bytes, str], said: Said = (), readmes: Said = (), above: str | None = None
) -> tuple[str, str, bool]:
    level = combine(files, said, readmes, files, above)
    assert level is not None
    return level.expression, level.basis, level.conflict


@pytest.mark.parametrize(
    ("files", "said", "expected"),
    [
        ({b"LICENSE": "MIT"}, (), ("MIT", "directory", False)),
        ({b"LICENSE-MIT": "MIT", b"LICENSE-APACHE": "Apache-2.0"}, (), ("Apache-2.0 OR MIT", "directory", False)),
        ({b"LICENSE": "MIT", b"COPYING": "ISC"}, (), ("ISC AND MIT", "directory", False)),
        ({b"LICENSE": "MIT", b"COPYING": "GPL-2.0-only"}, (), ("GPL-2.0-only AND MIT", "directory", True)),
        ({b"COPYING": "MIT", b"COPYING.ja": UNKNOWN, b"COPYING-zh_CN.md": UNKNOWN}, (), ("MIT", "directory", False)),
        ({b"COPYING": "MIT", b"COPYING.ja": "GPL-2.0-only"}, (), ("MIT AND GPL-2.0-only", "directory", True)),
        ({b"COPYING": "MIT", b"LICENSE.ja": UNKNOWN}, (), (f"MIT AND {UNKNOWN}", "directory", True)),
        ({b"COPYING.ja": UNKNOWN}, (), (UNKNOWN, "directory", False)),
        ({b"LICENSE": "MIT"}, manifest("MIT"), ("MIT", "directory", False)),
        ({b"LICENSE": "MIT"}, manifest("ISC"), ("MIT AND ISC", "directory", True)),
        ({b"LICENSE": "MIT AND ISC"}, manifest("MIT"), ("MIT AND ISC", "directory", False)),
        ({b"LICENSE": "MIT AND GPL-2.0-only"}, manifest("MIT"), ("MIT AND GPL-2.0-only", "directory", True)),
        ({b"LICENSE": "GPL-2.0-only"}, manifest("GPL-2.0-or-later"), ("GPL-2.0-or-later", "directory", False)),
        ({b"LICENSE": "MIT"}, manifest("MIT OR Apache-2.0"), ("MIT OR Apache-2.0", "directory", False)),
        ({b"LICENSE": "BSD-3-Clause"}, manifest(family="bsd"), ("BSD-3-Clause", "directory", False)),
        ({b"LICENSE": "MIT"}, manifest(file="LICENSE"), ("MIT", "directory", False)),
        ({}, manifest("MIT"), ("MIT", "manifest", False)),
        ({}, manifest(family="gpl"), ("GPL-1.0-or-later", "manifest", False)),
        ({}, manifest(file="TERMS"), ("LicenseRef-stackmark-unknown", "manifest", False)),
        ({}, [*manifest("MIT"), *manifest("GPL-2.0-only")], ("MIT AND GPL-2.0-only", "manifest", True)),
        ({}, [*manifest("Apache-2.0"), *manifest(family="apache")], ("Apache-2.0", "manifest", False)),
    ],
)
def test_together(files: dict[bytes, str], said: Said, expected: tuple[str, str, bool]) -> None:
    assert answer(files, said) == expected


def test_a_readme_comes_last() -> None:
    assert answer({}, (), readme("MIT")) == ("MIT", "readme", False)
    assert answer({}, manifest("ISC"), readme("MIT")) == ("ISC", "manifest", False)
    assert answer({b"LICENSE": "GPL-2.0-only"}, (), readme("MIT")) == ("GPL-2.0-only", "directory", False)
    assert answer({b"COPYING": "GPL-2.0-only"}, (), readme("GPL-2.0-or-later"))[0] == "GPL-2.0-or-later"


def test_a_name_without_a_version_means_what_stands_above() -> None:
    assert answer({}, manifest(family="apache"), above="Apache-2.0") == ("Apache-2.0", "manifest", False)
    assert answer({}, manifest(family="apache"), above="MIT")[0] == "LicenseRef-stackmark-unknown"


def test_nothing() -> None:
    assert combine({}, (), (), {}) is None
    assert isinstance(combine({b"LICENSE": "MIT"}, (), (), {}), Level)


def test_the_recipe_of_a_distribution_counts_only_where_nothing_else_does() -> None:
    recipe: Said = [(b"unix/tool.spec", Declaration("manifest", None, "bsd"))]
    assert answer({b"LICENSE": "TCL"}, recipe) == ("TCL", "directory", False)
    assert combine({}, recipe, (), {}, "TCL") is None
    assert answer({}, recipe)[1] == "manifest"


def test_a_family_with_several_members_at_hand_means_all_of_them() -> None:
    files = {b"LICENSE.A": "BSD-2-Clause", b"LICENSE.B": "BSD-3-Clause"}
    assert UNKNOWN not in answer(files, manifest(family="bsd"))[0]


def test_a_file_that_announces_the_choice_of_the_others_is_left_out() -> None:
    others = {b"LICENSE-APACHE": "Apache-2.0", b"LICENSE-BSD": "BSD-2-Clause"}
    announced = {b"LICENSE": "BSD-3-Clause OR Apache-2.0"} | others
    assert answer(announced) == ("Apache-2.0 OR BSD-2-Clause", "directory", False)
    assert answer({b"LICENSE": "MIT OR ISC"} | others)[0] == "(MIT OR ISC) AND Apache-2.0 AND BSD-2-Clause"
