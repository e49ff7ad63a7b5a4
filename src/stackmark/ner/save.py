"""Writing a checkpoint that this library and the reference read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from stackmark.ner.card import write_card
from stackmark.ner.weights import save_tensors

if TYPE_CHECKING:
    from stackmark.ner.model import SpanMarkerModel

#: Goes into config.json: the reference looks whether a checkpoint is of its present kind.
WRITES_LIKE = "1.8.1"
#: Folder with the plain encoder's configuration and tokenizer, which the reference wants to see by themselves.
ENCODER = "encoder"


def save_model(model: SpanMarkerModel, folder: Path, encoder_name: str | None) -> None:
    """Write a checkpoint; see `SpanMarkerModel.save_pretrained`. Its configuration comes when all else is there."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = model.tensors()
    rows = len(tensors["encoder.embeddings.word_embeddings.weight"]) if _has_words(tensors) else None
    model.tokenizer.save(folder)
    save_tensors(tensors, folder / "model.safetensors")
    # safetensors makes files for their owner alone; a saved model may be read by whoever may read the rest of it.
    (folder / "model.safetensors").chmod((folder / "tokenizer.json").stat().st_mode)
    raw = model.config.to_dict()
    encoder = raw["encoder"]
    if rows is not None:
        encoder["vocab_size"] = raw["vocab_size"] = rows
    encoder["_name_or_path"] = encoder_name or str(folder / ENCODER)
    if encoder_name is None:
        (folder / ENCODER).mkdir(exist_ok=True)
        _write(encoder, folder / ENCODER / "config.json")
        model.tokenizer.save(folder / ENCODER)
    if model.prefilter is not None:
        model.prefilter.save(folder)
    write_card(model.config, folder)
    _write({**raw, "span_marker_version": raw.get("span_marker_version") or WRITES_LIKE}, folder / "config.json")


def _has_words(tensors: object) -> bool:
    return isinstance(tensors, dict) and "encoder.embeddings.word_embeddings.weight" in tensors


def _write(fields: object, path: Path) -> None:
    path.write_text(json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
