import pytest

from stackmark.languages import detect

UNMARKED = b"?\n"


def test_the_rest_of_the_tree_tips_the_scale_where_the_text_does_not():
    found = detect("a.cls", UNMARKED, context={"TeX": 12, "Apex": 0})
    assert (found.name, found.strategy) == ("TeX", "context")


@pytest.mark.parametrize("context", [None, {}, {"TeX": 3, "Apex": 1}, {"Python": 500}, {"TeX": 1, "C": 99}])
def test_a_tree_without_a_clear_majority_changes_nothing(context):
    assert detect("a.cls", UNMARKED, context=context) == detect("a.cls", UNMARKED)


def test_a_language_that_is_rare_in_the_tree_is_no_reason():
    assert detect("a.cls", UNMARKED, context={"TeX": 12, "C": 900}).name == "Apex"


def test_a_clear_text_and_a_clear_name_stand_against_the_tree():
    assert detect("a.cls", b"\\NeedsTeXFormat{LaTeX2e}\n", context={"Apex": 500}).name == "TeX"
    assert detect("a.py", b"", context={"Ruby": 500}).name == "Python"
