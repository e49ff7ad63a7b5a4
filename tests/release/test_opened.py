from __future__ import annotations

from pathlib import Path

import pytest

from stackmark.errors import UsageError
from stackmark.release.opened import Release
from tests.release import synthetic


def test_a_release_says_its_name_and_version(tmp_path: Path) -> None:
    made = synthetic.release(tmp_path / "r")
    again = Release.open(str(tmp_path / "r"))
    assert (again.name, again.version, again.digest) == (made.name, made.version, made.digest)
    assert made.diff(again).added == 0


def test_a_folder_that_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a release"):
        Release.open(tmp_path)
