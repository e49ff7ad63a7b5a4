"""Text or words to word pieces, with the place of every word, by the checkpoint's own tokenizer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Encoding, Tokenizer

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig, read_json

START, END = "<start>", "<end>"
#: Half of a surrogate pair is no character; the tokenizer takes none. The stand-in keeps all offsets.
HALVES = re.compile("[\ud800-\udfff]")
#: transformers writes this for "no limit".
UNLIMITED = 10**9

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EncodedText:
    """A text in pieces, without special tokens.

    ids:   int64 [pieces]
    words: int64 [words, 2], first and last piece of each word, both inclusive; -1 for a word of which nothing is left
           (a lone zero-width character, say)
    chars: int64 [words, 2], characters of each word, end exclusive; of a list of words, within the word
    ends:  int64 [pieces], the character after each piece
    """

    ids: Ints
    words: Ints
    chars: Ints
    ends: Ints


@dataclass(frozen=True)
class WordTokenizer:
    """A checkpoint's tokenizer with what SpanMarker needs of it.

    prefix, suffix: the special tokens around every text
    start, end:     ids of the two markers
    pad:            id that fills up the shorter rows of a batch
    max_length:     pieces that one pass may have, special tokens included
    settings:       tokenizer_config.json, which others who read the checkpoint need
    """

    backend: Tokenizer
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    start: int
    end: int
    pad: int
    max_length: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def capacity(self) -> int:
        """Give how many pieces of text fit into one pass."""
        return self.max_length - len(self.prefix) - len(self.suffix)

    def __len__(self) -> int:
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    def encode(self, texts: Sequence[str | Sequence[str]]) -> list[EncodedText]:
        """Encode texts, or lists of words, of any length; raises UsageError for anything else."""
        raw = [isinstance(text, str) for text in texts]
        clean = [_clean(text, number) for number, text in enumerate(texts)]
        found: list[EncodedText | None] = [None] * len(clean)
        for kind in (True, False):
            rows = [row for row, is_raw in enumerate(raw) if is_raw is kind]
            chosen = [clean[row] for row in rows]
            encodings = self.backend.encode_batch(chosen, is_pretokenized=not kind, add_special_tokens=False)
            for row, encoding in zip(rows, encodings, strict=True):
                found[row] = locate(encoding)
        return [encoded for encoded in found if encoded is not None]

    def save(self, folder: Path) -> None:
        """Write tokenizer.json and tokenizer_config.json."""
        self.backend.save(str(folder / "tokenizer.json"))
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", **self.settings, "model_max_length": self.max_length}
        settings.setdefault("pad_token", self.backend.id_to_token(self.pad))
        (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


def locate(encoding: Encoding) -> EncodedText:
    """Find the pieces and characters of every word of an encoding."""
    owners = np.array([-1 if word is None else word for word in encoding.word_ids], dtype=np.int64)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    numbers = np.arange(owners.max(initial=-1) + 1)
    first, last = np.searchsorted(owners, numbers, "left"), np.searchsorted(owners, numbers, "right") - 1
    empty = first > last
    chars = np.zeros((len(numbers), 2), dtype=np.int64)
    chars[~empty] = np.stack([offsets[first[~empty], 0], offsets[last[~empty], 1]], axis=1)
    words = np.stack([np.where(empty, -1, first), np.where(empty, -1, last)], axis=1)
    return EncodedText(np.array(encoding.ids, dtype=np.int64), words, chars, offsets[:, 1])


def load_tokenizer(folder: Path, config: SpanMarkerConfig) -> WordTokenizer:
    """Open the tokenizer that lies in a checkpoint's folder; raises SourceError if there is none or it is damaged."""
    path = folder / "tokenizer.json"
    backend = open_tokenizer(path) if path.exists() else convert_tokenizer(folder)
    path = folder / "tokenizer_config.json"
    return prepare(backend, config, read_json(path) if path.exists() else {})


def open_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer.json."""
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the tokenizers library raises bare Exception for what it cannot read
        raise SourceError(f"cannot read {path}: {error}", "copy or download the checkpoint again") from error


def convert_tokenizer(folder: Path) -> Tokenizer:
    """Make a tokenizer of the older files (vocab.txt and the like), for which transformers is needed."""
    known = ("vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model")
    if not any((folder / name).exists() for name in known):
        raise SourceError(
            f"no tokenizer in {folder}", "a checkpoint has a tokenizer.json; copy or download all of its files"
        )
    from transformers import AutoTokenizer

    try:
        slow = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, add_prefix_space=True
        )
    except (OSError, ValueError, KeyError, ImportError, TypeError) as error:
        raise SourceError(f"cannot read the tokenizer in {folder}: {error}", "save it with a tokenizer.json") from error
    backend = getattr(slow, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise SourceError(f"the tokenizer in {folder} has no fast form", "save it with a tokenizer.json")
    return backend


def prepare(backend: Tokenizer, config: SpanMarkerConfig, settings: Mapping[str, Any] | None = None) -> WordTokenizer:
    """Add the markers, take off truncation and padding, and split words as the reference has them split.

    settings: tokenizer_config.json, of which the longest input counts
    """
    settings = settings or {}
    backend = split_words(backend, punctuation=config.model_type == "xlm-roberta")
    backend.no_truncation()
    backend.no_padding()
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in (START, END)])
    start, end = (backend.token_to_id(token) or 0 for token in (START, END))
    prefix, suffix = surroundings(backend)
    limit = settings.get("model_max_length")
    limit = min(limit, UNLIMITED) if isinstance(limit, int | float) and limit > 0 else UNLIMITED
    longest = [config.model_max_length or config.model_max_length_default, int(limit), positions(config)]
    pad = config.encoder.get("pad_token_id")
    found = WordTokenizer(
        backend=backend,
        prefix=prefix,
        suffix=suffix,
        start=start,
        end=end,
        pad=pad if isinstance(pad, int) else 0,
        max_length=min(longest),
        settings=settings,
    )
    if found.capacity < 1:
        raise SourceError(
            f"a pass of {found.max_length} pieces has no room for text", "see model_max_length in config.json"
        )
    return found


def positions(config: SpanMarkerConfig) -> int:
    """Give how many text pieces the encoder has positions for: SpanMarker numbers them from 2."""
    most = config.encoder.get("max_position_embeddings")
    return most - 2 if isinstance(most, int) and most > 0 else UNLIMITED


def split_words(backend: Tokenizer, punctuation: bool) -> Tokenizer:
    """Let a byte-level tokenizer take the first word as it takes all others, and split off punctuation if asked to."""
    settings = json.loads(backend.to_str())
    step = settings.get("pre_tokenizer") or {"type": "Sequence", "pretokenizers": []}
    steps = step["pretokenizers"] if step["type"] == "Sequence" else [step]
    wanted = [{**each, "add_prefix_space": True} if each["type"] == "ByteLevel" else each for each in steps]
    if punctuation and all(each["type"] != "Punctuation" for each in steps):
        wanted = [{"type": "Punctuation", "behavior": "Isolated"}, *wanted]
    if wanted == steps:
        return backend
    settings["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": wanted}
    return Tokenizer.from_str(json.dumps(settings))


def surroundings(backend: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give the special tokens before and after a text."""
    encoding = backend.encode("a")
    text = [place for place, special in enumerate(encoding.special_tokens_mask) if not special]
    if not text:
        return tuple(encoding.ids[:1]), tuple(encoding.ids[1:])
    return tuple(encoding.ids[: text[0]]), tuple(encoding.ids[text[-1] + 1 :])


def _clean(text: str | Sequence[str], number: int) -> str | list[str]:
    if isinstance(text, str):
        return HALVES.sub("\ufffd", text)
    if isinstance(text, Sequence) and not isinstance(text, bytes) and all(isinstance(word, str) for word in text):
        return [HALVES.sub("\ufffd", word) for word in text]
    raise UsageError(f"input {number} is neither a text nor a list of words", f"it is of type {type(text).__name__}")
