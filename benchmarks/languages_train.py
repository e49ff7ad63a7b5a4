"""Train the classifier of languages on texts of published packages, and write its data files.

    python benchmarks/languages_train.py [--check]

Builds the training texts first if they are not there (`languages_corpus.py`, whose plan names the packages). The same
texts give the same bytes; `--check` compares instead of writing, and ends with 1 on a difference.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from languages_corpus import corpus
from stackmark.languages.claims import rivals
from stackmark.languages.classifier import BITS, SCALE, pieces
from stackmark.languages.compiling import DATA

#: Files that a language needs, files that one package may weigh, and the size that a text is brought to.
LEAST, MOST, LENGTH = 3, 12, 500
#: How many pieces of text the background is worth: languages with little text stay close to it.
PRIOR = 5000
HEAD = {
    "rows": "log-odds of hashed byte trigrams against the mean of all languages, times 20; see classifier.py",
    "source": "texts of the packages in benchmarks/languages_packages.toml, role train; no text can be read back",
    "rebuild": "python benchmarks/languages_train.py",
}


def counts() -> dict[str, npt.NDArray[np.float64]]:
    """Return how often each bucket is met in the texts of each language that has a rival, packages weighed evenly."""
    texts: dict[tuple[str, str], list[npt.NDArray[np.int64]]] = defaultdict(list)
    table = pq.read_table(corpus("train"), columns=["label", "package", "content"])
    wanted = rivals()
    for row in table.to_pylist():
        if row["label"] in wanted:
            texts[row["label"], row["package"]].append(np.array(pieces(row["content"]), np.int64))
    sums: dict[str, npt.NDArray[np.float64]] = {}
    files: dict[str, int] = defaultdict(int)
    for (label, _), found in sorted(texts.items()):
        files[label] += len(found)
        total = sums.setdefault(label, np.zeros(1 << BITS))
        for text in found:
            total[text] += min(1, MOST / len(found)) * LENGTH / max(len(text), 200)
    return {label: total for label, total in sums.items() if files[label] >= LEAST}


def render() -> dict[str, bytes]:
    """Return the data files by name."""
    found = counts()
    languages = sorted(found)
    rows = np.stack([found[language] for language in languages])
    background = (rows / rows.sum(axis=1, keepdims=True)).mean(axis=0) + 1e-7
    background /= background.sum()
    odds = np.log((rows + PRIOR * background) / (rows.sum(axis=1, keepdims=True) + PRIOR) / background)
    table = np.clip(np.rint(odds * SCALE), -127, 127).astype(np.int8)
    head = json.dumps(HEAD | {"languages": languages}, indent=1) + "\n"
    return {"classifier.json": head.encode(), "classifier.bin": table.tobytes()}


def main() -> int:
    """Write the files, or compare them."""
    different = 0
    for name, data in render().items():
        path = DATA / name
        same = path.exists() and path.read_bytes() == data
        different += not same
        print(f"{name}: {len(data)} bytes, {'no difference' if same else 'differs'}")
        if "--check" not in sys.argv[1:]:
            path.write_bytes(data)
    return 1 if different and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
