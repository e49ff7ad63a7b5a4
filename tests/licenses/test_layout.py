"""Licence files and readmes that say in sentences, lists and tables what is under which licence."""

from __future__ import annotations

import time

import pytest

from stackmark.licenses import layout, resolve
from stackmark.licenses.declarations import Declaration

MIT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
CLOSED = "Copyright 2024 Heron Inc. All rights reserved.\n\nYou may not use, copy or sell this software.\n"
OPEN_CORE = """Copyright (c) 2024 Heron Inc.

Portions of this software are licensed as follows:

* All content that resides under the "ee/" and "web/src/ee/" directories of this repository, if those directories
  exist, is licensed under the license defined in "ee/LICENSE".
* All third party components incorporated into Heron are licensed under the original license provided by the owner of
  the applicable component.
* Content outside of the above mentioned directories or restrictions above is available under the "MIT Expat" license
  as defined below.

"""


def told(text: str) -> dict[str, str | None]:
    """Return what a text says by scope, "" for the rest; a file that it names as "file:NAME"."""
    return {one.scope: one.expression or f"file:{one.file}" for one in layout.read(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            (
                "The `core` directory is licensed under the Apache License 2.0.\n"
                "Everything else is licensed under the MIT License."
            ),
            {"": "MIT", "core/**": "Apache-2.0"},
        ),
        (
            (
                "Unless stated otherwise, everything in this repository is under the 3-clause BSD license.\n"
                "\n"
                "The directory `bench` is under the GPLv3."
            ),
            {"": "BSD-3-Clause", "bench/**": "GPL-3.0-only"},
        ),
        (
            ("- core/: Apache-2.0\n- plugins/: GPL-3.0-or-later\n- all other files: ISC"),
            {"": "ISC", "core/**": "Apache-2.0", "plugins/**": "GPL-3.0-or-later"},
        ),
        (
            (
                "| Path | License |\n"
                "|---|---|\n"
                "| `/server` | AGPL-3.0-only |\n"
                "| `*.svg` | CC-BY-4.0 |\n"
                "| everything else | MIT |"
            ),
            {"": "MIT", "server/**": "AGPL-3.0-only", "*.svg": "CC-BY-4.0"},
        ),
        (
            (
                "The GPL version 2 applies to all files in the tools directory.\n"
                "The MIT license applies to all other files."
            ),
            {"": "MIT", "tools/**": "GPL-2.0-only"},
        ),
        (
            (
                "All files are licensed under the MIT License, except for the files in the folder `art`, which "
                "are licensed under CC BY-NC 4.0."
            ),
            {"": "MIT", "art/**": "CC-BY-NC-4.0"},
        ),
        (
            (
                'All files are licensed under the MIT License, except for the contents of the "art" folder, '
                "which are all rights reserved."
            ),
            {"": "MIT", "art/**": "LicenseRef-stackmark-unknown"},
        ),
        (
            (
                'All files in the "enterprise" directory fall under LICENSE.enterprise.\n'
                "The remaining files fall under LICENSE.apache."
            ),
            {"": "file:LICENSE.apache", "enterprise/**": "file:LICENSE.enterprise"},
        ),
        (
            (
                "* lib/sha1.c - relicensed from the BSD license to MIT\n"
                "* lib/zlib - zlib license\n"
                "* All other files: MIT"
            ),
            {"": "MIT", "lib/sha1.c": "MIT", "lib/zlib/**": "Zlib"},
        ),
        (
            OPEN_CORE + MIT,
            {"": "MIT", "ee/**": "file:ee/LICENSE", "web/src/ee/**": "file:ee/LICENSE"},
        ),
        (
            (
                'The manual in the "doc" directory is under the same terms as the rest.\n'
                "The data in the testdata directory is in the public domain.\n"
                "All other files are under the MIT license."
            ),
            {"": "MIT", "testdata/**": "LicenseRef-scancode-public-domain"},
        ),
    ],
)
def test_it_is_read(text: str, expected: dict[str, str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        # A sentence that may restrict something.
        "docs/ is licensed under CC-BY-4.0.\nEverything else is licensed under MIT.\nYou may not train models on it.",
        "The `docs` folder is under CC-BY-4.0.\nAll other code is under MIT.\nCommercial use requires a subscription.",
        # A restriction in the sentence itself.
        "* docs/: CC-BY-4.0\n* everything else: MIT, with the Commons Clause",
        "The `docs` folder is under CC-BY-4.0.\nAll other files are licensed under MIT and may not be sold.",
        # Two answers for the rest, none that is known, none at all, and no path.
        "core/: MIT\nAll other files are under MIT. Everything else is under the GPLv2.",
        "The `docs` folder is under CC-BY-4.0.\nEverything else is under the Heron License.",
        "All files are licensed under the MIT License.",
        "The rest is MIT.",
        "",
        # A text that follows and is another one, or goes on.
        OPEN_CORE + CLOSED,
        OPEN_CORE + MIT + "\nThe Software may not be offered as a hosted service.\n",
    ],
)
def test_nothing_is_made_of_it(text: str) -> None:
    assert not any(one.kind == "whole" for one in layout.read(text))


def test_no_rest_is_needed_to_name_a_part() -> None:
    assert layout.read("The content of `docs/` is licensed under CC-BY-4.0.") == [
        Declaration("part", "CC-BY-4.0", scope="docs/**", said="The content of `docs/` is licensed under CC-BY-4.0.")
    ]


def answers(files: dict[str, str]) -> dict[str, str | None]:
    found = resolve({path: content.encode() for path, content in files.items()})
    return {path: one.expression for path, one in found.items()}


def test_open_core() -> None:
    files = {
        "LICENSE": OPEN_CORE + MIT,
        "ee/LICENSE": CLOSED,
        "ee/a.py": "x",
        "web/src/ee/b.ts": "y",
        "web/src/c.ts": "z",
    }
    found = resolve({path: content.encode() for path, content in files.items()})
    assert found["web/src/c.ts"].expression == "MIT"
    assert found["web/src/ee/b.ts"].basis == "part"
    assert all(
        found[path].license_class not in ("permissive", "public-domain") for path in ("ee/a.py", "web/src/ee/b.ts")
    )


def test_open_core_without_its_closed_part() -> None:
    assert answers({"LICENSE": OPEN_CORE + MIT, "src/a.py": "x"})["src/a.py"] == "MIT"


def test_a_file_that_is_named_for_a_part_says_nothing_of_the_rest() -> None:
    text = 'All files in the "enterprise" directory fall under LICENSE.enterprise.\nThe rest falls under LICENSE.mit.\n'
    files = {"LICENSE": text, "LICENSE.enterprise": CLOSED, "LICENSE.mit": MIT, "a.py": "x", "enterprise/b.py": "y"}
    found = answers(files)
    assert found["a.py"] == "MIT"
    assert found["enterprise/b.py"] != "MIT"


@pytest.mark.parametrize(("part", "expected"), [("CC BY-NC 4.0", "CC-BY-NC-4.0"), ("MIT No Attribution", "MIT-0")])
def test_a_readme_names_a_part(part: str, expected: str) -> None:
    section = f"The code is licensed under the MIT license. The `art/` folder is licensed under {part}.\n"
    readme = f"# Heron\n\n## License\n\n{section}"
    assert answers({"README.md": readme, "LICENSE": MIT, "art/a.svg": "x", "b.c": "y"}) | {"README.md": ""} == {
        "README.md": "", "LICENSE": "MIT", "art/a.svg": expected, "b.c": "MIT",
    }  # fmt: skip


def test_a_readme_loosens_nothing() -> None:
    readme = "# Heron\n\n## License\n\nThe code is under the GPL. The `art/` folder is licensed under MIT.\n"
    closed = "This program is licensed under the GNU General Public License version 3.\n"
    assert answers({"README.md": readme, "COPYING": closed, "art/a.svg": "x"})["art/a.svg"] == "GPL-3.0-only"


@pytest.mark.parametrize(
    "unit", ["third party ", "unless otherwise ", "`a/", "the x directory, ", "except for ", "a: "]
)
def test_long_text_takes_linear_time(unit: str) -> None:
    def cost(size: int) -> float:
        text = unit * (size // len(unit)) + "\n" + (unit + "\n") * (size // len(unit))
        start = time.process_time()
        layout.read(text)
        return time.process_time() - start

    assert cost(1 << 17) < 4 * cost(1 << 16) + 0.05
