from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from stackmark.pii import asked

PATTERNS = (rb"pass|pwd", rb"[-_ ]here$", rb"^[a-z]:", asked.whole(rb"x[x./]*"), rb"\bpw\b")
ASKED = asked.of(*PATTERNS)


def test_says_which_patterns_a_text_holds() -> None:
    assert sorted(ASKED(b"a:pwd here") or ()) == [0, 1, 2]
    assert ASKED(b"xx/x") == [3]
    assert not ASKED(b"nothing")
    assert not ASKED(b"")


@given(st.binary(max_size=40) | st.text("pwdx:.- here", max_size=20).map(str.encode))
def test_says_what_one_search_for_each_says(text: bytes) -> None:
    alone = [number for number, pattern in enumerate(PATTERNS) if re.search(pattern.replace(b"$", rb"\Z"), text)]
    assert sorted(ASKED(text) or ()) == alone


def test_any_byte_is_a_character() -> None:
    assert asked.of(rb"\xc5\x82")("hasło".encode()) == [0]
