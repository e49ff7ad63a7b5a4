from pathlib import Path

from stackmark.languages.claims import rivals
from stackmark.languages.classifier import BITS, best, pieces, row, rows
from stackmark.languages.tables import DATA

PROLOG = b"append([], L, L).\nappend([H|T], L, [H|R]) :- append(T, L, R).\n" * 20
PERL = b'my %h = (a => 1);\nforeach my $k (sort keys %h) { print "$k\\n"; }\n' * 20


def test_the_table_is_small_and_of_languages_that_have_rivals():
    assert {len(row(language)) for language in rows()} == {1 << BITS}
    assert Path(DATA, "classifier.bin").stat().st_size == len(rows()) << BITS < 2_000_000
    assert set(rows()) <= rivals()
    assert list(rows()) == sorted(rows())


def test_it_tells_known_languages_apart():
    assert best(["Perl", "Prolog"], PROLOG)[0] == "Prolog"
    assert best(["Perl", "Prolog"], PERL)[0] == "Perl"
    assert 0.6 < best(["Perl", "Prolog"], PERL)[1] <= 1


def test_it_says_nothing_of_what_it_does_not_know():
    assert best(["Perl"], PERL) is None
    assert best([], PERL) is None
    assert best(["Perl", "Klingon"], PERL) is None
    assert best(["Perl", "Prolog"], b"") is None
    assert best(["Perl", "Prolog"], b"ab") is None


def test_pieces_do_not_depend_on_numbers_widths_of_blanks_or_what_comes_late():
    assert pieces(b"a = 123;  b") == pieces(b"a = 7;\t b")
    assert pieces(b"x y\n" * 5000) == pieces(b"x y\n" * 9000)
    assert max(pieces(bytes(range(256)))) < 1 << BITS


def test_long_runs_take_no_time():
    assert pieces(b" " * 10_000) == pieces(b"\n0") == []
    assert len(pieces(b"0\n \n" * 5000)) == 4
