import numpy as np

from stackmark.languages.claims import rivals
from stackmark.languages.classifier import BITS, best, model, pieces
from stackmark.languages.tables import DATA

PROLOG = b"append([], L, L).\nappend([H|T], L, [H|R]) :- append(T, L, R).\n" * 20
PERL = b'my %h = (a => 1);\nforeach my $k (sort keys %h) { print "$k\\n"; }\n' * 20


def test_the_table_is_small_and_of_languages_that_have_rivals():
    rows, table = model().rows, model().table
    assert table.shape == (len(rows), 1 << BITS)
    assert table.dtype == np.int8
    assert (DATA / "classifier.npy").stat().st_size < 2_000_000
    assert set(rows) <= rivals()
    assert list(rows) == sorted(rows)


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
    assert np.array_equal(pieces(b"a = 123;  b"), pieces(b"a = 7;\t b"))
    assert np.array_equal(pieces(b"x y\n" * 5000), pieces(b"x y\n" * 9000))
    assert pieces(bytes(range(256))).max() < 1 << BITS
