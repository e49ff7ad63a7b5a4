"""What a file is written in, and whether people wrote it here.

    detect(path, content)        the language, with the strategy that found it; Arrow columns, too
    is_vendored(path)            somebody else's code, carried along
    is_generated(path, content)  written by a program
    is_documentation(path), is_configuration(path), is_lock_file(path)
    names(), table(), folder()   all languages that there are

`facts_language` says the same of whole batches. The tables are under data/, each with its source or its
reasons.
"""

from stackmark.languages.answers import Language
from stackmark.languages.kinds import is_configuration, is_documentation, is_lock_file
from stackmark.languages.rules import is_generated, is_vendored
from stackmark.languages.strategies import detect
from stackmark.languages.tables import Facts, folder, names, table

__all__ = [
    "Facts",
    "Language",
    "detect",
    "folder",
    "is_configuration",
    "is_documentation",
    "is_generated",
    "is_lock_file",
    "is_vendored",
    "names",
    "table",
]
