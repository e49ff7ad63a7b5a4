"""README.md: the dataset card that the Hugging Face hub reads, with one configuration per language."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackmark.release.pages import render_template
from stackmark.release.summary import kept_languages, stage_losses, top

_LANGUAGES = 30
_LICENSES = 20
_REASONS = 20

#: The hub's words for how many rows a data set has, by their upper bound.
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)


def render(head: Mapping[str, Any]) -> str:
    """Return the card of a release from its manifest (the list of files is not needed)."""
    counts = head["counts"]
    page = render_template(
        "card.md.jinja",
        head=head,
        counts=counts,
        kept=counts["outcomes"]["kept"],
        losses=stage_losses(counts),
        reasons=top([row for row in counts["rules"] if row["outcome"] not in ("kept", "duplicate")], _REASONS),
        languages=top(kept_languages(counts), _LANGUAGES),
        licenses=top(counts["license_expressions"], _LICENSES),
        example=_example(head["configs"]),
    )
    return f"---\n{front_matter(head)}---\n\n{page}"


def front_matter(head: Mapping[str, Any]) -> str:
    """Return the YAML in front of the card. Every value is written as JSON, which YAML reads as it is."""
    rows = head["counts"]["data"]["rows"]
    values: dict[str, Any] = {
        "pretty_name": f"{head['name']} {head['version']}",
        "license": "other",
        "license_name": "various",  # no `license_link`: the hub takes a URL or a file LICENSE there, not NOTICE
        "language": ["code"],
        "task_categories": ["text-generation"],
        "size_categories": [size_category(rows)],
        "tags": ["code", "stackmark"],
    }
    # Without one, a reader would take the ledger for the data.
    values["configs"] = _configs(head["configs"])
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())


def size_category(rows: int) -> str:
    """Return the hub's word for a number of rows."""
    return next((name for bound, name in _SIZES if rows < bound), "n>1T")


def _configs(configs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the hub's configurations: all languages together, then each folder of data/ by its name."""
    patterns = {"default": "data/*/*.parquet"}
    patterns |= {of["config"]: f"data/{glob.escape(of['config'])}/*.parquet" for of in configs}
    return [
        {"config_name": name, "data_files": [{"split": "train", "path": pattern}]} for name, pattern in patterns.items()
    ]


def _example(configs: Sequence[Mapping[str, Any]]) -> str:
    """Return the configuration with the most rows, for the examples of use."""
    return str(max(configs, key=lambda of: (of["rows"], of["config"]))["config"]) if configs else "default"
