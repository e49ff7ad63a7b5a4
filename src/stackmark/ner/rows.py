"""Rows of JSON lines and Hugging Face datasets, in the shapes in which labelled text is passed around."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackmark.errors import SourceError
from stackmark.ner.conll import Span

#: Names of columns; the first that a row has counts.
WORDS = ("tokens", "words", "tokenized_text")
TAGS = ("ner_tags", "tags", "labels")
SPANS = ("entities", "spans", "ner", "label")
LANGUAGE = ("language", "lang")
DOCUMENT = ("document_id",)
PLACE = ("sentence_id",)
STARTS = ("start", "word_start_index", "char_start_index")
ENDS = ("end", "word_end_index", "char_end_index")

#: Words and single marks, for texts whose entities are given by characters.
TOKEN = re.compile(r"\w+|[^\w\s]")
HINT = "a row has `tokens` and `ner_tags`, or `text` and `entities` of `start`, `end` and `label`"


@dataclass(frozen=True)
class Row:
    """Words with their tags or, where `tags` is None, with their entities."""

    words: tuple[str, ...]
    tags: tuple[str, ...] | None
    entities: tuple[Span, ...] = ()
    language: str = ""
    document: str = ""
    place: int = 0


def parse(row: object, names: Sequence[str], at: str) -> Row:
    """Read one row; `names` are those of numbered tags. Raises SourceError, which begins with `at`.

    words and tags:       `tokens` (or `words`) and `ner_tags` (or `tags`, `labels`): texts, or numbers with `names`
    words and entities:   `tokens` and `entities` of `start`, `end` and `label`, counted in words, end exclusive;
                          `tokenized_text` and `ner` of [first, last, label], the last word included (as GLiNER has it)
    text and entities:    `text` and `entities`, counted in characters, end exclusive
    """
    if not isinstance(row, Mapping):
        raise SourceError(f"{at}: not an object", HINT)
    about = (str(_first(row, LANGUAGE) or ""), str(_given(_first(row, DOCUMENT))), _number(_first(row, PLACE) or 0, at))
    words, given = _first(row, WORDS), _first(row, SPANS)
    if words is None and isinstance(row.get("text"), str):
        return Row(*_from_characters(row["text"], _list(given, "entities", at), at), *about)
    words = tuple(_list(words, "tokens", at))
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise SourceError(f"{at}: a word that is blank or no text", HINT)
    if (tags := _first(row, TAGS)) is not None and given is None:
        return Row(words, _tags(_list(tags, "tags", at), len(words), names, at), (), *about)
    last_included = "tokenized_text" in row
    spans = [_span(one, at, last_included) for one in _list(given, "entities", at)]
    return Row(words, None, _flat(spans, len(words), at), *about)


def _given(value: object) -> object:
    return "" if value is None else value


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _list(value: object, what: str, at: str) -> list[Any]:
    if hasattr(value, "tolist"):  # a column of a data frame
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise SourceError(f"{at}: no list of {what}", HINT)
    return list(value)


def _number(value: object, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SourceError(f"{at}: {value!r} is no whole number", HINT)
    return value


def _tags(tags: list[Any], words: int, names: Sequence[str], at: str) -> tuple[str, ...]:
    if len(tags) != words:
        raise SourceError(f"{at}: {words} words but {len(tags)} tags", HINT)
    if all(isinstance(tag, str) and tag for tag in tags):
        return tuple(tags)
    numbers = [_number(tag, at) for tag in tags]
    if not all(0 <= number < len(names) for number in numbers):
        raise SourceError(f"{at}: numbered tags without names", "give tags as text, or a dataset with their names")
    return tuple(names[number] for number in numbers)


def _span(one: object, at: str, last_included: bool = False) -> Span:
    if isinstance(one, Mapping):
        one = [_first(one, STARTS), _first(one, ENDS), one.get("label")]
    if not isinstance(one, list | tuple) or len(one) != 3 or not isinstance(one[2], str) or not one[2]:
        raise SourceError(f"{at}: an entity without start, end or label", HINT)
    return _number(one[0], at), _number(one[1], at) + last_included, one[2]


def _flat(spans: list[Span], length: int, at: str) -> tuple[Span, ...]:
    """Sort entities and see to it that they lie in the text and do not overlap."""
    end = 0
    for first, last, label in sorted(spans):
        if not end <= first < last <= length:
            what = "overlaps another" if 0 <= first < min(end, last) else "lies outside of the text"
            raise SourceError(f"{at}: the entity {first} to {last} ({label}) {what}", "entities are flat here")
        end = last
    return tuple(sorted(spans))


def _from_characters(text: str, given: list[Any], at: str) -> tuple[tuple[str, ...], None, tuple[Span, ...]]:
    """Cut a text into words and move its entities from characters to words."""
    found = list(TOKEN.finditer(text))
    starts = {match.start(): number for number, match in enumerate(found)}
    ends = {match.end(): number for number, match in enumerate(found, 1)}
    spans = []
    for first, last, label in _flat([_span(one, at) for one in given], len(text), at):
        if first not in starts or last not in ends:
            raise SourceError(f"{at}: the entity {first} to {last} ({label}) begins or ends inside a word", HINT)
        spans.append((starts[first], ends[last], label))
    return tuple(match[0] for match in found), None, tuple(spans)
