from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.quality.facts_html import DETECTOR, visible
from tests.quality.inspected import facts_of
from tests.quality.timing import growth


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("<p>Hello, <b>world</b>!</p>\n", "Hello, world!", id="tags"),
        pytest.param("<ul>\n  <li>one</li>\n\n  <li>two</li>\n</ul>", "one two", id="white space"),
        pytest.param("H<sub>2</sub>O", "H2O", id="no blank where no blank is"),
        pytest.param("a<!-- <p>no</p> -->b", "ab", id="comment"),
        pytest.param("a<!-->b-->c", "ab-->c", id="empty comment"),
        pytest.param("a<!-- no --!>b<!-- no", "ab", id="comment that does not end"),
        pytest.param("a<script>if (x < y) { no(); }</script>b", "ab", id="script"),
        pytest.param("a<SCRIPT src='x>y'>no</ScRiPt >b", "ab", id="script in capitals"),
        pytest.param("a<script>'</scripted>'<b></script>b", "ab", id="script with another end"),
        pytest.param("a<script>no <!-- </script>b", "ab", id="script with a comment"),
        pytest.param("a<script/>no</script>b", "ab", id="scripts do not close themselves"),
        pytest.param("a<script", "a", id="script cut off"),
        pytest.param("a<script>no", "a", id="script that does not end"),
        pytest.param("a<style type=x>no { }</style>b", "ab", id="style"),
        pytest.param("a<scripture>b</scripture>c<styled>d", "abcd", id="names that only begin alike"),
        pytest.param('<a title="x > y" href=z>b</a>', "b", id="quoted angle"),
        pytest.param("<a title = 'x > y'>b</a>", "b", id="quoted angle after blanks"),
        pytest.param("<p don't>b</p> isn't", "b isn't", id="a quote that quotes nothing"),
        pytest.param('a<a title="no>no', "a", id="quote that does not end"),
        pytest.param("<!DOCTYPE html><?xml version='1.0'?>b</>c", "bc", id="declarations"),
        pytest.param("1 < 2 && 3 > 2 <4 <", "1 < 2 && 3 > 2 <4 <", id="angles that are no tags"),
        pytest.param("a&amp;b&#65;c&#x41;d&nbsp;e", "axbxcxdxe", id="references are one character each"),
        pytest.param("a & b &unknown c &; &#;", "a & b &unknown c &; &#;", id="no references"),
        pytest.param("&#" + "1" * 5000 + ";", "x", id="reference too large for a number"),
        pytest.param("\ufeff<p>漢字</p>", "漢字", id="byte order mark"),
    ],
)
def test_what_a_reader_sees(page: str, seen: str) -> None:
    assert visible(page) == seen
    assert facts_of(DETECTOR, page.encode()) == [{"visible_chars": len(seen)}]


def test_no_text_has_no_figure_and_harms_no_neighbour() -> None:
    facts = facts_of(DETECTOR, b"<p>ab", b"a\0b", None, b"<p>cd", "<p>é".encode("utf-16"))
    assert [row["visible_chars"] for row in facts] == [2, None, None, 2, 1]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (b"index.html", True),
        (b"a/b/INDEX.HTM", True),
        (b"x.xhtml", True),
        (b"html", False),
        (b"x.html.py", False),
        (b"\xff.html", True),
    ],
)
def test_wants_pages_only(path: bytes, wanted: bool) -> None:
    assert DETECTOR.wants(path) is wanted


@given(st.text("<>/!-='\" ascriptyle&;#1é", max_size=60))
def test_never_more_than_there_is(page: str) -> None:
    assert len(visible(page)) <= len(page)


@given(st.text("abc déf", max_size=30), st.sampled_from(["script", "style", "STYLE"]))
def test_hidden_text_does_not_count(text: str, element: str) -> None:
    assert visible(f"x<{element}>{text}</{element}>y<!-- {text} -->z") == "xyz"


@pytest.mark.parametrize(
    "seed",
    [
        b"<",
        b"<a",
        b"<a ",
        b"<a b='",
        b'<a b="',
        b"<a =",
        b"<!--",
        b"<!-- -",
        b"<!-",
        b"<script ",
        b"<script>",
        b"<script></script",
        b"<style><",
        b"</",
        b"&",
        b"&a",
        b"&#1",
        b"&#x",
        b"= ",
        b">",
    ],
)
def test_takes_linear_time(seed: bytes) -> None:
    assert growth(lambda page: facts_of(DETECTOR, page), seed, 1 << 17) <= 2.5
