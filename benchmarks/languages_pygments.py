"""What Pygments says of the files named on the lines of a file: names of its lexers, one a line, empty for none."""

from __future__ import annotations

import sys
from pathlib import Path

from pygments.lexers import guess_lexer_for_filename
from pygments.util import ClassNotFound

if __name__ == "__main__":
    for line in Path(sys.argv[1]).read_text().splitlines():
        path = Path(line)
        try:
            print(guess_lexer_for_filename(path.name, path.read_bytes().decode("utf-8", "replace")).name)
        except ClassNotFound:
            print()
