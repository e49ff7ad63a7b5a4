"""Data in the disguise of source text: how long its longest run is, and how much there is in all.

The three kinds are those of The Stack v2 (arXiv 2402.19173, section 2.3), two defects of its patterns mended:

base64   64 characters or more of the alphabet. A line break joins two pieces only in wrapped data: pieces
         of the same width, at least 32, that end and begin their lines; a shorter last one closes it. Names,
         paths and rulers are not data: a run counts if at most two fifths of it are in words (three small
         letters or more), if it has at least four different characters, and if it is not one hexadecimal
         digest of up to 128 digits. An unbroken piece above 256 characters counts always: nobody writes such
         a name.
hex      8 bytes or more, written 0x00 or \\x00 or plain, with commas, blanks and line breaks between them, at
         most 40 at a time. A run of plain pairs needs a letter from a to f, or it is a table of numbers, and
         a pair that begins with a decimal digit, or it is a list of names such as a0, a1.
escapes  8 or more \\u0000 in a row.

A run reaches from its first to its last character, the breaks in between included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import re2

from stackmark.facts import Detector
from stackmark.quality import compiled
from stackmark.quality.rows import Bytes, Ints, Mask, chunks

SCHEMA = pa.schema(
    [
        ("encoded_longest", pa.int64()),  # characters of the longest run; 0 without any
        ("encoded_chars", pa.int64()),  # characters of all runs; both are null unless the content is a text
    ]
)

Span = tuple[int, int]

_MIN_BASE64, _MIN_WIDTH, _UNBROKEN, _DIGEST = 64, 32, 256, 128
_MIN_ITEMS = 8
_MAX_BREAK = 64 + 2 + 64  # blanks, a line end, blanks
_JUDGED = 4096  # the beginning of a run tells its nature

_PIECE = re2.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")
_BREAK = re.compile(rb"[ \t]{0,64}\r?\n[ \t]{0,64}")
_TAIL = re2.compile(rb"[ \t]{0,64}\r?\n[ \t]{0,64}([A-Za-z0-9+/]+)(={0,2})(?:[ \t]*(?:\r?\n|\z)|[\"'`;,)\]])")
_BEFORE_BREAK = (b" ", b"\t", b"\r", b"\n")
_WORD = re.compile(rb"[a-z]{3,}+")
_HEX_DIGITS = re.compile(rb"[0-9A-Fa-f]*")

_ESCAPED = (
    re2.compile(rb"\b0[xX][0-9A-Fa-f]{1,2}\b(?:[\s,]{1,40}0[xX][0-9A-Fa-f]{1,2}\b){7,}"),
    re2.compile(rb"\\x[0-9A-Fa-f]{2}(?:[\s,]{0,40}\\x[0-9A-Fa-f]{2}){7,}"),
    re2.compile(rb"(?:\\u[0-9A-Fa-f]{4}){8,}"),
)
_PAIRS = re2.compile(rb"\b[0-9A-Fa-f]{2}\b(?:[\s,]{1,40}[0-9A-Fa-f]{2}\b){7,}")
_MAX_STEP = len("0x00") + 40  # from one item of a run to the next
_PARTS_PAIRS = np.isin(np.arange(256), list(b" \t\n\r\f\v,"))
_LETTER = re.compile(rb"[A-Fa-f]")
_LEADING_DIGIT = re.compile(rb"\b[0-9]")


def inspect(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give SCHEMA for each row of a batch of `schema.INSPECTED`."""
    text = batch.column("text")
    longest, total = np.zeros(len(text), np.int64), np.zeros(len(text), np.int64)
    for chunk in chunks(text):
        if not chunk.chars.size:
            continue
        suspect = _suspects(chunk.chars, chunk.offsets)
        for row in np.flatnonzero(suspect.any(axis=0)).tolist():
            begin, end = chunk.offsets[row : row + 2].tolist()
            finders = [finder for finder, is_suspect in zip(FINDERS, suspect[:, row], strict=True) if is_suspect]
            lengths = [stop - start for start, stop in runs(chunk.chars[begin:end].tobytes(), finders)]
            longest[chunk.first + row], total[chunk.first + row] = max(lengths, default=0), sum(lengths)
    absent = text.is_null().to_numpy(zero_copy_only=False)
    columns = [pa.array(values, pa.int64(), mask=absent) for values in (longest, total)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


DETECTOR = Detector("encoded", "2", SCHEMA, inspect, bulk=compiled.load)


def base64(text: bytes) -> Iterator[Span]:
    """Find runs of base64 in a UTF-8 text: byte offsets, in order."""
    pieces = _pieces(text)
    first = 0
    while first < len(pieces):
        last = _last_of_wrapped(text, pieces, first)
        start, end = pieces[first][0], _with_tail(text, pieces[first : last + 1])
        if _is_data(text, start, end, wrapped=end > pieces[first][1]):
            yield start, end
        first = last + 1
        while first < len(pieces) and pieces[first][0] < end:
            first += 1


def _pieces(text: bytes) -> list[Span]:
    """Find unbroken pieces, each with the marks that fill it up."""
    kernels = compiled.kernels()
    if not kernels:
        return [match.span() for match in _PIECE.finditer(text)]
    pieces: list[Span] = kernels.pieces(text, _MIN_WIDTH)
    return [(start, end + text.startswith(b"=", end) + text.startswith(b"==", end)) for start, end in pieces]


def _last_of_wrapped(text: bytes, pieces: list[Span], first: int) -> int:
    """Find how far pieces of the same width as the first follow one another line by line."""
    width = pieces[first][1] - pieces[first][0]
    last = first
    while last + 1 < len(pieces):
        (_, end), (start, stop) = pieces[last], pieces[last + 1]
        if stop - start != width or text[end - 1] == ord("=") or not _BREAK.fullmatch(text, end, start):
            break
        last += 1
    return last


def _with_tail(text: bytes, lines: list[Span]) -> int:
    """Give the end of a run of lines: that of a shorter line after them, if it is nothing but a last piece.

    After a single line, the shorter one must be a piece in its own right: it may be any word.
    """
    start, end = lines[-1]
    begins = text[end : end + 1] in _BEFORE_BREAK and text[end - 1] != ord("=")  # asked often, and nearly always no
    tail = _TAIL.match(text, end) if begins else None
    if tail is None:
        return end
    width = tail.end(2) - tail.start(1)
    least = 1 if len(lines) > 1 else _MIN_WIDTH
    return int(tail.end(2)) if least <= width < end - start else end


def _is_data(text: bytes, start: int, end: int, *, wrapped: bool) -> bool:
    length = end - start
    if length < _MIN_BASE64:
        return False
    if not wrapped:
        if length > _UNBROKEN:
            return True
        if length <= _DIGEST and _HEX_DIGITS.fullmatch(text, start, end):
            return False
    head = text[start : min(end, start + _JUDGED)]
    in_words = sum(map(len, _WORD.findall(head)))
    return 5 * in_words <= 2 * len(head) and len(set(head)) >= 4


def escapes(text: bytes) -> Iterator[Span]:
    """Find runs of bytes written 0x00 or \\x00, and of \\u0000: byte offsets."""
    for pattern in _ESCAPED:
        for match in pattern.finditer(text):
            yield match.span()


def pairs(text: bytes) -> Iterator[Span]:
    """Find runs of bytes written as two plain hexadecimal digits: byte offsets."""
    for match in _PAIRS.finditer(text):
        start, end = match.span()
        if _LETTER.search(text, start, end) and _LEADING_DIGIT.search(text, start, end):
            yield start, end


FINDERS: tuple[Callable[[bytes], Iterator[Span]], ...] = (base64, escapes, pairs)


def runs(text: bytes, finders: Sequence[Callable[[bytes], Iterator[Span]]] = FINDERS) -> list[Span]:
    """Find all runs of encoded data in a UTF-8 text: byte offsets, in order, without overlap."""
    merged: list[Span] = []
    for start, end in sorted(span for finder in finders for span in finder(text)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _suspects(chars: Bytes, offsets: Ints) -> Mask:
    """Tell for each finder (first axis) and row whether it may hold a run: often in vain, never missing one.

    A few comparisons over all bytes at once spare nearly all rows of ordinary source the exact search.
    """
    kernels = compiled.kernels()
    if kernels:
        found: Mask = kernels.suspects(chars, offsets, _MAX_STEP, _MIN_BASE64, _MIN_WIDTH, _MAX_BREAK)
        return found
    lower = chars | np.uint8(32)
    letter = lower - np.uint8(97)
    digit = chars - np.uint8(48) < 10
    word = digit | (letter < 26)
    hexadecimal = digit | (letter < 6)
    alphabet = word | (chars == ord("+")) | (chars == ord("/"))
    word[offsets[1:] - 1] = False  # the end of one row is not what comes before the next one
    finders = (
        _may_hold_base64(chars, alphabet, offsets),
        _may_hold_escapes(chars, lower, offsets),
        _may_hold_pairs(chars, word, hexadecimal, offsets),
    )
    return np.stack(finders)


def _may_hold_base64(chars: Bytes, alphabet: Mask, offsets: Ints) -> Mask:
    """Look for 64 characters of the alphabet, or for two pieces of one width, the first at a line's end."""
    # By aligned blocks of eight, with an empty one before and after. A piece of 30, which two marks may fill up,
    # contains two full ones.
    blocks = -(-chars.size // 8)
    padded = np.zeros((blocks + 2, 8), bool)
    padded.reshape(-1)[8 : 8 + chars.size] = alphabet
    full = padded.view(np.uint64).ravel() == 0x0101010101010101
    two = full[:-1] & full[1:]
    turns = _rare(two[1:] != two[:-1]) + 1
    first, beyond = turns[::2], turns[1::2] + 1
    start = 8 * (first - 1) - np.argmin(padded[first - 1, ::-1], axis=1)
    end = 8 * (beyond - 1) + np.argmin(padded[beyond], axis=1)
    width = end - start
    may = width + len("==") >= _MIN_BASE64
    wraps = (width[1:] <= width[:-1]) & (start[1:] - end[:-1] <= _MAX_BREAK) & (chars[end[:-1]] <= ord(" "))
    may[:-1] |= wraps & (width[:-1] >= _MIN_WIDTH)
    # Nothing parts the rows here: a piece that reaches over their ends says little of any of them.
    may |= np.searchsorted(offsets, start, side="right") != np.searchsorted(offsets, end)
    return np.searchsorted(start[may], offsets[1:]) > np.searchsorted(end[may], offsets[:-1], side="right")


def _may_hold_escapes(chars: Bytes, lower: Bytes, offsets: Ints) -> Mask:
    """Look for eight of 0x, \\x and \\u close together."""
    before, after = chars[:-1], lower[1:]
    found = before == ord("\\")
    found |= before == ord("0")
    found &= (after == ord("x")) | (after == ord("u"))
    return _close(_rare(found), _MIN_ITEMS, offsets)


def _may_hold_pairs(chars: Bytes, word: Mask, hexadecimal: Mask, offsets: Ints) -> Mask:
    """Look for seven pairs close together, each with a separator and then a digit or a separator after it."""
    found = hexadecimal[:-2] & hexadecimal[1:-1] & (chars[2:] <= ord(","))
    np.greater(found[1:], word[:-3], out=found[1:])  # and no word before it
    place = _rare(found)
    place = place[place + 3 < chars.size]
    place = place[_PARTS_PAIRS[chars[place + 2]] & (hexadecimal[place + 3] | _PARTS_PAIRS[chars[place + 3]])]
    return _close(place, _MIN_ITEMS - 1, offsets)


def _rare(mask: Mask) -> Ints:
    """Do what `np.flatnonzero` does, sooner where few are true: eight at once tell whether to look closer."""
    whole = mask.size - mask.size % 8
    blocks = np.flatnonzero(mask[:whole].view(np.uint64) != 0)
    inside = np.flatnonzero(mask[:whole].reshape(-1, 8)[blocks])
    return np.concatenate((8 * blocks[inside >> 3] + (inside & 7), whole + np.flatnonzero(mask[whole:])))


def _close(places: Ints, count: int, offsets: Ints) -> Mask:
    """Tell the rows in which so many places are as close together as those of items in a run."""
    ahead = count - 1
    begins = places[:-ahead][places[ahead:] - places[:-ahead] <= ahead * _MAX_STEP]
    return np.diff(np.searchsorted(begins, offsets)) > 0
