from __future__ import annotations

import codecs
import random
import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import text
from tests.quality.timing import growth

RUSSIAN = "# Эта функция возвращает число строк в файле\ndef f(): pass\n"
JAPANESE = "# ファイルを読み込み、行の数を返す関数です。空のファイルは零行です。\nx = 1\n"
CHINESE = "// 这个函数打开文件并返回其中的行数，如果文件为空则返回零\nint n;\n"
KOREAN = "// 이 함수는 파일을 열고 줄의 수를 반환합니다\nint n;\n"
POLISH = "// Zażółć gęślą jaźń, liczba wierszy w pliku źródłowym\n"
FRENCH = "/* Réservé aux élèves : où est passée la référence à l'été ? */\n"
GERMAN = "/* naïve approach by Jürgen Schmidt */ int größe = 5; // Länge\n"


def columns(contents: list[bytes | None]) -> list[tuple[bytes | None, str | None, str | None]]:
    decoded = text.decode_batch(pa.array(contents, pa.large_binary()))
    return list(zip(*(column.to_pylist() for column in decoded), strict=True))


@pytest.mark.parametrize(
    ("content", "said", "encoding"),
    [
        pytest.param(b"", "", "utf-8", id="empty"),
        pytest.param(b"x = 1\n", "x = 1\n", "utf-8", id="ascii"),
        pytest.param("é漢😀".encode(), "é漢😀", "utf-8", id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + "é".encode(), "é", "utf-8-sig", id="utf-8 with a mark"),
        pytest.param(codecs.BOM_UTF8, "", "utf-8-sig", id="utf-8 mark alone"),
        pytest.param(codecs.BOM_UTF8 * 2 + b"a", "\ufeffa", "utf-8-sig", id="utf-8 mark twice"),
        pytest.param("\ufeffint é;\n".encode("utf-16-le"), "\ufeffint é;\n", "utf-16-le", id="utf-16 LE mark"),
        pytest.param("\ufeffint é;\n".encode("utf-16-be"), "\ufeffint é;\n", "utf-16-be", id="utf-16 BE mark"),
        pytest.param("\ufeffint 😀;\n".encode("utf-32-le"), "\ufeffint 😀;\n", "utf-32-le", id="utf-32 LE mark"),
        pytest.param("\ufeffint 😀;\n".encode("utf-32-be"), "\ufeffint 😀;\n", "utf-32-be", id="utf-32 BE mark"),
        pytest.param("int é;\r\n".encode("utf-16-le"), "int é;\r\n", "utf-16-le", id="utf-16 LE without mark"),
        pytest.param("int é;\r\n".encode("utf-16-be"), "int é;\r\n", "utf-16-be", id="utf-16 BE without mark"),
        pytest.param(JAPANESE.encode("utf-16-le"), JAPANESE, "utf-16-le", id="utf-16 mostly not ASCII"),
        pytest.param("int 😀;\n".encode("utf-32-le"), "int 😀;\n", "utf-32-le", id="utf-32 LE without mark"),
        pytest.param("int 😀;\n".encode("utf-32-be"), "int 😀;\n", "utf-32-be", id="utf-32 BE without mark"),
        pytest.param(b"\x1b[31mred\x1b[0m\n" * 9, "\x1b[31mred\x1b[0m\n" * 9, "utf-8", id="terminal colours"),
        pytest.param(b"N\bNA\bAM\bME\bE\n", "N\bNA\bAM\bME\bE\n", "utf-8", id="overstruck manual page"),
        pytest.param(b"10 PRINT\r\n\x1a", "10 PRINT\r\n\x1a", "utf-8", id="end-of-file mark of DOS"),
        pytest.param("a\u202eb\u2066c".encode(), "a\u202eb\u2066c", "utf-8", id="bidi controls"),
        pytest.param("\U0010ffff\ufffe".encode(), "\U0010ffff\ufffe", "utf-8", id="noncharacters"),
        pytest.param(b"float t; // in \xb0C\n", "float t; // in °C\n", "cp1252", id="one Latin-1 sign"),
        pytest.param(b"/* \xa9 2001 Foo */\n", "/* © 2001 Foo */\n", "cp1252", id="one Latin-1 copyright sign"),
        pytest.param(b"// \x93quoted\x94 \x96 so\n", "// “quoted” – so\n", "cp1252", id="Windows quotes"),
        pytest.param(b"// this \x97 or that\n", "// this — or that\n", "cp1252", id="Windows dash"),
        pytest.param(GERMAN.encode("latin-1"), GERMAN, "cp1252", id="German Latin-1"),
    ],
)
def test_decodes(content: bytes, said: str, encoding: str) -> None:
    assert text.decode(content) == (said, encoding, None)
    assert said.encode(encoding) == content


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (KOREAN, "euc_kr"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (FRENCH, "latin-1"),
        ("// Dosya açılamadı, erişim izinlerini değiştirmeyi deneyin, ışık yanıyor.\n", "cp1254"),
        ("// Δεν ήταν δυνατό το άνοιγμα του αρχείου, ελέγξτε τα δικαιώματα.\n", "iso8859-7"),
        ("// 無法開啟檔案，請檢查存取權限和目錄的名稱是否正確。\n", "big5"),
        ("// לא ניתן לפתוח את הקובץ, יש לבדוק את הרשאות הגישה.\n", "cp1255"),
        ("// it’s so…\n", "cp1252"),
        ("// l’été — enfin…\n", "cp1252"),
    ],
)
def test_decodes_the_encodings_before_unicode(said: str, encoding: str) -> None:
    content = said.encode(encoding)
    found, codec, problem = text.decode(content)
    assert (found, problem) == (said, None)
    assert codec is not None
    assert codecs.lookup(codec).name == codec
    assert said.encode(codec) == content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"a\0b", "binary", id="NUL in ASCII"),
        pytest.param("é\0".encode(), "binary", id="NUL in UTF-8"),
        pytest.param(b"\0" * 64, "binary", id="only NUL"),
        pytest.param(b"\xff\xfe" + b"\0" * 64, "binary", id="only NUL after a mark"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10", "binary", id="png"),
        pytest.param(b"\x7fELF\2\1\1" + bytes(9) + b"\3\0>\0", "binary", id="elf"),
        pytest.param(struct.pack("<64h", *range(-32, 32)), "binary", id="small 16-bit numbers"),
        pytest.param(struct.pack("<64i", *range(1, 65)), "binary", id="small 32-bit numbers"),
        pytest.param(struct.pack("<32d", *[x / 7 for x in range(32)]), "binary", id="floats"),
        pytest.param(bytes(range(1, 32)) * 4, "binary", id="controls without NUL"),
        pytest.param(bytes(range(0x0E, 0x1A)) * 4, "binary", id="only the higher controls"),
        pytest.param("\ufeffa".encode("utf-16-le") + b"\0\xd8", "binary", id="utf-16 with half a pair"),
        pytest.param(b"\xed\xa0\x80 lone", "undecodable", id="lone surrogate in UTF-8"),
        pytest.param("été à Noël, où".encode() + b"\xff", "undecodable", id="UTF-8 with one wrong byte"),
        pytest.param("été à Noël, où".encode()[:-1], "undecodable", id="UTF-8 cut within a character"),
    ],
)
def test_refuses(content: bytes, problem: str) -> None:
    assert text.decode(content) == (None, None, problem)
    assert text.problem_of(content) == problem


def test_random_bytes_are_binary() -> None:
    noise = random.Random(1)
    assert {text.decode(noise.randbytes(2000))[2] for _ in range(50)} == {"binary"}


def test_one_bad_row_never_harms_its_neighbours() -> None:
    bad = [b"\xff\xfe\xfd", b"a\0b", b"\xed\xa0\x80", b"\xc3", bytes(range(256)), None, b""]
    contents = [item for content in bad for item in (b"before \xc3\xa9", content, b"after")]
    found = columns(contents)
    assert found[::3] == [(b"before \xc3\xa9", "utf-8", None)] * len(bad)
    assert found[2::3] == [(b"after", "utf-8", None)] * len(bad)
    assert found[1 + 3 * 5] == (None, None, None)


def test_a_batch_of_plain_utf8_is_not_copied() -> None:
    data = pa.array([b"abc", None, "é".encode(), b""], pa.large_binary())
    assert text.decode_batch(data)[0].buffers()[2].address == data.buffers()[2].address


CONTENTS = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=30).map(lambda s: s.encode("utf-8", "surrogatepass")),
    st.tuples(
        st.text(max_size=30),
        st.sampled_from(["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp1251", "gbk"]),
    ).map(lambda pair: pair[0].encode(pair[1], "replace" if pair[1][:2] in ("cp", "gb") else "surrogatepass")),
)


@given(st.lists(st.none() | CONTENTS, max_size=12), st.integers(0, 12))
def test_a_batch_says_of_each_row_what_decode_says(contents: list[bytes | None], cut: int) -> None:
    expected: list[tuple[bytes | None, str | None, str | None]] = []
    for content in contents:
        said, encoding, problem = (None, None, None) if content is None else text.decode(content)
        expected.append((None if said is None else said.encode(), encoding, problem))
    assert columns(contents) == expected
    sliced = text.decode_batch(pa.array(contents, pa.large_binary())[cut:])
    assert list(zip(*(column.to_pylist() for column in sliced), strict=True)) == expected[cut:]


@given(CONTENTS)
def test_an_answer_gives_the_bytes_back(content: bytes) -> None:
    said, encoding, problem = text.decode(content)
    if said is None or encoding is None:
        assert problem in ("binary", "undecodable")
    else:
        assert said.encode(encoding) == content
        assert problem is None


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1))
def test_utf16_and_utf32_with_a_mark_are_always_read(said: str) -> None:
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        assert text.decode(("\ufeff" + said).encode(codec)) == ("\ufeff" + said, codec, None)


POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(POINTER, True, id="pointer"),
        pytest.param(POINTER.replace(b"oid", b"ext-0-foo sha256:" + b"0" * 64 + b"\noid"), True, id="extension"),
        pytest.param(POINTER.replace(b"12345", b"0"), True, id="empty object"),
        pytest.param(POINTER.replace(b"12345", b"-1"), False, id="negative size"),
        pytest.param(POINTER.replace(b"sha256:4d", b"sha256:zz"), False, id="no digest"),
        pytest.param(POINTER.replace(b"v1", b"v2"), False, id="another version"),
        pytest.param(POINTER[:43], False, id="first line only"),
        pytest.param(b" " + POINTER, False, id="not at the start"),
        pytest.param(POINTER + b"and prose\n", False, id="more than a pointer"),
        pytest.param(POINTER + b"\n" * 1000, False, id="too long"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_lfs_pointer(content: bytes, expected: bool) -> None:
    assert text.is_lfs_pointer(content) is expected


@pytest.mark.parametrize(
    "seed",
    [
        b"a",
        b"\x80",
        b"\xc3\xa9",
        b"\xff",
        b"\xff\xfe",
        b"a\0",
        b"\x1b$B",
        b"\x81\x30",
        b"~{",
        b"\x01",
        b"\xe9a",
    ],
)
def test_decoding_takes_linear_time(seed: bytes) -> None:
    assert growth(text.decode, seed, 1 << 18) <= 2.5
