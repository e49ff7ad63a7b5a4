"""From inputs to entities: encode, cut into passages, score, choose, give places in the text. Knows no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stackmark.errors import UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.decode import Threshold, candidates, floors, greedy, softmax
from stackmark.ner.document import in_context
from stackmark.ner.embeddings import Embeddings, Vectors, embed, read_embeddings
from stackmark.ner.inputs import Inputs, Text
from stackmark.ner.passages import Passage, cut, truncated
from stackmark.ner.scored import Choice, Scored, Scorer
from stackmark.ner.tokenizer import EncodedText, WordTokenizer

#: The reference's keys: span, label, score, char_start_index and char_end_index (or word_start_index and
#: word_end_index for lists of words); on request also embedding and scores.
Entity = dict[str, Any]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Texts and letters that are read together at most, and spans that are scored together: they bound the memory.
TEXTS, LETTERS, SPANS = 256, 1 << 18, 1 << 16


@dataclass(frozen=True)
class Engine:
    """All that prediction needs, whatever computes the scores."""

    config: SpanMarkerConfig
    tokenizer: WordTokenizer
    scorer: Scorer


@dataclass(frozen=True)
class Request:
    """What is asked for, checked.

    least:      float32 [labels], the least probability of each label
    embeddings: which vectors, if any
    all_scores: whether each entity gets the probabilities of all labels
    truncate:   whether a text that does not fit is cut off, as in the reference, instead of read in windows
    choose:     leaves spans out before they are scored
    """

    least: Floats
    embeddings: Embeddings | None = None
    all_scores: bool = False
    truncate: bool = False
    choose: Choice | None = None


def make_request(
    config: SpanMarkerConfig,
    threshold: Threshold = None,
    return_embeddings: bool | str = False,
    embedding_dtype: str = "float32",
    all_scores: bool = False,
    long_text: str = "window",
    choose: Choice | None = None,
) -> Request:
    """Check the arguments of a call; raises UsageError."""
    if long_text not in ("window", "truncate"):
        raise UsageError(f"long_text={long_text!r} is unknown", 'it is "window" or "truncate"')
    return Request(
        least=floors(threshold, config.id2label),
        embeddings=read_embeddings(return_embeddings, embedding_dtype),
        all_scores=all_scores,
        truncate=long_text == "truncate",
        choose=choose,
    )


@dataclass(frozen=True)
class Part:
    """The candidates of one passage, in reading order: spans int64 [n, 2] in words of the text, the rest [n, ...]."""

    spans: Ints
    labels: Ints
    probabilities: Floats
    vectors: Vectors | None


def predict_stream(engine: Engine, texts: Iterable[Text], request: Request, size: int) -> Iterator[list[Entity]]:
    """Predict texts as they come, up to `size` at a time: the entities of each, in order."""
    longest = engine.config.entity_max_length
    for block in blocks(texts, check_size(size)):
        encoded = _encode(engine, block, request)
        cuts = (cut(one, engine.tokenizer, longest, row) for row, one in enumerate(encoded))
        yield from _predict(engine, block, encoded, chain.from_iterable(cuts), request)


def predict_inputs(engine: Engine, inputs: Inputs, request: Request, size: int) -> Iterator[list[Entity]]:
    """Predict what `read_inputs` gave, with the context of documents where that is known."""
    where = inputs.where
    if where is None:
        yield from predict_stream(engine, inputs.texts, request, size)
        return
    encoded = _encode(engine, inputs.texts, request)
    step = min(check_size(size), TEXTS)
    for begin in range(0, len(encoded), step):
        block = slice(begin, begin + step)
        rows = range(*block.indices(len(encoded)))
        cuts = (in_context(encoded, row, where, engine.tokenizer, engine.config) for row in rows)
        passages = (replace(passage, text=passage.text - begin) for passage in chain.from_iterable(cuts))
        yield from _predict(engine, inputs.texts[block], encoded[block], passages, request)


def blocks(texts: Iterable[Text], size: int) -> Iterator[list[Text]]:
    """Take up to `size` texts at a time, but not more than is read at once; a text that is more stands alone."""
    block: list[Text] = []
    room = LETTERS
    for text in texts:
        letters = len(text) if isinstance(text, str) else 8 * len(text) if isinstance(text, list | tuple) else 0
        if block and letters > room:
            yield block
            block, room = [], LETTERS
        block.append(text)
        room -= letters
        if len(block) == min(size, TEXTS):
            yield block
            block, room = [], LETTERS
    if block:
        yield block


def check_size(size: int) -> int:
    """Give a batch size back; raises UsageError for one that is none."""
    if size < 1:
        raise UsageError(f"batch_size={size} is too small", "give 1 or more")
    return size


def _encode(engine: Engine, texts: Sequence[Text], request: Request) -> list[EncodedText]:
    encoded = engine.tokenizer.encode(texts)
    return [truncated(one, engine.tokenizer.capacity) for one in encoded] if request.truncate else encoded


def _predict(
    engine: Engine,
    texts: Sequence[Text],
    encoded: Sequence[EncodedText],
    passages: Iterable[Passage],
    request: Request,
) -> Iterator[list[Entity]]:
    """Predict texts by their passages, of which no more are made at a time than are scored together."""
    kind = request.embeddings and request.embeddings.kind
    parts: list[list[Part]] = [[] for _ in texts]
    for group in _groups(passages):
        found: dict[int, Part] = {}
        for scored in engine.scorer.score(group, request.choose, text=kind == "mean", pairs=kind == "markers"):
            found[scored.passage] = _part(scored, group[scored.passage], engine.config.outside_id, request)
        for number, passage in enumerate(group):
            parts[passage.text].append(found[number])
    for text, known, own in zip(texts, encoded, parts, strict=True):
        yield _entities(text, known, own, engine.config, request)


def _groups(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    """Put consecutive passages together until they have `SPANS` spans."""
    group: list[Passage] = []
    room = SPANS
    for passage in passages:
        group.append(passage)
        room -= len(passage.spans)
        if room <= 0:
            yield group
            group, room = [], SPANS
    if group:
        yield group


def _part(scored: Scored, passage: Passage, outside_id: int, request: Request) -> Part:
    """Keep what may be an entity, and let the rest go."""
    probabilities = softmax(scored.logits)
    kept = candidates(probabilities, outside_id, request.least)
    vectors = embed(request.embeddings, scored, passage, kept.rows) if request.embeddings else None
    return Part(passage.spans[scored.rows[kept.rows]], kept.labels, probabilities[kept.rows], vectors)


def _entities(
    text: Text, encoded: EncodedText, parts: list[Part], config: SpanMarkerConfig, request: Request
) -> list[Entity]:
    """Choose among the candidates of a whole text."""
    if not any(len(part.spans) for part in parts):
        return []
    spans = np.concatenate([part.spans for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    probabilities = np.concatenate([part.probabilities for part in parts])
    scores = probabilities[np.arange(len(labels)), labels]
    vectors = (
        np.concatenate([part.vectors for part in parts if part.vectors is not None]) if request.embeddings else None
    )
    found = []
    for row in greedy(spans, scores).tolist():
        label = config.id2label[int(labels[row])]
        entity = _place(text, encoded, spans[row], {"label": label, "score": float(scores[row])})
        if vectors is not None:
            entity["embedding"] = vectors[row]
        if request.all_scores:
            entity["scores"] = {config.id2label[number]: float(p) for number, p in enumerate(probabilities[row])}
        found.append(entity)
    return found


def _place(text: Text, encoded: EncodedText, span: Ints, rest: Entity) -> Entity:
    first, last = int(span[0]), int(span[1])
    if not isinstance(text, str):
        return {"span": list(text[first:last]), **rest, "word_start_index": first, "word_end_index": last}
    start, end = int(encoded.chars[first, 0]), int(encoded.chars[last - 1, 1])
    return {"span": text[start:end], **rest, "char_start_index": start, "char_end_index": end}


def logits(engine: Engine, texts: Sequence[Text]) -> list[tuple[Ints, Floats]]:
    """Give the logits of all spans of each text in reading order: (spans int64 [n, 2], logits float32 [n, labels]).

    The spans are characters, end exclusive, or words for lists of words.
    """
    encoded = engine.tokenizer.encode(texts)
    longest = engine.config.entity_max_length
    cuts = [list(cut(one, engine.tokenizer, longest, row)) for row, one in enumerate(encoded)]
    passages = [passage for each in cuts for passage in each]
    found: list[Floats | None] = [None] * len(passages)
    for scored in engine.scorer.score(passages):
        found[scored.passage] = scored.logits
    scores = iter(found)
    results = []
    for text, known, each in zip(texts, encoded, cuts, strict=True):
        own = [part for part in islice(scores, len(each)) if part is not None]
        spans = np.concatenate([passage.spans for passage in each] or [np.empty((0, 2), dtype=np.int64)])
        if isinstance(text, str):
            spans = np.stack([known.chars[spans[:, 0], 0], known.chars[spans[:, 1] - 1, 1]], axis=1)
        labels = len(engine.config.id2label)
        results.append((spans, np.concatenate([*own, np.empty((0, labels), dtype=np.float32)])))
    return results
