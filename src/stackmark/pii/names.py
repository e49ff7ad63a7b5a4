"""Names of persons in what is written for people: comments, docstrings, strings, prose.

    scan_names(contents, paths)     the spans of each content, type PERSON

Contents are blanked to their readable part (`comments`), without copyright statements. Names that the words around them
tell are taken as they are (`names_told`). For the rest, cheap cues choose the sentences that are worth a look
(`names_cues`), equal sentences are read once by a SpanMarker model (`stackmark.ner`, extra `ner`), and what is no
person after all is let go (`names_known`). A small model ships with the package; any
other checkpoint can take its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from stackmark.errors import UsageError
from stackmark.pii import names_cues
from stackmark.pii.comments import readable
from stackmark.pii.names_known import Place, is_example, persons, stated
from stackmark.pii.names_told import told, without_notices
from stackmark.pii.paths import Path
from stackmark.pii.spans import RANKS, Span, merge

if TYPE_CHECKING:
    from stackmark.ner.model import SpanMarkerModel
    from stackmark.ner.onnx_backend import OnnxModel

TYPE, RULE = "PERSON", "names"
RANK = RANKS.index("personal")
SHIPPED = FilePath(__file__).parent / "model"
#: What checkpoints call a person.
LABELS = frozenset(("per", "person", "name", "pers"))
#: Findings in one content, at most; a longer list is a table of people rather than code.
MAX_FOUND = 10_000
#: The score of a name that is told by the word before it.
STATED = 0.8
_BATCH = 256  # sentences given to the model at once
_BLANKS = str.maketrans("\r\t\v\f", "    ")


@dataclass(frozen=True)
class Passage:
    """Bytes of a content that a model reads: those from `start` on, as text, its characters one by one.

    Line ends are "|", or a blank where a sentence goes on. `in_code`: the bytes are those of the content itself.
    """

    row: int
    start: int
    text: str
    in_code: bool


@dataclass
class Share:
    """How much a scan has read: `seen` bytes of contents, of which `readable` for people, and `read` by the model."""

    seen: int = 0
    readable: int = 0
    read: int = 0


@dataclass(frozen=True)
class Found:
    """What a scan of many contents gives: for each its spans and the bytes a model was given of it; and the sums.

    `share.read` is less than the sum of `given` where sentences are equal.
    """

    spans: list[list[Span]]
    given: list[int]
    share: Share


def scan_names(
    contents: Sequence[bytes | None],
    paths: Sequence[Path],
    languages: Sequence[str | None] | None = None,
    model: str | FilePath | None = None,
    notices: bool = False,
) -> list[list[Span]]:
    """Find the names of persons in contents.

    contents:  UTF-8 text; other bytes are no error, and in no name
    paths:     where they lie, as far as that is known: it tells how comments are written
    languages: their programming languages by Linguist's names, if they are known better than by the path
    model:     folder of a SpanMarker checkpoint; the one of the package by default
    notices:   look into copyright statements too, which licences ask to keep

    Returns for each content its spans, sorted, of type PERSON; offsets are bytes. Raises UsageError if the extra `ner`
    is not installed, SourceError for a model that cannot be read; never for a content.
    """
    return find(contents, paths, languages, model, notices).spans


def find(
    contents: Sequence[bytes | None],
    paths: Sequence[Path],
    languages: Sequence[str | None] | None = None,
    model: str | FilePath | None = None,
    notices: bool = False,
) -> Found:
    """Find the same, and say how much of the contents reached the model."""
    share, passages, texts = Share(), [], []
    spans: list[list[Span]] = [[] for _ in contents]
    for row, (content, path) in enumerate(zip(contents, paths, strict=True)):
        data = content or b""
        text = readable(data, path, languages[row] if languages else None)
        text = text if notices else without_notices(text)
        texts.append(text)
        known = list(told(text))
        spans[row] = [_told(data, start, end) for start, end, _ in known]
        share.seen += len(data)
        share.readable += len(text) - text.count(b"\0")
        passages += list(_passages(row, data, text, [(start, until) for start, _, until in known]))
    unique = list(dict.fromkeys(passage.text for passage in passages))
    share.read = sum(map(_size, unique))
    answers = dict(zip(unique, _predict(unique, model), strict=True))
    given = [0] * len(contents)
    for passage in passages:
        given[passage.row] += _size(passage.text)
        source = contents[passage.row] if passage.in_code else texts[passage.row]
        spans[passage.row] += _spans(passage, answers[passage.text], source or b"")
    settled = [_settled(found, text, data or b"") for found, text, data in zip(spans, texts, contents, strict=True)]
    return Found(settled, given, share)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _told(content: bytes, start: int, end: int) -> Span:
    name = content[start:end].decode("utf-8", "replace")
    return Span(start, end, TYPE, STATED, RULE, is_example(name), RANK)


def _passages(row: int, content: bytes, text: bytes, known: Sequence[tuple[int, int]]) -> Iterator[Passage]:
    for start, end, in_code in names_cues.passages(text, content, known):
        piece = (content if in_code else text)[start:end]
        yield Passage(row, start, as_text(piece), in_code)


def as_text(piece: bytes) -> str:
    """Return bytes as text in one line, with as many characters as before."""
    *lines, last = piece.split(b"\n")
    flat = b"".join(line + (b" " if names_cues.flows(line) else b"|") for line in lines) + last
    return flat.decode("utf-8", "surrogateescape").translate(_BLANKS)


def _predict(texts: list[str], model: str | FilePath | None) -> list[list[dict[str, Any]]]:
    if not texts:
        return []
    found: Any = loaded(str(model or SHIPPED)).predict(texts, batch_size=_BATCH, prefilter="auto")
    return list(found)


def _spans(passage: Passage, entities: Iterable[dict[str, Any]], source: bytes) -> Iterator[Span]:
    """Yield the persons of a passage as spans of its content; a name over two lines is two spans."""
    for place in stated(passage.text):
        at = passage.start + _size(passage.text[: place.start])
        yield Span(at, at + _size(place.name), TYPE, STATED, RULE, is_example(place.name), RANK)
    for entity in entities:
        if entity["label"].lower() not in LABELS:
            continue
        whole = Place(passage.text, entity["char_start_index"], entity["char_end_index"])
        # Two digits: how sentences are put into batches may change the last ones.
        score = round(float(entity["score"]), 2)
        for place in persons(whole):
            at = passage.start + _size(passage.text[: place.start])
            for begin, end in _lines(source, at, at + _size(place.name)):
                yield Span(begin, end, TYPE, score, RULE, is_example(place.name), RANK)


def _lines(source: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a name that stand in different lines."""
    for line in source[start:end].split(b"\n"):
        begin = start + len(line) - len(line.lstrip())
        if line.strip():
            yield begin, begin + len(line.strip())
        start += len(line) + 1


def _settled(found: list[Span], text: bytes, content: bytes) -> list[Span]:
    """Add the other places of full names in what is for people, and leave out what code calls by the same word."""
    kept = [
        span for span in merge(found) if b" " in content[span.start : span.end] or not _in_code(content, text, span)
    ]
    names = {content[span.start : span.end]: span for span in reversed(kept)}
    for name, span in names.items():
        if b" " in name and name.isascii():
            kept += list(_others(name, span, text))
    return merge(kept)[:MAX_FOUND]


def _others(name: bytes, span: Span, text: bytes) -> Iterator[Span]:
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            yield Span(at, end, span.type, span.score, span.rule, span.is_example, span.rank)
        at = text.find(name, end)


def _in_code(content: bytes, text: bytes, span: Span) -> bool:
    """Say whether a name of one word is a word of the code too: then it is that of a class or a package."""
    word = content[span.start : span.end]
    at = content.find(word)
    for _ in range(100):
        if at < 0:
            return False
        around = content[max(0, at - 1) : at], content[at + len(word) : at + len(word) + 1]
        if not text[at] and not any(part.isalnum() or part in b"_\"'" for part in around):
            return True
        at = content.find(word, at + 1)
    return False


@cache
def loaded(folder: str) -> SpanMarkerModel | OnnxModel:
    """Load a model once. Raises UsageError without the extra `ner`, SourceError for a folder that holds no model."""
    try:
        from stackmark.ner import load

        return load(FilePath(folder))
    except ImportError as error:
        raise UsageError(f"names of persons need a package ({error})", "pip install 'stackmark[ner]'") from error


@cache
def version(model: str | None = None) -> str:
    """Return what tells answers of one rule set and model from those of another."""
    hashed = hashlib.sha256()
    own = FilePath(__file__).parent
    rules = [own / name for name in ("comments.toml", "names.toml", "names_common.txt", "names_given.txt")]
    for path in [*rules, *sorted(path for path in FilePath(model or SHIPPED).iterdir() if path.is_file())]:
        hashed.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()[:16]
