"""A spaCy component: `nlp.add_pipe("span_marker", config={"model": "folder or hub id"})`.

It reads the sentences of a document where an earlier component has found them, and the whole document in windows where
none has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, Protocol

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from stackmark.errors import UsageError
from stackmark.ner.loading import load


class Model(Protocol):
    """A model, whatever computes its scores."""

    config: Any

    @property
    def predict(self) -> Callable[..., Any]:
        """Find the entities of lists of words, or of a data set with documents."""
        ...


class SpanMarker:
    """Sets `doc.ents` of documents, one by one or in a stream."""

    def __init__(self, model: Model, batch_size: int, overwrite_entities: bool, options: dict[str, Any]) -> None:
        """Use a model; see `make` for the rest."""
        self.model, self.batch_size = model, batch_size
        self.overwrite_entities, self.options = overwrite_entities, options

    def __call__(self, doc: Doc) -> Doc:
        """Find the entities of one document."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int | None = None) -> Iterator[Doc]:
        """Find the entities of documents as they come, some at a time."""
        source = iter(stream)
        while docs := list(islice(source, batch_size or self.batch_size)):
            parts = [sentences(doc) for doc in docs]
            found = iter(self._predict(parts))
            for doc, own in zip(docs, parts, strict=True):
                spans = chain.from_iterable(_spans(doc, part.start, next(found)) for part in own)
                self._set(doc, list(spans))
                yield doc

    def _predict(self, parts: list[list[Span]]) -> list[list[dict[str, Any]]]:
        """Predict the sentences of some documents, each in the context of its document if the model is so trained."""
        texts = [[token.text for token in part] for own in parts for part in own]
        inputs: Any = texts
        if self.model.config.trained_with_document_context:
            places = [(number, place) for number, own in enumerate(parts) for place in range(len(own))]
            documents, numbers = [one for one, _ in places], [place for _, place in places]
            inputs = {"tokens": texts, "document_id": documents, "sentence_id": numbers}
        found: list[list[dict[str, Any]]] = self.model.predict(inputs, batch_size=self.batch_size, **self.options)
        return found

    def _set(self, doc: Doc, found: list[Span]) -> None:
        """Add entities; where they overlap earlier ones, `overwrite_entities` says which are kept."""
        first, second = (found, list(doc.ents)) if self.overwrite_entities else (list(doc.ents), found)
        taken = {token.i for span in first for token in span}
        doc.set_ents([*first, *(span for span in second if not any(token.i in taken for token in span))])


def sentences(doc: Doc) -> list[Span]:
    """Give the sentences of a document, or all of it where nobody has found them; nothing for an empty one."""
    if not len(doc):
        return []
    return list(doc.sents) if doc.has_annotation("SENT_START") else [doc[:]]


def _spans(doc: Doc, begin: int, entities: list[dict[str, Any]]) -> list[Span]:
    made = [
        Span(doc, begin + one["word_start_index"], begin + one["word_end_index"], label=one["label"])
        for one in entities
    ]
    return list(filter_spans(made))


@Language.factory(
    "span_marker",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type"],
    default_config={
        "model": "",
        "backend": "auto",
        "batch_size": 32,
        "overwrite_entities": False,
        "device": None,
        "options": {},
    },
)
def make(
    nlp: Language,
    name: str,
    model: str,
    backend: str,
    batch_size: int,
    overwrite_entities: bool,
    device: str | None,
    options: dict[str, Any],
) -> SpanMarker:
    """Make the component.

    model:              folder of a checkpoint or of an exported model, or hub id
    overwrite_entities: whether its entities take the place of earlier ones that overlap
    options:            for `predict`, e.g. {"threshold": 0.6, "dtype": "bfloat16"}
    """
    del nlp
    if not model:
        raise UsageError(
            f"the component {name!r} has no model", f'nlp.add_pipe("{name}", config={{"model": "folder"}})'
        )
    given = {"device": device} if device else {}
    return SpanMarker(load(model, backend, **given), batch_size, overwrite_entities, options)
