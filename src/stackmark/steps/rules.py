"""The rules that look at one entry, in their order. The first that applies decides; its name goes to the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stackmark.dedup import exact
from stackmark.languages import columns
from stackmark.licenses import propagate
from stackmark.licenses.policy import Policy, Verdict
from stackmark.quality.profile import Profile
from stackmark.steps.settings import Settings

Mask = npt.NDArray[np.bool_]

#: Problems of a listing or a fetch that are in the nature of a thing; all others are losses.
BY_NATURE = ("over-size", "too_large", "special-file", "empty", "no-revision-as-of")
KINDS = {"symlink": "a symbolic link", "submodule": "a submodule, which is another repository"}


class Fates:
    """The outcome, stage, rule and sentence of each entry, settled once."""

    def __init__(self, rows: int) -> None:
        self.columns = {name: np.full(rows, None, dtype=object) for name in ("outcome", "stage", "rule", "detail")}
        self.open: Mask = np.ones(rows, dtype=bool)

    def settle(self, where: Mask, **values: object) -> None:
        """Settle the open entries of `where`; a value is one for all or a column."""
        where = where & self.open
        for name, value in values.items():
            self.columns[name][where] = value[where] if isinstance(value, np.ndarray) else value
        self.open &= ~where


def edges(table: pa.Table, entry_bits: int) -> list[int]:
    """Return where the entries of each origin begin, and the end; rows must be in the order of their numbers."""
    origins = table["entry_no"].to_numpy() >> entry_bits
    return [0, *(np.flatnonzero(np.diff(origins)) + 1).tolist(), len(origins)]


def resolve_languages(table: pa.Table, entry_bits: int) -> pa.Table:
    """Let the tree of each origin speak where a text left its language open; rows in the order of their numbers."""
    names = ("language", "language_strategy", "language_confidence")
    paths, *said = (table[name].combine_chunks() for name in ("path", *names))
    alone = pa.StructArray.from_arrays(said, fields=list(columns.TYPE), mask=pc.is_null(said[0]))
    ranges = itertools.pairwise(edges(table, entry_bits))
    trees = [columns.in_tree(paths[start:end], alone[start:end]) for start, end in ranges]
    for name, values in zip(names, pa.chunked_array(trees, columns.TYPE).combine_chunks().flatten(), strict=True):
        table = table.set_column(table.schema.get_field_index(name), name, values)
    return table


def resolve_licenses(table: pa.Table, entry_bits: int) -> pa.Table:
    """Add the licence columns, walking the tree of each origin; rows must be in the order of their numbers."""
    known = table.select(propagate.TREE.names).cast(propagate.TREE).combine_chunks()
    answers = []
    for start, end in itertools.pairwise(edges(table, entry_bits)):
        if start < end:
            tree = pa.RecordBatch.from_struct_array(known.slice(start, end - start).to_struct_array().combine_chunks())
            answers.append(propagate.resolve_tree(tree))
    resolved = pa.Table.from_batches(answers, schema=propagate.RESOLVED)
    for name in resolved.column_names:
        table = table.append_column(name, resolved[name])
    return table


def mask(column: pa.ChunkedArray) -> Mask:
    """Return a boolean column as numpy, null as false."""
    found: Mask = pc.fill_null(column, False).to_numpy()
    return found


def texts(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Return a string column as numpy objects, null as None."""
    found: npt.NDArray[np.object_] = column.cast(pa.string()).to_numpy(zero_copy_only=False)
    return found.astype(object, copy=False)


def present(values: npt.NDArray[np.object_]) -> Mask:
    """Return where a column is not None."""
    return np.array([value is not None for value in values], dtype=bool)


def apply(
    table: pa.Table, settings: Settings, copies: Mapping[int, str] | None = None, entry_bits: int = 0
) -> pa.Table:
    """Add outcome, stage, rule and detail (null where no rule refuses), priority, known_as and refused_as.

    copies: numbers of origins that are dropped as copies of others, each with the reason
    """
    fates = Fates(table.num_rows)
    listed(table, fates)
    if copies:
        copied(table["entry_no"].to_numpy() >> entry_bits, fates, copies)
    fetched(table, fates, settings.max_content)
    read(table, fates)
    refused = licensed(table, fates, settings.policy)
    judged(table, fates, settings.profile)
    for name, values in fates.columns.items():
        table = table.append_column(name, pa.array(values, pa.string()))
    numbers = exact.priority(
        table["entry_no"].to_numpy(), table["license_class"].combine_chunks(), mask(table["is_vendor"])
    )
    table = table.append_column("priority", pa.array(numbers, pa.int64(), mask=~fates.open))
    known = ~np.isin(texts(table["license_class"]).astype(str), exact.SILENT)
    for name, where in (("known_as", known), ("refused_as", known & refused)):
        values = pc.if_else(pa.array(where), table["license_expression"], pa.scalar(None, pa.string()))
        table = table.append_column(name, values.cast(pa.string()))
    return table


def listed(table: pa.Table, fates: Fates) -> None:
    """Settle what listing already found out: opt-outs, problems, and kinds that hold no content."""
    request = texts(pc.binary_join_element_wise("the opt-out list asks for it:", table["request"], " "))
    fates.settle(present(request), outcome="opted-out", stage="opt-out", rule="opted-out-content", detail=request)
    problem, detail = texts(table["problem"]), texts(table["problem_detail"])
    nature = np.isin(problem.astype(str), BY_NATURE)
    found = present(problem)
    fates.settle(found & nature, outcome="skipped", stage="list", rule=problem, detail=detail)
    fates.settle(found, outcome="quarantined", stage="list", rule=problem, detail=detail)
    kind = texts(table["kind"])
    for name, words in KINDS.items():
        fates.settle(kind == name, outcome="skipped", stage="list", rule=name, detail=f"it is {words}")
    fates.settle(kind != "file", outcome="skipped", stage="list", rule="no-content", detail="it holds no content")


def copied(origins: npt.NDArray[np.int64], fates: Fates, copies: Mapping[int, str]) -> None:
    """Settle the entries of repositories that are copies of others."""
    words = np.array([*(copies.get(origin) for origin in origins.tolist()), None], dtype=object)[:-1]
    fates.settle(present(words), outcome="dropped", stage="duplicate", rule="similar-repository", detail=words)


def fetched(table: pa.Table, fates: Fates, max_content: int) -> None:
    """Settle what could not be fetched, or was too long to be."""
    length = pc.fill_null(table["length"], 0).to_numpy()
    over = length > max_content
    words = np.full(len(length), None, dtype=object)
    words[over] = [f"it has {one:,} bytes; at most {max_content:,} are read" for one in length[over].tolist()]
    fates.settle(over, outcome="skipped", stage="fetch", rule="over-size", detail=words)
    status, detail = texts(table["status"]), texts(table["status_detail"])
    fates.settle(status == "too_large", outcome="skipped", stage="fetch", rule="over-size", detail=detail)
    fates.settle(present(status), outcome="quarantined", stage="fetch", rule=status, detail=detail)
    unseen = pc.is_null(table["is_lfs_pointer"]).to_numpy()
    fates.settle(unseen, outcome="quarantined", stage="fetch", rule="missing", detail="no source could give it")


def read(table: pa.Table, fates: Fates) -> None:
    """Settle what is no text."""
    pointer = mask(table["is_lfs_pointer"])
    words = "its content is kept elsewhere, by Git LFS"
    fates.settle(pointer, outcome="skipped", stage="text", rule="lfs-pointer", detail=words)
    problem = texts(table["text_problem"])
    fates.settle(problem == "binary", outcome="skipped", stage="text", rule="binary", detail="it is not text")
    words = "it is text in no encoding that gives its bytes back"
    fates.settle(problem == "undecodable", outcome="quarantined", stage="text", rule="undecodable", detail=words)


def licensed(table: pa.Table, fates: Fates, policy: Policy) -> Mask:
    """Settle what the policy refuses. Returns where it refuses, settled before or not."""
    expressions = texts(table["license_expression"])
    classes = texts(table["license_class"])
    verdicts: dict[str | None, Verdict] = {one: policy.decide(one) for one in set(expressions.tolist())}
    allowed = np.array([verdicts[one].allowed is True for one in expressions], dtype=bool)
    reasons = np.array([verdicts[one].reason for one in expressions] + [None], dtype=object)[:-1]
    for name in exact.SILENT:
        fates.settle(
            ~allowed & (classes == name),
            outcome="dropped",
            stage="license",
            rule=f"license-{name}",
            detail=reasons,
        )
    fates.settle(~allowed, outcome="dropped", stage="license", rule="license-not-allowed", detail=reasons)
    refused: Mask = ~allowed
    return refused


def judged(table: pa.Table, fates: Fates, profile: Profile) -> None:
    """Settle what the quality profile drops."""
    where = fates.open.copy()
    rule, detail = profile.judge(table.filter(pa.array(where)))
    rules, details = (np.full(len(where), None, dtype=object) for _ in range(2))
    rules[where], details[where] = texts(rule), texts(detail)
    fates.settle(present(rules), outcome="dropped", stage="quality", rule=rules, detail=details)
    # Whatever the profile says: a release has a folder for each language, and none for what has no language.
    nameless = ~present(texts(table["language"]))
    words = "no language is known for it"
    fates.settle(nameless, outcome="dropped", stage="quality", rule="unknown-language", detail=words)
