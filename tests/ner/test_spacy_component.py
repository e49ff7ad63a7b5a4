"""The spaCy component."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("spacy", reason="needs spacy")

import spacy

from stackmark.errors import UsageError
from stackmark.ner import SpanMarkerModel, spacy_component
from tests.ner import making

TEXTS = ["Ada Lovelace lives in Paris. Snow fell on New York.", "", "  \n", "Max Born saw Kyoto."]


@pytest.fixture(scope="module", params=[False, True], ids=["sentences", "documents"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model")
    making.write_model(place, context=request.param)
    return place


def pipeline(folder: Path, *before: str, **config: Any) -> Any:
    nlp = spacy.blank("en")
    for name in before:
        nlp.add_pipe(name)
    nlp.add_pipe("span_marker", config={"model": str(folder), **config})
    return nlp


def test_entities_are_those_of_the_model_sentence_by_sentence(folder: Path) -> None:
    nlp = pipeline(folder, "sentencizer")
    docs = list(nlp.pipe(TEXTS))
    sents = [list(doc.sents) for doc in docs]
    inputs = {
        "tokens": [[token.text for token in sent] for own in sents for sent in own],
        "document_id": [number for number, own in enumerate(sents) for _ in own],
        "sentence_id": [place for own in sents for place in range(len(own))],
    }
    model = SpanMarkerModel.from_pretrained(folder)
    given = inputs if model.config.trained_with_document_context else inputs["tokens"]
    expected = [
        (sent.start + one["word_start_index"], sent.start + one["word_end_index"], one["label"])
        for sent, found in zip([sent for own in sents for sent in own], model.predict(given), strict=True)
        for one in found
    ]
    assert [(ent.start, ent.end, ent.label_) for doc in docs for ent in doc.ents] == expected
    assert expected


def test_one_by_one_is_the_same_as_a_stream(folder: Path) -> None:
    nlp = pipeline(folder)
    streamed = [[(ent.text, ent.label_) for ent in doc.ents] for doc in nlp.pipe(TEXTS, batch_size=3)]
    assert streamed == [[(ent.text, ent.label_) for ent in nlp(text).ents] for text in TEXTS]


@pytest.mark.parametrize("overwrite", [False, True])
def test_earlier_entities_are_kept_unless_told_otherwise(folder: Path, overwrite: bool) -> None:
    nlp = pipeline(folder, overwrite_entities=overwrite)
    component = nlp.get_pipe("span_marker")
    doc = nlp.make_doc(TEXTS[0])
    found = nlp(TEXTS[0]).ents[0]
    doc.set_ents([spacy_component.Span(doc, found.start, found.end, label="EARLIER")])
    labels = {ent.label_ for ent in component(doc).ents}
    assert ("EARLIER" in labels) is not overwrite


def test_without_a_model_it_says_so() -> None:
    with pytest.raises(UsageError, match="no model"):
        spacy.blank("en").add_pipe("span_marker")
