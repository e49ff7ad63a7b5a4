from __future__ import annotations

from collections.abc import Callable

from stackmark.licenses import match, words
from stackmark.licenses.index import Index

NOTICE = "Licensed under the Apache License, Version 2.0 (the License);\nyou may not use this file except in compliance"


def test_a_passage_says_the_same_alone_and_beside_others(known: Index, text: Callable[[str], str]) -> None:
    mit = text("mit")
    passages = [
        words.bare(one)
        for one in (
            mit,
            f"What this file does\n\n{mit}",
            f"{mit}\n\nNot for military use.",
            NOTICE,
            "",
            "c permission is hereby granted\nc free of charge",
            "dnl This file is free software",
            "words that nobody ever licensed",
            mit.replace("merge", "marge"),
        )
    ]
    known.seen.clear()
    alone = [match.find_again(known, passage) for passage in passages]
    known.seen.clear()
    match.foresee(known, passages)
    assert [match.find_again(known, passage) for passage in passages] == alone
    assert alone[0].matches
    assert not alone[4].matches


def test_what_stands_before_a_text_moves_its_lines_only(known: Index, text: Callable[[str], str]) -> None:
    mit = text("mit")
    (first,) = match.find_again(known, words.bare(mit)).matches
    (later,) = match.find_again(known, words.bare(f"What this file does\n\n{mit}")).matches
    assert (later.name, later.start, later.end) == (first.name, first.start + 2, first.end + 2)
