"""The rest of a tree as a prior: what else is written there, where a text alone does not tell."""

from __future__ import annotations

from collections.abc import Mapping

from stackmark.languages.answers import Language, answer
from stackmark.languages.claims import Claim

#: Answers surer than this stand, whatever else is in the tree.
OPEN = 0.75
#: A language must have this many times as many files as the next,
OFTENER = 3
#: ... and this share of all files of the tree.
SHARE = 0.05


def with_context(found: Language | None, named: Claim, context: Mapping[str, int] | None) -> Language | None:
    """Return an answer as it is, or another language that its name leaves open where the tree speaks for that one.

    context: number of files of each language in the tree that the file stands in
    """
    if not context or not named.languages or named.guarded or (found and found.confidence > OPEN):
        return found
    likely = max(named.languages, key=lambda name: context.get(name, 0))
    rival = (
        context.get(found.name, 0) if found else max(context.get(name, 0) for name in named.languages if name != likely)
    )
    often = context.get(likely, 0) > OFTENER * rival and context.get(likely, 0) >= SHARE * sum(context.values())
    return answer(likely, "context", 0.8) if often and not (found and found.name == likely) else found
