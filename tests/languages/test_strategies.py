import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.languages import detect, detect_file, names
from stackmark.languages.marks import WINDOW
from stackmark.languages.modeline import TAIL
from stackmark.languages.strategies import extension


def answer(path, content=b""):
    found = detect(path, content)
    return (found.name, found.strategy) if found else None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Makefile", ("Makefile", "filename")),
        ("a/b/Dockerfile", ("Dockerfile", "filename")),
        ("CMakeLists.txt", ("CMake", "filename")),  # beats .txt
        ("package.json", ("JSON", "extension-ambiguous")),
        ("src/main.py", ("Python", "extension")),
        ("SRC/MAIN.PY", ("Python", "extension")),
        ("view.blade.php", ("Blade", "extension")),  # the longest extension first
        ("build.gradle.kts", ("Gradle Kotlin DSL", "extension")),
        ("a.b.c.d.py", ("Python", "extension")),
        ("types.d.ts", ("TypeScript", "extension-ambiguous")),
        ("LICENSE", ("Text", "filename")),
        ("image.svg", ("SVG", "extension")),
        ("x.unknownextension", None),
        ("README", None),
        ("noextension", None),
    ],
)
def test_names(path, expected):
    assert answer(path) == expected
    assert answer(path.encode()) == expected


@pytest.mark.parametrize(
    ("first_lines", "expected"),
    [
        (b"#!/bin/sh\n", "Shell"),
        (b"#! /usr/bin/env python3.11\n", "Python"),
        (b"#!/usr/bin/python2.7 -u\n", "Python"),
        (b"#!/usr/bin/env -S node --x\n", "JavaScript"),
        (b"#!/usr/bin/env -Snode --x\n", "JavaScript"),
        (b"#!/usr/bin/env --split-string=perl -w\n", "Perl"),
        (b"#!/usr/bin/env -i A=1 B=2 ruby\n", "Ruby"),
        (b"#!/usr/bin/env -u HOME bash\n", "Shell"),
        (b"#!/usr/bin/env -S uv run --script\n", "Python"),
        (b"#!/usr/bin/env -S npx -y ts-node\n", "TypeScript"),
        (b"#!/bin/busybox ash\n", "Shell"),
        (b"#!/data/data/com.termux/files/usr/bin/bash\n", "Shell"),
        (b"#!/system/bin/sh\n", "Shell"),
        (b"#!/usr/bin/php8.1\n", "PHP"),
        (b"#!/usr/bin/guile-2.2 -s\n!#\n", "Scheme"),
        (b"#!/usr/bin/perl6\n", "Raku"),
        (b"#!/usr/bin/Rscript --vanilla\n", "R"),
        (b"#!C:\\Python27\\python.exe\r\n", "Python"),
        (b"\xef\xbb\xbf#!/usr/bin/env lua5.3\n", "Lua"),
        (b'#!/bin/sh\n# the next line restarts \\\nexec tclsh "$0" ${1+"$@"}\n', "Tcl"),
        (b'#!/bin/sh\nexec echo "$1"\n', "Shell"),
        (b"#!/usr/bin/env nix-shell\n#! nix-shell -i python3 -p python3\n", "Python"),
        (b"#!/usr/bin/awk -f", "Awk"),
    ],
)
def test_shebangs(first_lines, expected):
    assert answer("bin/tool", first_lines) == (expected, "shebang")


@pytest.mark.parametrize(
    "content",
    [b"", b"#", b"#!", b"#!\n", b"#!   \n", b"#!/\n", b"#!/usr/bin/env\n", b"#!/usr/bin/env -S\n",
     b"#!/opt/nonesuch\n",
     b"#!/usr/bin/env -u\n", b"x #!/bin/sh\n", b"\n#!/bin/sh\n", b"#!/usr/bin/python.sh\n"],
)  # fmt: skip
def test_shebangs_that_name_no_known_program(content):
    assert answer("tool", content) is None


def test_a_file_name_beats_a_shebang():
    assert answer("Makefile", b"#!/usr/bin/python\n") == ("Makefile", "filename")


def test_an_unambiguous_extension_beats_a_shebang():
    assert answer("tool.py", b"#!/bin/sh\n") == ("Python", "extension")


def test_a_shebang_beats_an_ambiguous_extension():
    assert answer("run.cgi", b"#!/usr/bin/python3\n") == ("Python", "shebang")
    assert answer("basic.t", b"#!/usr/bin/env raku\n") == ("Raku", "shebang")


def test_an_ambiguous_extension_chooses_among_the_languages_of_an_interpreter():
    assert answer("cli.ts", b"#!/usr/bin/env node\n") == ("TypeScript", "shebang")


@pytest.mark.parametrize("path", ["", "/", ".", "..", "a/", "...", "x.", "x..", "\x00", " ", "a/.", "*"])
def test_odd_names_have_no_language(path):
    assert answer(path) is None


def test_a_name_that_is_only_an_extension_counts_as_one():
    assert answer("dir/.py") == ("Python", "extension")


def test_names_that_are_not_utf8():
    assert answer(b"caf\xe9/m\xfcll.py") == ("Python", "extension")
    assert answer(os.fsdecode(b"caf\xe9.py")) == ("Python", "extension")
    assert answer(b"x.p\xff") is None
    assert answer("lone\ud800surrogate.py") == ("Python", "extension")


def test_a_very_long_name_and_one_of_dots_take_no_time():
    start = time.perf_counter()
    assert answer("a" * 10_000_000 + ".py") == ("Python", "extension")
    assert answer("." * 1_000_000) is None
    assert answer("a." * 1_000_000 + "py") == ("Python", "extension")
    assert time.perf_counter() - start < 2


def test_a_huge_one_line_content_takes_no_time():
    content = b"#!" + b"a" * 50_000_000
    start = time.perf_counter()
    assert answer("tool", content) is None
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("name", "expected"),
    [(b"tool.py", "py"), (b"a.tar.gz", "gz"), (b"X.PY", "py"), (b"Makefile", ""), (b".bashrc", ""),
     (b".a.b", "b"),
     (b"x.", ""), (b"", ""), (b"..", ""), (b"x.\xff", "\ufffd")],
)  # fmt: skip
def test_extension(name, expected):
    assert extension(name) == expected


@given(st.binary(max_size=60), st.binary(max_size=200))
def test_any_bytes_give_a_known_language_or_none(path, content):
    for prefix in (b"", b"#!", b"#!/usr/bin/env "):
        found = detect(path, prefix + content)
        assert found is None or (found.name in names() and 0 < found.confidence <= 1)


@pytest.mark.parametrize("size", [0, 9, WINDOW - 1, WINDOW, WINDOW + 100, WINDOW + TAIL, 3 * WINDOW])
@pytest.mark.parametrize("end", [b"", b"\n// vim: set ft=objc:\n"])
def test_a_file_on_disk_is_what_its_whole_content_is(tmp_path, size, end):
    content = (b"int x;\n" * (size // 7 + 1))[:size] + end
    file = tmp_path / "x.h"
    file.write_bytes(content)
    assert detect_file(str(file)) == detect_file(bytes(file)) == detect("x.h", content)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(OSError):
        detect_file(str(tmp_path / "none.py"))
