from __future__ import annotations

import pyarrow as pa
import pytest

from stackmark.release import rows


def column(*values: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


def test_dates_that_parquet_cannot_hold_are_null() -> None:
    seconds = column(0, -62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800, None, kind=pa.int64())
    found = rows.timestamps(seconds).to_pylist()
    assert [one is None for one in found] == [False, False, True, False, True, True]
    assert (found[1].year, found[3].year) == (1, 9999)


def test_paths_that_are_no_text_are_readable_and_distinct() -> None:
    found = rows.readable(column(b"caf\xe9", b"caf\xe8", "naïve".encode(), None)).to_pylist()
    assert found == ["caf\\xe9", "caf\\xe8", "naïve", None]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://forge.example/alice/tool.git", "alice/tool"),
        ("https://forge.example/group/sub/tool/", "group/sub/tool"),
        ("pkg:pypi/requests@2.32.3", "pkg:pypi/requests@2.32.3"),
        ("local:tool", "local:tool"),
    ],
)
def test_repository_names(url: str, name: str) -> None:
    assert rows.repository(url) == name


def test_licence_ids_are_listed_as_the_stack_lists_them() -> None:
    assert rows.license_ids("(MIT OR Apache-2.0) AND MIT") == ["MIT", "Apache-2.0"]
    exception = "Classpath-exception-2.0"
    assert rows.license_ids(f"GPL-2.0-only WITH {exception}") == ["GPL-2.0-only", exception]
    assert rows.license_ids(None) == []


def test_licence_types_are_the_words_of_the_stack() -> None:
    classes = ("public-domain", "permissive", "none", "unknown", "strong-copyleft")
    words = ["permissive", "permissive", "no_license", "non_permissive", "non_permissive"]
    assert [rows.license_type(one) for one in classes] == words


def test_function_by_value_sees_every_value_once_and_null_too() -> None:
    seen: list[str | None] = []

    def note(value: str | None) -> str:
        seen.append(value)
        return f"<{value}>"

    found = rows.by_value(column("a", None, "a", "b", None), note, pa.string())
    assert found.to_pylist() == ["<a>", "<None>", "<a>", "<b>", "<None>"]
    assert sorted(map(str, seen)) == ["None", "a", "b"]


def test_fraction_of_nothing_is_zero() -> None:
    assert rows.fraction(column(1, 0), column(4, 0)).to_pylist() == [0.25, 0.0]


@pytest.mark.parametrize("ids", [[], [None], [b""], [None, b"\x00\xff" * 10, b"ab", None, b""] * 3])
def test_ids_are_written_in_hex_wherever_their_array_begins(ids: list[bytes | None]) -> None:
    parts = [pa.array(ids, pa.binary()), pa.array(ids, pa.binary()).slice(1)]
    found = rows.hexadecimal(pa.chunked_array(parts, pa.binary()))
    found.validate(full=True)
    assert found.to_pylist() == [None if one is None else one.hex() for one in [*ids, *ids[1:]]]
    assert rows.hexadecimal(parts[1]).to_pylist() == [None if one is None else one.hex() for one in ids[1:]]
