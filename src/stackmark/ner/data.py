"""Sentences with their entities, out of CoNLL files, JSON lines and Hugging Face datasets."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackmark.errors import SourceError, UsageError
from stackmark.ner import conll, datasets
from stackmark.ner.rows import TAGS, Row, parse

CONLL = (".conll", ".iob", ".iob2", ".bio", ".tsv", ".txt")
JSON = (".jsonl", ".json")


@dataclass(frozen=True)
class Sentence:
    """Words and the entities among them: first word, word after the last, type; in reading order, none overlapping.

    `language` is empty where nobody said; `document` and `place` say where in which document the sentence stands, the
    first is empty for a sentence that stands alone.
    """

    words: tuple[str, ...]
    entities: tuple[conll.Span, ...]
    language: str = ""
    document: str = ""
    place: int = 0


def read(source: object, language: str = "", parts: Sequence[str] = datasets.TRAIN) -> list[Sentence]:
    """Read labelled sentences; those without words are left out.

    `source` is a path, a sequence of sources, a Hugging Face dataset, or rows (mappings, see `rows.parse`). A path is a
    CoNLL file (.conll, .iob, .bio, .tsv, .txt), JSON lines (.jsonl, .json), both also gzipped, a Parquet file, a folder
    of Parquet files or one that `save_to_disk` wrote, or `owner/name` of a data set of the hub, which is fetched.
    `de=path` says the language of sentences that do not say it themselves, `path#part` which part of a data set of
    several is meant; by default the first of `parts`. Raises SourceError, with the line or row, for what cannot be
    read, UsageError for a source of another kind or without that part.
    """
    if isinstance(source, str | Path):
        name, mark, rest = str(source).partition("=")
        if mark and not Path(source).exists():
            return read(rest, name, parts)
        path, mark, part = str(source).rpartition("#")
        if mark and not Path(source).exists():
            return _read_path(path, language, (part,))
        return _read_path(str(source), language, parts)
    if (several := datasets.parts_of(source)) is not None:
        return _from_rows(datasets.choose(several, parts, "the data set"), "the rows", "row ", language)
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise UsageError(f"cannot read sentences from a {type(source).__name__}", "give paths, rows or a dataset")
    if isinstance(source, list | tuple) and not all(isinstance(one, Mapping) for one in source):
        return [
            sentence
            for one in source
            for sentence in ([one] if isinstance(one, Sentence) else read(one, language, parts))
        ]
    return _from_rows(source, "the rows", "row ", language)


def types(data: Iterable[Sentence]) -> list[str]:
    """Give the types of the entities, sorted."""
    return sorted({label for sentence in data for _, _, label in sentence.entities})


def _read_path(source: str, language: str, parts: Sequence[str]) -> list[Sentence]:
    path = Path(source)
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if path.is_dir() or suffix == ".parquet" or (datasets.is_name(source) and suffix not in (*CONLL, *JSON)):
        return _from_rows(datasets.open_rows(source, parts), source, f"{source}: row ", language)
    if suffix in CONLL:
        return _finish(map(_tagged, conll.sentences(_lines(path), source)), source, language)
    if suffix in JSON:
        return _from_rows(_json_rows(path), source, f"{source}: row ", language)
    raise UsageError(
        f"cannot tell what {path} is", f"known: {', '.join((*CONLL, *JSON, '.parquet'))}, folders, and owner/name"
    )


def _lines(path: Path) -> Iterator[str]:
    """Give the lines of a file, gzipped or not; only a line feed ends a line."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise SourceError(
                        f"{path}:{number}: not UTF-8 text ({error.reason})", "save it as UTF-8"
                    ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"cannot read {path}: {error}", "check its name, and that you may read it") from error


def _tagged(sentence: conll.Tagged) -> Row:
    document = str(sentence.document) if sentence.document else ""
    return Row(sentence.words, sentence.tags, document=document, place=sentence.place)


def _json_rows(path: Path) -> Iterator[Any]:
    """Give the rows of a file of JSON lines, or of one JSON array."""
    lines = list(_lines(path))
    if "".join(lines[:1]).lstrip("\ufeff \t\r\n").startswith("["):
        lines = ["".join(lines)]
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line.removeprefix("\ufeff")) if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise SourceError(
                f"{path}:{number}: not JSON ({error})", "one object a line, or one array of them"
            ) from error
        yield from value if isinstance(value, list) else [value]


def _class_names(dataset: object) -> Sequence[str]:
    """Give the names of the numbered tags of a Hugging Face dataset; empty for anything else."""
    features: Mapping[str, Any] = getattr(dataset, "features", None) or {}
    for name in TAGS:
        feature = getattr(features.get(name), "feature", None)
        if names := getattr(feature, "names", None):
            return [str(one) for one in names]
    return ()


def _from_rows(rows: Iterable[Any], name: str, at: str, language: str) -> list[Sentence]:
    names = _class_names(rows)
    return _finish((parse(row, names, f"{at}{number}") for number, row in enumerate(rows, 1)), name, language)


def _finish(rows: Iterable[Row], name: str, language: str) -> list[Sentence]:
    """Turn tags into entities, once all tags of a source have said what scheme they are of."""
    kept = [row for row in rows if row.words]
    prefixed = conll.has_prefixes({tag for row in kept for tag in row.tags or ()}, name)
    found = []
    for row in kept:
        entities = row.entities if row.tags is None else conll.spans(row.tags, prefixed)
        found.append(Sentence(row.words, entities, row.language or language, row.document, row.place))
    return found
