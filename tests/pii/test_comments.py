"""What is left of a file: comments, docstrings, strings of several words, prose; every byte at its place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.pii.comments import family_name, readable


def left(content: str, path: str, language: str | None = None) -> str:
    """Give what is readable, its words one blank apart."""
    return " ".join(readable(content.encode(), path, language).replace(b"\0", b" ").decode().split())


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("a.py", 'x = 1  # by Eva Brandt\n"""Made by Eva Brandt.\n"""\n', "by Eva Brandt Made by Eva Brandt."),
        ("a.py", "x = '# not a comment'\ny = 2\n", "# not a comment"),
        ("a.c", "/*\n * Eva Brandt\n */\nint x; // and more\n", "Eva Brandt and more"),
        ("a.py", "x = '作者王小明', '中文', 'one 文'\n", "作者王小明"),
        ("a.c", 'char *s = "/* all of this */ is text";\n', "/* all of this */ is text"),
        ("a.js", "`one\ntwo three ${x}` + 'two words'\n", "one two three ${x}"),
        ("a.rs", "fn f<'a>(x: &'a str) {} // Eva's\n", "Eva's"),
        ("a.hs", "{- Eva Brandt -} f x = x -- why\n", "Eva Brandt why"),
        ("a.lua", "--[[ Eva\nBrandt ]] x = 1 -- so\n", "Eva Brandt so"),
        ("a.html", "<p class='x'>Eva Brandt</p><!-- why --><script>var x = 1</script>", "Eva Brandt why >"),
        ("a.sh", "echo $# a#b # Eva Brandt\n", "Eva Brandt"),
        ("a.el", ";; Eva Brandt\n(setq x 1)\n", "Eva Brandt"),
        ("a.po", '# Eva Brandt\nmsgid "x"\nmsgstr "one two three"\n', "Eva Brandt one two three"),
        ("a.md", "# Eva Brandt\n\ntext `x`\n", "# Eva Brandt text `x`"),
        ("AUTHORS", "Eva Brandt\n", "Eva Brandt"),
        ("a.sql", "select 1; -- Eva Brandt\n", "Eva Brandt"),
        ("a.rb", "=begin\nEva Brandt\n=end\nx = 1 # so\n", "=begin Eva Brandt =end so"),
        ("Makefile", "all: # Eva Brandt\n", "Eva Brandt"),
        ("a.unknown", "code # Eva Brandt\ncode\n", "Eva Brandt"),
    ],
)
def test_what_is_for_people_is_left(path: str, content: str, words: str) -> None:
    assert left("\n" + content, path).removeprefix("=begin ").replace(" =end", "") == words.removeprefix(
        "=begin "
    ).replace(" =end", "")


def test_a_string_of_fewer_than_three_words_is_a_value() -> None:
    assert left('x = "two words"; y = "now three words"', "a.c") == "now three words"


def test_escapes_are_blanks() -> None:
    assert readable(rb'"one\ntwo \"three\" four"', "a.c") == b"\0one  two   three   four\0"


def test_a_string_without_end_costs_its_line() -> None:
    assert left("don't do this now\n// Eva Brandt\n", "a.c").endswith("Eva Brandt")


def test_a_comment_over_several_lines_is_one_text() -> None:
    found = readable(b"  // one\n  // two\n", "a.c")
    assert b"\0" not in found
    assert found.split() == [b"one", b"two"]


def test_the_language_comes_before_the_path() -> None:
    assert left("-- Eva Brandt\n", "a.c", "Haskell") == "Eva Brandt"
    assert family_name(None) == "prose"
    assert family_name(b"x/README.de", None) == "prose"


@given(st.binary(max_size=300), st.sampled_from(["a.c", "a.py", "a.html", "a.lua", "a.rb", "a.md", "a.tex", "x"]))
def test_any_bytes_keep_length_lines_and_places(content: bytes, path: str) -> None:
    found = readable(content, path)
    assert len(found) == len(content)
    assert all(after in (0, 32, before) for before, after in zip(content, found, strict=True))
    assert found.count(b"\n") == content.count(b"\n")


@pytest.mark.parametrize("piece", [b"/*", b'"', b"'''", b"<", b"{-", b"\\", b"(*", b"a" * 64 + b"\n"])
def test_time_is_linear(piece: bytes) -> None:
    def seconds(size: int) -> float:
        content = (piece * size)[: size * 2]
        begun = time.process_time()
        for path in ("a.c", "a.py", "a.html", "a.hs"):
            readable(content, path)
        return time.process_time() - begun

    seconds(1000)
    small, large = min(seconds(200_000) for _ in range(3)), min(seconds(800_000) for _ in range(3))
    assert large < 10 * small + 0.01
