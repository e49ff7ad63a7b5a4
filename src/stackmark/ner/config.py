"""The configuration of a checkpoint, field for field as the reference writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackmark.errors import SourceError, UsageError

OUTSIDE = "O"
#: What transformers fills in when a configuration names no labels.
UNNAMED = {0: "LABEL_0", 1: "LABEL_1"}
#: Never handed on: they would let a configuration run code or fetch files.
UNSAFE = ("trust_remote_code", "auto_map", "_name_or_path")


@dataclass(frozen=True)
class SpanMarkerConfig:
    """What a SpanMarker checkpoint says of itself.

    encoder:             configuration of the transformer, as transformers writes it; its labels are those of the data
    id2label:            the entity types with "O", from 0 on, without B-, I- and the like
    model_max_length:    pieces of text in one pass, special tokens included; None means `model_max_length_default`
    marker_max_length:   marker pairs in one pass of the reference; it does not change any result
    entity_max_length:   words of the longest entity
    max_prev_context, max_next_context: sentences of document context; None means all that fit
    rest:                fields that this library does not use, kept for the way back
    """

    encoder: Mapping[str, Any]
    id2label: Mapping[int, str]
    model_max_length: int | None = None
    model_max_length_default: int = 512
    marker_max_length: int = 128
    entity_max_length: int = 8
    max_prev_context: int | None = None
    max_next_context: int | None = None
    trained_with_document_context: bool = False
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label2id(self) -> dict[str, int]:
        """Give the number of each label."""
        return {label: number for number, label in self.id2label.items()}

    @property
    def outside_id(self) -> int:
        """Give the number of "O"."""
        return self.label2id[OUTSIDE]

    @property
    def types(self) -> list[str]:
        """Give the entity types, without "O", by number."""
        return [label for _, label in sorted(self.id2label.items()) if label != OUTSIDE]

    @property
    def model_type(self) -> str:
        """Give the family of the encoder, e.g. `bert`."""
        return str(self.encoder.get("model_type", ""))

    @classmethod
    def from_labels(cls, encoder: Mapping[str, Any], labels: Sequence[str], **fields: Any) -> SpanMarkerConfig:
        """Make the configuration of a new model from its encoder's and the labels of its data (types, or a scheme)."""
        if OUTSIDE not in labels or len(set(labels)) != len(labels):
            raise UsageError('the labels must hold "O" and no label twice', f"given: {', '.join(labels)}")
        own = dict(enumerate(labels))
        encoder = {**encoder, "id2label": own, "label2id": {label: number for number, label in own.items()}}
        try:
            return cls(encoder, dict(enumerate(reduced(own.values()))), **fields)
        except TypeError as error:
            raise UsageError(
                f"no such field of a SpanMarker configuration: {error}", "its fields: stackmark.ner.SpanMarkerConfig"
            ) from error

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SpanMarkerConfig:
        """Read what the reference, or `to_dict`, wrote; raises SourceError for anything else."""
        encoder = raw.get("encoder")
        if raw.get("model_type") != "span-marker" or not isinstance(encoder, Mapping):
            raise SourceError(
                f"not a SpanMarker checkpoint: its model_type is {raw.get('model_type')!r}",
                "for a plain encoder use SpanMarkerModel.from_encoder with a list of labels",
            )
        known = {name: raw[name] for name in NUMBERS if raw.get(name) is not None}
        for name, value in known.items():
            if isinstance(value, bool) or not isinstance(value, int) or not NUMBERS[name] <= value <= 1_000_000:
                raise SourceError(
                    f"config.json: {name} is {value!r}, not a number from {NUMBERS[name]} on",
                    "copy or download the checkpoint again",
                )
        own = {"encoder", "id2label", "label2id", "id2reduced_id", "trained_with_document_context", *NUMBERS}
        return cls(
            encoder=dict(encoder),
            id2label=read_labels(raw, encoder),
            trained_with_document_context=bool(raw.get("trained_with_document_context")),
            rest={name: value for name, value in raw.items() if name not in own},
            **known,
        )

    @classmethod
    def from_file(cls, path: Path) -> SpanMarkerConfig:
        """Read a config.json; raises SourceError for a file that is missing or no such configuration."""
        return cls.from_dict(read_json(path))

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON object that the reference reads: the fields of this class, and the rest as it came."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return {
            "architectures": ["SpanMarkerModel"],
            **self.rest,
            "model_type": "span-marker",
            "encoder": dict(self.encoder),
            "id2label": {str(number): label for number, label in self.id2label.items()},
            "label2id": self.label2id,
            **self._reductions(),
            "trained_with_document_context": self.trained_with_document_context,
            **numbers,
        }

    def encoder_fields(self) -> dict[str, Any]:
        """Give the encoder's configuration without what could run code or fetch files."""
        return {name: value for name, value in self.encoder.items() if name not in UNSAFE}

    def _reductions(self) -> dict[str, dict[str, int]]:
        """Map the labels of the data to the types, by number, where the data have a scheme; the reference needs it."""
        own = _by_number(self.encoder.get("id2label"))
        numbers = self.label2id
        if not own or any(_bare(label) not in numbers for label in own.values()):
            return {}
        return {"id2reduced_id": {str(number): numbers[_bare(label)] for number, label in own.items()}}


#: Whole-number fields and the least value of each.
NUMBERS = {
    "model_max_length": 8,
    "model_max_length_default": 8,
    "marker_max_length": 1,
    "entity_max_length": 1,
    "max_prev_context": 0,
    "max_next_context": 0,
}


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a checkpoint; raises SourceError where there is none."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"no {path.name} in {path.parent}", "is this the folder of a checkpoint?") from error
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"cannot read {path}: {error}", "copy or download the checkpoint again") from error
    if not isinstance(raw, dict):
        raise SourceError(f"cannot read {path}: not a JSON object", "copy or download the checkpoint again")
    return raw


def read_labels(raw: Mapping[str, Any], encoder: Mapping[str, Any]) -> dict[int, str]:
    """Find the entity types: the checkpoint's own where it has them, else the encoder's without their scheme."""
    own, data = _by_number(raw.get("id2label")), _by_number(encoder.get("id2label"))
    labels = own if own and own != UNNAMED and own != data else dict(enumerate(reduced(data.values())))
    if OUTSIDE not in labels.values() or sorted(labels) != list(range(len(labels))):
        raise SourceError(
            'config.json: id2label must count from 0 and hold "O"', "copy or download the checkpoint again"
        )
    return labels


def reduced(labels: Sequence[str] | Any) -> list[str]:
    """Take the B-, I- and the like off labels: "O" first, then the types by name; other labels stay as they are."""
    labels = list(labels)
    if not all(label == OUTSIDE or _bare(label) != label for label in labels):
        return labels
    return [OUTSIDE, *sorted({_bare(label) for label in labels if label != OUTSIDE})]


def _bare(label: str) -> str:
    return label[2:] if len(label) > 2 and label[0] in "BIELSU" and label[1] == "-" else label


def _by_number(labels: object) -> dict[int, str]:
    if not isinstance(labels, Mapping):
        return {}
    try:
        return {int(number): str(label) for number, label in labels.items()}
    except ValueError:
        return {}
