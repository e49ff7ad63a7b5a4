"""Lines are found once each, long ones in pieces."""

from __future__ import annotations

from itertools import pairwise

from stackmark.pii import lines


def test_a_line_with_several_hits_comes_once() -> None:
    content = b"first\nsecond\nthird"
    assert list(lines.hit(content, [2, 4, 8, 9])) == [(0, 5), (6, 12)]


def test_a_hit_at_the_end_of_a_line_is_on_that_line() -> None:
    assert lines.around(b"ab\ncd\nef", 5) == (3, 5)


def test_a_long_line_comes_in_pieces_that_hold_their_hits() -> None:
    content = b"x" * 50_000
    pieces = list(lines.hit(content, range(1, len(content) + 1, 100)))
    assert pieces[-1][1] == len(content)
    assert all(0 <= start < end <= start + 3 * lines.MAX_LINE for start, end in pieces)
    assert all(later[0] <= earlier[1] for earlier, later in pairwise(pieces))


def test_hits_behind_the_content_are_left_out() -> None:
    assert list(lines.hit(b"abc", [4, 9])) == []
