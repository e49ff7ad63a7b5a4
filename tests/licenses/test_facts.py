from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from stackmark.licenses import facts_files, facts_notices, facts_tags
from stackmark.schema import INSPECTED

TAG = b"# SPDX-License-" + b"Identifier: "


def batch(texts: list[bytes | None], paths: list[bytes] | None = None) -> pa.RecordBatch:
    rows = [{"content_id": b"%020d" % n, "data": t, "text": t, "encoding": "utf-8"} for n, t in enumerate(texts)]
    made = pa.RecordBatch.from_pylist(rows, schema=INSPECTED)
    return made.append_column("path", pa.array(paths, pa.binary())) if paths else made


def test_tags_row_by_row() -> None:
    texts = [
        b"x" * 100,
        TAG + b"MIT\n",
        None,
        TAG + b"Foo Bar\n" + TAG + b"ISC\n",
        b"",
        b"no " + TAG + b"MIT",
    ]
    out = facts_tags.inspect(batch(texts))
    assert out.schema == facts_tags.DETECTOR.schema
    assert out.column("license_tags").to_pylist() == [
        None,
        "MIT",
        None,
        "LicenseRef-stackmark-unknown AND ISC",
        None,
        None,
    ]
    assert out.column("license_tags_raw").to_pylist()[3] == ["Foo Bar", "ISC"]


def test_tags_of_a_slice_and_of_nothing() -> None:
    whole = batch([TAG + b"MIT\n", b"x", TAG + b"ISC\n", b"y"])
    assert facts_tags.inspect(whole.slice(1, 2)).column(0).to_pylist() == [None, "ISC"]
    assert facts_tags.inspect(batch([])).num_rows == 0


def test_a_tag_cut_in_two_by_the_end_of_a_content_is_none() -> None:
    assert facts_tags.inspect(batch([TAG[:10], TAG[10:] + b"MIT\n"])).column(0).to_pylist() == [None, None]


def test_licence_files_row_by_row(text: Callable[[str], str]) -> None:
    mit = text("mit").encode()
    rows = batch([mit, mit, None, b""], [b"LICENSE", b"a.py", b"COPYING", b"LICENSE.md"])
    out = facts_files.inspect(rows)
    assert out.schema == facts_files.DETECTOR.schema
    assert out.column("file_expression").to_pylist() == ["MIT", None, None, None]
    assert out.column("file_coverage").to_pylist() == [1.0, None, None, 0.0]
    assert out.column("file_keys").to_pylist() == [["mit.LICENSE"], None, None, []]


def test_versions_carry_the_data_package() -> None:
    assert "licensedcode-data" in facts_files.DETECTOR.version
    assert facts_files.DETECTOR.wants(b"a/LICENSE")
    assert not facts_files.DETECTOR.wants(b"a/x.py")


def test_notices_row_by_row(text: Callable[[str], str]) -> None:
    header = b"// Licensed under the MIT license.\nint x;\n"
    pointer = b"# Use of this source code is governed by a license that can be found in the LICENSE file.\nx = 1\n"
    out = facts_notices.inspect(batch([header, b"int x;\n", None, pointer, header]))
    assert out.schema == facts_notices.DETECTOR.schema
    assert out.column("notice_expression").to_pylist() == ["MIT", None, None, None, "MIT"]
    assert out.column("notice_files").to_pylist() == [None, None, None, ["LICENSE"], None]
    assert out.column("notice_keys").to_pylist()[1:4] == [None, None, None]


def test_a_notice_says_the_same_wherever_it_stands_in_a_text() -> None:
    notice = b"// Licensed under the MIT license.\n"
    code = b"int x;\n" * 4
    texts: list[bytes | None] = [notice + code, code + notice + code, code * 3 + notice, notice + code + notice, code]
    together = facts_notices.inspect(batch(texts))
    assert together.column("notice_expression").to_pylist() == ["MIT", "MIT", "MIT", "MIT", None]
    for row, one in enumerate(texts):
        assert facts_notices.inspect(batch([one])).equals(together.slice(row, 1))
