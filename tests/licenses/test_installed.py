"""Metadata of installed Python packages, beside one package or among many."""

from __future__ import annotations

import pytest

from stackmark.licenses import installed, resolve
from stackmark.licenses.attribution import license_text

TREE = {
    b"v/alpha-1.0.dist-info/METADATA",
    b"v/alpha/__init__.py",
    b"v/six_ty-2.dist-info/licenses/LICENSE",
    b"v/six_ty.py",
    b"v/name.space-3.dist-info/LICENSE",
    b"v/name/space/core.py",
    b"v/Beta-1.egg-info/PKG-INFO",
    b"v/beta/x.py",
    b"v/gone-1.dist-info/LICENSE",
}
FOLDERS = {b"v/alpha", b"v/name", b"v/name/space", b"v/beta", b"v"}


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"v/alpha-1.0.dist-info/METADATA", b"v/alpha"),
        (b"v/six_ty-2.dist-info/licenses/LICENSE", b"v/six_ty.py"),
        (b"v/name.space-3.dist-info/LICENSE", b"v/name/space"),
        (b"v/Beta-1.egg-info/PKG-INFO", b"v/beta"),
        (b"v/gone-1.dist-info/LICENSE", b"v/gone-1.dist-info"),
    ],
)
def test_among_many_each_speaks_for_what_has_its_name(path: bytes, target: bytes) -> None:
    declaring = [one for one in sorted(TREE) if b"-info" in one]
    assert installed.speakers(declaring, (TREE | FOLDERS).__contains__)[path] == target


def test_a_lone_one_speaks_for_all_that_stands_beside_it() -> None:
    assert installed.speakers([b"a-1.dist-info/LICENSE"], lambda _: False) == {b"a-1.dist-info/LICENSE": b""}


def test_other_files_speak_for_their_folder() -> None:
    assert installed.speakers([b"a/LICENSE"], lambda _: True) == {b"a/LICENSE": b"a"}
    assert installed.metadata_folder(b"a/b/LICENSE") is None


def test_vendored_packages_and_modules_have_the_licences_of_their_metadata() -> None:
    mit, isc = (str(license_text(one)).encode() for one in ("MIT", "ISC"))
    files = {
        "_vendor/heron-1.0.dist-info/LICENSE": mit,
        "_vendor/heron-1.0.dist-info/RECORD": b"heron/a.py,,\n",
        "_vendor/heron/sub/a.py": b"x = 1\n",
        "_vendor/egret-2.0.dist-info/LICENSE": isc,
        "_vendor/egret.py": b"y = 1\n",
        "_vendor/stray.py": b"z = 1\n",
    }
    found = {path: one.expression for path, one in resolve(files).items()}
    assert found["_vendor/heron/sub/a.py"] == found["_vendor/heron-1.0.dist-info/RECORD"] == "MIT"
    assert found["_vendor/egret.py"] == "ISC"
    assert found["_vendor/stray.py"] is None
