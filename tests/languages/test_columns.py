import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.languages import detect
from tests.languages.test_choice import CASES

NAMES = [
    b"a.py",
    b"a.h",
    b"a.ts",
    b"a.json",
    b"a.yml",
    b"a.txt",
    b"a.pl",
    b"a.1",
    b"tool",
    b"Makefile",
    b"a.m",
    b"hosts",
    b"a.html",
]
TEXTS = [
    b"",
    b"\n",
    b"#!/bin/sh\n",
    b"\xef\xbb\xbf#!/usr/bin/env python3\n",
    b"# vim: ft=ruby\n",
    b"x\n" * 3000 + b"# vim: ft=ruby\n",
    b"<?xml version='1.0'?>\n",
    b"\xef\xbb\xbf<?xml version='1.0'?>\n",
    b"openapi: 3.0.0\r",
    b"a: b\ropenapi: 3.0.0\r",
    b"{}",
    b'{"openapi": "3.0.0"}',
    b"# -*- C++ -*-\nclass A;\n",
]


def columns(rows, binary=None):
    paths, contents = zip(*rows, strict=True)
    answers = detect(pa.array(paths, pa.binary()), pa.array(contents, binary or pa.large_binary()))
    return [None if one is None else (one["name"], one["strategy"], one["confidence"]) for one in answers.to_pylist()]


def singles(rows):
    return [(one.name, one.strategy, one.confidence) if one else None for one in (detect(*row) for row in rows)]


@pytest.mark.parametrize("binary", [pa.binary(), pa.large_binary()])
def test_columns_say_what_single_calls_say(binary):
    rows = [(name.encode(), text) for name, text, _ in CASES] + [(name, text) for name in NAMES for text in TEXTS]
    assert columns(rows, binary) == singles(rows)


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(TEXTS), st.binary(max_size=40))),
        min_size=1,
        max_size=8,
    )
)
def test_columns_say_what_single_calls_say_of_any_bytes(rows):
    assert columns(rows) == singles(rows)


def test_text_paths_slices_and_nulls():
    paths = pa.array(["x", "src/a.py", "b.h", "c"])[1:]
    contents = pa.array([b"", b"x", None, b""], pa.binary())[1:]
    assert detect(paths, contents).to_pylist() == [
        {"name": "Python", "strategy": "extension", "confidence": 0.99},
        None,
        None,
    ]


def test_a_context_counts_for_every_row():
    found = detect(pa.array(["a.cls", "b.cls"]), pa.array([b"?\n", b"\\ProvidesClass{a}\n"]), context={"TeX": 9})
    assert [one["name"] for one in found.to_pylist()] == ["TeX", "TeX"]


def test_chunked_columns_are_taken():
    paths, contents = pa.chunked_array([["a.py"], ["b.rb"]]), pa.chunked_array([[b"x"], [b"y"]])
    assert [one["name"] for one in detect(paths, contents).to_pylist()] == ["Python", "Ruby"]


def test_no_rows():
    assert len(detect(pa.array([], pa.binary()), pa.array([], pa.binary()))) == 0
