"""Each filter at its boundary, through the profile with the published limits."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from tests.quality.judged import facts_row, judge, judge_file

DATA = base64.b64encode(random.Random(7).randbytes(3000))
WORDS = b"alpha beta gamma delta epsilon zeta eta theta iota kappa\n"


@pytest.mark.parametrize(
    ("facts", "rule", "detail"),
    [
        ({"language": None}, "unknown-language", "its language is not known"),
        ({"length_chars": 0}, "empty", "it has no characters"),
        ({"num_lines": 100_000}, None, None),
        ({"num_lines": 100_001}, "too-many-lines", "it has 100,001 lines; at most 100,000 are allowed"),
        ({"avg_line_length": 100.0}, None, None),
        (
            {"avg_line_length": 100.1},
            "long-lines",
            "its lines have 100.1 characters on average; at most 100 are allowed",
        ),
        ({"max_line_length": 1000}, None, None),
        (
            {"max_line_length": 1001},
            "long-lines",
            "its longest line has 1,001 characters; at most 1,000 are allowed",
        ),
        ({"language": "TeX", "avg_line_length": 5000.0, "max_line_length": 100_000}, None, None),
        (
            {"language": "TeX", "avg_line_length": 5.0, "max_line_length": 100_001},
            "long-lines",
            "its longest line has 100,001 characters; at most 100,000 are allowed",
        ),
        ({"generated_marker": True}, "generated", "one of its first lines says that it is generated"),
        ({"is_generated": True}, "generated", "its name or its form is that of a generated file"),
        ({"alpha_chars": 750}, None, None),
        (
            {"alpha_chars": 749},
            "low-alphabetic",
            "749 of its 3,000 characters are letters; at least 25 % must be",
        ),
        ({"language": "WebAssembly", "alpha_chars": 0, "alphanum_chars": 750}, None, None),
        (
            {"language": "Motorola 68K Assembly", "alpha_chars": 0, "alphanum_chars": 749},
            "low-alphabetic",
            "749 of its 3,000 characters are letters or digits; at least 25 % must be",
        ),
        ({"encoded_longest": 1024, "encoded_chars": 1500}, None, None),
        (
            {"encoded_longest": 1025, "encoded_chars": 1025},
            "encoded-data",
            "it has 1,025 characters of encoded data in a row; at most 1,024 are allowed",
        ),
        (
            {"encoded_longest": 64, "encoded_chars": 1501},
            "encoded-data",
            "1,501 of its 3,000 characters are encoded data; at most 50 % may be",
        ),
        ({"language": "JSON", "num_lines": 512}, None, None),
        ({"language": "JSON", "num_lines": 513}, "data-lines", "it has 513 lines; JSON may have at most 512"),
        ({"language": "YAML", "num_lines": 513}, "data-lines", "it has 513 lines; YAML may have at most 512"),
        ({"language": "Graphviz (DOT)", "num_lines": 512}, None, None),
        ({"language": "Python", "num_lines": 513}, None, None),
        ({"language": "HTML", "length_chars": 500, "visible_chars": 100}, None, None),
        (
            {"language": "HTML", "length_chars": 200, "alpha_chars": 150, "visible_chars": 99},
            "html-visible",
            "a reader sees 99 characters of it; at least 100 are required",
        ),
        ({"language": "HTML", "length_chars": 1000, "visible_chars": 200}, None, None),
        (
            {"language": "HTML", "length_chars": 1000, "visible_chars": 199},
            "html-visible",
            "a reader sees 199 of its 1,000 characters; at least 20 % is required",
        ),
        ({"language": "HTML", "visible_chars": None}, None, None),
        ({"language": "Vue", "visible_chars": 0}, None, None),
    ],
)
def test_boundary(facts: dict[str, Any], rule: str | None, detail: str | None) -> None:
    assert judge(facts_row(**facts)) == (rule, detail)


@pytest.mark.parametrize("whole", range(505, 3505, 5))
def test_exactly_a_fifth_is_enough_at_any_length(whole: int) -> None:
    part = whole // 5
    row = facts_row(language="HTML", length_chars=whole, alpha_chars=whole, visible_chars=part)
    assert judge(row)[0] is None
    assert judge(row | {"visible_chars": part - 1})[0] == "html-visible"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("README", True),
        ("docs/ReadMe.txt", True),
        ("NOTES.text", True),
        ("todo.TXT", True),
        ("description", True),
        ("CMakeLists.txt", True),
        ("requirements-dev.txt", True),
        ("my-Requirement.in", True),
        ("requirements/base.txt", False),
        ("readme/other.txt", False),
        ("readme.old.txt", False),
        ("notesbook.txt", False),
        ("LICENSE.txt", False),
        (".txt", False),
    ],
)
def test_text_is_kept_by_name_only(name: str, kept: bool) -> None:
    rule, detail = judge(facts_row(language="Text", path=name.encode()))
    assert rule == (None if kept else "text-name")
    assert judge(facts_row(language="Markdown", path=name.encode())) == (None, None)
    if detail is not None:
        assert detail.startswith("Text is kept only under the names readme, ")


def test_text_under_a_name_that_is_no_utf8() -> None:
    assert judge(facts_row(language="Text", path=b"\xff\xfe.txt"))[0] == "text-name"
    assert judge(facts_row(language="Text", path=b"\xff requirement"))[0] is None


@pytest.mark.parametrize(
    ("path", "language", "content", "rule"),
    [
        pytest.param("a.py", "Python", WORDS * 20, None, id="ordinary"),
        pytest.param("a.py", "Python", b"", "empty", id="empty"),
        pytest.param("a.py", "Python", ("x" * 100 + "\n").encode() * 9, None, id="mean of 100"),
        pytest.param("a.py", "Python", ("x" * 100 + "\n").encode() * 9 + b"x" * 101, "long-lines", id="mean of 100.1"),
        pytest.param("a.py", "Python", WORDS * 99 + b"x" * 1000, None, id="line of 1000"),
        pytest.param("a.py", "Python", WORDS * 99 + b"x" * 1001, "long-lines", id="line of 1001"),
        pytest.param("a.py", "Python", WORDS * 4 + b"# Auto-Generated\n", "generated", id="marker on line 5"),
        pytest.param("a.py", "Python", WORDS * 5 + b"# Auto-Generated\n", None, id="marker on line 6"),
        pytest.param("a.md", "Markdown", WORDS * 99 + DATA[:1024], None, id="1,024 encoded"),
        pytest.param("a.md", "Markdown", WORDS * 99 + DATA[:1025], "encoded-data", id="1,025 encoded"),
        pytest.param("a.md", "Markdown", b"x " * 50 + DATA[:100], None, id="half encoded"),
        pytest.param("a.md", "Markdown", b"x " * 50 + DATA[:101], "encoded-data", id="more than half encoded"),
        pytest.param("a.h", "C", b"int a[] = {" + b"0x0f, 0xa0,\n" * 100 + b"};", "encoded-data", id="C array"),
        pytest.param("a.txt", "JSON", b'"ab"\n' * 513, "data-lines", id="long data"),
        pytest.param("a.html", "HTML", b"<p>" + b"x" * 100 + b"</p>", None, id="100 visible characters"),
        pytest.param("a.html", "HTML", b"<p>" + b"x" * 99 + b"</p>", "html-visible", id="99 visible characters"),
        pytest.param("a.html", "HTML", b"<b " + b"x y " * 99 + b">" + b"y" * 100, None, id="20 % visible"),
        pytest.param(
            "a.html", "HTML", b"<b " + b"x y " * 99 + b"xy>" + b"y" * 100, "html-visible", id="19.9 % visible"
        ),
    ],
)
def test_files(path: str, language: str, content: bytes, rule: str | None) -> None:
    assert judge_file(path, language, content)[0] == rule


def test_a_list_of_identifiers_is_kept() -> None:
    names = "\n".join(f"getTheValueOfTheFieldNumber{number}" for number in range(60))
    assert judge_file("names.py", "Python", names.encode()) == (None, None)
