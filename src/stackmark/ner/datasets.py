"""Labelled text by way of the library `datasets`: folders that it saved, Parquet, and names of the hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stackmark.errors import SourceError, UsageError
from stackmark.ner.hub import NAME

#: Parts of a data set by what they are for; the first that is there counts.
TRAIN = ("train", "training")
DEV = ("validation", "valid", "val", "dev", "development")
TEST = ("test", *DEV)
#: Older ones run code that comes with the data.
OLDEST = 4
#: What `datasets` and pyarrow raise for files that are damaged, missing or of another kind.
TROUBLE = (OSError, ValueError, LookupError, TypeError, RuntimeError)

Rows = Iterable[Any]


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a data set of the hub: `owner/name` or `owner/name:configuration`."""
    name = text.partition(":")[0]
    return "/" in name and bool(NAME.fullmatch(name)) and not Path(name).parent.exists()


def parts_of(source: object) -> Mapping[str, Rows] | None:
    """Give the parts of a data set that is in memory already, None for anything else."""
    if isinstance(source, Mapping) and source and all(hasattr(part, "column_names") for part in source.values()):
        return {str(name): part for name, part in source.items()}
    return None


def choose(parts: Mapping[str, Rows], wanted: Sequence[str], name: str) -> Rows:
    """Give the first wanted part; the only part there is will do. Raises UsageError where none is it."""
    for one in wanted:
        if one in parts:
            return parts[one]
    if len(parts) == 1 and len(wanted) > 1:
        return next(iter(parts.values()))
    raise UsageError(f"{name} has no part {wanted[0]!r}", f"name one as {name}#PART: {', '.join(parts)}")


def open_rows(source: str, wanted: Sequence[str]) -> Rows:
    """Open a Parquet file, a folder, or a data set of the hub, and choose its part.

    A folder is one that `save_to_disk` wrote, of a data set or of several parts, or holds Parquet files, whose names or
    folders begin with that of their part. Raises SourceError for what cannot be read or fetched.
    """
    datasets = library(source)
    path = Path(source)
    try:
        if path.is_dir():
            loaded = saved(datasets, path) or parquet(datasets, path, wanted)
        elif is_name(source):
            name, _, configuration = source.partition(":")
            loaded = datasets.load_dataset(name, configuration or None)
        else:
            loaded = datasets.Dataset.from_parquet(str(path))
    except (*TROUBLE, datasets.exceptions.DatasetsError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        hint = (
            "give a Parquet file, a folder of `save_to_disk` or of Parquet, or owner/name of the hub, which is fetched"
        )
        raise SourceError(f"cannot read {source}: {first}", hint) from error
    parts = parts_of(loaded)
    found: Rows = loaded if parts is None else choose(parts, wanted, source)
    return found


def library(source: str) -> Any:
    """Import `datasets`; raises UsageError where it is missing, or so old that it runs code of the data."""
    try:
        import datasets
    except ImportError as error:
        raise UsageError(f"{source} needs the package datasets", "pip install datasets") from error
    if int(datasets.__version__.partition(".")[0]) < OLDEST:
        raise UsageError(f"{source} needs datasets {OLDEST} or later", "older ones run code that comes with the data")
    return datasets


def saved(datasets: Any, folder: Path) -> Any:
    """Open a folder of `save_to_disk`; None for another."""
    marks = ("dataset_dict.json", "dataset_info.json", "state.json")
    return datasets.load_from_disk(str(folder)) if any((folder / mark).exists() for mark in marks) else None


def parquet(datasets: Any, folder: Path, wanted: Sequence[str]) -> Rows:
    """Open the Parquet files of a part of a folder; files whose names say nothing are of the part `train`."""
    known: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.parquet")):
        known.setdefault(_part(path, folder), []).append(str(path))
    if not known:
        raise FileNotFoundError("it has no Parquet files and no saved data set")
    found: Rows = datasets.Dataset.from_parquet(choose(known, wanted, str(folder)))
    return found


def _part(path: Path, folder: Path) -> str:
    """Tell the part of a file: train-00000-of-00001.parquet, data/test.parquet, validation/0000.parquet."""
    for name in (path.name, *(parent.name for parent in path.parents if folder in parent.parents)):
        words = name.replace("_", "-").replace(".", "-").split("-")
        if words[0] in (*TRAIN, *TEST):
            return words[0]
    return TRAIN[0]
