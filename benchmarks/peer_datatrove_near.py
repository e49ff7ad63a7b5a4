"""Near-duplicates out of a folder of Parquet in datatrove's four stages: `peer_datatrove_near.py INPUT OUTPUT`.

As its own example has them, with 25 buckets of 10 hashes. A regular expression stands in for its tokenizer, spaCy's,
and the normalising of texts is off: both would make it slower. One process, so that nothing is spent on workers.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import pyarrow.parquet as pq
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import minhash
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.text import TextNormConfig

SPLIT = re.compile("[^A-Za-z_0-9]")


class BySplits:
    """BigCode's splits in place of a tokenizer."""

    def word_tokenize(self, text: str) -> list[str]:
        """Split a text."""
        return SPLIT.split(text)


def run(source: str, target: str) -> None:
    minhash.load_word_tokenizer = lambda _language: BySplits()
    plain = TextNormConfig(**dict.fromkeys(TextNormConfig.__dataclass_fields__, False))
    config = minhash.MinhashConfig(n_grams=5, num_buckets=25, hashes_per_bucket=10, norm_config=plain)
    stages = [
        [ParquetReader(source), minhash.MinhashDedupSignature(f"{target}/signatures", config)],
        [minhash.MinhashDedupBuckets(f"{target}/signatures", f"{target}/buckets", config=config)],
        [minhash.MinhashDedupCluster(f"{target}/buckets", f"{target}/removed", config)],
        [
            ParquetReader(source),
            minhash.MinhashDedupFilter(f"{target}/removed"),
            ParquetWriter(f"{target}/kept", compression="zstd"),
        ],
    ]
    for number, stage in enumerate(stages):
        tasks = config.num_buckets if number == 1 else 1
        LocalPipelineExecutor(stage, tasks=tasks, workers=1, logging_dir=f"{target}/logs-{number}").run()


def main() -> None:
    start = time.process_time()
    target = str(Path(sys.argv[2]).resolve())
    run(sys.argv[1], target)
    kept = sum(pq.read_metadata(file).num_rows for file in Path(target, "kept").glob("*.parquet"))
    print(json.dumps({"kept": kept, "work": time.process_time() - start}))


if __name__ == "__main__":
    main()
