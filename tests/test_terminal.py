from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import terminal


@given(st.text())
def test_safe_text_holds_only_printable_characters(text: str) -> None:
    assert terminal.safe(text).isprintable()


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (2.5e12, "2.5 TB")],
)
def test_sizes_for_people(count: float, text: str) -> None:
    assert terminal.size(count) == text


def test_table_shows_figures_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table("Title", ("name", "files"), [("[bold]x[/bold]", 12345)], numbers=1)
    shown = capsys.readouterr().out
    assert "[bold]x[/bold]" in shown
    assert "12,345" in shown


def test_a_title_stands_on_one_line_however_narrow_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    title = "a-name-that-is-longer-than-its-table 1.0.0 -> 1.0.1"
    terminal.table(title, ("n",), [(1,)], numbers=1)
    assert capsys.readouterr().out.splitlines()[0] == title


def test_a_summary_counts_origins_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    none = {"files": 0, "bytes": 0}
    lost = [{"origins": number, "outcome": "quarantined", "rule": "corrupt"} for number in (1, 2)]
    counts = {"outcomes": {}, "input": none, "origins_not_listed": lost, "rules": [], "languages": []}
    terminal.summary({"name": "corpus", "version": "1.0.0", "counts": counts})
    shown = capsys.readouterr().out
    assert "1 origin not read to the end: quarantined (corrupt)" in shown
    assert "2 origins not read to the end: quarantined (corrupt)" in shown


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.Watch() as watch, watch.step("inspect", "files") as tick:
        tick(1, 2)
    assert capsys.readouterr() == ("", "")
