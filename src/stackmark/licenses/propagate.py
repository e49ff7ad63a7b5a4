"""From what single files say to a licence for every path of a tree.

The first that answers: the file's own tag; a licence file's own text; the nearest directory, upwards, with
licence files; nothing. A vendored folder (`node_modules`, `third_party`) inherits nothing from above:
somebody else wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from stackmark.licenses import expressions, names, tags
from stackmark.licenses.detect import detect

#: What `resolve_tree` takes, a row per path of one origin. `license_tags` and `file_expression` are what the
#: detectors say.
TREE = pa.schema(
    [
        ("path", pa.binary()),
        ("license_tags", pa.string()),
        ("file_expression", pa.string()),
        ("is_vendor", pa.bool_()),
    ]
)

#: What it gives, a row per path in the same order. The evidence is the path of the file that the answer
#: rests on.
RESOLVED = pa.schema(
    [
        ("license_expression", pa.string()),
        ("license_class", pa.string()),
        ("license_basis", pa.string()),
        ("license_evidence", pa.binary()),
        ("license_conflict", pa.bool_()),
    ]
)

# Folders that hold other people's work wherever they stand, and some that do only if the path looks vendored
# otherwise.
_VENDORED = re.compile(
    rb"_?vendor(?:s|ed)?|third[-_ ]?part(?:y|ies)|3rd[-_ ]?party|node_modules|bower_components|jspm_packages"
    rb"|web_modules|godeps|_workspace|pods|carthage|site-packages|dist-packages|bundled?[-_]?(?:deps|libs)|\.bundle",
    re.I,
)
_PERHAPS = re.compile(rb"extern(?:als?)?|deps|dependencies|contrib|subprojects|submodules|packages|libs?", re.I)
# Metadata folders of Python packages speak for the folder that they stand in.
_METADATA = re.compile(rb"[^/]{1,200}\.(?:dist|egg)-info")
_LESSER = re.compile(r"copying[-_. ]lesser", re.I)


@dataclass(frozen=True)
class Resolution:
    """The licence of one path: SPDX expression or None, class, basis, whether sources conflict, and the
    deciding file.

    basis: tag, license-file, directory, vendored-without-license, none
    """

    expression: str | None
    license_class: str
    basis: str
    conflict: bool = False
    evidence: str | None = None


class _Level(NamedTuple):
    """What the licence files of one directory say together."""

    expression: str
    evidence: bytes
    conflict: bool


def resolve_tree(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return `RESOLVED` for the paths of one origin given as `TREE`."""
    paths = rows.column("path").to_pylist()
    own_tags = rows.column("license_tags").to_pylist()
    texts = rows.column("file_expression").to_pylist()
    vendored = rows.column("is_vendor").to_pylist()
    tree = _Tree({path: text for path, text in zip(paths, texts, strict=True) if text is not None})
    columns: list[list[object]] = [[] for _ in RESOLVED]
    for path, tag, text, is_vendor in zip(paths, own_tags, texts, vendored, strict=True):
        expression, basis, evidence, conflict = _resolve(tree, path, tag, text, bool(is_vendor))
        license_class = "unknown" if basis == "vendored-without-license" else expressions.license_class(expression)
        for column, value in zip(columns, (expression, license_class, basis, evidence, conflict), strict=True):
            column.append(value)
    return pa.record_batch(columns, schema=RESOLVED)


def resolve(files: Mapping[str | bytes, bytes]) -> dict[str | bytes, Resolution]:
    """Return the licence of every file of one tree, given its paths (no leading slash) and contents."""
    paths = [path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path for path in files]
    own_tags, texts = [], []
    for path, content in zip(paths, files.values(), strict=True):
        is_license = names.is_license_file(path)
        own_tags.append(None if is_license else tags.find(content).expression)
        texts.append(detect(content, path).expression if is_license else None)
    rows = pa.record_batch([paths, own_tags, texts, [False] * len(paths)], schema=TREE)
    out = resolve_tree(rows).to_pylist()
    return {path: _resolution(row) for path, row in zip(files, out, strict=True)}


def _resolution(row: dict[str, object]) -> Resolution:
    evidence = row["license_evidence"]
    return Resolution(
        None if row["license_expression"] is None else str(row["license_expression"]),
        str(row["license_class"]),
        str(row["license_basis"]),
        bool(row["license_conflict"]),
        evidence.decode("utf-8", "surrogateescape") if isinstance(evidence, bytes) else None,
    )


def _resolve(
    tree: _Tree, path: bytes, tag: str | None, text: str | None, is_vendor: bool
) -> tuple[str | None, str, bytes | None, bool]:
    if text is not None:
        return text, "license-file", path, False
    if tag is not None:
        return tag, "tag", path, False
    folder = _parent(path)
    top = vendored_root(path, is_vendor)
    level = tree.nearest(folder, top)
    if level is not None:
        return level.expression, "directory", level.evidence, level.conflict
    return None, "none" if top is None else "vendored-without-license", None, False


def vendored_root(path: bytes, is_vendor: bool = False) -> bytes | None:
    """Return the innermost vendored folder that a path lies in (`a/third_party` of `a/third_party/x/y.c`),
    or None.

    Names such as `deps` and `extern` count only where `is_vendor` says that the path looks vendored.
    """
    parts = path.split(b"/")[:-1]
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        if _VENDORED.fullmatch(part) or (is_vendor and _PERHAPS.fullmatch(part)):
            return b"/".join(parts[: place + 1])
    return None


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


class _Tree:
    """What the licence files of each directory say, and for any directory the nearest that has some."""

    def __init__(self, texts: Mapping[bytes, str]) -> None:
        at: dict[bytes, dict[bytes, str]] = {}
        reuse: dict[bytes, dict[bytes, str]] = {}
        metadata = {folder for path in texts for folder in _metadata_folders(path)}
        crowd: dict[bytes, int] = {}
        for folder in metadata:
            crowd[_parent(folder)] = crowd.get(_parent(folder), 0) + 1
        for path in sorted(texts):
            speaks_for = next((_parent(f) for f in _metadata_folders(path) if crowd[_parent(f)] == 1), _parent(path))
            at.setdefault(speaks_for, {})[path] = texts[path]
            if names.in_reuse_folder(path):
                reuse.setdefault(_parent(_parent(path)), {})[path] = texts[path]
        self._levels = {folder: _combine(files) for folder, files in (reuse | at).items()}
        self._nearest: dict[bytes, bytes | None] = {}

    def nearest(self, folder: bytes, top: bytes | None) -> _Level | None:
        """Return the level of the nearest directory from `folder` upwards, none above `top`."""
        found = self._nearest_folder(folder)
        if found is None or (top is not None and found != top and not found.startswith(top + b"/")):
            return None
        return self._levels[found]

    def _nearest_folder(self, folder: bytes) -> bytes | None:
        passed = []
        while folder not in self._nearest:
            if folder in self._levels:
                self._nearest[folder] = folder
            elif folder == b"":
                self._nearest[folder] = None
            else:
                passed.append(folder)
                folder = _parent(folder)
        for one in passed:
            self._nearest[one] = self._nearest[folder]
        return self._nearest[folder]


def _metadata_folders(path: bytes) -> list[bytes]:
    """Return the `.dist-info` folder that a file stands in, or in whose `licenses` (PEP 639) it stands."""
    folder = _parent(path)
    parts = folder.split(b"/")
    if len(parts) > 1 and b"licenses" in parts[1:]:
        folder = b"/".join(parts[: parts.index(b"licenses", 1)])
    return [folder] if _METADATA.fullmatch(folder.rpartition(b"/")[2]) else []


def _combine(files: Mapping[bytes, str]) -> _Level:
    """Join the licence files of one directory: by OR where each is named for its licence, else by AND."""
    evidence = min(files, key=lambda path: (len(path), path))
    found = list(dict.fromkeys(files.values()))
    if len(found) == 1:
        return _Level(found[0], evidence, False)
    lesser = [path for path in files if _LESSER.match(names.base(path))]
    if lesser and all(_is_gpl(files[path]) for path in files if path not in lesser):
        return _Level(files[lesser[0]], lesser[0], False)
    if all(names.says_id(path) for path in files):
        return _Level(expressions.join(found, "OR") or expressions.UNKNOWN, evidence, False)
    classes = {expressions.license_class(one) for one in found}
    return _Level(expressions.join(found) or expressions.UNKNOWN, evidence, len(classes) > 1)


def _is_gpl(expression: str) -> bool:
    return re.fullmatch(r"L?GPL-[\d.]+(?:-only|-or-later)", expression) is not None


__all__: Sequence[str] = ("RESOLVED", "TREE", "Resolution", "resolve", "resolve_tree", "vendored_root")
