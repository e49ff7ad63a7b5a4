from __future__ import annotations

import re

import pytest

from stackmark import terminal
from stackmark.bars import Bars


def test_a_step_is_shown_with_its_name_and_full_at_its_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    bars = Bars(terminal.size)
    with bars.step("inspect", "bytes") as tick:
        tick(3_000_000, 4_000_000)
    bars.stop()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "inspecting contents" in shown
    assert "100%" in shown
    assert "B/s" in shown
