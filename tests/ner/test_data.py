"""Readers of labelled text."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from stackmark.errors import SourceError, UsageError
from stackmark.ner import data
from stackmark.ner.data import Sentence

WORDS = ("Ada", "Lovelace", "lived", "in", "London", ".")
ADA = Sentence(WORDS, ((0, 2, "PER"), (4, 5, "LOC")))
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
CONLL = "".join(f"{word}\t{tag}\n" for word, tag in zip(WORDS, TAGS, strict=True))


@pytest.mark.parametrize("name", ["a.conll", "a.conll.gz", "a.iob", "a.tsv"])
def test_conll_files_gzipped_or_not(tmp_path: Path, name: str) -> None:
    content = CONLL.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert data.read(tmp_path / name) == [ADA]


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": WORDS, "ner_tags": TAGS},
        {"words": WORDS, "labels": ["PER", "PER", "O", "O", "LOC", "O"]},
        {"tokens": WORDS, "entities": [{"start": 4, "end": 5, "label": "LOC"}, {"start": 0, "end": 2, "label": "PER"}]},
        {"tokenized_text": WORDS, "ner": [[0, 1, "PER"], [4, 4, "LOC"]]},
        {"text": "Ada Lovelace lived in London.", "label": [[0, 12, "PER"], [22, 28, "LOC"]]},
        {
            "text": "Ada Lovelace lived in London.",
            "entities": [
                {"char_start_index": 0, "char_end_index": 12, "label": "PER"},
                {"char_start_index": 22, "char_end_index": 28, "label": "LOC"},
            ],
        },
    ],
    ids=["tags", "bare tags", "word spans", "last word included", "characters", "as predicted"],
)
@pytest.mark.parametrize("shape", ["lines", "array", "rows"])
def test_rows_in_every_shape(tmp_path: Path, row: dict[str, object], shape: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps([row] if shape == "array" else row) + "\n\n")
    assert data.read([row] if shape == "rows" else path) == [ADA]


def test_languages_of_paths_and_of_rows(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(CONLL)
    rows = [{"tokens": WORDS, "tags": TAGS, "lang": "fr"}, {"tokens": WORDS, "tags": TAGS}]
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, rows)))
    read = data.read([f"de={tmp_path}/a.conll", f"en={tmp_path}/b.jsonl", str(tmp_path / "a.conll")])
    assert [sentence.language for sentence in read] == ["de", "fr", "en", ""]
    assert {sentence.language for sentence in read} == {"", "de", "en", "fr"}
    assert data.types(read) == ["LOC", "PER"]
    assert data.read(read) == read


def test_documents(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(f"-DOCSTART- O\n\n{CONLL}\n{CONLL}")
    assert [(one.document, one.place) for one in data.read(tmp_path / "a.conll")] == [("1", 0), ("1", 1)]
    row = {"tokens": WORDS, "tags": TAGS, "document_id": 0, "sentence_id": 3}
    assert [(one.document, one.place) for one in data.read([row])] == [("0", 3)]


def test_sentences_without_words_are_left_out() -> None:
    assert data.read([{"tokens": [], "tags": []}, {"text": "  ", "entities": []}]) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"tokens": ["a"]}', "no list of entities"),
        (b'{"tokens": ["a"], "tags": ["O", "O"]}', "1 words but 2 tags"),
        (b'{"tokens": ["a"], "tags": [7]}', "numbered tags without names"),
        (b'{"tokens": ["a"], "tags": [true]}', "no whole number"),
        (b'{"tokens": ["a", " "], "tags": ["O", "O"]}', "blank"),
        (b'{"tokens": "ab", "tags": ["O", "O"]}', "no list of tokens"),
        (b'{"tokens": ["a", "b"], "ner": [[0, 2, "X"], [1, 2, "Y"]]}', "overlaps"),
        (b'{"tokens": ["a", "b"], "ner": [[1, 9, "X"]]}', "outside"),
        (b'{"tokens": ["a", "b"], "ner": [[1, "X"]]}', "without start, end or label"),
        (b'{"text": "Londoners", "entities": [[0, 6, "LOC"]]}', "inside a word"),
        (b"[1]", "not an object"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"tokens": ["\xff"]}', "not UTF-8"),
    ],
)
def test_rows_that_are_none_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        data.read(path)
    assert str(path) in str(caught.value)


def test_damaged_gzip_missing_file_and_unknown_kind(tmp_path: Path) -> None:
    (tmp_path / "a.conll.gz").write_bytes(gzip.compress(CONLL.encode())[:-9])
    with pytest.raises(SourceError, match="cannot read"):
        data.read(tmp_path / "a.conll.gz")
    with pytest.raises(SourceError, match="cannot read"):
        data.read(tmp_path / "b.conll")
    with pytest.raises(UsageError, match="cannot tell"):
        data.read(tmp_path / "a.docx")
    with pytest.raises(UsageError, match="int"):
        data.read(1)


class TestDatasets:
    datasets = pytest.importorskip("datasets", reason="needs the package datasets")

    @pytest.fixture
    def dataset(self) -> object:
        names = self.datasets.ClassLabel(names=["O", "B-PER", "I-PER", "B-LOC"])
        sequence = self.datasets.Sequence if hasattr(self.datasets, "Sequence") else self.datasets.List
        features = self.datasets.Features(
            {"tokens": sequence(self.datasets.Value("string")), "ner_tags": sequence(names)}
        )
        return self.datasets.Dataset.from_dict(
            {"tokens": [list(WORDS)], "ner_tags": [[1, 2, 0, 0, 3, 0]]}, features=features
        )

    def test_numbered_tags_have_the_names_of_the_dataset(self, dataset: object) -> None:
        assert data.read(dataset) == [ADA]
