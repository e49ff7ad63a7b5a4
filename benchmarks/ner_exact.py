"""Part of benchmarks/ner.py: logits and entities beside the reference's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import ner_material as material
from ner_material import Answer, Asked, head, spans
from ner_participants import CACHE, FAILURES, ours, reference

#: Entities of each sentence, and the logits of all spans.
Found = tuple[Any, Any]
OTHERWISE = " OTHERWISE THAN THE REFERENCE"


def exact(asked: Asked) -> list[str]:
    """Compare logits and entities, encoder by encoder, with and without the context of documents."""
    head("Exactness against span_marker")
    goldens = sorted(path for path in (asked.data / "golden").iterdir() if (path / "config.json").exists())
    folders = {path.name: (lambda path=path: material.resaved(path, CACHE / "exact" / path.name)) for path in goldens}
    return compare_all(asked, folders, asked.exact_sentences, (False, True))


def families(asked: Asked) -> list[str]:
    """Compare encoders that take the way over transformers."""
    head("Exactness of other encoders, random weights, by way of transformers")
    folders = {name: (lambda name=name: material.other(name, asked.data, CACHE / "exact")) for name in material.OTHERS}
    return compare_all(asked, folders, max(1, asked.exact_sentences // 20), (False,))


def compare_all(asked: Asked, folders: dict[str, Any], number: int, contexts: Sequence[bool]) -> list[str]:
    """Compare on checkpoints, each made when its turn comes."""
    given = asked.dev(2 * number)
    failed = []
    for name, make in folders.items():
        try:
            folder = make()
            texts = material.fitting(given, folder)[:number]
            for context, theirs, own in zip(contexts, *both(folder, texts, contexts), strict=True):
                said = compared(theirs, own)
                way = "with" if context else "without"
                print(f"  {name}, {len(texts):,} sentences, {way} context: {said}", flush=True)
                failed += [f"{name} {way} context"] if OTHERWISE in said else []
        except FAILURES as error:
            print(f"  {name}: {error!r}", flush=True)
            failed.append(name)
    return failed


def both(folder: Path, texts: list[list[str]], contexts: Sequence[bool]) -> list[list[Found]]:
    """Ask the reference and this library at once: entities and logits of each, without and with context."""
    documents = [place // 6 for place in range(len(texts))]

    def ask(name: str) -> list[Found]:
        path = (CACHE / "exact" / f"{name}-{os.getpid()}.npy").resolve()
        found = []
        with reference(folder, 1) if name == "theirs" else ours(folder, 1) as one:
            for context in contexts:
                about: Answer = {"documents": documents} if context else {}
                answer = one.ask(texts=texts, batch_size=16, logits=str(path), **about)
                found.append((answer["found"]["entities"], np.load(path)))
                path.unlink()
        return found

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, ("theirs", "ours")))


def compared(theirs: Found, own: Found) -> str:
    """Say in how many sentences the entities differ, and how far the logits lie apart at most."""
    one, other = theirs[1], own[1]
    apart = float(np.abs(one - other).max()) if one.shape == other.shape else float("inf")
    differing = sum(spans(a) != spans(b) for a, b in zip(theirs[0], own[0], strict=True))
    count = sum(map(len, theirs[0]))
    verdict = "" if apart <= 1e-4 and not differing else OTHERWISE
    said = f"{count:,} entities, sentences that differ: {differing}; {len(one):,} spans, logits apart {apart:.1e}"
    return f"{said} (of {np.abs(one).max():.1f}){verdict}"
