"""How commands write to the places that a user names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from stackmark.errors import StoreError


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give the name to write under; the file appears as `path`, whole, when the block has ended well.

    A link keeps pointing where it did: what it names is replaced. A device or a pipe, such as /dev/stdout, is written
    to as it is. Raises StoreError.
    """
    from stackmark.workdir import atomic, storage_errors

    is_device = path.exists() and not path.is_file()
    try:
        if is_device:
            with storage_errors(path):
                yield path
        else:
            with atomic(Path(os.path.realpath(path))) as temporary:
                yield temporary
    except StoreError as error:  # its hint is about the work directory
        raise StoreError(str(error), "give a place that can be written and has room") from error
