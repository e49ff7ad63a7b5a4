"""What a path says of its file: in either case of letters, at the beginning of the path or below a folder."""

from __future__ import annotations

import pytest

from stackmark.pii import paths
from stackmark.pii.paths import Place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("Cargo.lock", Place(lock=True)),
        ("a/Package-Lock.JSON", Place(lock=True, config=True)),
        ("my-yarn.lock", Place()),
        ("tests/a.PY", Place(test=True, code=True)),
        ("src/user_test.go", Place(test=True, code=True)),
        ("latest/a.bin", Place()),
        ("Docs/a", Place(prose=True)),
        ("a/README.md", Place(prose=True)),
        (".env", Place(config=True)),
        ("a/env.local", Place(config=True)),
        ("a/myenv", Place()),
        ("DOCKERFILE.dev", Place(config=True)),
        (b"a/\xff.yml", Place(config=True)),
        ("", Place()),
        (None, Place()),
    ],
)
def test_a_path_tells_the_kinds_of_its_file(path: paths.Path, place: Place) -> None:
    assert paths.of(path) == place
