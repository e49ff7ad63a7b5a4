import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.encodings import EAST_ASIAN, ENCODINGS, LETTERS, guesses

GERMAN = "Die Prüfsumme für diese Datei stimmt nicht überein, bitte wählen Sie einen anderen Schlüssel."
FRENCH = "Le fichier n'a pas été trouvé à l'endroit indiqué, veuillez réessayer après l'avoir créé."
POLISH = "Błąd składni: oczekiwano średnika przed końcem bloku, sprawdź też nawiasy i cudzysłowy."
CZECH = "Soubor nelze otevřít, zkontrolujte, zda máte dostatečná práva a zda není příliš dlouhý název."
RUSSIAN = "Не удалось открыть файл, проверьте права доступа и имя каталога."
GREEK = "Δεν ήταν δυνατό το άνοιγμα του αρχείου, ελέγξτε τα δικαιώματα πρόσβασης."
TURKISH = "Dosya açılamadı, lütfen erişim izinlerini ve klasörün adını değiştirmeyi deneyin, ışık yanıyor."
JAPANESE = "ファイルを開くことができませんでした。アクセス権を確認してください。"
CHINESE = "无法打开文件，请检查访问权限和目录的名称是否正确。"
TAIWANESE = "無法開啟檔案，請檢查存取權限和目錄的名稱是否正確。"
KOREAN = "파일을 열 수 없습니다. 접근 권한과 디렉터리 이름을 확인하십시오."
HEBREW = "לא ניתן לפתוח את הקובץ, יש לבדוק את הרשאות הגישה ואת שם התיקייה."

TEXTS = [
    ("cp1252", GERMAN), ("cp1252", FRENCH), ("cp1250", POLISH), ("iso8859-2", POLISH), ("cp1250", CZECH),
    ("cp1251", RUSSIAN), ("koi8-r", RUSSIAN), ("cp866", RUSSIAN), ("iso8859-5", RUSSIAN), ("cp1253", GREEK),
    ("cp1254", TURKISH), ("cp932", JAPANESE), ("euc_jp", JAPANESE), ("gb18030", CHINESE), ("cp950", TAIWANESE),
    ("cp949", KOREAN), ("cp1255", HEBREW), ("cp437", GERMAN), ("mac_roman", FRENCH), ("cp852", CZECH),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "said"), TEXTS, ids=[f"{codec}-{said[:8]}" for codec, said in TEXTS])
def test_a_sentence_reads_as_it_was_written(codec, said):
    data = f"/* {said} */\nint main (void) {{ return 0; }}\n".encode(codec)
    assert data.decode(guesses(data)[0]) == data.decode(codec)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"// \xa9 2001 Foo", "// © 2001 Foo"),
        (b"float t; // in \xb0C", "float t; // in °C"),
        (b"// it\x92s", "// it’s"),
        (b"// \x93quoted\x94 \x96 so", "// “quoted” – so"),
        (b"# Fran\xe7ois", "# François"),
        (b"# M\xfcller", "# Müller"),
    ],
)
def test_single_signs_and_names_are_western(data, said):
    assert data.decode(guesses(data)[0]) == said


def test_what_comes_late_counts_too():
    """The two Greek encodings differ in few letters."""
    data = (GREEK * 30 + " Άλλο αρχείο").encode("iso8859-7")
    assert data.decode(guesses(data)[0]) == data.decode("iso8859-7")


def test_the_table_has_all_languages_of_the_encodings():
    table = json.loads(LETTERS.read_text(encoding="utf-8"))
    asked = {language for _, languages, _ in ENCODINGS for language in languages.split()}
    assert asked <= set(table["letters"])
    assert {codec for codec, *_ in ENCODINGS} >= EAST_ASIAN


def test_huge_contents_take_bounded_time():
    guesses("é".encode("cp1252"))
    for content in (b"\xe9" * 50_000_000, b"a" * 50_000_000 + b"\xe9", b"a\xe9 " * 10_000_000, b"0" * 50_000_000):
        start = time.perf_counter()
        guesses(content)
        assert time.perf_counter() - start < 2


@given(st.binary(max_size=300))
def test_any_bytes_give_codecs_once_each_the_same_each_time(data):
    found = guesses(data)
    assert len(set(found)) == len(found)
    assert found == guesses(bytes(data))
    for codec in found:
        (data + b" ").decode(codec, "replace")
