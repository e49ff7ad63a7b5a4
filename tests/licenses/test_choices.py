"""Sentences that leave the choice between licences, and sentences that only divide files among them."""

from __future__ import annotations

import pytest

from stackmark.licenses import choices

TWO = ["MIT", "GPL-2.0-only"]


@pytest.mark.parametrize(
    "sentence",
    [
        "You can use Heron under either the MIT license or the GNU General Public License, version 2.",
        "Heron is dual licensed under the MIT and GPL licenses.",
        "Heron is under the Expat licence or, at your option, the GPL.",
        "Choose\n  the MIT License or\n  the GPL, whichever you like.",
    ],
)
def test_a_choice_between_all_of_them(sentence: str) -> None:
    assert choices.of_all(f"Heron. {sentence} Texts follow.", TWO) == "MIT OR GPL-2.0-only"


@pytest.mark.parametrize(
    "sentence",
    [
        "Heron is under the MIT license and the GPL.",
        "Each file is under either the MIT license or the GPL.",
        "Depending on the folder, either the MIT license or the GPL holds.",
        "You may choose the MIT license. The tests are under the GPL.",
        "Under either version 2 of the GPL or the MIT license.",
        "You can choose between the BSD license and the GPL.",
        "",
    ],
)
def test_no_choice(sentence: str) -> None:
    assert choices.of_all(sentence, TWO) is None


def test_one_licence_and_one_without_a_known_name_leave_no_choice() -> None:
    assert choices.of_all("Either MIT or nothing.", ["MIT"]) is None
    assert choices.of_all("Either MIT or Heron.", ["MIT", "LicenseRef-Heron"]) is None


def test_the_names_of_relatives_are_told_apart() -> None:
    assert choices.of_all("Dual licensed: LGPL or MIT.", TWO) is None
    assert choices.of_all("Dual licensed: either 0BSD or MIT.", ["BSD-3-Clause", "MIT"]) is None
