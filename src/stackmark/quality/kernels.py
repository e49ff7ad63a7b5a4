"""The looks that `facts_text` and `facts_encoded` take at every byte, compiled: 64 bytes at a time.

They take a seventh of the time that numpy takes; but to load Numba costs what it takes for a hundred megabytes, so
small builds do without. Both ways give the same answers; the tests hold them against each other. What is told of 64
bytes is a word with a bit for each of them.
"""

from __future__ import annotations

from typing import Any

import numba.extending
import numpy as np
from llvmlite import ir
from numba import njit

from stackmark.quality.kernels_html import strip
from stackmark.quality.rows import Bytes, Ints, Mask

__all__ = ["load", "measure", "pieces", "strip", "suspects"]

TYPES: Any = numba.types
BLOCK = 64

_I64 = ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), BLOCK)


def _told(what: Any, count: int) -> Any:
    """Make an intrinsic of a function from a builder and 64 bytes to `count` masks over them."""

    def typed(_typing: Any, data: Any, place: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, args[0])
            pointer = builder.bitcast(builder.gep(array.data, [args[1]]), _BYTES.as_pointer())
            block = builder.load(pointer)
            block.align = 1
            words = [builder.bitcast(mask, _I64) for mask in what(builder, block)]
            return context.make_tuple(builder, signature.return_type, words)

        return TYPES.UniTuple(TYPES.uint64, count)(data, place), generate

    return numba.extending.intrinsic(typed)


def _all(value: int) -> Any:
    return ir.Constant(_BYTES, [value] * BLOCK)


def _any(builder: Any, block: Any, characters: bytes) -> Any:
    masks = [builder.icmp_unsigned("==", block, _all(one)) for one in characters]
    while len(masks) > 1:
        masks.append(builder.or_(masks.pop(0), masks.pop(0)))
    return masks[0]


def _span(builder: Any, block: Any, first: str, count: int) -> Any:
    return builder.icmp_unsigned("<", builder.sub(block, _all(ord(first))), _all(count))


def _text(builder: Any, block: Any) -> list[Any]:
    """Tell ASCII letters, digits, bytes that go on with a character of UTF-8, and both kinds of line ends."""
    letter = _span(builder, builder.or_(block, _all(32)), "a", 26)
    continued = builder.icmp_unsigned("==", builder.and_(block, _all(0xC0)), _all(0x80))
    ends = [_any(builder, block, end) for end in (b"\n", b"\r")]
    return [letter, _span(builder, block, "0", 10), continued, *ends]


def _code(builder: Any, block: Any) -> list[Any]:
    """Tell base64, words, hexadecimal digits, what parts pairs of them, and the first and second bytes of escapes."""
    lower, digit = builder.or_(block, _all(32)), _span(builder, block, "0", 10)
    word = builder.or_(digit, _span(builder, lower, "a", 26))
    hexadecimal = builder.or_(digit, _span(builder, lower, "a", 6))
    parts = builder.or_(_any(builder, block, b" ,"), _span(builder, block, "\t", 5))
    return [
        builder.or_(word, _any(builder, block, b"+/")),
        word,
        hexadecimal,
        parts,
        _any(builder, block, b"\\0"),
        _any(builder, lower, b"xu"),
    ]


told_text, told_code = _told(_text, 5), _told(_code, 6)


def _bits(_typing: Any, word: Any) -> Any:
    return TYPES.int64(word), lambda _context, builder, _signature, args: builder.ctpop(args[0])


def _lowest(_typing: Any, word: Any) -> Any:
    one = ir.Constant(ir.IntType(1), 0)
    return TYPES.int64(word), lambda _context, builder, _signature, args: builder.cttz(args[0], one)


def _leading(_typing: Any, word: Any) -> Any:
    one = ir.Constant(ir.IntType(1), 0)
    return TYPES.int64(word), lambda _context, builder, _signature, args: builder.ctlz(args[0], one)


bits: Any = numba.extending.intrinsic(_bits)
lowest: Any = numba.extending.intrinsic(_lowest)
leading: Any = numba.extending.intrinsic(_leading)

U: Any = np.uint64
ONE, ALL, LAST = U(1), U(0xFFFFFFFFFFFFFFFF), U(1 << 63)
ITEMS = 8  # of what a run of escapes, or of pairs, has at least
HEAD_LINES = 5


@njit(forceinline=True, nogil=True)
def _within(left: Any) -> Any:
    """Return the bits of the bytes of a block that are still of the row."""
    return ALL if left >= BLOCK else (ONE << U(left)) - ONE


@njit(nogil=True, cache=True)
def _measure(chars: Any, offsets: Any, found: Any) -> None:
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        alpha, digits, continued = 0, 0, 0
        start, inside, lines, total, longest = begin, 0, 0, 0, 0  # inside: continued bytes before `start`
        head, returned = end, U(0)
        for block in range(begin, end, BLOCK):
            letter, digit, more, feeds, returns = told_text(chars, block)
            mask = _within(end - block)
            alpha += bits(letter & mask)
            digits += bits(digit & mask)
            more &= mask
            returns &= mask
            breaks = (feeds & mask) | returns
            # A feed after a return ends no line of its own: the next one begins behind both.
            second = feeds & ((returns << ONE) | returned)
            returned = returns >> U(63)
            while breaks:
                at = lowest(breaks)
                bit = ONE << U(at)
                before = continued + bits(more & (bit - ONE))
                if not second & bit:
                    length = block + at - start - (before - inside)
                    lines += 1
                    total += length
                    longest = max(longest, length)
                start, inside = block + at + 1, before
                if lines == HEAD_LINES:
                    head = start
                breaks &= breaks - ONE
            continued += bits(more)
        if start < end:
            length = end - start - (continued - inside)
            lines += 1
            total += length
            longest = max(longest, length)
        found[0, row], found[1, row], found[2, row] = end - begin - continued, lines, total
        found[3, row], found[4, row], found[5, row], found[6, row] = longest, alpha, alpha + digits, head


@njit(forceinline=True, nogil=True)
def _chained(place: Any, before: Any, count: Any, step: Any) -> Any:
    """Return which item of its run a place is, the one before it being `count` and as near as `step`."""
    return count + 1 if place - before <= step else 1


@njit(nogil=True, cache=True)
def _suspects_items(chars: Any, offsets: Any, found: Any, step: Any) -> None:
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        escape, escapes, pair, pairs = begin, 0, begin, 0
        first_before, hex_before, word_before = U(0), U(0), U(0)
        for block in range(begin, end, BLOCK):
            _, word, hexadecimal, parts, first, second = told_code(chars, block)
            mask = _within(end - block)
            hits = second & ((first << ONE) | (first_before >> U(63))) & mask
            while hits:
                place = block + lowest(hits)
                escape, escapes = place, _chained(place, escape, escapes, step)
                if escapes >= ITEMS:
                    found[1, row] = True
                hits &= hits - ONE
            # Two digits and what parts pairs, no word before them, and a digit or what parts pairs after it.
            hits = parts & ((hexadecimal << ONE) | (hex_before >> U(63)))
            hits &= ((hexadecimal << U(2)) | (hex_before >> U(62))) & (((hexadecimal | parts) >> ONE) | LAST)
            hits &= ~((word << U(3)) | (word_before >> U(61))) & mask
            while hits:
                place = block + lowest(hits)
                pair, pairs = place, _chained(place, pair, pairs, step)
                if pairs >= ITEMS - 1:
                    found[2, row] = True
                hits &= hits - ONE
            first_before, hex_before, word_before = first, hexadecimal, word


@njit(nogil=True, cache=True)
def _pieces(chars: Any, begin: Any, end: Any, least: Any, found: Any) -> Any:
    """Write where runs of base64 of at least `least` (30 to 64) characters begin and end; return how many there are."""
    count, last = 0, begin - 1
    for block in range(begin, end, BLOCK):
        alphabet = told_code(chars, block)[0]
        other = ~(alphabet & _within(end - block))
        if not other:
            continue
        long_ = alphabet & (alphabet >> ONE)
        for shift in (2, 4, 8, 14):
            long_ &= long_ >> U(shift)
        if not long_ and block + lowest(other) - last <= least:
            last = block + 63 - leading(other)
            continue
        while other:
            place = min(block + lowest(other), end)
            if place - last > least:
                if count < len(found):
                    found[count, 0], found[count, 1] = last + 1, place
                count += 1
            last = place
            other &= other - ONE
    if end - last > least:
        if count < len(found):
            found[count, 0], found[count, 1] = last + 1, end
        count += 1
    return count


@njit(nogil=True, cache=True)
def _suspects_base64(chars: Any, offsets: Any, found: Any, longest: Any, least: Any, gap: Any) -> None:
    pieces = np.empty((1024, 2), np.int64)
    for row in range(len(offsets) - 1):
        count = _pieces(chars, offsets[row], offsets[row + 1], least - 2, pieces)
        known = min(count, len(pieces))
        found[0, row] = count > known  # so many that it is not worth telling
        for place in range(known):
            begin, end = pieces[place]
            if end - begin + 2 >= longest:
                found[0, row] = True
            elif place and chars[pieces[place - 1, 1]] <= 32 and begin - pieces[place - 1, 1] <= gap:
                width = pieces[place - 1, 1] - pieces[place - 1, 0]
                if width >= least and width >= end - begin:
                    found[0, row] = True


def _readable(chars: Bytes) -> Bytes:
    """Return bytes of which blocks can be read to the end of the last row."""
    padded = np.empty(chars.size + BLOCK, np.uint8)
    padded[: chars.size] = chars
    padded[chars.size :] = 0
    return padded


def measure(chars: Bytes, offsets: Ints) -> Ints:
    """Return int64[7, rows] of rows that are UTF-8.

    Characters, lines, characters in lines, in the longest line, ASCII letters, ASCII letters and digits, and where the
    first HEAD_LINES lines end.
    """
    found = np.empty((7, len(offsets) - 1), np.int64)
    _measure(_readable(chars), offsets, found)
    return found


def suspects(chars: Bytes, offsets: Ints, step: int, longest: int, least: int, gap: int) -> Mask:
    """Return bool[3, rows]: which rows may hold base64, escapes and pairs; the bounds are those of `facts_encoded`."""
    found = np.zeros((3, len(offsets) - 1), bool)
    data = _readable(chars)
    _suspects_base64(data, offsets, found, longest, least, gap)
    _suspects_items(data, offsets, found, step)
    return found


def pieces(text: bytes, least: int) -> list[tuple[int, int]]:
    """Return where runs of base64 of at least `least` characters begin and end, without the marks that fill them up."""
    data = _readable(np.frombuffer(text, np.uint8))
    found = np.empty((len(text) // (least + 1) + 1, 2), np.int64)
    count = _pieces(data, 0, len(text), least, found)
    return list(map(tuple, found[:count].tolist()))


def load() -> None:
    """Compile everything, or load what has been compiled on this machine."""
    offsets = np.array([0, 1], np.int64)
    letter = np.frombuffer(b"a", np.uint8)
    measure(letter, offsets)
    suspects(letter, offsets, 1, 64, 32, 1)
    pieces(b"a", 32)
    strip(b"<a>")
