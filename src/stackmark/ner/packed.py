"""SpanMarker over a BERT-like encoder without padding, masks or repeated text.

The reference lays text and markers into one long row and keeps them apart with a square mask. Here each has its own
pass. Text attends to text only, so it is read once, and its keys and values are kept. A marker attends to the text,
to itself and to its partner; it needs two score columns beside those of the text, and no mask. All rows of all
passages go through the matrix products together, in blocks that stay in the cache.

Memory is bounded: at most `TEXT_ROWS` rows of text are kept, or one passage, and at most `BLOCKS` times `PAIRS` pairs
of markers are under way. The matrix products only ever see few numbers of rows: oneDNN makes code for each and keeps it
for the next thousand, a third of a megabyte apiece. So rows are filled up to a multiple of `STEP`, and attention, whose
shapes no two texts share, is computed in float32 on a CPU, where no such code is made.

Method: packed levitated markers (Ye et al. 2022), with the layout and positions of the SpanMarker library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from stackmark.ner.layers import Affine, EncoderWeights
from stackmark.ner.linear import Product, product, working
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Choice, Floats, Ints, Precision, Scored

#: Rows of text whose keys and values are kept at a time.
TEXT_ROWS = 512
#: Pairs of markers in one block: what a layer does to a block stays in the cache of a processor.
PAIRS = 256
#: Blocks that go through the layers together, so that the weights of a layer stay in the cache as well.
BLOCKS = 8
#: What the number of rows of a product is a multiple of.
STEP = 16
#: SpanMarker numbers positions from here.
FIRST_POSITION = 2


@dataclass(frozen=True)
class PackedLayer:
    """One transformer layer, prepared."""

    qkv: Product
    out: Product
    attention_norm: Affine
    up: Product
    down: Product
    norm: Affine


@dataclass(frozen=True)
class Reading:
    """A passage whose text has been read.

    memory: [layers, 2, heads, pieces + 2, width of a head], keys and values, the last two rows zero: they are the
            places of a marker itself and of its partner
    states: [pieces, width] after the last layer, if asked for
    """

    memory: Tensor
    states: Tensor | None


@dataclass(frozen=True)
class Segment:
    """Consecutive pairs of markers of one passage: places int64 [n, 2]; the first is the `row`-th that is scored."""

    passage: int
    reading: Reading
    row: int
    places: Ints


class PackedScorer:
    """Scores spans with an encoder prepared for a device and a precision."""

    def __init__(
        self,
        weights: EncoderWeights,
        classifier: Affine,
        markers: tuple[int, int],
        max_length: int,
        precision: Precision = "float32",
        device: torch.device | str = "cpu",
    ) -> None:
        """Prepare. `classifier` is [labels, 2 * width] and [labels]; `markers` the ids of start and end."""
        self.device = torch.device(device)
        self.kind = working(precision)
        self.attention_kind = torch.float32 if self.device.type == "cpu" else self.kind
        self.heads, self.epsilon = weights.heads, weights.epsilon
        self.words, self.positions = weights.words, self._own(weights.positions)
        self.norm = self._affine(weights.norm)
        self.project = weights.project and self._affine(weights.project)
        self.layers = [
            PackedLayer(
                qkv=product(*self._moved(layer.qkv), precision),
                out=product(*self._moved(layer.out), precision),
                attention_norm=self._affine(layer.attention_norm),
                up=product(*self._moved(layer.up), precision, weights.activation),
                down=product(*self._moved(layer.down), precision),
                norm=self._affine(layer.norm),
            )
            for layer in weights.layers
        ]
        self.classifier = (
            classifier[0].detach().float().to(self.device, copy=True),
            classifier[1].detach().float().to(self.device, copy=True),
        )
        with torch.inference_mode():
            self._prepare_markers(markers, max_length)

    def _prepare_markers(self, markers: tuple[int, int], max_length: int) -> None:
        """Compute what a marker at each place begins with, and its first projection: they depend on nothing else."""
        places = min(max_length, len(self.positions) - FIRST_POSITION)
        ids = np.repeat(np.array(markers), places)
        begin = self.embed(ids, np.tile(np.arange(places), 2))
        self.marker_begin, self.marker_qkv = begin, self.layers[0].qkv(begin)

    def score(
        self, passages: Sequence[Passage], choose: Choice | None = None, text: bool = False, pairs: bool = False
    ) -> Iterator[Scored]:
        """Score passages; see `Scorer`."""
        for batch in batches(passages):
            with torch.inference_mode():
                yield from self._score_batch(passages, batch, choose, text, pairs)

    def _score_batch(
        self, passages: Sequence[Passage], batch: list[int], choose: Choice | None, text: bool, pairs: bool
    ) -> Iterator[Scored]:
        readings = self.read([passages[number].ids for number in batch], states=text or choose is not None)
        states = [None if reading.states is None else reading.states.float().cpu().numpy() for reading in readings]
        rows, segments, found = {}, [], {}
        for number, reading, known in zip(batch, readings, states, strict=True):
            markers = passages[number].markers
            rows[number] = (
                np.arange(len(markers)) if choose is None or known is None else choose(passages[number], known)
            )
            segments.append(Segment(number, reading, 0, markers[rows[number]]))
            found[number] = (
                np.empty((len(rows[number]), len(self.classifier[1])), dtype=np.float32),
                np.empty((len(rows[number]), self.classifier[0].shape[1]), dtype=np.float32) if pairs else None,
            )
        blocks = list(cut_blocks(segments))
        for begin in range(0, len(blocks), BLOCKS):
            group = blocks[begin : begin + BLOCKS]
            for block, marks in zip(group, self.mark(group), strict=True):
                self._fill(found, block, marks)
        for number, known in zip(batch, states, strict=True):
            logits, both = found[number]
            yield Scored(number, rows[number], logits, known if text else None, both)

    def _fill(self, found: dict[int, tuple[Floats, Floats | None]], block: list[Segment], marks: Tensor) -> None:
        """Write the logits (and the states) of a block's pairs to where they belong."""
        marks = marks.float()
        logits = functional.linear(marks, *self.classifier).cpu().numpy()
        at = 0
        for segment in block:
            here, there = slice(at, at + len(segment.places)), slice(segment.row, segment.row + len(segment.places))
            found[segment.passage][0][there] = logits[here]
            both = found[segment.passage][1]
            if both is not None:
                both[there] = marks[here].cpu().numpy()
            at += len(segment.places)

    def embed(self, ids: Ints, places: Ints) -> Tensor:
        """Give the input of the first layer for pieces at places of a text: [n, width]."""
        x = self.words[torch.from_numpy(ids)].detach().to(self.device, self.kind)
        where = torch.from_numpy(places + FIRST_POSITION).to(self.device)
        x = self._normed(x + self.positions[where], self.norm)
        return x if self.project is None else functional.linear(x, *self.project)

    def read(self, texts: Sequence[Ints], states: bool = False) -> list[Reading]:
        """Read texts, each ids int64 [pieces]: what their markers need and, if asked for, the last states."""
        lengths = [len(ids) for ids in texts]
        rows, extra = sum(lengths), missing(sum(lengths))
        nothing = np.zeros(extra, dtype=np.int64)
        places = [np.arange(length) for length in lengths]
        x = self.embed(np.concatenate([*texts, nothing]), np.concatenate([*places, nothing]))
        memories = self._memories(lengths, x.shape[1])
        for number, layer in enumerate(self.layers):
            mixed = torch.zeros_like(x)
            table = layer.qkv(x)[:rows].to(self.attention_kind)
            parts = zip(memories, torch.split(table, lengths), torch.split(mixed[:rows], lengths), strict=True)
            for memory, qkv, part in parts:
                query, key, value = qkv.view(len(qkv), 3, self.heads, -1).permute(1, 2, 0, 3)
                memory[number, 0, :, :-2], memory[number, 1, :, :-2] = key, value
                found = functional.scaled_dot_product_attention(query[None], key[None], value[None], scale=1.0)[0]
                part.copy_(found.transpose(0, 1).flatten(1))
            if number + 1 < len(self.layers) or states:
                x = self._feed(layer, mixed, x)
        last = torch.split(x[:rows], lengths) if states else [None] * len(texts)
        return [Reading(memory, state) for memory, state in zip(memories, last, strict=True)]

    def _memories(self, lengths: Sequence[int], width: int) -> Sequence[Tensor]:
        """Give each text its room for keys and values, in one piece that is given back as a whole; see `Reading`."""
        sizes = [length + 2 for length in lengths]
        shape = (len(self.layers), 2, self.heads, sum(sizes), width // self.heads)
        return torch.split(torch.zeros(shape, dtype=self.attention_kind, device=self.device), sizes, dim=3)

    def mark(self, blocks: Sequence[Sequence[Segment]]) -> list[Tensor]:
        """Run the markers of some blocks: for each the last states of its pairs, start beside end, [pairs, 2 * width].

        The rows of a segment are its start markers, then its end markers.
        """
        sizes = [[2 * len(segment.places) for segment in block] for block in blocks]
        states = [self._begin(self.marker_begin, block) for block in blocks]
        for number, layer in enumerate(self.layers):
            for at, block in enumerate(blocks):
                qkv = layer.qkv(states[at]) if number else self._begin(self.marker_qkv, block)
                rows = sum(sizes[at])
                mixed = torch.zeros_like(states[at])
                queries = torch.split(qkv[:rows].to(self.attention_kind), sizes[at])
                for segment, part, place in zip(block, queries, torch.split(mixed[:rows], sizes[at]), strict=True):
                    place.copy_(attend(part, segment.reading.memory[number], self.heads))
                states[at] = self._feed(layer, mixed, states[at])
        return [
            torch.cat([_side_by_side(part) for part in torch.split(x[: sum(size)], size)])
            for x, size in zip(states, sizes, strict=True)
        ]

    def _begin(self, table: Tensor, block: Sequence[Segment]) -> Tensor:
        """Look up the rows of a block's markers in a table [2 * places, ...]: [rows, ...], filled up."""
        places = len(table) // 2
        parts = [side for segment in block for side in (segment.places[:, 0], segment.places[:, 1] + places)]
        parts.append(np.zeros(missing(sum(map(len, parts))), dtype=np.int64))
        return table.index_select(0, torch.from_numpy(np.concatenate(parts)).to(self.device))

    def _feed(self, layer: PackedLayer, mixed: Tensor, x: Tensor) -> Tensor:
        """Finish a layer after its attention: [rows, width]."""
        middle = self._normed(layer.out(mixed, x), layer.attention_norm)
        return self._normed(layer.down(layer.up(middle), middle), layer.norm)

    def _normed(self, x: Tensor, norm: Affine) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], norm[0], norm[1], self.epsilon)

    def _own(self, tensor: Tensor) -> Tensor:
        """Copy what is small, so that it does not keep a whole mapped file in memory."""
        return tensor.to(self.device, self.kind, copy=True)

    def _affine(self, affine: Affine) -> Affine:
        return self._own(affine[0]), self._own(affine[1])

    def _moved(self, affine: Affine) -> Affine:
        return affine[0].to(self.device), affine[1].to(self.device, copy=True)


def attend(qkv: Tensor, memory: Tensor, heads: int) -> Tensor:
    """Let markers attend to their text, to themselves and to their partners: [2 * n, width].

    qkv:    [2 * n, 3 * width], queries scaled; row i and row i + n are partners
    memory: see `Reading`
    """
    rows = len(qkv)
    query, key, value = qkv.view(rows, 3, heads, -1).permute(1, 2, 0, 3)
    scores = query @ memory[0].transpose(1, 2)
    halves = slice(0, rows // 2), slice(rows // 2, rows)
    for one, other in (halves, halves[::-1]):
        scores[:, one, -2] = (query[:, one] * key[:, one]).sum(-1)
        scores[:, one, -1] = (query[:, one] * key[:, other]).sum(-1)
    shares = scores.softmax(-1)
    mixed = shares @ memory[1]
    for one, other in (halves, halves[::-1]):
        mixed[:, one].addcmul_(shares[:, one, -2:-1], value[:, one])
        mixed[:, one].addcmul_(shares[:, one, -1:], value[:, other])
    together: Tensor = mixed.transpose(0, 1).flatten(1)
    return together


def _side_by_side(x: Tensor) -> Tensor:
    """Put each start marker beside its end marker: [2 * n, width] to [n, 2 * width]."""
    return x.view(2, len(x) // 2, -1).transpose(0, 1).flatten(1)


def missing(rows: int) -> int:
    """Say how many rows are missing for a multiple of `STEP`."""
    return -rows % STEP


def batches(passages: Sequence[Passage]) -> Iterator[list[int]]:
    """Group passages of like length, by number, so that their texts fit into `TEXT_ROWS`; a longer one stands alone."""
    batch: list[int] = []
    rows = 0
    for number in sorted(range(len(passages)), key=lambda number: len(passages[number].ids)):
        size = len(passages[number].ids)
        if batch and rows + size > TEXT_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(number)
        rows += size
    if batch:
        yield batch


def cut_blocks(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Cut segments, where need be, into blocks of at most `PAIRS` pairs."""
    block: list[Segment] = []
    room = PAIRS
    for segment in segments:
        done = 0
        while done < len(segment.places):
            part = segment.places[done : done + room]
            block.append(Segment(segment.passage, segment.reading, segment.row + done, part))
            done += len(part)
            room -= len(part)
            if not room:
                yield block
                block, room = [], PAIRS
    if block:
        yield block
