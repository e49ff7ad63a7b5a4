"""Run by the interpreter of the peer's environment: ScanCode's licence detection over the files of a folder.

    python peer_scancode.py FOLDER

Prints a JSON line a file, in the order of names: `name`, `expression` (SPDX text or null), `seconds` (processor
time of this file alone); the first line is the start: `seconds` and `peak` (bytes).
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    # Only the peer's environment has these, and the checks of this project run without it.
    get_licenses = importlib.import_module("scancode.api").get_licenses
    start = time.process_time()
    importlib.import_module("licensedcode.cache").get_index()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": time.process_time() - start, "peak": peak}), flush=True)
    for path in sorted(Path(sys.argv[1]).iterdir()):
        start = time.process_time()
        found = get_licenses(str(path))["detected_license_expression_spdx"]
        seconds = time.process_time() - start
        print(json.dumps({"name": path.name, "expression": found, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
