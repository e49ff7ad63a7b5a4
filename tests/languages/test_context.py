import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.errors import UsageError
from stackmark.languages import detect
from stackmark.languages.claims import START
from stackmark.languages.columns import in_tree, struct
from stackmark.languages.context import DEPTH

UNMARKED = b"?\n"
C, CPP = b"int f(void) { return 1; }\n", b"#include <vector>\nint f() { return 1; }\n"
HEADER, CPP_HEADER = b"int f(int x);\n", b"namespace a {\nclass B;\n}\n"


def tree(files):
    """Return path -> (language, strategy) of the files of one tree."""
    found = detect(pa.array(files), pa.array(list(files.values()), pa.binary()), context="tree")
    return {
        path: (one["name"], one["strategy"]) if one else None
        for path, one in zip(files, found.to_pylist(), strict=True)
    }


def test_the_files_beside_tip_the_scale_where_the_text_does_not():
    found = detect("a.cls", UNMARKED, context={"TeX": 12, "Apex": 0})
    assert (found.name, found.strategy) == ("TeX", "context")


@pytest.mark.parametrize("context", [None, {}, {"TeX": 3, "Apex": 1}, {"TeX": 2}, {"Python": 500}, {"TeX": 1, "C": 99}])
def test_files_without_a_clear_majority_change_nothing(context):
    assert detect("a.cls", UNMARKED, context=context) == detect("a.cls", UNMARKED)


def test_a_clear_text_and_a_clear_name_stand_against_the_tree():
    assert detect("a.cls", b"\\NeedsTeXFormat{LaTeX2e}\n", context={"Apex": 500}).name == "TeX"
    assert detect("a.py", b"", context={"Ruby": 500}).name == "Python"
    assert detect("a.h", CPP_HEADER, context={"C": 500}).name == "C++"
    assert detect("a.json", b"{}\n", context={"OASv3-json": 500}).name == "JSON"


def test_a_guarded_name_is_not_believed_for_its_tree():
    assert detect("a.t", b"1\n", context={"Perl": 500}) is None


def test_a_header_without_marks_goes_with_the_sources_around_it():
    sources = {f"src/{name}.cpp": CPP for name in "abc"}
    assert tree({**sources, "src/a.h": HEADER})["src/a.h"] == ("C++", "context")
    assert tree({**sources, "include/a.h": HEADER})["include/a.h"] == ("C++", "context")
    assert tree({f"src/{name}.c": C for name in "abc"} | {"src/a.h": HEADER})["src/a.h"] == ("C", "rule")
    assert tree({"src/a.cpp": CPP, "src/b.cpp": CPP, "src/a.h": HEADER})["src/a.h"] == ("C", "rule")


def test_a_library_in_c_keeps_its_headers_inside_of_a_program_in_c_plus_plus():
    files = {f"src/{number}.cpp": CPP for number in range(50)}
    files |= {f"lib/zip/{name}.c": C for name in "abc"} | {"lib/zip/inner/deep/a.h": HEADER, "src/deep/a.h": HEADER}
    found = tree(files)
    assert found["lib/zip/inner/deep/a.h"] == ("C", "rule")
    assert found["src/deep/a.h"] == ("C++", "context")


def test_other_names_go_with_files_of_the_same_name_alone():
    hyphy = b'ExecuteAFile("x.bf");\nfprintf(stdout, "y");\n'
    files = {f"t/{name}.bf": hyphy for name in "abc"} | {"t/d.bf": b"\n"}
    assert {tree(files)[f"t/{name}.bf"][0] for name in "abcd"} == {"HyPhy"}
    pages = {f"t/{name}.html": b"<html>\n" for name in "abcd"} | {"t/a.inc": b"words\n"}
    assert tree(pages)["t/a.inc"] == ("C++", "extension-ambiguous")


def test_the_order_of_files_does_not_matter_and_empty_trees_are_nothing():
    files = {f"src/{number}/{number}.cpp": CPP for number in range(4)}
    files |= {f"src/{number}/{number}.h": HEADER for number in range(4)} | {"README": b"x", "a.py": b"", "b.t": b"1"}
    shuffled = list(files.items())
    random.Random(1).shuffle(shuffled)
    assert tree(dict(shuffled)) == tree(files)
    assert len(in_tree(pa.array([], pa.binary()), struct([]))) == 0


PATHS = st.lists(st.sampled_from([b"a", b"b", b"", b".", b"\xff"]), max_size=4).map(b"/".join)
NAMES = st.sampled_from([b"x.h", b"y.cpp", b"z.c", b"m.m", b"n.t", b"o.cls", b"p", b"q.py"])
TEXTS = st.sampled_from([None, b"", HEADER, CPP_HEADER, C, CPP, UNMARKED])


@given(st.lists(st.tuples(PATHS, NAMES, TEXTS), max_size=30))
def test_a_tree_changes_only_answers_that_the_text_left_open(rows):
    paths = pa.array([b"/".join(row[:2]) for row in rows], pa.binary())
    texts = pa.array([row[2] for row in rows], pa.binary())
    alone, together = detect(paths, texts).to_pylist(), detect(paths, texts, context="tree").to_pylist()
    for (_, name, _), before, after in zip(rows, alone, together, strict=True):
        assert (before is None) == (after is None)
        assert before == after or (after["strategy"] == "context" and (before["confidence"] <= 0.75 or name == b"x.h"))


def test_endless_paths_take_no_time_and_end_at_a_depth():
    deep = b"d/" * 100_000
    files = {deep + b"%d.cpp" % number: CPP for number in range(200)} | {deep + b"e/a.h": HEADER}
    assert tree(files)[deep + b"e/a.h"] == ("C++", "context")
    assert DEPTH < 100 and len(deep) > START


def test_one_file_is_no_tree():
    with pytest.raises(UsageError, match="columns"):
        detect("a.h", HEADER, context="tree")
