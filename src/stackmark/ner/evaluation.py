"""How good a model is on labelled text: strict span precision, recall and F1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, Protocol

from stackmark.errors import UsageError
from stackmark.ner.conll import Span
from stackmark.ner.data import Sentence, read
from stackmark.ner.datasets import TEST
from stackmark.ner.metrics import Scores, score

#: Told, now and then, how many sentences are done and how many there are.
Watch = Callable[[int, int], object]


class Predictor(Protocol):
    """A model, whatever computes its scores."""

    @property
    def predict(self) -> Callable[..., Any]:
        """Find the entities of lists of words, or of a data set with documents."""
        ...


def evaluate(
    model: Predictor,
    data: object,
    *,
    languages: Iterable[str] = (),
    batch_size: int = 64,
    watch: Watch | None = None,
    **options: Any,
) -> Scores:
    """Score a model on labelled sentences, or on whatever `data.read` reads.

    languages: only sentences in these; all by default
    options:   for `predict`, e.g. `threshold`, `prefilter`, `dtype`

    Sentences of documents are read in their context if the model was trained that way. Raises UsageError if no
    sentence is left.
    """
    chosen = in_languages(read(data, parts=TEST), languages)
    found = predict_words(model, chosen, batch_size, watch, **options)
    gold = [sentence.entities for sentence in chosen]
    words = sum(len(sentence.words) for sentence in chosen)
    return score(gold, found, [sentence.language for sentence in chosen], words)


def in_languages(data: Sequence[Sentence], languages: Iterable[str]) -> list[Sentence]:
    """Keep the sentences in some languages, or all where none is named; raises UsageError if nothing is left."""
    wanted = set(languages)
    chosen = [sentence for sentence in data if not wanted or sentence.language in wanted]
    if not chosen:
        known = ", ".join(sorted({sentence.language or "unknown" for sentence in data})) or "none"
        asked = f" in {', '.join(sorted(wanted))}" if wanted else ""
        raise UsageError(f"no sentence{asked}", f"languages in the data: {known}")
    return chosen


def predict_words(
    model: Predictor, data: Sequence[Sentence], batch_size: int = 64, watch: Watch | None = None, **options: Any
) -> list[list[Span]]:
    """Predict the entities of each sentence, as words."""
    config = getattr(model, "config", None)
    if getattr(config, "trained_with_document_context", False):
        return [_spans(entities) for entities in model.predict(_with_documents(data), batch_size=batch_size, **options)]
    found: list[list[Span]] = []
    source = iter(data)
    while block := [sentence.words for sentence in islice(source, 8 * batch_size)]:
        found.extend(_spans(entities) for entities in model.predict(block, batch_size=batch_size, **options))
        if watch is not None:
            watch(len(block), len(data))
    return found


def _with_documents(data: Sequence[Sentence]) -> dict[str, list[Any]]:
    """Give a data set; a sentence that stands alone is a document of its own."""
    return {
        "tokens": [sentence.words for sentence in data],
        "document_id": [sentence.document or f"\0{number}" for number, sentence in enumerate(data)],
        "sentence_id": [sentence.place for sentence in data],
    }


def _spans(entities: Iterable[dict[str, Any]]) -> list[Span]:
    return [(one["word_start_index"], one["word_end_index"], one["label"]) for one in entities]
