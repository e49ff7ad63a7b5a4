"""From bytes to text: which contents are text, in which encoding, and which only point at a Git LFS object.

The order is fixed: byte order marks, strict UTF-8, UTF-16 and UTF-32 without a mark, and only then the older encodings
in the order of what their reading costs (`encodings`). An answer counts only if the codec decodes every byte strictly
and gives the same bytes back, so that `text.encode(encoding)` is always the content itself.
"""

from __future__ import annotations

import codecs
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.encodings import guesses

BINARY, UNDECODABLE = "binary", "undecodable"

_BOMS = (
    # UTF-32 first: its little-endian mark begins with the one of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Codec, type of its units, least share of ASCII units. Any strict UTF-32 is convincing.
_UNMARKED = (
    ("utf-32-le", "<u4", 0.0),
    ("utf-32-be", ">u4", 0.0),
    ("utf-16-le", "<u2", 1 / 16),
    ("utf-16-be", ">u2", 1 / 16),
)
#: Control characters that no text needs. Not among them: \b \t \n \v \f \r and the escape of terminals.
_CONTROLS = bytes(c for c in range(32) if c not in b"\b\t\n\v\f\r\x1b")
_CONTROL_SHARE = 0.05
#: What the bytes 0x80 to 0x9f are in the ISO encodings: no text has them, the vendors put letters there.
_C1_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
_ASCII = bytes(range(128))
_WESTERN_SIGNS = "“”‘’‚„–—…•°©®™«»‹›£€¥¢§¶·¿¡´¨¸ªº¹²³¼½¾±×÷µ†‡¬¦¯¤‰\xa0\xad"
_SIGN_IN_WORD = re.compile(r"[a-z][^\x00-\x7f’–—·\xa0\xad\w][a-z]")

_BLOCK = 1 << 17
_GUESSES = 3  # readings by the ranks of letters that are tried

_LFS_VERSION = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_POINTER = re.compile(
    rb"(?:ext-[0-9]-[^\s]{1,200} sha256:[0-9a-f]{64}\n){0,10}"
    rb"oid sha256:[0-9a-f]{64}\nsize (?:0|[1-9][0-9]{0,18})\n?"
)


def decode_batch(data: pa.LargeBinaryArray) -> tuple[pa.LargeBinaryArray, pa.StringArray, pa.StringArray]:
    """Decode a column of contents; three arrays of equally many rows, in the same order.

    text:     the content as UTF-8, null if it is not text; is `data` itself if every row is plain UTF-8
    encoding: the Python codec for which `text.encode(encoding)` is the content, null if it is not text
    problem:  "binary", "undecodable", or null; all three are null for a null content
    """
    encoding: list[str | None] = ["utf-8" if known else None for known in data.is_valid().to_pylist()]
    problem: list[str | None] = [None] * len(data)
    odd = _rows_beyond_plain_utf8(data)
    texts: list[bytes | None] = []
    for row in odd.tolist():
        text, encoding[row], problem[row] = decode(data[row].as_py())
        texts.append(None if text is None else text.encode())
    decoded = _replaced(data, odd.tolist(), texts) if texts else data
    return decoded, pa.array(encoding, pa.string()), pa.array(problem, pa.string())


def _replaced(data: pa.LargeBinaryArray, rows: list[int], texts: list[bytes | None]) -> pa.LargeBinaryArray:
    """Put texts in the place of some rows, None for null; what lies between them is copied as a whole.

    Arrow's `replace_with_mask` copies value by value, which takes several times as long.
    """
    _, offsets_buffer, values = data.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[data.offset : data.offset + len(data) + 1]
    held = memoryview(values if values is not None else b"")
    lengths = np.diff(offsets)
    parts: list[bytes | memoryview] = []
    at = int(offsets[0])
    for row, text in zip(rows, texts, strict=True):
        parts += [held[at : int(offsets[row])], text or b""]
        at, lengths[row] = int(offsets[row + 1]), len(text or b"")
    parts.append(held[at : int(offsets[-1])])
    valid = data.is_valid().to_numpy(zero_copy_only=False)
    valid[rows] = [text is not None for text in texts]
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    buffers = [pa.py_buffer(np.packbits(valid, bitorder="little")), pa.py_buffer(bounds), pa.py_buffer(b"".join(parts))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(data), buffers)


def decode(data: bytes) -> tuple[str | None, str | None, str | None]:
    """Decode one content: (text, encoding, None), or (None, None, "binary" or "undecodable").

    The text of the UTF-16 and UTF-32 forms keeps a leading U+FEFF because their codecs do not write one back;
    for "utf-8-sig" the codec does. Empty content is the empty text in "utf-8".
    """
    found = _utf(data)
    if found is None and not is_binary(data):
        found = _legacy(data)
    if found is not None:
        return *found, None
    return None, None, problem_of(data)


def problem_of(data: bytes) -> str:
    """Name what keeps a content that does not decode from being text: "binary" or "undecodable"."""
    return BINARY if is_binary(data) else UNDECODABLE


def is_binary(data: bytes) -> bool:
    """Tell whether bytes hold a NUL or too many control characters for a text in any 8-bit encoding."""
    return b"\0" in data or _has_many_controls(data)


def is_lfs_pointer(data: bytes) -> bool:
    """Tell whether a content is a Git LFS pointer, by the LFS pointer specification, version 1."""
    if len(data) >= 1024 or not data.startswith(_LFS_VERSION):
        return False
    return _LFS_POINTER.fullmatch(data, len(_LFS_VERSION)) is not None


def _rows_beyond_plain_utf8(data: pa.LargeBinaryArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the rows that need a closer look: other encodings, a byte order mark, control characters."""
    if not len(data):
        return np.empty(0, np.int64)
    _, offsets_buffer, values = data.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[data.offset : data.offset + len(data) + 1]
    chars = np.frombuffer(values if values is not None else b"", np.uint8)[offsets[0] : offsets[-1]]
    controls = _controls(chars) + offsets[0]
    odd = np.diff(np.searchsorted(controls, offsets)) > 0
    odd |= pc.starts_with(data, codecs.BOM_UTF8).fill_null(False).to_numpy(zero_copy_only=False)
    try:
        data.cast(pa.large_string())
    except pa.ArrowInvalid:
        odd |= np.fromiter((not _is_utf8(value.as_buffer()) for value in data), bool, len(data))
    odd &= data.is_valid().to_numpy(zero_copy_only=False)
    return np.flatnonzero(odd)


def _controls(chars: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the places of control characters, block by block so that the masks stay in the processor's cache."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(chars), _BLOCK):
        block = chars[start : start + _BLOCK]
        odd = (block < 8) | (block - np.uint8(14) < 18)
        if odd.any():
            found.append(np.flatnonzero(odd) + start)
    return np.concatenate(found)


def _is_utf8(value: pa.Buffer | None) -> bool:
    try:
        str(value or b"", "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf(data: bytes) -> tuple[str, str] | None:
    """Decode the Unicode forms: marked ones, UTF-8, then UTF-16 and UTF-32 by their NUL pattern."""
    for bom, codec in _BOMS:
        if data.startswith(bom) and (text := _strict(data, codec)) is not None and _is_clean(text):
            return text, codec
    if b"\0" in data:
        return _unmarked_utf(data)
    codec = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    text = _strict(data, codec)
    if text is None or _has_many_controls(data):
        return None
    return text, codec


def _unmarked_utf(data: bytes) -> tuple[str, str] | None:
    """Decode UTF-16 or UTF-32 without a byte order mark.

    Code and prose hold ASCII, if only blanks and line ends, whose upper bytes are NUL at fixed places: in
    UTF-16 at least one unit in sixteen. And the text must be printable, which arrays of numbers are not.
    """
    if 32 * data.count(0) < len(data):
        return None  # less than one NUL in sixteen units of two bytes
    for codec, unit, share in _UNMARKED:
        if len(data) % np.dtype(unit).itemsize:
            continue
        units = np.frombuffer(data, unit)
        if np.count_nonzero((units > 0) & (units < 128)) < share * len(units):
            continue
        text = _strict(data, codec)
        if text is not None and _is_clean(text) and _is_printable(text):
            return text, codec
    return None


def _legacy(data: bytes) -> tuple[str, str] | None:
    """Decode the encodings that came before Unicode, as far as they can be told apart."""
    if _is_damaged_utf8(data):
        return None
    for codec in [*guesses(data)[:_GUESSES], "cp1252"]:
        text = _strict(data, codec)
        if text is None or _C1_CONTROL.search(text) or not _is_printable(text):
            continue
        if codec == "cp1252" and not _reads_western(text):
            continue
        try:
            if text.encode(codec) == data:
                return text, codec
        except UnicodeEncodeError:
            continue
    return None


def _is_damaged_utf8(data: bytes) -> bool:
    """Tell whether any other reading would be wrong for most characters: UTF-8 with a few broken bytes.

    Two thirds of the high bytes stand in valid sequences, or all do once lone surrogates are let through.
    """
    if _strict(data, "utf-8", "surrogatepass") is not None:
        return True
    valid = data.decode("utf-8", "ignore").encode().translate(None, _ASCII)
    return 3 * len(valid) >= 2 * len(data.translate(None, _ASCII))


def _strict(data: bytes, codec: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(codec, errors)
    except UnicodeDecodeError:
        return None


def _has_many_controls(data: bytes) -> bool:
    # One stray control, such as the end-of-file mark of DOS, never makes a file binary.
    return len(data) - len(data.translate(None, _CONTROLS)) > 1 + _CONTROL_SHARE * len(data)


def _is_clean(text: str) -> bool:
    return "\0" not in text and not _has_many_controls(text.encode())


def _is_printable(text: str) -> bool:
    """Tell whether 19 of 20 of the first 4,096 characters are assigned and printable, or blanks."""
    head = text[:4096]
    return 20 * sum(c.isprintable() or c in "\t\n\r\f\ufeff" for c in head) >= 19 * len(head)


def _reads_western(text: str) -> bool:
    """Tell whether all characters beyond ASCII are letters or Western signs, and no sign is inside a word.

    An apostrophe and a dash may be: "it’s", "yes–no". Other signs there are letters of another encoding.
    """
    signs = {c for c in set(text) if c > "\x7f" and not c.isalpha()}
    return signs <= set(_WESTERN_SIGNS) and not _SIGN_IN_WORD.search(text)
