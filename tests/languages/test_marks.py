import re
import time

import pytest

from stackmark.languages import detect, names
from stackmark.languages.claims import NOTHING, claim, rivals
from stackmark.languages.compiling import STRONG, marks
from stackmark.languages.marks import ENOUGH, WINDOW, expression, first_shown, shows, shows_any, weight
from stackmark.languages.tables import compiled

ALL = [(language, mark) for language, rows in marks().items() for mark in rows]
AMBIGUOUS = sorted(key for key in map(str.encode, compiled()["extensions"]) if not claim(b"x" + key).certain)


@pytest.mark.parametrize(("language", "mark"), ALL, ids=[f"{language}-{n}" for n, (language, _) in enumerate(ALL)])
def test_a_mark_has_its_positive_example_and_not_its_negative_one(language, mark):
    pattern = re.compile("(?m)" + mark.pattern.replace(r"\z", r"\Z"))
    assert pattern.search(mark.yes)
    assert not pattern.search(mark.no)
    assert shows(language, mark.yes.encode()) or mark.weak


def test_marks_are_of_known_languages():
    assert set(marks()) <= set(names())


def test_every_language_that_shares_a_name_has_a_strong_mark():
    # JSX in TypeScript is what a .tsx file is unless it is XML.
    assert {language for language in rivals() if not expression(language)} <= {"TSX", "TypeScript", "C"}


@pytest.mark.parametrize("key", AMBIGUOUS)
def test_every_ambiguous_extension_tells_all_of_its_languages_apart_by_their_marks(key):
    named = claim(b"x" + key)
    assert named is not NOTHING
    for language in named.languages:
        examples = [mark.yes for mark in marks().get(language, ()) if not mark.weak]
        answers = [detect(b"x" + key, example.encode()) for example in examples]
        assert language == named.otherwise or any(found and found.name == language for found in answers)


def test_a_text_shows_what_it_has_a_strong_mark_of():
    head = b"@interface Car : NSObject\n- (void)drive;\n@end\n"
    assert shows("Objective-C", head)
    assert not shows("C++", head)
    assert not shows("C", b"typedef struct list {\n")  # weak marks only
    assert shows_any(("C++", "Objective-C"), head)
    assert not shows_any(("C++", "Objective-C"), b"int x;\n")
    assert first_shown(("C++", "Objective-C"), head) == "Objective-C"
    assert first_shown(("C++", "Objective-C"), head + b"class Car {\n") == "C++"


def test_marks_weigh_by_how_often_they_are_met_up_to_a_bound():
    line = b"def x := 0\n"
    assert weight("E", line) == STRONG
    assert weight("E", line * 5) == 5 * STRONG
    assert weight("E", line * 1000) == ENOUGH * STRONG
    assert weight("E", line * 5, strong=False) == 0


BAIT = [b"a" * WINDOW, b" " * WINDOW, b"(" * WINDOW, b"<!--" * (WINDOW // 4), b"x:" * (WINDOW // 2), b"\n" * WINDOW,
        b"-*-" * (WINDOW // 3), b'"a":' * (WINDOW // 4), b"#\n" * (WINDOW // 2)]  # fmt: skip


@pytest.mark.parametrize("bait", BAIT, ids=[repr(bait[:4]) for bait in BAIT])
def test_no_text_takes_long_under_any_ambiguous_name(bait):
    detect(b"x.h", b"warm")
    start = time.process_time()
    for key in AMBIGUOUS:
        detect(b"x" + key, bait)
    assert time.process_time() - start < 0.05 * len(AMBIGUOUS)
