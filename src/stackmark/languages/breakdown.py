"""What a folder is written in, in shares of bytes: the bar that forges show under a repository.

As Linguist counts: programming and markup languages only, each with its group, and without files that somebody else or
a program wrote, that document, or that are not text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from stackmark import text
from stackmark.languages import context, facts_language, path_columns, rules
from stackmark.languages.answers import answer
from stackmark.languages.claims import claim
from stackmark.languages.notebooks import LIMIT, kernel_language
from stackmark.languages.strategies import base_name
from stackmark.languages.tables import table

#: Bytes of a file that are read; notebooks are read whole, because what they say of their kernel comes last.
HEAD = 1 << 20
BATCH_FILES, BATCH_BYTES = 1000, 32 << 20
COUNTED, KINDS = ("programming", "markup"), ("data", "prose")
NOTEBOOK = b".ipynb"
#: Strategies that choose among the languages of a name.
UNDECIDED = frozenset({"rule", "classifier", "context", "extension-ambiguous"})


@dataclass(frozen=True)
class File:
    """What is said of one file.

    length:   bytes
    language: null where nothing fits, or the content is not text
    kernel:   of a notebook: the language of its code
    left_out: why the file is in no breakdown: "not text", "unknown", "vendored", "generated", "documentation", "data",
              "prose"; empty where it is
    """

    path: bytes
    length: int
    encoding: str | None
    language: str | None
    strategy: str | None
    confidence: float | None
    kernel: str | None
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """A language's part of a folder: files, bytes, and bytes as a share of all that are counted."""

    language: str
    files: int
    bytes: int
    share: float


def shares(files: Iterable[File], everything: bool = False) -> list[Share]:
    """Add files up by language, the largest share first; with `everything` all that have a language."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for file in files:
        if file.language and (everything or not file.left_out):
            name = table()[file.language].group or file.language
            counts[name][0] += 1
            counts[name][1] += file.length
    total = sum(size for _, size in counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1][1], item[0]))
    return [Share(name, number, size, size / total if total else 0.0) for name, (number, size) in ordered]


def look(root: Path, paths: Iterable[bytes]) -> list[File]:
    """Say of each file under `root` what it is; `paths` are below it. Files that cannot be read are left out.

    They count as one tree: where a text alone does not tell, its neighbours do.
    """
    return _in_tree(list(_alone(root, paths)))


def _in_tree(files: list[File]) -> list[File]:
    said = [
        (file.path, answer(file.language, file.strategy, file.confidence) if file.language else None) for file in files
    ]
    for place, now in context.in_tree(said).items():
        kept = (reason for reason in files[place].left_out if reason not in KINDS)
        files[place] = replace(
            files[place],
            language=now.name,
            strategy=now.strategy,
            confidence=now.confidence,
            left_out=(*kept, *_uncounted(now.name)),
        )
    return files


def _alone(root: Path, paths: Iterable[bytes]) -> Iterator[File]:
    batch: list[tuple[bytes, int, bytes]] = []
    size = 0
    for path in paths:
        read = _read(root / Path(_text(path)), LIMIT if path.endswith(NOTEBOOK) else HEAD)
        if read is None:
            continue
        batch.append((path, *read))
        size += len(read[1])
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield from _inspect(batch)
            batch, size = [], 0
    yield from _inspect(batch)


def _read(path: Path, most: int) -> tuple[int, bytes] | None:
    """Return the length of a regular file and its bytes, of a long one the lines that begin it."""
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(most)
        length = path.stat().st_size
    except (OSError, ValueError):
        return None
    if length > len(head):
        head = head[: head.rfind(b"\n") + 1] or head
    return length, head


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _inspect(batch: Sequence[tuple[bytes, int, bytes]]) -> Iterator[File]:
    if not batch:
        return
    paths = pa.array([path for path, _, _ in batch], pa.binary())
    texts, encodings, _ = text.decode_batch(pa.array([content for _, _, content in batch], pa.large_binary()))
    asked = pa.RecordBatch.from_arrays([paths, texts], names=["path", "text"])
    facts = facts_language.inspect(asked).to_pylist()
    documents = path_columns.documentation(paths).to_pylist()
    for (path, length, content), row, encoding, document in zip(
        batch, facts, encodings.to_pylist(), documents, strict=True
    ):
        kernel = kernel_language(content) if path.endswith(NOTEBOOK) else None
        flags = {"vendored": row["is_vendor"], "generated": row["is_generated"], "documentation": document}
        language = row["language"]
        kinds = _uncounted(language) if language else ("unknown" if encoding else "not text",)
        reasons = (*(reason for reason, is_so in flags.items() if is_so), *kinds)
        said = (language, row["language_strategy"], row["language_confidence"])
        yield File(path, length, encoding, *said, kernel, reasons)


def _uncounted(language: str) -> tuple[str, ...]:
    kind = table()[language].type
    return () if kind in COUNTED else (kind,)


def why(file: File, content: bytes) -> list[str]:
    """Say what an answer rests on: the languages that the name leaves open, the rules by which the file is left out."""
    open_to = claim(base_name(file.path)).languages
    found = [f"its name may be of {', '.join(open_to)}"] if file.strategy in UNDECIDED and len(open_to) > 1 else []
    path, opening, head = file.path, content[: rules.OPENING], content[: rules.HEAD]
    asked = {
        "vendored": rules.named("vendored.toml", "rule", path),
        "documentation": rules.named("documentation.toml", "rule", path),
        "generated": rules.named("generated.toml", "lock", path)
        + rules.named("generated.toml", "path", path)
        + rules.named("generated.toml", "opening", opening)
        + rules.named("generated.toml", "mark", head),
    }
    for reason in file.left_out:
        names = asked.get(reason)
        found.append(reason if names is None else f"{reason} ({', '.join(names) or 'long lines'})")
    return found
