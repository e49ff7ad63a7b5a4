"""Where two ways to judge a tree differ: ours under a policy, and The Stack v2's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from stackmark.licenses import stack_v2
from stackmark.licenses.policy import Policy
from stackmark.licenses.propagate import Resolution, resolve


@dataclass(frozen=True)
class Difference:
    """A file that only one of the two would keep, and why.

    ours, theirs: kept by us, kept by The Stack v2; expression and basis are ours, `type` and `ids` theirs
    """

    path: str
    ours: bool
    theirs: bool
    expression: str | None
    basis: str
    type: str
    ids: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Comparison:
    """The differences of a tree, and the files by (kept by us, kept by The Stack v2)."""

    files: int
    counts: Mapping[tuple[bool, bool], int]
    differences: tuple[Difference, ...]


def compare(files: Mapping[bytes, bytes], policy: Policy, repository: str | None = None) -> Comparison:
    """Compare both ways over one tree, given its paths and contents.

    `repository` is the forge's label of the repository, an SPDX id or "NOASSERTION". The Stack v2 let it decide;
    ours fills gaps with it.
    """
    ours = resolve(files, None if repository == stack_v2.NO_ASSERTION else repository)
    theirs = stack_v2.resolve(files, repository)
    counts: Counter[tuple[bool, bool]] = Counter()
    found = []
    for path in sorted(files):
        resolution, (kind, ids) = ours[path], theirs[path]
        verdict = policy.decide(resolution.expression)
        kept = verdict.allowed is True and resolution.license_class != "unknown"
        they_keep = kind != "non_permissive"
        counts[kept, they_keep] += 1
        if kept != they_keep:
            shown = path.decode("utf-8", "surrogateescape")
            why = _why(resolution, verdict.reason, kept, kind, ids, repository)
            found.append(
                Difference(shown, kept, they_keep, resolution.expression, resolution.basis, kind, tuple(ids), why)
            )
    return Comparison(len(files), dict(counts), tuple(found))


def _why(ours: Resolution, reason: str, kept: bool, kind: str, ids: list[str], repository: str | None) -> str:
    if not kept:
        if kind == "no_license":
            return f"ours: {reason}; The Stack v2 keeps files for which it found no licence"
        if repository is not None and repository != stack_v2.NO_ASSERTION:
            return f"ours: {reason}; The Stack v2 let the repository's label {repository} decide"
        if ours.basis in ("tag", "notice"):
            return f"ours: {reason}, says the file itself; The Stack v2 read no source files"
        return f"ours: {reason}; The Stack v2 found only {', '.join(ids)}"
    if repository is not None and not ids:
        return f"The Stack v2 let the repository's label {repository} decide; ours: {reason}"
    if ours.expression is not None and stack_v2.flattened(ours.expression) >= set(ids):
        return f"The Stack v2 took the expression apart: {', '.join(ids)}; ours: {reason}"
    where = "the file itself" if ours.basis in ("tag", "notice", "license-file") else "the nearest statement"
    return f"The Stack v2 joined all that it found on the way to the root: {', '.join(ids)}; ours: {reason}, by {where}"


__all__ = ["Comparison", "Difference", "compare"]
