from __future__ import annotations

from pathlib import Path

import pytest

from stackmark.errors import SourceError
from stackmark.ner.card import make_card, write_card
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.hub import find_checkpoint
from tests.ner import goldens


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["../x", "/no/such/folder", "a/b/c", "", "x y", "http://host/x"])
def test_what_can_be_no_repository_is_not_asked_for(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # what stands beside a clone is not ours to know
    with pytest.raises(SourceError, match=r"no such folder|is a file|no folder"):
        find_checkpoint(name or "~")


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(SourceError, match="is a file"):
        find_checkpoint(tmp_path / "x")


def test_a_repository_that_is_not_in_the_cache_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    constants = pytest.importorskip("huggingface_hub.constants", reason="fetching needs huggingface_hub")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SourceError, match="the hub did not give it"):
        find_checkpoint("nobody/nothing")


def test_a_card_lists_the_types_and_no_markup_of_theirs(tmp_path: Path) -> None:
    config = SpanMarkerConfig.from_file(goldens.FOLDER / "bert" / "config.json")
    odd = SpanMarkerConfig(**{**vars(config), "id2label": {0: "O", 1: "`<b>\n"}})
    assert "- `LOC`" in make_card(config)
    assert "`?<b>?`" in make_card(odd)
    (tmp_path / "README.md").write_text("mine")
    write_card(config, tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
