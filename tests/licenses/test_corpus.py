from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackmark.errors import StackmarkError
from stackmark.licenses import added, corpus, detect, expressions, index
from stackmark.licenses.index import Index

OWN = "Whoever finds this may use it on Sundays and must sing a song for each of its lines before sunrise."


def test_every_text_of_the_package_is_named_by_a_listed_id() -> None:
    texts = list(corpus.named_by_id(Path(corpus.__file__).parent / "texts"))
    assert len(texts) > 50
    own = [known.expression.removeprefix("LicenseRef-exception-") for known in texts]
    newer = [one for one in own if one.startswith("LicenseRef-spdx-")]
    named = [one for one in own if one not in newer and "LicenseRef-" in one]
    assert named == ["LicenseRef-scancode-openmdw-1.0", "LicenseRef-scancode-net-snmp"]
    assert all(expressions.parse(one.removeprefix("LicenseRef-spdx-")) is None for one in newer)
    assert all(expressions.license_class(known.expression) != "none" for known in texts)
    assert all(expressions.license_class(one) != "unknown" for one in newer)


def test_an_added_text_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKMARK_LICENSES", str(tmp_path / "added"))
    monkeypatch.setattr(corpus, "texts", lambda: iter(()))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "LicenseRef-Sunday.txt").write_text(OWN)
    before = index.version()
    assert corpus.add(tmp_path / "new", added.folder()) == ["LicenseRef-Sunday"]
    assert index.version() != before
    known = index.load(tmp_path / "cache")
    assert detect(f"# {OWN}\n".encode(), "LICENSE", index=known).expression == "LicenseRef-Sunday"


@pytest.mark.parametrize(("name", "text"), [("Nobody-Knows.txt", "a"), ("MIT OR ISC.txt", "a"), ("MIT.txt", " \n")])
def test_a_text_that_cannot_be_added_is_an_error_and_nothing_is_copied(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "ISC.txt").write_text("a good one")
    (tmp_path / "new" / name).write_text(text)
    with pytest.raises(StackmarkError, match=name):
        corpus.add(tmp_path / "new", tmp_path / "added")
    assert not (tmp_path / "added").exists()


@pytest.mark.parametrize("make", ["link", "pipe", "folder"])
def test_only_regular_files_are_read(tmp_path: Path, make: str) -> None:
    place, secret = tmp_path / "new" / "LicenseRef-Heron.txt", tmp_path / "secret"
    place.parent.mkdir()
    secret.write_text("a private file")
    {"link": lambda: place.symlink_to(secret), "pipe": lambda: os.mkfifo(place), "folder": place.mkdir}[make]()
    with pytest.raises(StackmarkError, match="no regular file"):
        corpus.add(tmp_path / "new", tmp_path / "added")


def test_a_folder_without_texts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StackmarkError, match="no licence text"):
        corpus.add(tmp_path, tmp_path / "added")


def test_each_text_of_the_package_is_recognised_also_in_a_comment(known: Index) -> None:
    wrong = []
    for one in corpus.named_by_id(Path(corpus.__file__).parent / "texts"):
        comment = "".join(f" * {line}\n" for line in one.text.splitlines())
        for content, path in ((one.text, "LICENSE"), (f"/*\n{comment} */\n", "LICENSE.txt")):
            found = detect(content.encode(), path, index=known)
            if found.expression != one.expression:
                wrong.append((one.expression, path, found.expression))
    assert wrong == []
