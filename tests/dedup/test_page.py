"""The page that shows near-duplicates side by side."""

from __future__ import annotations

import pyarrow as pa

from stackmark.dedup import near, page
from tests.dedup import texts


def rendered(contents: list[bytes], names: list[str]) -> str:
    ids = [f"{number:04d}" for number in range(len(contents))]
    found = near.near_duplicates(pa.table({"content_id": ids, "content": contents}))
    return page.render(found, names, pa.array(contents, pa.large_binary()), 0.7)


def test_shows_the_pair_and_escapes_it() -> None:
    lines = texts.program(1)
    attack = "<script>alert(1)</script>\n"
    contents = [texts.data(lines), texts.data([*lines[:30], attack, *lines[30:]])]
    html = rendered(contents, ["a.py", "<b onclick=x>.py"])
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;b onclick=x&gt;.py" in html
    assert html.count('class="insert"') == 1
    assert "http" not in html.replace("http-equiv", "")


def test_nothing_to_show() -> None:
    html = rendered([b"a b c d e f"], ["one"])
    assert "1 texts were compared; 0 of them" in html
    assert "<section>" not in html


def test_many_members_and_long_lines_are_cut() -> None:
    lines = texts.program(1, 400)
    contents = [texts.data([*lines, f"# {number}" + "x" * 9_000 + "\n"]) for number in range(50)]
    html = rendered(contents, [f"file{number}" for number in range(50)])
    assert "(the beginning of both)" in html
    assert html.count("file") <= page.SHOWN_MEMBERS + 1
    assert len(html) < 40_000


def test_lines_side_by_side() -> None:
    rows, cut = page.side_by_side(b"a\nb\nc\n", b"a\nx\ny\nc\n")
    assert [tuple(row) for row in rows] == [
        ("equal", "a", "a"),
        ("replace", "b", "x"),
        ("replace", "", "y"),
        ("equal", "c", "c"),
    ]
    assert not cut


def test_histogram_counts_every_score_once() -> None:
    assert page.histogram([0.7, 0.74, 0.75, 0.99, 1.0]) == [
        ("0.70 to 0.75", 2),
        ("0.75 to 0.80", 1),
        ("0.95 to 1.00", 1),
        ("1.00", 1),
    ]
