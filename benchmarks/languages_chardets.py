"""What one detector of encodings says of numbered files: {"codecs": [...], "seconds": processor time}, as JSON.

python benchmarks/languages_chardets.py (faust-cchardet | chardet | charset-normalizer) FOLDER COUNT
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def detector(name: str) -> Callable[[bytes], str | None]:
    """Give the function of a package that names the codec of bytes."""
    if name == "faust-cchardet":
        import cchardet

        return lambda data: cchardet.detect(data)["encoding"]
    if name == "chardet":
        import chardet

        return lambda data: chardet.detect(data)["encoding"]
    import charset_normalizer

    return lambda data: getattr(charset_normalizer.from_bytes(data).best(), "encoding", None)


if __name__ == "__main__":
    name, folder, count = sys.argv[1:]
    files = [(Path(folder) / str(number)).read_bytes() for number in range(int(count))]
    detect = detector(name)
    start = time.process_time()
    codecs = [detect(data) for data in files]
    print(json.dumps({"codecs": codecs, "seconds": time.process_time() - start}))
