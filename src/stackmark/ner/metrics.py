"""Strict span metrics: an entity counts when its first word, its last word and its type are all right.

The counting is that of the CoNLL-2003 shared task (Tjong Kim Sang and De Meulder, 2003).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackmark.ner.conll import Span

#: Stands in the confusion table for "no entity of these words".
NOTHING = "O"


@dataclass(frozen=True)
class Counts:
    """How many entities are right, how many were found, how many there are."""

    right: int = 0
    found: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.found + other.found, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """Give the share of found entities that are right, 0..1; 0 where none was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Give the share of entities that were found, 0..1; 0 where there is none."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall, 0..1."""
        return 2 * self.right / (self.found + self.gold) if self.found + self.gold else 0.0

    def to_dict(self) -> dict[str, float]:
        """Give the counts and the three shares, rounded to four digits."""
        shares = {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}
        return {**shares, "right": self.right, "found": self.found, "gold": self.gold}


@dataclass(frozen=True)
class Scores:
    """Counts in all, per type, per language, per both; and what was taken for what.

    confusion: (type in the data, type found) to a number of spans; "O" stands for none, so (X, "O") are those missed,
               ("O", X) those made up.
    borders:   of those missed, how many a found entity of the same type overlaps: right place, wrong borders.
    """

    all: Counts
    types: Mapping[str, Counts]
    languages: Mapping[str, Counts]
    cells: Mapping[tuple[str, str], Counts]
    confusion: Mapping[tuple[str, str], int]
    borders: Mapping[str, int]
    sentences: int
    words: int

    @property
    def macro_f1(self) -> float:
        """Give the mean F1 of the types that occur in the data."""
        f1s = [counts.f1 for counts in self.types.values() if counts.gold]
        return sum(f1s) / len(f1s) if f1s else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as one JSON object."""
        return {
            **self.all.to_dict(),
            "macro_f1": round(self.macro_f1, 4),
            "types": {name: counts.to_dict() for name, counts in self.types.items()},
            "languages": {name: counts.to_dict() for name, counts in self.languages.items()},
            "confusion": [[gold, found, number] for (gold, found), number in self.confusion.items()],
            "borders": dict(self.borders),
            "sentences": self.sentences,
            "words": self.words,
        }


def score(
    gold: Sequence[Iterable[Span]], found: Sequence[Iterable[Span]], languages: Sequence[str], words: int
) -> Scores:
    """Compare the entities of sentences with those found; both are spans of words with their type.

    `languages` has the language of each sentence, `words` is the number of all words. Raises ValueError unless the
    three sequences are of one length.
    """
    cells: Counter[tuple[str, str, str]] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    borders: Counter[str] = Counter()
    for expected, given, language in zip(gold, found, languages, strict=True):
        true, made = set(expected), set(given)
        for kind, spans in (("right", true & made), ("found", made), ("gold", true)):
            cells.update((language, label, kind) for _, _, label in spans)
        confusion.update(_pairs(true, made))
        missed = (span for span in true - made if any(_overlap(span, other) for other in made - true))
        borders.update(label for _, _, label in missed)
    counts = _counts(cells)
    return Scores(
        all=sum(counts.values(), Counts()),
        types=_sums(counts, lambda cell: cell[1]),
        languages=_sums(counts, lambda cell: cell[0]),
        cells=dict(sorted(counts.items())),
        confusion=dict(sorted(confusion.items())),
        borders=dict(sorted(borders.items())),
        sentences=len(gold),
        words=words,
    )


def _pairs(true: set[Span], made: set[Span]) -> Iterable[tuple[str, str]]:
    """Pair what stands on the same words; what is alone on its words is paired with nothing."""
    labels = {(first, last): label for first, last, label in true}
    guesses = {(first, last): label for first, last, label in made}
    for place in labels.keys() | guesses.keys():
        yield labels.get(place, NOTHING), guesses.get(place, NOTHING)


def _overlap(one: Span, other: Span) -> bool:
    return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]


def _counts(cells: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, str], Counts]:
    places = {(language, label) for language, label, _ in cells}
    kinds = ("right", "found", "gold")
    return {place: Counts(*(cells.get((*place, kind), 0) for kind in kinds)) for place in places}


def _sums(counts: Mapping[tuple[str, str], Counts], group: Callable[[tuple[str, str]], str]) -> dict[str, Counts]:
    sums: dict[str, Counts] = {}
    for place, one in counts.items():
        sums[group(place)] = sums.get(group(place), Counts()) + one
    return dict(sorted(sums.items()))
