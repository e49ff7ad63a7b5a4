"""What magika says of the files named on the lines of a file: one label a line."""

from __future__ import annotations

import sys
from pathlib import Path

from magika import Magika

BATCH = 256

if __name__ == "__main__":
    paths = [Path(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    detector = Magika()
    for start in range(0, len(paths), BATCH):
        for result in detector.identify_paths(paths[start : start + BATCH]):
            print(result.output.label)
