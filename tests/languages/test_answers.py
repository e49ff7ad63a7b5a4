import pytest

from stackmark.languages.answers import Language, answer


def test_equal_answers_are_one_object_that_nobody_changes():
    found = answer("C", "rule", 0.93)
    assert found == Language("C", "rule", 0.93)
    assert found is answer("C", "rule", 0.93)
    with pytest.raises(AttributeError):
        found.name = "D"
