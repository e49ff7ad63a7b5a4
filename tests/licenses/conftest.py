"""Texts of well-known licences, from the installed data package, and an index kept between test runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark.licenses import corpus, index
from stackmark.licenses.index import Index


@pytest.fixture(scope="session")
def known(request: pytest.FixtureRequest) -> Index:
    """Give the index over all known texts; the first run builds it."""
    return index.load(request.config.cache.mkdir("licenses"))


@pytest.fixture(autouse=True)
def _cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let functions that load the index by themselves find the one of the tests."""
    monkeypatch.setenv("STACKMARK_CACHE", str(request.config.cache.mkdir("licenses")))


@pytest.fixture(scope="session")
def text() -> Callable[[str], str]:
    """Give a function from ScanCode's key of a licence to its text, with a title line and a holder."""
    folder = corpus.folder() / "licenses"

    def read(key: str) -> str:
        return (folder / f"{key}.LICENSE").read_text("utf-8").split("---\n", 2)[2].strip() + "\n"

    return read
