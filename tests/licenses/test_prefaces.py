"""What projects write above a licence text: most of it states the scope or tells a story, some of it takes rights away.

One case for each class of preface; Django, Sphinx, Git, jemalloc and Lua have one of the first kinds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark import licenses

HARMLESS = [
    ("mit", "Unless otherwise noted, all code in the Heron project is licenced under the MIT licence below."),
    (
        "bsd-simplified",
        "Unless otherwise specified, files in the heron source distribution are subject to the following license:",
    ),
    ("bsd-new", "Except where noted otherwise, the following terms apply to every file of this repository."),
    (
        "mit",
        "Heron is licensed under the terms of the MIT license reproduced below. This means that Heron is free software "
        "and can be used for both academic and commercial purposes at absolutely no cost. For details and rationale, "
        "see https://heron.example/license.html .",
    ),
    (
        "mit",
        "Heron was begun in 1994 by Ann Example at the Institute for Examples, as a successor of a language called "
        "Egret. In 2001 the team moved to Example Labs; since then its home is the Heron Foundation. All releases are "
        "open source (see https://opensource.org for the definition). Historically, most, but not all, releases have "
        "also been compatible with the GPL. Thanks to the many volunteers who made these releases possible.",
    ),
    ("bsd-new", "The licence is short and it says what it says. Questions about it? Write to the mailing list."),
    (
        "apache-2.0",
        "You may not have read this file before. It is not long: nothing but the licence, unmodified, follows.",
    ),
]
NOTE = (
    "Note that the only valid version of the GPL as far as this project is concerned is this particular version of the "
    "licence (that is v2, not v2.2 or v3 or whatever), unless explicitly otherwise stated."
)
RESTRICTING = [
    "Heron is licensed under the terms of the licence below. Commercial use requires a separate agreement with us.",
    "Unless you have paid for it, you may use the files under the following licence for evaluation only.",
    "The licence below applies to everybody except military organisations, which may not use this software.",
    "Use of the name and of the software in the training of models is prohibited. Otherwise the following holds:",
    "You may use this free of charge in schools; everyone else has to buy it. The text below holds for schools.",
    "The following applies to personal copies only. Hosting the software as a service is reserved to Example Labs.",
]


@pytest.mark.parametrize(("key", "preface"), HARMLESS)
def test_a_preface_that_takes_nothing_away(key: str, preface: str, text: Callable[[str], str]) -> None:
    found = licenses.detect(f"Heron\n=====\n\n{preface}\n\n{text(key)}".encode(), "LICENSE")
    assert found.license_class == "permissive", (found.expression, found.residue)


def test_a_note_on_versions_leaves_the_copyleft(text: Callable[[str], str]) -> None:
    found = licenses.detect(f"{NOTE}\n\n{text('gpl-2.0')}".encode(), "COPYING")
    assert (found.expression, found.license_class) == ("GPL-2.0-only", "strong-copyleft")


@pytest.mark.parametrize("preface", RESTRICTING)
def test_a_preface_that_takes_rights_away(preface: str, text: Callable[[str], str]) -> None:
    found = licenses.detect(f"{preface}\n\n{text('mit')}".encode(), "LICENSE")
    assert found.license_class != "permissive", found.expression
