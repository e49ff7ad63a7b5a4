"""SpanMarker named-entity recognition: the reference's checkpoints and answers, several times faster, no text lost.

    from stackmark.ner import SpanMarkerModel
    model = SpanMarkerModel.from_pretrained("folder or hub id")
    model.predict("Amelia Earhart flew to Paris.")

The room needs the extra `ner`. What it offers is imported when it is first used, so that a look costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackmark.ner.config import SpanMarkerConfig
    from stackmark.ner.evaluation import evaluate
    from stackmark.ner.loading import load
    from stackmark.ner.model import SpanMarkerModel
    from stackmark.ner.training import train

__all__ = ["SpanMarkerConfig", "SpanMarkerModel", "evaluate", "load", "train"]

#: Name to the module that has it.
HOMES = {
    "SpanMarkerConfig": "stackmark.ner.config",
    "SpanMarkerModel": "stackmark.ner.model",
    "evaluate": "stackmark.ner.evaluation",
    "load": "stackmark.ner.loading",
    "train": "stackmark.ner.training",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
