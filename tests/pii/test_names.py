"""Names of persons: what is looked at, what is let go, and where the others lie."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.errors import SourceError, UsageError
from stackmark.pii import names, names_cues
from stackmark.pii.comments import readable
from stackmark.pii.names_known import Place, is_example, is_person, trimmed
from stackmark.pii.redact import redact
from stackmark.pii.replace import is_replaced

SENTENCES = {
    "de": "Autor: {}",
    "en": "Written by {} in 2004.",
    "es": "Autor: {}",
    "fr": "Auteur : {}",
    "it": "Autore: {}",
    "nl": "Auteur: {}",
    "pl": "Autor: {}",
    "pt": "Autor: {}",
    "ru": "Автор: {}",
    "zh": "作者：{}",
}
PERSONS = {
    "de": "Sabine Köhler",
    "en": "Helen Parker",
    "es": "Lucía Fernández",
    "fr": "Amélie Rousseau",
    "it": "Chiara Lombardi",
    "nl": "Pieter de Vries",
    "pl": "Agnieszka Nowak",
    "pt": "Beatriz Oliveira",
    "ru": "Ольга Смирнова",
    "zh": "王小明",
}


def cues(content: str, path: str = "a.py") -> list[str]:
    """Give what a model would read of a content."""
    data = content.encode()
    text = readable(data, path)
    return [
        (data if in_code else text)[start:end].decode().strip(" #")
        for start, end, in_code in names_cues.passages(text, data)
    ]


class TestCues:
    @pytest.mark.parametrize("language", sorted(SENTENCES))
    def test_an_author_is_read_in_each_language(self, language: str) -> None:
        said = SENTENCES[language].format(PERSONS[language])
        assert cues(f"# {said}\n") == [said]

    @pytest.mark.parametrize(
        "said",
        [
            "The Public License of the Free Software",
            "returns the number of bytes",
            "TODO: fix this",
            "by default",
            "by HTTPResponse and MetaData",
            "IN NO EVENT SHALL BY LAW THE AUTHORS OR CNRI",
            "服务器重新启动",
        ],
    )
    def test_everyday_words_are_not_read(self, said: str) -> None:
        assert cues(f"# {said}\n") == []

    def test_code_is_not_read(self) -> None:
        assert cues("class Margaret(Whitfield): pass\n") == []

    @pytest.mark.parametrize(
        "line",
        [
            '__author__ = "Sabine Köhler"',
            "author: Sabine Köhler",
            'authors = [{name = "Sabine Köhler"}]',
            "'maintainer' => 'Sabine Köhler'",
        ],
    )
    def test_what_is_assigned_to_a_person_is_read(self, line: str) -> None:
        assert any("Sabine Köhler" in found for found in cues(f"x = 1\n{line}\ny = 2\n"))

    def test_a_sentence_over_two_lines_is_read_whole(self) -> None:
        first = "This parser has been contributed to this project by Margaret"
        assert cues(f'"""\n{first}\nWhitfield.\n"""\n') == [f"{first}\nWhitfield."]

    def test_lines_that_follow_one_another_are_read_together(self) -> None:
        assert len(cues("# Sabine Köhler\n# Amélie Rousseau\n# Chiara Lombardi\n")) == 1

    @pytest.mark.parametrize("piece", ["A", "Aa ", "author ", "Aa-", "\n", "作者", "é", "author="])
    def test_a_passage_is_bounded(self, piece: str) -> None:
        found = cues(piece * (20_000 // len(piece)), "a.md")
        assert all(len(one.encode()) <= names_cues.LONGEST for one in found)


def place(text: str) -> Place:
    """Give the place between square brackets."""
    before, _, rest = text.partition("[")
    name, _, after = rest.partition("]")
    return Place(before + name + after, len(before), len(before) + len(name))


class TestKnown:
    @pytest.mark.parametrize(
        "text",
        [
            "by [Margaret Whitfield]",
            "[Pieter de Vries] and [x]",
            "[M. Whitfield], Google",
            "[Conor McBride]",
            "[王小明]",
            "[Margaret Dijkstra] wrote this",
            "[Whitfield, Margaret]",
            "[SHIBATA Hiroshi]",
        ],
    )
    def test_persons_are_told(self, text: str) -> None:
        assert is_person(place(text))

    @pytest.mark.parametrize(
        "text",
        [
            "[Dijkstra]'s algorithm",
            "the [Levenshtein] distance",
            "[Floyd]-Warshall",
            "[Edsger Dijkstra]'s algorithm",
            "[Whitfield] Inc.",
            "[Whitfield], Inc.",
            "[Whitfield] & Sons",
            "[Apache Software Foundation]",
            "[王氏有限公司]",
            "[margaret]",
            "@[Margaret]",
            "src/[Margaret]/x",
            "[Margaret].parse",
            "[MargaretWhitfield]",
            "[Public License]",
            "the [Licensor] grants to You",
            "the [Licensor waives] any right",
            "[Adapted Material Component]",
            "IN NO EVENT BE [LIABLE FOR ANY DIRECT] DAMAGES",
            "[M.]",
            "[Person1]",
            "[WHITFIELD]",
        ],
    )
    def test_what_bears_a_name_is_not(self, text: str) -> None:
        assert not is_person(place(text))

    @pytest.mark.parametrize(
        ("text", "name"), [("[Margaret's] book", "Margaret"), ("([Margaret,] x", "Margaret"), ("[«Eva»]", "Eva")]
    )
    def test_what_is_around_a_name_is_taken_off(self, text: str, name: str) -> None:
        assert trimmed(place(text)).name == name

    def test_examples_are_known_in_any_case(self) -> None:
        assert is_example("john  doe")
        assert not is_example("Margaret Whitfield")


class TestScan:
    @pytest.fixture(autouse=True)
    def needs_torch(self) -> None:
        pytest.importorskip("torch", reason="names need the extra ner")

    @pytest.mark.parametrize("language", sorted(SENTENCES))
    def test_places_are_bytes_of_the_content(self, language: str) -> None:
        content = f"x = 'Grüße'\n# {SENTENCES[language].format(PERSONS[language])}\n".encode()
        (found,) = names.scan_names([content], ["a.py"])
        assert [content[span.start : span.end].decode() for span in found] == [PERSONS[language]]
        assert {(span.type, span.rule, span.is_example) for span in found} == {("PERSON", "names", False)}

    def test_rows_do_not_depend_on_one_another(self) -> None:
        contents = [f"# {SENTENCES[one].format(PERSONS[one])}\n".encode() for one in sorted(SENTENCES)]
        alone = [names.scan_names([content], ["a.py"])[0] for content in contents]
        assert names.scan_names(contents * 3, ["a.py"] * 3 * len(contents)) == alone * 3

    def test_equal_sentences_are_read_once(self) -> None:
        content = b"# Written by Helen Parker in 2004.\n"
        once, often = names.find([content], ["a.py"]), names.find([content] * 50, ["a.py"] * 50)
        assert often.share.read == once.share.read
        assert often.given == once.given * 50
        assert len(often.spans) == 50

    def test_a_full_name_is_found_again_without_a_cue(self) -> None:
        content = b"# Written by Helen Parker in 2004.\nx = 1\n# see Helen Parker\n"
        (found,) = names.scan_names([content], ["a.py"])
        assert len(found) == 2

    def test_a_name_over_two_lines_is_two_spans(self) -> None:
        content = (
            b"/* This parser has been written in the year 2004 by Margaret\n * Whitfield, who knew parsers well. */\n"
        )
        (found,) = names.scan_names([content], ["a.c"])
        assert [content[span.start : span.end] for span in found] == [b"Margaret", b"Whitfield"]

    def test_redaction_gives_names_of_the_same_kind_and_a_second_pass_changes_nothing(self) -> None:
        content = "# Written by Helen Parker in 2004.\n# Autor: Sabine Köhler\n".encode()
        after = redact(content, names.scan_names([content], ["a.py"])[0], path="a.py")
        assert after == b"# Written by Person1 in 2004.\n# Autor: Person2\n"
        assert redact(after, names.scan_names([after], ["a.py"])[0], path="a.py") == after
        assert is_replaced("PERSON", b"Person1", "pseudonym")

    def test_examples_are_told_as_such(self) -> None:
        (found,) = names.scan_names([b"# Author: John Doe\n"], ["a.py"])
        assert [span.is_example for span in found] == [True]

    def test_a_copyright_statement_is_kept_and_an_author_beside_it_is_not(self) -> None:
        content = b"# Copyright (c) 2004 Helen Parker\n# Author: Helen Parker\n__copyright__ = '2004 Helen Parker'\n"
        (found,) = names.scan_names([content], ["a.py"])
        assert [(span.start, span.end) for span in found] == [
            (content.index(b"Author") + 8, content.index(b"Author") + 20)
        ]

    def test_copyright_statements_are_looked_into_on_request(self) -> None:
        content = b"# Copyright (c) 2004 Helen Parker\n"
        (found,) = names.scan_names([content], ["a.py"], notices=True)
        assert [content[span.start : span.end] for span in found] == [b"Helen Parker"]

    def test_what_is_told_is_not_given_to_the_model(self) -> None:
        content = b"# Written by Margaret Whitfield\n"
        found = names.find([content], ["a.py"])
        assert found.given == [0]
        assert [content[span.start : span.end] for span in found.spans[0]] == [b"Margaret Whitfield"]

    def test_nothing_is_found_in_nothing(self) -> None:
        assert names.scan_names([None, b"", b"\xff\xfe\0"], ["a.py", None, "b.md"]) == [[], [], []]
        assert names.scan_names([], []) == []

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                ["by ", "Margaret ", "Whitfield", "\n# ", "\xe9", "\0", "|", "é", "王小明", "J. ", "<a@b.co>"]
            )
        )
    )
    def test_any_bytes_give_spans_inside_of_them(self, pieces: list[str]) -> None:
        content = b"# " + "".join(pieces).encode("latin-1", "backslashreplace")
        (found,) = names.scan_names([content], ["a.py"])
        assert all(0 <= span.start < span.end <= len(content) for span in found)
        assert found == sorted(found, key=lambda span: span.start)

    def test_a_folder_without_a_model_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError):
            names.scan_names([b"# Author: Sabine Roth\n"], ["a.py"], None, tmp_path)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "stackmark.ner.model", None)
    with pytest.raises(UsageError) as caught:
        names.scan_names([b"# Author: Sabine Roth\n"], ["a.py"], None, tmp_path)
    assert "stackmark[ner]" in caught.value.hint


def test_the_model_that_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in names.SHIPPED.iterdir()) < 8_000_000


def test_another_model_is_another_version(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    first = names.version(str(tmp_path))
    names.version.cache_clear()
    (tmp_path / "config.json").write_text("[]")
    assert len({first, names.version(str(tmp_path)), names.version()}) == 3
