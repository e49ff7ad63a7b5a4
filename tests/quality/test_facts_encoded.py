from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.quality import rows
from stackmark.quality.facts_encoded import DETECTOR, runs
from tests.quality.inspected import batch_of, facts_of
from tests.quality.timing import growth

NOISE = random.Random(7).randbytes(20_000)
WORDS = ["account", "balance", "center", "delegate", "element", "factory", "handler", "kernel"]


def encoded(content: bytes) -> tuple[int, int]:
    (facts,) = facts_of(DETECTOR, content)
    return facts["encoded_longest"], facts["encoded_chars"]


def camel_case(number: int, words: int) -> str:
    return "".join(random.Random(number).choice(WORDS).title() for _ in range(words)) + str(number)


def c_array(data: bytes, item: str = "0x%02x", separator: str = ", ", width: int = 12) -> bytes:
    lines = [separator.join(item % byte for byte in data[at : at + width]) for at in range(0, len(data), width)]
    return ("static const unsigned char blob[] = {\n    " + f"{separator}\n    ".join(lines) + "\n};\n").encode()


BASE64 = base64.b64encode(NOISE)


@pytest.mark.parametrize("length", [64, 100, 1024, 1025, 20_000])
def test_a_run_of_base64_has_its_length(length: int) -> None:
    content = b'x = "' + BASE64[:length] + b'"\n'
    assert encoded(content) == (length, length)


def test_padding_belongs_to_the_run() -> None:
    assert encoded(b'x = "' + BASE64[:62] + b'=="\n') == (64, 64)
    assert encoded(b'x = "' + BASE64[:61] + b'=="\n') == (0, 0)


@pytest.mark.parametrize("width", [32, 60, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    "])
def test_wrapped_base64_is_one_run(width: int, end: str) -> None:
    for size in (width * 30, width * 30 + 1, width * 31 - 1):
        body = BASE64[:size].decode()
        block = end.join(body[at : at + width] for at in range(0, size, width))
        content = f"-----BEGIN DATA-----{end}{block}{end}-----END DATA-----\n".encode()
        assert encoded(content) == (len(block), len(block))


def test_the_line_after_a_wrapped_run_is_not_its_tail() -> None:
    block = b"\n".join(BASE64[at : at + 64] for at in range(0, 640, 64))
    assert encoded(block + b"\nreturn the value\n")[0] == len(block)
    assert encoded(block + b"\nthisIsTheNameOfTheFunctionThatIsCalledHere(x)\n")[0] == len(block)
    assert encoded(BASE64[:64] + b"\nreturn\n")[0] == 64
    assert encoded(BASE64[:64] + b"\n" + BASE64[64:100] + b"\n")[0] == 101
    assert encoded(block + b"\nMore\n")[0] == len(block + b"\nMore")


@pytest.mark.parametrize("words", [2, 3, 5, 9, 12])
def test_a_list_of_identifiers_is_not_data(words: int) -> None:
    names = [camel_case(number, words) for number in range(60)]
    for separator in ("\n", ",\n", "\n    ", " "):
        assert encoded(separator.join(names).encode()) == (0, 0)


def test_identifiers_of_one_width_are_not_data() -> None:
    names = [f"handlerForTheNextEventWithNumber{number:04d}" for number in range(60)]
    assert encoded("\n".join(names).encode()) == (0, 0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"/" * 80 + b"\n" + b"=" * 80 + b"\n" + b"x" * 80 + b"\n", id="rulers"),
        pytest.param((b"/" * 76 + b"\n") * 40, id="a block of rulers"),
        pytest.param(b"import com/example/project/module/internal/util/collection/iterator/Factory2\n", id="path"),
        pytest.param(b"sha512 " + NOISE[:64].hex().encode() + b" file\n", id="a digest in hexadecimal"),
        pytest.param(b"commit " + NOISE[:20].hex().encode() + b"\n", id="a commit id"),
        pytest.param(("the quick brown fox " * 300).encode(), id="prose"),
        pytest.param("漢字仮名交じり文".encode() * 100, id="beyond ASCII"),
    ],
)
def test_what_people_write_is_not_data(content: bytes) -> None:
    assert encoded(content) == (0, 0)


@pytest.mark.parametrize("character", [b"A", b"a", b"0", b"/"])
def test_an_unbroken_run_too_long_for_a_name_is_data(character: bytes) -> None:
    assert encoded(character * 1025) == (1025, 1025)
    assert encoded(character * 256) == (0, 0)


@pytest.mark.parametrize("item", ["0x%02x", "0X%02X", "0x%x", "\\x%02x"])
@pytest.mark.parametrize("separator", [",", ", ", " , ", " ", "\t"])
def test_arrays_of_hexadecimal_bytes_are_data_in_any_style(item: str, separator: str) -> None:
    content = c_array(NOISE[:300], item, separator)
    longest, total = encoded(content)
    assert longest == total == len(content) - len(b"static const unsigned char blob[] = {\n    \n};\n")


def test_escaped_bytes_need_no_separator() -> None:
    literal = "".join(f"\\x{byte:02x}" for byte in NOISE[:300])
    assert encoded(f'x = b"{literal}"\n'.encode()) == (1200, 1200)


def test_plain_pairs_are_data_if_they_are_hexadecimal() -> None:
    dump = b" ".join(b"%02x" % byte for byte in NOISE[:300])
    assert encoded(dump) == (899, 899)
    assert encoded(dump.replace(b" ", b",")) == (899, 899)
    names = b", ".join(b"%c%d" % (letter, number) for letter in b"abcdef" for number in range(10))
    assert encoded(names) == (0, 0)
    table = b" ".join(b"%02d" % (number % 100) for number in range(300))
    assert encoded(table) == (0, 0)
    assert encoded(table.replace(b" ", b", ").replace(b"9,", b"9,\n")) == (0, 0)


@pytest.mark.parametrize("item", ["0x%02x", "\\x%02x", "%02x", "\\u%04x"])
def test_eight_items_make_a_run_and_seven_do_not(item: str) -> None:
    separator = "" if "u" in item else " "
    values = [0x9A + number for number in range(8)]
    eight = separator.join(item % value for value in values)
    seven = separator.join(item % value for value in values[:7])
    assert encoded(f"({eight})".encode()) == (len(eight), len(eight))
    assert encoded(f"({seven})".encode()) == (0, 0)


def test_bytes_inside_longer_numbers_do_not_count() -> None:
    assert encoded(b"0x12ab, " * 40) == (0, 0)
    assert encoded(b"12ab " * 40) == (0, 0)
    assert encoded(b"ab:" * 40) == (0, 0)


def test_several_runs_add_up() -> None:
    hexadecimal = b", ".join(b"0x%02x" % byte for byte in NOISE[:10])
    content = b'a = "' + BASE64[:100] + b'"\nb = {' + hexadecimal + b'}\nc = "' + rb"\u00e9" * 9 + b'"\n'
    assert encoded(content) == (100, 100 + len(hexadecimal) + 54)


def test_no_text_has_no_figures_and_an_empty_one_has_none() -> None:
    facts = facts_of(DETECTOR, b"a\0b", None, b"", b"\xed\xa0\x80")
    assert [row["encoded_longest"] for row in facts] == [None, None, 0, None]
    assert [row["encoded_chars"] for row in facts] == [None, None, 0, None]
    assert DETECTOR.inspect(batch_of([])).num_rows == 0


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SEPARATORS = st.sampled_from(["", " ", ", ", ",", "\n", ",\n\t", "\r\n", "\n  ", " " * 40, " " * 41, "é"])
BYTES = st.integers(0, 255)


def items(form: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda values, separator: separator.join(form % value for value in values),
        st.lists(BYTES, min_size=6, max_size=10),
        SEPARATORS,
    )


def pieces(draw: st.DrawFn) -> str:
    width = draw(st.sampled_from([8, 23, 31, 32, 33, 61, 62, 63, 64, 65, 257]))
    lines = draw(st.integers(1, 4))
    source = random.Random(draw(st.integers(0, 99)))
    wrapped = draw(SEPARATORS).join("".join(source.choices(ALPHABET, k=width)) for _ in range(lines))
    return wrapped + draw(SEPARATORS) + "x" * draw(st.integers(0, 40)) + "=" * draw(st.integers(0, 2))


SNIPPETS = st.lists(
    st.one_of(
        st.composite(pieces)(),
        *(items(form) for form in ("0x%02x", "\\x%02x", "%02x", "\\u%04x", "%02d")),
        st.text("ab0x\\u, \n/+=é", max_size=30),
        SEPARATORS,
    ),
    max_size=6,
).map(lambda parts: "".join(parts).encode())


@given(st.lists(st.none() | SNIPPETS, max_size=8), st.integers(0, 8), st.integers(1, 2000))
def test_the_quick_look_over_a_batch_misses_no_run(contents: list[bytes | None], cut: int, size: int) -> None:
    expected = []
    for content in contents:
        lengths = [] if content is None else [end - start for start, end in runs(content)]
        known = content is not None
        expected.append((max(lengths, default=0), sum(lengths)) if known else (None, None))
    batch = batch_of(contents)
    chunk_bytes = rows.CHUNK_BYTES
    rows.CHUNK_BYTES = size
    try:
        found = [
            tuple(row.values()) for part in (batch[:cut], batch[cut:]) for row in DETECTOR.inspect(part).to_pylist()
        ]
    finally:
        rows.CHUNK_BYTES = chunk_bytes
    assert found == expected


@given(SNIPPETS)
def test_runs_are_in_order_and_apart(content: bytes) -> None:
    edges = [edge for span in runs(content) for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(content) for edge in edges)


@pytest.mark.parametrize(
    "seed",
    [
        b"a",
        b"0x00, ",
        b"0x",
        b"\\x0",
        b"\\x00",
        b"\\u00",
        b"\\u0000",
        b"00 ",
        b"ab, ",
        b"ab" + b" " * 39,
        b" ",
        b"\n",
        b"=",
        b"A" * 40 + b"\n",
        b"A" * 40 + b"\n ",
        BASE64[:64] + b"\n",
        BASE64[:63] + b"=\n",
        BASE64[:64] + b" " * 63,
        BASE64[:40] + b"\n" + BASE64[:33] + b"\n",
    ],
)
def test_takes_linear_time(seed: bytes) -> None:
    assert growth(lambda content: facts_of(DETECTOR, content), seed, 1 << 17) <= 2.5
