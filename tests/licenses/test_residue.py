from __future__ import annotations

import numpy as np
import pytest

from stackmark.licenses import residue, words


def passages(text: str, explained: str = "") -> list[tuple[int, int]]:
    body = words.split(text)
    return residue.find(body, np.isin(body.hashes, words.split(explained).hashes))


@pytest.mark.parametrize(
    "text",
    [
        "You must not sell this.",
        "Redistribution requires prior written consent.",
        "not",
        "For evaluation only by the licensee.",
    ],
)
def test_what_reads_like_conditions(text: str) -> None:
    assert passages(text) == [(1, 1)]


@pytest.mark.parametrize(
    "text",
    ["", "This project was begun in 2010.", "See the AUTHORS file for a list of people.", "a licence for the software"],
)
def test_what_does_not(text: str) -> None:
    assert passages(text) == []


def test_a_few_explained_words_do_not_part_a_passage_and_many_do() -> None:
    text = "You must a b c not sell.\n" + "a b c " * 9 + "\nYou shall never copy."
    assert passages(text, "a b c") == [(1, 1), (3, 3)]


def test_everything_explained_leaves_nothing() -> None:
    assert passages("You must not sell this.", "You must not sell this.") == []


OF_CODE = [
    "This file cannot include config.h, as it is included from a public header.",
    "You might look at first compressing the data, then sorting the index.",
    "The event loop must receive all packets of the protocol:\n - not of others\n - only of its own",
    "Data returned by `absl::string_view` must be copied if they are needed after that.",
    "############################\nWe must save this so that nobody loses it.",
]
OF_LICENCES = [
    "This header may not be used outside of the kit of Acme.",
    "Do not run this script for profit.",
    "You may not ship this class library in closed source software.",
    "############################\nThis script must not be sold.",
    "The decoder must never be used to break copy protection.",
]


@pytest.mark.parametrize("comment", OF_CODE)
def test_what_a_comment_says_of_the_code_restricts_nobody(comment: str) -> None:
    body = words.split(comment)
    assert residue.find(body, np.zeros(len(body), bool))
    assert residue.find(body, np.zeros(len(body), bool), source=True) == []


@pytest.mark.parametrize("comment", OF_LICENCES)
def test_what_it_says_of_those_who_use_it_does(comment: str) -> None:
    body = words.split(comment)
    assert residue.find(body, np.zeros(len(body), bool), source=True)


def test_to_name_a_licence_again_that_the_file_states_asks_for_nothing_more() -> None:
    body = words.split("Some files are released under the Mozilla Public License (MPL), version 2.0.")
    nothing = np.zeros(len(body), bool)
    assert residue.find(body, nothing) == [(1, 1)]
    assert residue.find(body, nothing, stated={"MPL"}) == []
    assert residue.find(body, nothing, stated={"GPL"}) == [(1, 1)]
