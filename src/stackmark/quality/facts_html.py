"""How much of an HTML page a reader sees: the text without tags, scripts, styles and comments.

Read as a browser reads it (WHATWG HTML, section 13.2.5), simplified: quotes hide a ">" only after "=", an
unterminated tag, comment or script reaches to the end, a character reference is one character, and a run of
white space is one blank, none at either end.
"""

from __future__ import annotations

import codecs
import re

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.quality import compiled

SCHEMA = pa.schema([
    ("visible_chars", pa.int64()),  # null unless the content is a text
])  # fmt: skip

_SUFFIXES = (b".html", b".htm", b".xhtml", b".xht", b".hta")

#: Nothing in here can fail once it has begun, so the search never goes back and takes linear time.
_TAG = r"(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z)"
_ELEMENT = r"{0}(?=[\s/>]){1}[^<]*+(?:<(?!/{0}[\s/>])[^<]*+)*+"
_KINDS = (
    r"!--(?:-?>|.*?(?:--!?>|\Z))",
    _ELEMENT.format("script", _TAG),
    _ELEMENT.format("style", _TAG),
    r"/?[a-z]" + _TAG,
    r"[!?/][^>]*+(?:>|\Z)",
)
_HIDDEN = re.compile(f"<(?:{'|'.join(_KINDS)})", re.IGNORECASE | re.DOTALL | re.ASCII)
_REFERENCE = re.compile(r"&(?:#[0-9]++|#x[0-9a-f]++|[a-z][a-z0-9]{1,31});", re.IGNORECASE | re.ASCII)


def visible(page: str) -> str:
    """Give what a reader sees of a page, with each character reference as one "x"."""
    return _run_together(_HIDDEN.sub("", page.removeprefix("\ufeff")))


def _run_together(text: str) -> str:
    return " ".join(_REFERENCE.sub("x", text).split())


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED`."""
    lengths = [_length(text) if text is not None else None for text in batch.column("text").to_pylist()]
    return pa.RecordBatch.from_arrays([pa.array(lengths, pa.int64())], schema=SCHEMA)


def _length(page: bytes) -> int:
    kernels = compiled.kernels()
    if not kernels:
        return len(visible(page.decode()))
    return len(_run_together(kernels.strip(page.removeprefix(codecs.BOM_UTF8)).decode()))


def wants(path: bytes) -> bool:
    """Tell whether a path has the suffix of a page."""
    return path.lower().endswith(_SUFFIXES)


DETECTOR = Detector("html", "1", SCHEMA, inspect, per="entry", wants=wants, bulk=compiled.load)
