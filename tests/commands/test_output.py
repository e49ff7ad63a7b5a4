"""Where commands write what a user has named a place for."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from stackmark.commands._output import written
from stackmark.errors import StoreError


def write(path: Path, text: str) -> None:
    with written(path) as temporary:
        temporary.write_text(text)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out"
    with pytest.raises(ValueError, match="half"), written(path) as temporary:
        temporary.write_text("half")
        raise ValueError("half")
    assert list(path.parent.iterdir()) == []
    write(path, "whole")
    assert path.read_text() == "whole"


def test_a_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    for text in ("made", "replaced"):
        write(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "target").read_text() == text


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe, "through")
    reader.join()
    assert (read, pipe.is_fifo()) == (["through"], True)


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write") as caught:
        write(tmp_path / "file" / "out", "")
    assert "--workdir" not in caught.value.hint
