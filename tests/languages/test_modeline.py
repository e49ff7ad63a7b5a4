import re

import pytest

from stackmark.languages import detect
from stackmark.languages.modeline import HEAD, HINT, language


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"# vim: set ft=ruby:", "Ruby"),
        (b"/* vim: set filetype=prolog ts=4: */", "Prolog"),
        (b"-- vi:syntax=haskell", "Haskell"),
        (b"// ex: se sw=4 ft=javascript:", "JavaScript"),
        (b"# Vim: ft=perl", "Perl"),
        (b"# vim600: set ft=php :", "PHP"),
        (b"# -*- ruby -*-", "Ruby"),
        (b"/* -*- Mode: C++; tab-width: 4 -*- */", "C++"),
        (b"; -*- tab-width: 4; mode: scheme; coding: utf-8 -*-", "Scheme"),
        (b"dnl -*- autoconf -*-", "M4Sugar"),
        (b'.\\" -*- nroff -*-', "Roff"),
        (b"# -*- cperl -*-", "Perl"),
        (b"-*-c++-*-", "C++"),
    ],
)
def test_forms_of_modelines(line, expected):
    assert language(line + b"\n") == expected
    assert language(b"1\n2\n3\n4\n" + line + b"\n") == expected
    assert language(b"", b"\n1\n2\n" + line + b"\n3\n") == expected
    assert re.search(HINT.encode(), line)


@pytest.mark.parametrize(
    "line",
    [b"# -*- coding: utf-8 -*-", b"# vim: set ts=4:", b"# vim: ft=klingon", b"-*- klingon -*-", b"ft=ruby",
     b"novim: ft=ruby",
     b"mode: ruby", b"-*-*-", b"vim:", b"# vim ft=ruby", b""],
)  # fmt: skip
def test_lines_that_name_no_language(line):
    assert language(line, line) is None


def test_only_five_lines_at_either_end_count():
    line = b"# vim: ft=ruby:\n"
    assert language(b"\n" * 5 + line, b"\n" * 5) is None
    assert language(b"", line + b"1\n2\n3\n4\n5\n") is None
    assert language(b"x" * HEAD + line) is None


def test_a_modeline_beats_name_and_shebang():
    assert detect("tool.py", b"# vim: ft=ruby\n").name == "Ruby"
    assert detect("Makefile", b"# -*- ruby -*-\n").name == "Ruby"
    assert detect("tool", b"#!/bin/sh\n# -*- tcl -*-\n").name == "Tcl"
    assert detect("tool", b"# -*- python -*-\n").strategy == "modeline"


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        ("parse.y", b"C", "Yacc"),
        ("fast.pyx", b"python", "Cython"),
        ("scan.l", b"C", "Lex"),
        ("kernel.cu", b"c++", "Cuda"),
        ("plot.m", b"texinfo", "MATLAB"),
        ("tool.1", b"nroff", "Roff Manpage"),
        ("util.h", b"c++", "C++"),
        ("util.pl", b"perl", "Perl"),
    ],
)
def test_a_mode_that_people_borrow_does_not_overrule_a_name_of_other_languages(name, mode, expected):
    text = {"scan.l": b"%option noyywrap\n%%\n", "plot.m": b"function y = plot(x)\n", "tool.1": b".TH TOOL 1\n"}
    content = b"## -*- " + mode + b" -*-\n" + text.get(name, b"")
    assert detect(name, content).name == expected
