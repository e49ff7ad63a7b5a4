"""What a file is written in, and whether people wrote it here.

    detect(path, content)        the language, with the strategy that found it; Arrow columns, too
    detect_file(path)            the same of a file on disk
    is_vendored(path)            somebody else's code, carried along
    is_generated(path, content)  written by a program
    is_documentation(path), is_configuration(path), is_lock_file(path)
    names(), table(), folder()   all languages that there are

`facts_language` says the same of whole batches. The tables are under data/, each with its source or its
reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.lazy import offer

if TYPE_CHECKING:
    from stackmark.languages.answers import Language
    from stackmark.languages.detection import detect, detect_file
    from stackmark.languages.kinds import is_configuration, is_documentation, is_lock_file
    from stackmark.languages.rules import is_generated, is_vendored
    from stackmark.languages.tables import Facts, folder, names, table

__all__ = [
    "Facts",
    "Language",
    "detect",
    "detect_file",
    "folder",
    "is_configuration",
    "is_documentation",
    "is_generated",
    "is_lock_file",
    "is_vendored",
    "names",
    "table",
]

offer(
    __name__,
    {
        "Facts": "tables",
        "Language": "answers",
        "detect": "detection",
        "detect_file": "detection",
        "folder": "tables",
        "is_configuration": "kinds",
        "is_documentation": "kinds",
        "is_generated": "rules",
        "is_lock_file": "kinds",
        "is_vendored": "rules",
        "names": "tables",
        "table": "tables",
    },
)
