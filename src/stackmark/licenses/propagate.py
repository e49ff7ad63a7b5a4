"""From what single files say to a licence for every path of a tree.

The first that answers:

1. the file's own tag or notice, or that of the source file that it refers to; for a licence file its own text;
2. REUSE (a side file, REUSE.toml) and DEP-5;
3. the nearest directory that says something: its licence files and its package manifests together, else its readme;
   where a licence file names parts, what it says of the part;
4. what a forge says of the repository, if it is given;
5. nothing.

A vendored folder (`node_modules`, `third_party`) inherits nothing from above: somebody else wrote it. Statements that
contradict each other are a conflict and are joined by AND, so that the stricter one holds.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from stackmark.licenses import declarations, expressions, manifests, names, reading, readme, reuse, scopes, tags, words
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import Detection, detect, in_text
from stackmark.licenses.levels import target_of
from stackmark.licenses.tree import Tree, parent, vendored_root

#: What `resolve_tree` takes, a row per path of one origin: what the detectors say.
TREE = pa.schema(
    [
        ("path", pa.binary()),
        ("license_tags", pa.string()),
        ("notice_expression", pa.string()),
        ("notice_files", pa.list_(pa.string())),
        ("file_expression", pa.string()),
        ("license_declarations", pa.string()),
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

#: What a notice says that only points elsewhere; the directory then answers.
REFERENCES = ("LicenseRef-scancode-unknown-license-reference", "LicenseRef-scancode-see-license")


_Path = TypeVar("_Path", bound=str | bytes)


@dataclass(frozen=True)
class Evidence:
    """A file that an answer rests on: lines `start` to `end` of it match the known text `rule` by `score`, 0 to 1.

    Lines, rule and score are None where the file declares a licence without quoting one.
    """

    path: str
    start: int | None = None
    end: int | None = None
    rule: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Resolution:
    """The licence of one path: SPDX expression or None, class, basis, whether sources conflict, and the evidence.

    basis: tag, notice, license-file, side-file, reuse, dep5, directory, part, manifest, readme, repository,
           vendored-without-license, none
    """

    expression: str | None
    license_class: str
    basis: str
    conflict: bool = False
    evidence: tuple[Evidence, ...] = ()


class _Answer(NamedTuple):
    expression: str | None
    basis: str
    evidence: bytes | None = None
    conflict: bool = False


def resolve_tree(rows: pa.RecordBatch, repository: str | None = None) -> pa.RecordBatch:
    """Return `RESOLVED` for the paths of one origin given as `TREE`.

    `repository` is the expression that a forge gives for the repository at the same revision; it fills gaps only.
    """
    columns = {name: rows.column(name).to_pylist() for name in rows.schema.names}
    paths, vendored = columns["path"], columns["is_vendor"]
    texts = [_named_text(path, text) for path, text in zip(paths, columns["file_expression"], strict=True)]
    own, notices = columns["license_tags"], columns["notice_expression"]
    said = zip(paths, columns["license_declarations"], strict=True)
    declared = {path: declarations.load(text) for path, text in said if text}
    known = {path: text for path, text in zip(paths, texts, strict=True) if text is not None}
    tree = Tree(known, declared, paths, _named_by_manifests(declared, columns))
    shared: dict[tuple[bytes, bool], _Answer] = {}
    answers = []
    by_path = dict(zip(paths, texts, strict=True)) if tree.points else {}
    stated = _by_reference(
        paths, [tag or notice for tag, notice in zip(own, notices, strict=True)], columns["notice_files"]
    )
    mistitled = _mistitled(paths, texts)
    for path, tag, notice, text, is_vendor in zip(paths, own, notices, texts, vendored, strict=True):
        if path in stated and tag is None and text is None and path not in tree.side_files:
            answers.append(stated[path])
            continue
        if tag is None and notice is None and text is None and not tree.by_path and path not in tree.side_files:
            key = parent(path), bool(is_vendor)
            if key not in shared:
                shared[key] = _inherited(tree, path, bool(is_vendor), repository)
            answers.append(shared[key])
        else:
            meant = by_path.get(tree.points.get(path, path), text)
            answers.append(_resolve(tree, path, _own(path, tag, notice, meant), bool(is_vendor), repository))
    return _columns([_checked(one, mistitled) for one in answers] if mistitled else answers)


def _named_by_manifests(
    declared: Mapping[bytes, Sequence[Declaration]], columns: Mapping[str, list[Any]]
) -> dict[bytes, str]:
    """Return what the files state that manifests name for their licence, whatever the files are called."""
    targets = {target_of(path, one) for path, said in declared.items() for one in said if one.kind == "manifest"}
    rows = zip(columns["path"], columns["license_tags"], columns["notice_expression"], strict=True)
    return {path: tag or notice for path, tag, notice in rows if path in targets and (tag or notice)} if targets else {}


def _mistitled(paths: Sequence[bytes], texts: Sequence[str | None]) -> dict[str, str]:
    """Return id -> expression of the texts in REUSE's folder `LICENSES` that are named for another id."""
    found: dict[str, str] = {}
    for path, text in zip(paths, texts, strict=True):
        if text is not None and names.in_reuse_folder(path):
            named = expressions.parse(names.base(path).removesuffix(".txt"))
            if named and text != expressions.UNKNOWN and expressions.families(named) != expressions.families(text):
                found[named] = text
    return found


def _checked(answer: _Answer, mistitled: Mapping[str, str]) -> _Answer:
    """Return an answer with what the texts say that it names by ids which are not theirs."""
    meant = [mistitled[one] for one in expressions.members(answer.expression or "") if one in mistitled]
    both = [joined for text in meant if (joined := _contradicted(answer.expression or "", text))]
    if answer.basis == "license-file" or not both:
        return answer
    return answer._replace(expression=expressions.join(both), conflict=True)


def _by_reference(
    paths: Sequence[bytes], stated: Sequence[str | None], named: Sequence[Sequence[str] | None]
) -> dict[bytes, _Answer]:
    """Return the licence of the files that state none and refer to a source file for it ("see notice in lua.h")."""
    found: dict[bytes, _Answer] = {}
    pointing = [number for number, files in enumerate(named) if files and stated[number] is None]
    known = dict(zip(paths, stated, strict=True)) if pointing else {}
    for number in pointing:
        for file in named[number] or ():
            target = posixpath.normpath(posixpath.join(parent(paths[number]), file.encode("utf-8", "surrogateescape")))
            expression = None if names.is_license_file(target) else known.get(target)
            if expression and not any(one in expression for one in REFERENCES):
                found.setdefault(paths[number], _Answer(expression, "notice", target))
    return found


def _named_text(path: bytes, text: str | None) -> str | None:
    """Return what a licence file says; in REUSE's folder a name that agrees with the text tells "or later"."""
    if text is None or not names.in_reuse_folder(path):
        return text
    named = expressions.parse(names.base(path).removesuffix(".txt"))
    return named if named and expressions.families(named) == expressions.families(text) else text


def _columns(answers: Sequence[_Answer]) -> pa.RecordBatch:
    classes = [
        "unknown" if one.basis == "vendored-without-license" else expressions.license_class(one.expression)
        for one in answers
    ]
    values = [
        [one.expression for one in answers],
        classes,
        [one.basis for one in answers],
        [one.evidence for one in answers],
        [one.conflict for one in answers],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(values, RESOLVED, strict=True)]
    return pa.record_batch(arrays, schema=RESOLVED)


def _own(path: bytes, tag: str | None, notice: str | None, text: str | None) -> _Answer | None:
    """Return what a file says of itself. Readmes and manifests speak of their package."""
    if text is not None:
        return _Answer(text, "license-file", path)
    if tag is not None:
        both = _contradicted(tag, notice)
        return _Answer(both or tag, "tag", path, both is not None)
    name = names.base(path)
    if notice is None or readme.NAME.fullmatch(name) or manifests.is_data(name):
        return None
    known = [one for one in expressions.members(notice) if one not in REFERENCES]
    if not known:
        return None
    return _Answer(notice if not any(one in notice for one in REFERENCES) else expressions.join(known), "notice", path)


def _contradicted(said: str, other: str | None) -> str | None:
    """Return both expressions joined where another statement names stricter licences that the first does not."""
    known = [one for one in expressions.members(other or "") if one != expressions.UNKNOWN and one not in REFERENCES]
    strict = [one for one in known if expressions.license_class(one) not in ("public-domain", "permissive")]
    told = expressions.families(said)
    more = [one for one in strict if not expressions.families(one) <= told]
    rank = expressions.rank(expressions.license_class(said))
    if not more or max(expressions.rank(expressions.license_class(one)) for one in more) <= rank:
        return None
    return expressions.join([said, *more])


def _resolve(tree: Tree, path: bytes, own: _Answer | None, is_vendor: bool, repository: str | None) -> _Answer:
    hits = tree.scopes.above(path, vendored_root(path, is_vendor)) if tree.scopes else []
    by_kind = {kind: [hit for hit in hits if hit.declaration.kind == kind] for kind in scopes.SCOPED} if hits else {}
    if by_kind.get("reuse-override"):
        hit = by_kind["reuse-override"][-1]  # of several that override, the one nearest to the root
        return _Answer(hit.declaration.expression, "reuse", hit.evidence)
    if path in tree.side_files:
        return _against(own, tree.side_files[path])
    found = scopes.settle(hits)
    answer = own or (found and _Answer(found.declaration.expression, found.declaration.kind, found.evidence))
    if by_kind.get("reuse-aggregate"):
        extra = by_kind["reuse-aggregate"]
        joined = expressions.join(filter(None, [answer and answer.expression, scopes.joined(extra)]))
        return _Answer(joined, answer.basis if answer else "reuse", answer.evidence if answer else extra[0].evidence)
    return answer or _inherited(tree, path, is_vendor, repository)


def _against(own: _Answer | None, hit: scopes.Hit) -> _Answer:
    """Return what a side file says, which goes before the file's own statement; both hold where they differ."""
    said = hit.declaration.expression
    if own is None or own.expression is None or said is None or own.expression == said:
        return _Answer(said, "side-file", hit.evidence)
    return _Answer(expressions.join([said, own.expression]), "side-file", hit.evidence, True)


def _inherited(tree: Tree, path: bytes, is_vendor: bool, repository: str | None) -> _Answer:
    top = vendored_root(path, is_vendor)
    level = tree.answer(path, parent(path), top)
    if level is not None:
        return _Answer(level.expression, level.basis, level.evidence, level.conflict)
    if top is not None:
        return _Answer(None, "vendored-without-license")
    return _Answer(None, "none") if repository is None else _Answer(repository, "repository")


def resolve(files: Mapping[_Path, bytes], repository: str | None = None) -> dict[_Path, Resolution]:
    """Return the licence of every file of one tree, given its paths (no leading slash) and contents.

    `repository` is an SPDX expression that a forge gives for the repository at this revision; it only fills gaps.
    Never raises for any path or content.
    """
    paths = [path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path for path in files]
    found: dict[bytes, Detection] = {}
    columns: list[list[object]] = [[] for _ in TREE]
    for path, content in zip(paths, files.values(), strict=True):
        one = found[path] = detect(content, path)
        is_license = names.is_license_file(path)
        tag = None if is_license else tags.find(content).expression
        declared = reading.read(path, content) if reading.is_declaring(path) else []
        notice = None if is_license or reuse.is_side_file(names.base(path)) else _beside_tag(content, tag, one)
        text, refers = (one.expression, None) if is_license else (None, list(one.pointers) or None)
        row = (path, tag, notice, refers, text, declarations.dump(declared), False)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    given = None if repository is None else tags.interpret(repository)
    out = resolve_tree(pa.record_batch(columns, schema=TREE), given)
    return {path: _resolution(row, found) for path, row in zip(files, out.to_pylist(), strict=True)}


def _beside_tag(content: bytes, tag: str | None, detection: Detection) -> str | None:
    """Return what a file states without its tag, as the facts of a build have it."""
    if tag is None:
        return detection.expression
    return in_text(words.decode(content).encode("utf-8", "replace")).expression


def _resolution(row: dict[str, object], found: Mapping[bytes, Detection]) -> Resolution:
    path = row["license_evidence"]
    return Resolution(
        None if row["license_expression"] is None else str(row["license_expression"]),
        str(row["license_class"]),
        str(row["license_basis"]),
        bool(row["license_conflict"]),
        _evidence(path, found[path]) if isinstance(path, bytes) else (),
    )


def _evidence(path: bytes, detection: Detection) -> tuple[Evidence, ...]:
    shown = path.decode("utf-8", "surrogateescape")
    matches = tuple(Evidence(shown, one.start, one.end, one.name, one.score) for one in detection.matches)
    return matches or (Evidence(shown),)


__all__: Sequence[str] = ("RESOLVED", "TREE", "Evidence", "Resolution", "resolve", "resolve_tree", "vendored_root")
