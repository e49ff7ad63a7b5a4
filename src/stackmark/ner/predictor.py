"""What every model can do, whatever computes its scores: `predict`, `stream` and `logits`. Knows no torch."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypedDict, Unpack

from stackmark.errors import UsageError
from stackmark.ner.decode import Threshold
from stackmark.ner.inputs import Text, read_inputs
from stackmark.ner.predict import (
    Engine,
    Entity,
    Floats,
    Ints,
    Request,
    logits,
    make_request,
    predict_inputs,
    predict_stream,
)
from stackmark.ner.prefilter import Prefilter
from stackmark.ner.scored import Choice, Precision


class Answer(TypedDict, total=False):
    """What an answer shall hold.

    threshold:         least score, for all or by type
    return_embeddings: True or "mean" for the mean of an entity's states of the last layer, float [width];
                       "markers" for its start and end marker, [2 * width]; under the key `embedding`
    embedding_dtype:   float32 or float16
    all_scores:        the probability of every label under the key `scores`
    long_text:         "window" reads all of a text that is too long for one pass; "truncate" cuts it off
    """

    threshold: Threshold
    return_embeddings: bool | str
    embedding_dtype: str
    all_scores: bool
    long_text: str


class Options(Answer, total=False):
    """What can be asked of a prediction: what `Answer` has, and how it is computed.

    prefilter: "off"; "auto" to leave out spans that the fitted filter calls hopeless; or the share of entities that
               it has to keep, e.g. 0.99
    dtype:     float32, bfloat16 or int8; an exported model has float32 alone
    """

    prefilter: str | float
    dtype: Precision


class Predictor:
    """A model that is ready to predict: `prefilter` is its span filter, if it has one."""

    prefilter: Prefilter | None = None

    def engine(self, dtype: Precision = "float32") -> Engine:
        """Give what prediction works with; raises UsageError for a precision that the model has not."""
        raise NotImplementedError

    def predict(
        self, inputs: object, batch_size: int = 32, show_progress_bar: bool = False, **options: Unpack[Options]
    ) -> list[Entity] | list[list[Entity]]:
        """Find the entities of texts: a list of them for one text, else a list for each.

        inputs:     a text; texts; lists of words; or a data set with `tokens` and, for the context of documents,
                    `document_id` and `sentence_id`. A list of strings is always a list of texts.
        batch_size: texts taken at a time, at most; memory does not grow with it
        options:    see `Options` and `Answer`

        Each entity has the reference's keys: `span`, `label`, `score`, and `char_start_index` and `char_end_index`, or
        `word_start_index` and `word_end_index` for lists of words. Raises UsageError for inputs of another kind.
        """
        given = read_inputs(inputs)
        engine, request = self._asked(**options)
        found = predict_inputs(engine, given, request, batch_size)
        results = list(_shown(found, len(given.texts)) if show_progress_bar else found)
        return results[0] if given.single else results

    def stream(self, texts: Iterable[Text], batch_size: int = 32, **options: Unpack[Options]) -> Iterator[list[Entity]]:
        """Find the entities of texts as they come, each as `predict` gives them."""
        engine, request = self._asked(**options)
        return predict_stream(engine, texts, request, batch_size)

    def logits(self, texts: Sequence[Text], dtype: Precision = "float32") -> list[tuple[Ints, Floats]]:
        """Give for each text its spans, int64 [n, 2] (characters, or words of a list; end exclusive), and logits.

        All spans of up to `entity_max_length` words, by first word, then by length; logits float32 [n, labels].
        """
        return logits(self.engine(dtype), read_inputs(texts).texts)

    def _asked(
        self, *, prefilter: str | float = "off", dtype: Precision = "float32", **rest: Unpack[Answer]
    ) -> tuple[Engine, Request]:
        """Read the options of a call."""
        choose = self._choice(prefilter)
        engine = self.engine(dtype)
        return engine, replace(make_request(engine.config, **rest), choose=choose)

    def _choice(self, prefilter: str | float) -> Choice | None:
        if prefilter == "off":
            return None
        if isinstance(prefilter, str) and prefilter != "auto":
            raise UsageError(f"prefilter={prefilter!r} is unknown", 'it is "off", "auto" or a recall, e.g. 0.99')
        if self.prefilter is None:
            if prefilter == "auto":
                return None
            raise UsageError("this model has no span filter", "make one with fit_prefilter")
        return self.prefilter.choice(self.prefilter.report["recall"] if isinstance(prefilter, str) else prefilter)


def _shown(results: Iterator[list[Entity]], total: int) -> Iterator[list[Entity]]:
    """Show on standard error how far it is."""
    for number, result in enumerate(results, start=1):
        print(f"\r{number} of {total} texts", end="", file=sys.stderr, flush=True)
        yield result
    print(file=sys.stderr)
