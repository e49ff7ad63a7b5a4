"""What `facts_html` takes out of a page, compiled: see there for the rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

LESS, MORE, EQUALS, SLASH, BANG, DASH, QUESTION = 60, 62, 61, 47, 33, 45, 63
SCRIPT, STYLE = np.frombuffer(b"script", np.uint8), np.frombuffer(b"style", np.uint8)


@njit(forceinline=True, nogil=True)
def _is_blank(byte: Any) -> Any:
    return byte == 32 or 9 <= byte <= 13


@njit(forceinline=True, nogil=True)
def _is_letter(byte: Any) -> Any:
    return 97 <= (byte | 32) <= 122


@njit(nogil=True)
def _is_named(data: Any, place: Any, end: Any, name: Any) -> Any:
    """Say whether a tag has this name, and more after it."""
    if place + len(name) >= end:
        return False
    for offset in range(len(name)):
        if data[place + offset] | 32 != name[offset]:
            return False
    after = data[place + len(name)]
    return _is_blank(after) or after in (SLASH, MORE)


@njit(nogil=True)
def _tag_end(data: Any, place: Any, end: Any) -> Any:
    """Return the place behind a tag; quotes hide its end only after an equals sign."""
    while place < end:
        byte = data[place]
        place += 1
        if byte == MORE:
            return place
        if byte == EQUALS:
            while place < end and _is_blank(data[place]):
                place += 1
            if place < end and (data[place] == 34 or data[place] == 39):
                quote = data[place]
                place += 1
                while place < end and data[place] != quote:
                    place += 1
                place += 1
    return end


@njit(nogil=True)
def _comment_end(data: Any, place: Any, end: Any) -> Any:
    """Return the place behind a comment, from behind its opening."""
    if place < end and data[place] == MORE:
        return place + 1
    if place + 1 < end and data[place] == DASH and data[place + 1] == MORE:
        return place + 2
    while place + 2 < end:
        if data[place] == DASH and data[place + 1] == DASH:
            if data[place + 2] == MORE:
                return place + 3
            if data[place + 2] == BANG and place + 3 < end and data[place + 3] == MORE:
                return place + 4
        place += 1
    return end


@njit(nogil=True)
def _raw_end(data: Any, place: Any, end: Any, name: Any) -> Any:
    """Return the place of the tag that ends a script or a style."""
    while place < end:
        closing = data[place] == LESS and place + 1 < end and data[place + 1] == SLASH
        if closing and _is_named(data, place + 2, end, name):
            return place
        place += 1
    return end


@njit(nogil=True)
def _hidden_end(data: Any, place: Any, end: Any) -> Any:
    """Return the place behind what is hidden from a < on; the same place if that is a mere sign."""
    if place + 1 >= end:
        return place
    first = data[place + 1]
    if first == BANG and place + 3 < end and data[place + 2] == DASH and data[place + 3] == DASH:
        return _comment_end(data, place + 4, end)
    if _is_named(data, place + 1, end, SCRIPT):
        return _raw_end(data, _tag_end(data, place + 1, end), end, SCRIPT)
    if _is_named(data, place + 1, end, STYLE):
        return _raw_end(data, _tag_end(data, place + 1, end), end, STYLE)
    if _is_letter(first) or (first == SLASH and place + 2 < end and _is_letter(data[place + 2])):
        return _tag_end(data, place + 1, end)
    if first in (BANG, SLASH, QUESTION):
        while place < end and data[place] != MORE:
            place += 1
        return min(place + 1, end)
    return place


@njit(nogil=True, cache=True)
def _strip(data: Any, out: Any) -> Any:
    count, place, end = 0, 0, len(data)
    while place < end:
        if data[place] == LESS:
            after = _hidden_end(data, place, end)
            if after > place:
                place = after
                continue
        out[count] = data[place]
        count += 1
        place += 1
    return count


def strip(page: bytes) -> bytes:
    """Return a page without its tags, scripts, styles and comments."""
    out = np.empty(len(page), np.uint8)
    return out[: _strip(np.frombuffer(page, np.uint8), out)].tobytes()
