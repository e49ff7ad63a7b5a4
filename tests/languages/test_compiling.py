import json

import re2

from stackmark.languages.compiling import COMPILED, marks, render


def test_what_detection_reads_is_made_of_the_tables_as_they_are():
    assert COMPILED.read_text(encoding="utf-8") == render(), "run python -m stackmark.languages.compiling"


def test_every_section_is_one_that_a_reader_can_find():
    found = json.loads(render())
    assert found["extensions"][".h"][0] == "C"
    assert found["modes"]["cperl"] == found["modes"]["perl"] == "Perl"
    assert found["vendored.toml rule"] and found["generated.toml mark"]
    for language, rows in marks().items():
        worths = [worth for worth, _ in found["marks"][language]]
        assert worths == sorted({mark.worth for mark in rows}, reverse=True)


def test_no_mark_is_met_in_nothing():
    patterns = [mark.pattern for rows in marks().values() for mark in rows]
    assert not [pattern for pattern in patterns if re2.search("(?m)" + pattern, "")]
