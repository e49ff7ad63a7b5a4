from __future__ import annotations

import pytest

from stackmark.licenses import names

YES = """
LICENSE LICENCE.md License.txt COPYING COPYING3 COPYING.LESSER COPYING.LIB LICENSES/MIT.txt MIT.txt
LICENSE-APACHE LICENSE.Apache-2.0 UNLICENSE Apache2.0 apache-2.0.txt LICENSE_MIT.txt license.html
MIT-LICENSE License-BSD-3-Clause.txt COPYRIGHT LICENCIA foo.LICENSE LICENSE.rst licenses/LICENSE.foo
GPL-2 LICENSE.GPLv3 LICENSE-2.0.txt a/b/COPYING
"""
NO = """
about.py al.py copyright.py foo-mit.js mit.py Apache2.conf package.json Cargo.toml pom.xml
REUSE.toml PATENTS AUTHORS README.md license.py LICENSE.js copying.c license_checker.go NOTICE
license.svg mit mit.css ThirdPartyLicenses.txt LICENSE-3rd-party.txt LICENSES/.gitkeep
LICENSE-notice.md License.Notices.txt
"""


@pytest.mark.parametrize("path", YES.split())
def test_licence_files(path: str) -> None:
    assert names.is_license_file(path.encode())


@pytest.mark.parametrize("path", NO.split())
def test_other_files(path: str) -> None:
    assert not names.is_license_file(path.encode())


@pytest.mark.parametrize("path", [b"", b"/", b"LICENSE" * 1000, b"-a" * 5000, b"\xff\xfe", b"a-" * 59 + b"b"])
def test_hostile_names(path: bytes) -> None:
    assert not names.is_license_file(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"LICENSE-MIT", True),
        (b"LICENSE-APACHE", True),
        (b"LICENSE.Apache-2.0.txt", True),
        (b"MIT-LICENSE", True),
        (b"LICENSE", False),
        (b"LICENSE.md", False),
        (b"COPYING.LESSER", False),
        (b"LICENSE-docs", False),
    ],
)
def test_whether_a_name_says_its_licence(path: bytes, expected: bool) -> None:
    assert names.says_id(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"docs/license.rst", False),
        (b"a/docs/decisions/0005-licences-of-copies.md", False),
        (b"website/licenses.html", False),
        (b"docs/LICENSE.md", True),
        (b"docs/COPYING", True),
        (b"doclib/license.txt", True),
        (b"license.rst", True),
    ],
)
def test_pages_about_licences_in_documentation_are_no_grants(path: bytes, expected: bool) -> None:
    assert names.is_license_file(path) is expected
