"""SpanMarker models: load, predict, save.

model = SpanMarkerModel.from_pretrained("folder or hub id")
model.predict("Amelia Earhart flew to Paris.")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import torch
from torch import Tensor, nn

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.hub import find_checkpoint
from stackmark.ner.inputs import read_inputs
from stackmark.ner.layers import collect, collect_words, is_bert_like
from stackmark.ner.packed import PackedScorer
from stackmark.ner.predict import Engine
from stackmark.ner.predictor import Predictor
from stackmark.ner.prefilter import Prefilter, load_prefilter
from stackmark.ner.scored import Precision, Scorer
from stackmark.ner.tokenizer import WordTokenizer, load_tokenizer
from stackmark.ner.weights import load_tensors, mapped_again

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from stackmark.ner.network import Network


def usable(device: str | torch.device) -> torch.device:
    """Return a device that this machine has. Raises UsageError."""
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built for the device
        reason = str(error).partition("\n")[0]
        raise UsageError(f"cannot compute on {str(device)!r}: {reason}", "cpu is always there") from error
    return found


class SpanMarkerModel(Predictor):
    """An encoder, a classifier of spans, a tokenizer and their configuration.

    config:     `SpanMarkerConfig`
    tokenizer:  `WordTokenizer`
    prefilter:  the span filter, if one was fitted
    network:    the torch module for training, with `encoder` and `classifier`; made when it is first asked for
    """

    def __init__(
        self,
        config: SpanMarkerConfig,
        tokenizer: WordTokenizer,
        tensors: Mapping[str, Tensor],
        device: str | torch.device = "cpu",
    ) -> None:
        """Put a model together from tensors by the names of a checkpoint; see `from_pretrained` and `from_encoder`."""
        self.config = config
        self.tokenizer = tokenizer
        self.device = usable(device)
        self.prefilter: Prefilter | None = None
        self._loaded = dict(tensors)
        self._network: Network | None = None
        self._scorers: dict[str, tuple[int, Scorer]] = {}
        _check_shapes(config, tokenizer, self._loaded)

    @classmethod
    def from_pretrained(
        cls,
        place: str | Path,
        labels: Sequence[str] | None = None,
        *,
        dtype: Precision = "float32",
        device: str | torch.device = "cpu",
        revision: str | None = None,
        **fields: Any,
    ) -> SpanMarkerModel:
        """Load a checkpoint of the reference or of this library from a folder or from the hub.

        labels: makes a new, untrained model of a plain encoder instead, as `from_encoder` does; `fields` go with it
        dtype:  what to prepare for; another can still be asked for at each prediction

        A folder is read as it is: nothing is fetched, no code in it is run, the names in it are not followed.
        Raises SourceError for files that are missing, damaged or unsafe.
        """
        if labels is not None:
            return cls.from_encoder(place, labels, device=device, revision=revision, **fields)
        if fields:
            raise UsageError(f"unknown argument {next(iter(fields))!r}", "fields are for new models, with labels")
        folder = find_checkpoint(place, revision)
        config = SpanMarkerConfig.from_file(folder / "config.json")
        tensors = load_tensors(folder)
        model = cls(config, load_tokenizer(folder, config), tensors, device)
        model.prefilter = load_prefilter(folder)
        model.scorer(dtype, mapped_again(folder, tensors))
        return model

    @classmethod
    def from_encoder(
        cls,
        encoder: str | Path | PreTrainedModel,
        labels: Sequence[str],
        tokenizer: Tokenizer | None = None,
        *,
        device: str | torch.device = "cpu",
        revision: str | None = None,
        **fields: Any,
    ) -> SpanMarkerModel:
        """Make an untrained model on an encoder.

        encoder:   a folder or hub id, or a module of transformers, which then needs its `tokenizer`
        labels:    those of the data, with "O": types, or BIO and the like
        fields:    of `SpanMarkerConfig`, e.g. `entity_max_length=8`
        """
        from stackmark.ner.untrained import make_untrained

        config, ready, tensors = make_untrained(encoder, labels, tokenizer, revision, fields)
        return cls(config, ready, tensors, device)

    @property
    def network(self) -> Network:
        """Give the torch module; it shares its memory with the model, and training it trains the model."""
        if self._network is None:
            from stackmark.ner.network import build_network

            self._network = build_network(self.config, self._loaded).to(self.device)
            self._loaded = {}
        return self._network

    @property
    def encoder(self) -> PreTrainedModel:
        """Give the encoder, a module of transformers."""
        return self.network.encoder

    @property
    def classifier(self) -> nn.Linear:
        """Give the classifier of marker pairs, [labels, 2 * width]."""
        return self.network.classifier

    def tensors(self) -> dict[str, Tensor]:
        """Give all weights by the names of the checkpoint."""
        return self._loaded if self._network is None else self._network.state_dict()

    def to(self, device: str | torch.device) -> SpanMarkerModel:
        """Predict on another device from now on; gives the model itself."""
        self.device = usable(device)
        self._scorers.clear()
        if self._network is not None:
            self._network.to(self.device)
        return self

    def scorer(self, dtype: Precision = "float32", tensors: Mapping[str, Tensor] | None = None) -> Scorer:
        """Give what computes scores in a precision, made anew if the network has been trained since.

        tensors: the model's weights by another way, read in place of its own
        """
        if dtype not in get_args(Precision):
            raise UsageError(f"dtype={dtype!r} is unknown", f"it is one of {', '.join(get_args(Precision))}")
        state = 0 if self._network is None else sum(p._version for p in self._network.parameters())
        known = self._scorers.get(dtype)
        if known is None or known[0] != state:
            self._scorers[dtype] = known = (state, self._make_scorer(dtype, tensors or self.tensors()))
        return known[1]

    def _make_scorer(self, dtype: Precision, tensors: Mapping[str, Tensor]) -> Scorer:
        if not is_bert_like(self.config.encoder):
            from stackmark.ner.dense import DenseScorer

            return DenseScorer(self.network, self.tokenizer)
        weights = collect(tensors, self.config.encoder)
        return PackedScorer(
            replace(weights, words=collect_words(self.tensors())),
            (tensors["classifier.weight"], tensors["classifier.bias"]),
            (self.tokenizer.start, self.tokenizer.end),
            self.tokenizer.max_length,
            dtype,
            self.device,
        )

    def engine(self, dtype: Precision = "float32") -> Engine:
        """Give what `predict` works with."""
        return Engine(self.config, self.tokenizer, self.scorer(dtype))

    def fit_prefilter(
        self, texts: object, recall: float = 0.995, batch_size: int = 32, dtype: Precision = "float32"
    ) -> dict[str, Any]:
        """Learn from the model's own answers on unlabelled texts to leave out hopeless spans before they cost anything.

        texts:  of the kind that the model will read, at best a few thousand sentences; the first 100,000 pieces count
        recall: share of the model's entities that the filter has to keep, with 90 % confidence

        Two thirds of the texts are learned from. On the others the filter is calibrated and counted: the report has
        `texts`, `spans` and the share `kept` of them, `entities` and how many of them are `lost`. Raises UsageError for
        texts in which the model finds next to nothing. `save_pretrained` writes the filter to a file of its own.
        """
        from stackmark.ner.fitting import fit

        if not 0 < recall < 1:
            raise UsageError(f"a recall of {recall} is impossible", "give a number between 0 and 1, e.g. 0.995")
        self.prefilter = fit(self.engine(dtype), read_inputs(texts).texts, recall, batch_size)
        return dict(self.prefilter.report)

    def save_pretrained(self, folder: str | Path, encoder_name: str | None = None) -> None:
        """Write the model as safetensors, with configuration, tokenizer and card, for this library and the reference.

        encoder_name: hub id of the encoder, which the reference asks for its configuration and tokenizer. By default
                      they are written to the folder's own `encoder/`, and the reference is pointed there by its path.
        """
        from stackmark.ner.save import save_model

        save_model(self, Path(folder), encoder_name)


def _check_shapes(config: SpanMarkerConfig, tokenizer: WordTokenizer, tensors: Mapping[str, Tensor]) -> None:
    """Raise SourceError if classifier or vocabulary do not fit the configuration and the tokenizer."""
    for name in ("classifier.weight", "classifier.bias"):
        if name not in tensors:
            raise SourceError(f"the weights lack {name}", "is this a SpanMarker checkpoint?")
        if len(tensors[name]) != len(config.id2label):
            raise SourceError(
                f"{name} has {len(tensors[name])} rows for {len(config.id2label)} labels",
                "copy or download the checkpoint again",
            )
    words = tensors.get("encoder.embeddings.word_embeddings.weight")
    highest = max(tokenizer.start, tokenizer.end, len(tokenizer) - 1)
    if words is not None and len(words) <= highest:
        raise SourceError(
            f"the tokenizer has {highest + 1} pieces, the model vectors for {len(words)}", "do they belong together?"
        )
