"""Detector of the licence that a source file states in words: a notice in its header, a text in a comment."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from stackmark.facts import Detector
from stackmark.licenses import index, match, passages, words
from stackmark.licenses.detect import Detection, in_text

Spoken = tuple[bytes, tuple[tuple[int, int, bool], ...]]

SCHEMA = pa.schema(
    [
        ("notice_expression", pa.string()),  # SPDX; null where nothing is stated
        ("notice_keys", pa.list_(pa.string())),  # names of the known texts found; null where none is
        ("notice_files", pa.list_(pa.string())),  # files that it refers to ("see COPYING"); null without
    ]
)


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return what each text of a batch of `schema.INSPECTED` states of its licence, SPDX tags left out."""
    known, text = index.load(), batch.column("text")
    found: list[Detection | None] = [None] * len(text)
    seen: dict[Spoken, Detection] = {}
    for rows in _some(passages.mentioning(text)):
        contents = [text[row].as_py() for row in rows]
        stated = {content[start:end] for content in contents for start, end in passages.find(content)}
        match.foresee(known, map(words.of_passage, stated))
        for row, content in zip(rows, contents, strict=True):
            key = _spoken(content)
            if key not in seen:
                seen[key] = in_text(content, known)
            found[row] = seen[key]
    columns = [
        pa.array([one and one.expression for one in found], pa.string()),
        pa.array([([m.name for m in one.matches] or None) if one else None for one in found], pa.list_(pa.string())),
        pa.array([(list(one.pointers) or None) if one else None for one in found], pa.list_(pa.string())),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def _spoken(content: bytes) -> Spoken:
    """Return a text from its first passage to its last, where in it they are and which are at its top: what it states
    follows from that, but for the numbers of the lines.
    """
    places = passages.find(content)
    if not places:
        return b"", ()
    begin = places[0][0]
    inside = tuple((start - begin, end - begin, start < passages.TOP) for start, end in places)
    return content[begin : places[-1][1]], inside


def _some(rows: list[int]) -> Iterator[list[int]]:
    """Yield rows, as many at once as `passages.find` remembers."""
    for first in range(0, len(rows), passages.REMEMBERED):
        yield rows[first : first + passages.REMEMBERED]


DETECTOR = Detector(
    name="license-notices",
    version=f"6 ({index.version()})",
    schema=SCHEMA,
    inspect=inspect,
    prepare=index.load,
)
