"""Where a checkpoint lies: a folder, or a repository of the Hugging Face hub that is fetched into the usual cache."""

from __future__ import annotations

import re
from pathlib import Path

from stackmark.errors import SourceError

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")
#: All that is ever fetched: no code, and no pickles but the one kind that the safe loader reads.
FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
OLDER = "pytorch_model*.bin"


def find_checkpoint(place: str | Path, revision: str | None = None) -> Path:
    """Give the folder of a checkpoint; nothing is fetched for a folder that exists.

    Raises SourceError if there is no such folder, and no such repository or no way to it.
    """
    folder = Path(place)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise SourceError(f"{folder} is a file", "give the folder that holds config.json and the weights")
    name = str(place)
    if not NAME.fullmatch(name) or name.count("/") > 1:
        raise SourceError(f"no such folder: {folder}", "give a folder, or the id of a repository of the hub")
    return fetch(name, revision)


def fetch(name: str, revision: str | None = None) -> Path:
    """Fetch a repository of the hub, or take it from the cache; `.bin` weights only where there are no safetensors."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise SourceError(f"no such folder: {name}", "to fetch models: pip install 'stackmark[ner]'") from error
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=FILES))
        if not any(folder.glob("*.safetensors")):
            folder = Path(snapshot_download(name, revision=revision, allow_patterns=[*FILES, OLDER]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, ValueError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise SourceError(
            f"{name!r} is no folder here, and the hub did not give it: {first}",
            "check the name, or set HF_HUB_OFFLINE=1 to use the cache only",
        ) from error
    return folder
