"""The README.md of a saved model: what it is, how to use it, which types it knows."""

from __future__ import annotations

from pathlib import Path

from stackmark.ner.config import SpanMarkerConfig

CARD = """\
---
library_name: span-marker
pipeline_tag: token-classification
tags:
- span-marker
- token-classification
- ner
- named-entity-recognition
---

# SpanMarker model

Finds names in text and says of which type they are. The encoder is of type `{model_type}`.

| | |
|---|---|
| Longest entity | {entity_max_length} words |
| Text in one pass | {length} word pieces; longer text is read in overlapping windows |
| Trained with document context | {context} |

## Types

{types}

## Use

```python
from stackmark.ner import SpanMarkerModel

model = SpanMarkerModel.from_pretrained("path or hub id of this model")
model.predict("Amelia Earhart flew from Newfoundland to Ireland.")
```

The library `span_marker` reads the same files.
"""


def write_card(config: SpanMarkerConfig, folder: Path) -> None:
    """Write README.md unless there is one: what people wrote there stays."""
    path = folder / "README.md"
    if not path.exists():
        path.write_text(make_card(config), encoding="utf-8")


def make_card(config: SpanMarkerConfig) -> str:
    """Give the card of a model, with the metadata that the hub reads."""
    return CARD.format(
        model_type=config.model_type,
        entity_max_length=config.entity_max_length,
        length=config.model_max_length or config.model_max_length_default,
        context="yes" if config.trained_with_document_context else "no",
        types="\n".join(f"- {_safe(label)}" for label in config.types),
    )


def _safe(label: str) -> str:
    """Keep a label of a foreign checkpoint from being markup."""
    return "`" + "".join(c if c.isprintable() and c != "`" else "?" for c in label) + "`"
