"""The rest of a tree as a prior: what stands next to a file, where its text alone does not tell.

Files whose language is sure speak for their neighbours: those with a name that leaves the same languages open (other
`.bf` files for a `.bf` file), and for a header whatever is written in one of its languages. Of the folders that a file
stands in, the innermost decides in which enough of them stand, so that a library in C keeps its headers inside of a
program in C++.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stackmark.languages.answers import Language, answer
from stackmark.languages.choice import PLAIN
from stackmark.languages.claims import Claim, claim

#: Raise it when an answer can change.
VERSION = "1"
#: Answers surer than this stand, whatever else is in the tree.
OPEN = 0.75
#: Files that a folder must hold to decide, and how many times as many a language must have as the next.
LEAST, OFTENER = 3, 3
#: Share of right answers among headers that their tree made C++, rounded.
CONFIDENCE = 0.9
#: Folders below this many are not told apart.
DEPTH = 64


def with_context(found: Language | None, named: Claim, context: Mapping[str, int] | None) -> Language | None:
    """Return an answer as it is, or another language that its name leaves open where its neighbours speak for that one.

    named:   what the name of the file leaves open
    context: number of neighbours in each language
    """
    if not context or not found or not _is_open(found, named):
        return found
    ranked = sorted(named.languages, key=lambda name: -context.get(name, 0))
    first, second = (context.get(name, 0) for name in ranked[:2])
    clear = sum(context.get(name, 0) for name in ranked) >= LEAST and first > OFTENER * second
    return answer(ranked[0], "context", CONFIDENCE) if clear and ranked[0] != found.name else found


def in_tree(files: Sequence[tuple[bytes, Language | None]]) -> dict[int, Language]:
    """Return the places of the files of one tree that their neighbours make another language, with that language.

    files: the path of each and what was said of it alone, in any order; the answer depends on the order in nothing
    """
    unsure = {place: claim(_name(path)) for place, (path, found) in enumerate(files) if may_be_open(found)}
    unsure = {place: named for place, named in unsure.items() if _is_open(files[place][1], named)}
    if not unsure:
        return {}
    counts = _count(files, set(unsure.values()))
    changed = {}
    for place, named in unsure.items():
        path, found = files[place]
        context = next((held for held in (counts.get((named, one)) for one in _folders(path)) if held), None)
        now = with_context(found, named, context)
        if now and now is not found:
            changed[place] = now
    return changed


def may_be_open(found: Language | None) -> bool:
    """Tell from an answer alone whether its name could let a tree speak."""
    return found is not None and (found.confidence <= OPEN or (found.strategy, found.confidence) == PLAIN)


def _is_open(found: Language | None, named: Claim) -> bool:
    """Tell whether neighbours may speak: the text did not decide, or is the plain case of a name that follows them."""
    if found is None or len(named.languages) < 2:
        return False
    return found.confidence <= OPEN or (named.follows and (found.strategy, found.confidence) == PLAIN)


def _count(
    files: Iterable[tuple[bytes, Language | None]], wanted: set[Claim]
) -> dict[tuple[Claim, bytes], Counter[str]]:
    """Count the sure files by language, for each claim and folder that they speak for; only where there are enough."""
    followed = [named for named in wanted if named.follows]
    here: Counter[tuple[Claim, bytes, str]] = Counter()
    for path, found in files:
        if found is None:
            continue
        named = claim(_name(path))
        if _is_open(found, named):
            continue
        folder = path[: path.rfind(b"/") + 1]
        for one in {named, *followed} & wanted:
            if found.name in one.languages:
                here[one, folder, found.name] += 1
    counts: dict[tuple[Claim, bytes], Counter[str]] = {}
    for (one, folder, language), number in here.items():
        for above in _folders(folder):
            counts.setdefault((one, above), Counter())[language] += number
    return {key: held for key, held in counts.items() if held.total() >= LEAST}


def _folders(path: bytes) -> Iterator[bytes]:
    """Yield the folders that a path stands in, the innermost first."""
    parts = path.split(b"/")[:-1][:DEPTH]
    for end in range(len(parts), -1, -1):
        yield b"/".join(parts[:end])


def _name(path: bytes) -> bytes:
    return path[path.rfind(b"/") + 1 :]
