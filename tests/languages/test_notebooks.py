import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.languages import names
from stackmark.languages.notebooks import KERNELS, kernel_language


def notebook(**metadata):
    return json.dumps({"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"language_info": {"name": "python", "version": "3.11"}}, "Python"),
        ({"kernelspec": {"language": "julia", "name": "julia-1.9"}}, "Julia"),
        ({"kernelspec": {"name": "julia-1.9"}}, "Julia"),
        ({"kernelspec": {"name": "python3"}}, "Python"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "R"),
        ({"language_info": {"name": "R"}}, "R"),
        ({"language_info": {"name": "C++17"}, "kernelspec": {"name": "xcpp17"}}, "C++"),
        ({"kernelspec": {"name": "xcpp17"}}, "C++"),
        ({"language_info": {"name": "typescript"}, "kernelspec": {"name": "deno"}}, "TypeScript"),
        ({"language_info": {"name": "C#"}}, "C#"),
        ({"kernelspec": {"name": ".net-fsharp"}}, "F#"),
        ({"language_info": {"name": "sos"}, "kernelspec": {"name": "bash"}}, "Shell"),
        ({"language_info": {"name": "a language of one's own"}}, None),
        ({"kernelspec": {"name": ""}}, None),
        ({}, None),
    ],
)
def test_the_language_of_the_kernel(metadata, expected):
    assert kernel_language(notebook(**metadata)) == expected


def test_older_formats_name_it_in_the_cells():
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "language": "ruby", "input": "1"}]
    old = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]}
    assert kernel_language(json.dumps(old).encode()) == "Ruby"


def test_a_byte_order_mark_does_not_hide_it():
    assert kernel_language(b"\xef\xbb\xbf" + notebook(kernelspec={"name": "python3"})) == "Python"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"nonsense", b"\xff{}", b'{"metadata": 3}', b'{"metadata": {"kernelspec": [1]}}',
     b'{"metadata": {"language_info": {"name": {"a": 1}}}}', b'{"worksheets": [{"cells": [3, null]}, 4]}',
     b'{"metadata": {"kernelspec": {"name": "' + b"9" * 100_000 + b'"}}}', b'{"a": ' + b"1" * 10_000 + b"}"],
)  # fmt: skip
def test_what_is_no_notebook_has_none(content):
    assert kernel_language(content) is None


def test_hostile_notebooks_take_no_time():
    for content in (b'{"a":' * 2_000_000, b"{" + b" " * 50_000_000, b'{"cells":' + b"[" * 5_000_000):
        start = time.perf_counter()
        assert kernel_language(content) is None
        assert time.perf_counter() - start < 1


def test_kernels_lead_to_languages():
    assert set(KERNELS.values()) <= set(names())


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5)
)
def test_any_metadata_gives_a_language_or_none(metadata):
    content = json.dumps({"metadata": metadata, "worksheets": metadata}).encode()
    assert kernel_language(content) in {None, *names()}
