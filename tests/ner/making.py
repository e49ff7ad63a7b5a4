"""Labelled text that a small model learns in seconds."""

from __future__ import annotations

import random
from pathlib import Path

from stackmark.ner.data import Sentence

PEOPLE = ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Mary Shelley", "Emmy Noether", "Max Born", "Lise Meitner"]
PLACES = ["Paris", "New York", "Bergen", "Lisbon", "Rio de Janeiro", "Kyoto", "Dar es Salaam"]
PATTERNS = [
    "{PER} lives in {LOC} .",
    "From {LOC} came {PER} with a box .",
    "The letter of {PER} was lost .",
    "We met {PER} and {PER} at noon .",
    "Snow fell on {LOC} all night .",
    "Nothing happened today .",
]


def sentences(number: int, seed: int, language: str = "en") -> list[Sentence]:
    """Fill patterns with names."""
    chance = random.Random(seed)
    return [sentence(chance, language) for _ in range(number)]


def sentence(chance: random.Random, language: str) -> Sentence:
    words: list[str] = []
    entities = []
    for word in chance.choice(PATTERNS).split():
        names = {"{PER}": PEOPLE, "{LOC}": PLACES}.get(word)
        filled = chance.choice(names).split() if names else [word]
        if names:
            entities.append((len(words), len(words) + len(filled), word[1:-1]))
        words += filled
    return Sentence(tuple(words), tuple(entities), language)


def conll(data: list[Sentence]) -> str:
    """Write sentences as a CoNLL file."""
    blocks = []
    for one in data:
        tags = ["O"] * len(one.words)
        for first, last, label in one.entities:
            tags[first:last] = [f"B-{label}", *[f"I-{label}"] * (last - first - 1)]
        blocks.append("".join(f"{word}\t{tag}\n" for word, tag in zip(one.words, tags, strict=True)))
    return "\n".join(blocks)


def write_model(folder: Path, context: bool = False) -> None:
    """Write a small model of random weights: its answers mean nothing, but it has some."""
    import torch

    from stackmark.ner import SpanMarkerModel, tiny

    torch.manual_seed(1)
    tokenizer = tiny.learn_tokenizer((one.words for one in sentences(200, 1)), 300)
    encoder = tiny.new_encoder(tokenizer.get_vocab_size())
    fields = {"model_max_length": 64, "trained_with_document_context": context}
    model = SpanMarkerModel.from_encoder(encoder, ["O", "LOC", "PER"], tokenizer, **fields)
    with torch.no_grad():
        model.classifier.weight.normal_(0, 0.3)
    model.save_pretrained(folder)
