from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import indexing, phrases, words
from stackmark.licenses.corpus import KnownText

CONTENTS = st.lists(st.sampled_from("abcd"), max_size=40).map(" ".join)
WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join)


@given(
    st.lists(WORDS, min_size=1, max_size=12, unique=True), st.lists(st.sampled_from("abcd"), max_size=40).map(" ".join)
)
def test_every_text_is_found_wherever_it_stands(known: list[str], content: str) -> None:
    index = indexing.build([KnownText(f"{text}.RULE", "MIT", "notice", text) for text in known])
    found = phrases.find(index, words.split(content))
    got = sorted(
        (int(start), index.names[text].removesuffix(".RULE"))
        for start, text in zip(found.start, found.text, strict=True)
    )
    tokens = content.split()
    wanted = [
        (at, text) for text in known for at in range(len(tokens)) if tokens[at : at + len(text.split())] == text.split()
    ]
    assert got == sorted(wanted)


def test_the_longest_come_first() -> None:
    index = indexing.build([KnownText(f"{n}.RULE", "MIT", "notice", "a " * n) for n in (1, 2, 3)])
    found = phrases.find(index, words.split("a a a"))
    assert (found.end - found.start).tolist() == [3, 2, 2, 1, 1, 1]
