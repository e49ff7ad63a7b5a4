"""What one library takes to turn texts into sketches of 256 numbers: `peer_sketch.py NAME TEXTS.jsonl`.

Runs in the library's own environment and calls it as its users do, on one thread, with five-word shingles split as
BigCode splits them wherever the library leaves that to its user. Prints the processor time without start and reading,
after one call that warms up. Where a library takes shingles, making them in Python is part of the work.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "DAFT_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["DO_NOT_TRACK"] = "1"

SPLIT = re.compile("[^A-Za-z_0-9]")
Run = Callable[[Any], int]


def shingles(text: str) -> set[str]:
    tokens = SPLIT.split(text)
    return {" ".join(tokens[place : place + 5]) for place in range(len(tokens) - 4)}


def stackmark() -> Run:
    from stackmark import dedup

    return lambda column: len(dedup.sketch(column, threads=1))


def text_dedup() -> Run:
    """BigCode's script lives on in this package, with xxh3 in place of SHA-1."""
    import numpy as np

    minhash = importlib.import_module("text_dedup.minhash")
    prime = np.uint64((1 << 61) - 1)
    generator = np.random.RandomState(42)
    settings: dict[str, Any] = {
        "num_perm": 256,
        "ngram_size": 5,
        "min_length": 5,
        "hashranges": [(first * 10, first * 10 + 10) for first in range(25)],
        "permutations": tuple(generator.randint(low, prime, size=(256,), dtype=np.uint64) for low in (1, 0)),
        "hash_func": minhash.xxh3_32hash,
        "dtype": np.uint64,
        "max_hash": np.uint32((1 << 32) - 1),
        "modulo_prime": prime,
    }
    return lambda texts: len([minhash.embed_func(text, number, **settings) for number, text in enumerate(texts)])


class BySplits:
    """A tokenizer for datatrove in place of spaCy's, which is slower: BigCode's splits."""

    def word_tokenize(self, text: str) -> list[str]:
        """Split a text."""
        return SPLIT.split(text)


def datatrove() -> Run:
    from datatrove.pipeline.dedup import minhash
    from datatrove.utils.text import TextNormConfig

    minhash.load_word_tokenizer = lambda _language: BySplits()
    plain = TextNormConfig(**dict.fromkeys(TextNormConfig.__dataclass_fields__, False))
    step = minhash.MinhashDedupSignature(
        "/tmp/none",  # noqa: S108  # nothing is written
        minhash.MinhashConfig(n_grams=5, num_buckets=25, hashes_per_bucket=10, norm_config=plain),
    )

    def run(texts: list[str]) -> int:
        found = [step.get_shingles(text) for text in texts]
        return len([step.get_signature(one) for one in found if one.size])

    return run


def datasketch() -> Run:
    kind = importlib.import_module("datasketch").MinHash

    def run(texts: list[str]) -> int:
        for text in texts:
            sketch = kind(num_perm=256, seed=42)
            sketch.update_batch([one.encode() for one in shingles(text)])
        return len(texts)

    return run


def rensa() -> Run:
    kind = importlib.import_module("rensa").RMinHash

    def run(texts: list[str]) -> int:
        for text in texts:
            sketch = kind(num_perm=256, seed=42)
            sketch.update(list(shingles(text)))
            sketch.digest()
        return len(texts)

    return run


def daft(to_spaces: bool) -> Run:
    """Daft splits at blanks; `to_spaces` first makes one of every character that BigCode splits at."""
    import daft as library

    library.set_execution_config(maintain_order=True)

    def run(texts: list[str]) -> int:
        text = library.col("text")
        text = text.regexp_replace("[^A-Za-z0-9_]", " ") if to_spaces else text
        frame = library.from_pydict({"text": texts}).select(text.minhash(num_hashes=256, ngram_size=5))
        return len(frame.to_arrow())

    return run


PEERS: dict[str, Callable[[], Run]] = {
    "stackmark": stackmark,
    "text-dedup": text_dedup,
    "datatrove": datatrove,
    "datasketch": datasketch,
    "rensa": rensa,
    "daft": lambda: daft(to_spaces=True),
    "daft, blanks only": lambda: daft(to_spaces=False),
}


def as_it_comes(name: str, texts: list[str]) -> Any:
    """Give texts in the form that a library reads them in, which it need not pay for: ours reads Parquet's bytes."""
    if name != "stackmark":
        return texts
    import pyarrow as pa

    return pa.array([text.encode() for text in texts], pa.large_binary())


def main() -> None:
    name, path = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123
        texts = [json.loads(line)["text"] for line in lines]
    run = PEERS[name]()
    texts = as_it_comes(name, texts)
    run(texts[:20])
    rounds = 5 if name == "stackmark" else 1
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        count = run(texts)
        best = min(best, time.process_time() - start)
    print(json.dumps({"cpu": best, "texts": count}))


if __name__ == "__main__":
    main()
