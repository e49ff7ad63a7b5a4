"""CoNLL files: one word and its tag a line, an empty line between sentences, in any of the usual tag schemes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from stackmark.errors import SourceError

#: Tags that stand for no entity.
OUTSIDE = ("O", "_", "-X-")
#: What a tag of IOB1, IOB2 (BIO), BIOES or BILOU begins with.
PREFIXED = re.compile(r"[BIESLU]-.")
#: A file is no table of words where a line is longer than this many characters.
LONGEST_LINE = 1 << 16

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Tagged:
    """One sentence as it stands in a file: words, their tags, the number of its document, its place in that."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    document: int
    place: int


def sentences(lines: Iterable[str], name: str) -> Iterator[Tagged]:
    """Read the sentences of a CoNLL file: the first column is the word, the last one the tag.

    Columns are parted by tabs, or by blanks in a line that has no tab. `-DOCSTART-` begins a document (numbered from 1;
    0 before the first), `# key = value` and the like are comments. Raises SourceError, with the line, for what is no
    such file.
    """
    words: list[str] = []
    tags: list[str] = []
    document = place = 0
    for number, line in enumerate(chain(lines, [""]), 1):
        row = _columns(line, f"{name}:{number}")
        if row and row[0] != "-DOCSTART-":
            words.append(row[0])
            tags.append(row[1])
            continue
        if words:
            yield Tagged(tuple(words), tuple(tags), document, place)
            words, tags, place = [], [], place + 1
        if row:
            document, place = document + 1, 0


def _columns(line: str, place: str) -> tuple[str, str] | None:
    """Give word and tag of a line, or None for a line between sentences and for a comment between them."""
    line = line.rstrip("\r\n").removeprefix("\ufeff")
    if len(line) > LONGEST_LINE or "\0" in line:
        raise SourceError(f"{place}: no line of a CoNLL file", "a line holds a word and its tag")
    columns = line.split("\t") if "\t" in line else [part for part in line.split(" ") if part]
    if not any(column.strip() for column in columns):
        return None
    word, tag = columns[0].strip(), columns[-1].strip()
    if len(columns) > 1 and word and tag and (word != "#" or is_tag(tag)):
        return word, tag
    if line.startswith(("# ", "#\t")):
        return None
    what = "one column only" if len(columns) < 2 else "an empty column"
    raise SourceError(f"{place}: {what}", "a line holds a word and its tag; an empty line ends a sentence")


def is_tag(text: str) -> bool:
    """Say whether a text is "O" or a tag with a prefix."""
    return text in OUTSIDE or PREFIXED.match(text) is not None


def has_prefixes(tags: Iterable[str], place: str) -> bool:
    """Say whether the tags of a whole file name the border of an entity (`B-PER`) or its type only (`PER`).

    Raises SourceError for a mixture of both, which nobody can read for certain.
    """
    inside = sorted(set(tags) - set(OUTSIDE))
    prefixed = [tag for tag in inside if PREFIXED.match(tag)]
    if prefixed and len(prefixed) < len(inside):
        bare = next(tag for tag in inside if not PREFIXED.match(tag))
        raise SourceError(
            f"{place}: the tags {prefixed[0]!r} and {bare!r} are of different schemes",
            "all tags of a file are of one scheme: B-PER and I-PER and the like, or PER alone",
        )
    return bool(prefixed)


def spans(tags: Sequence[str], prefixed: bool) -> tuple[Span, ...]:
    """Give the entities of one sentence: first word, word after the last, type; in reading order.

    Reads IOB1, IOB2, BIOES and BILOU alike, by the rules of the CoNLL shared task's scorer (conlleval): B, S and U
    always begin an entity, E, L, S and U always end one, and so does a change of type. Without prefixes,
    neighbouring words of one type are one entity.
    """
    found: list[Span] = []
    start, current, ended = 0, "", True
    for place, tag in enumerate([*tags, "O"]):
        prefix, kind = _split(tag, prefixed)
        if current and (ended or kind != current or prefix in "BSU"):
            found.append((start, place, current))
            current = ""
        if kind and not current:
            start, current = place, kind
        ended = prefix in "ELSU"
    return tuple(found)


def _split(tag: str, prefixed: bool) -> tuple[str, str]:
    """Give prefix ("I" where there is none) and type of a tag; ("O", "") outside of entities."""
    if tag in OUTSIDE:
        return "O", ""
    return (tag[0], tag[2:]) if prefixed else ("I", tag)
