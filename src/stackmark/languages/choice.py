"""Choosing among the languages that a name leaves open, by the marks of a text."""

from __future__ import annotations

from stackmark.languages import classifier
from stackmark.languages.answers import Language, answer
from stackmark.languages.claims import START, Claim
from stackmark.languages.marks import first_shown, shows, shows_any, weight

#: Strategy and confidence of a plain case: no mark of the rarer languages of the name.
PLAIN = ("rule", 0.93)
#: A language whose marks weigh this many times as much as those of the next wins by weight alone.
CLEAR = 1.5
#: Probability under which the classifier is not heard: among languages that all show marks, and in a text without any,
#: which may also be in a language that it does not know, or in none.
SURE_OF_MARKED, SURE_OF_BARE = 0.6, 0.85


def choose(claim: Claim, head: bytes) -> Language | None:
    """Return the language of a text among those that its name leaves open; None if that is guarded and shows none.

    head: the first marks.WINDOW bytes, without a byte order mark
    """
    if not head:
        return _commonest(claim)
    if claim.order and shows_any(claim.order, head[:START] if claim.start else head):
        if claim.doubt and claim.doubt in head:
            return _weigh(claim, list(claim.languages), head)
        return answer(first_shown(claim.order, head), "rule", 0.97)
    if claim.otherwise:
        return answer(claim.otherwise, *PLAIN)
    shown = [language for language in claim.languages if shows(language, head)]
    if len(shown) == 1:
        return answer(shown[0], "rule", 0.97)
    if shown:
        return _weigh(claim, shown, head)
    return None if claim.guarded else _weigh(claim, list(claim.languages), head, strong=False)


def _weigh(claim: Claim, languages: list[str], head: bytes, strong: bool = True) -> Language | None:
    """Compare how much a text shows of several languages, and let the classifier part those that come close."""
    weights = {language: weight(language, head, strong) for language in languages}
    best = max(weights.values())
    close = [language for language in languages if weights[language] * CLEAR >= best]
    if len(close) == 1:
        return answer(close[0], "rule", 0.9)
    guess = classifier.best(close, head)
    if guess and guess[1] >= (SURE_OF_MARKED if best else SURE_OF_BARE):
        return answer(guess[0], "classifier", round(guess[1], 2))
    return answer(max(close, key=weights.__getitem__), "rule", 0.7) if best else _commonest(claim)


def _commonest(claim: Claim) -> Language | None:
    return None if claim.guarded else answer(claim.languages[0], f"{claim.strategy}-ambiguous", 0.5)
