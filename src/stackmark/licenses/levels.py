"""What one directory says of its licence: its licence files and its manifests together, else its readme."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stackmark.licenses import expressions, names, stated
from stackmark.licenses.declarations import Declaration

_LESSER = re.compile(r"copying[-_. ]lesser", re.I)
# Recipes by which a distribution builds a package: they repeat, often loosely, what its licence files say.
_RECIPE = re.compile(r".*\.spec|.*\.ebuild|PKGBUILD|APKBUILD")
_FREE = ("public-domain", "permissive")


@dataclass(frozen=True)
class Level:
    """The answer of a directory.

    basis:    directory (licence files, maybe with manifests), manifest, readme
    evidence: the file that it rests on
    conflict: files of the directory contradict each other; the expression then joins them by AND
    """

    expression: str
    basis: str
    evidence: bytes
    conflict: bool = False


Said = Sequence[tuple[bytes, Declaration]]  # declaring file, what it declares


def combine(
    files: Mapping[bytes, str], manifests: Said, readmes: Said, texts: Mapping[bytes, str], above: str | None = None
) -> Level | None:
    """Return what a directory says, None if it says nothing.

    `files` maps its licence files to their expressions, `texts` all files of the tree that a manifest may name for its
    licence; `above` is what the directories above say, for names that leave the version open. The recipe of a
    distribution (tool.spec) counts only where nothing else does. A manifest that agrees with the licence files may
    refine them (a choice, "or later"); one that contradicts them is a conflict, and both hold.
    """
    if files or above:
        manifests = [(path, one) for path, one in manifests if not _RECIPE.fullmatch(names.base(path))]
    targets = [(path, target) for path, one in manifests if (target := target_of(path, one)) in texts]
    if targets and not any(one.expression or one.family for _, one in manifests):
        return Level(texts[targets[0][1]], "directory", targets[0][1])
    level = _of_files(files) if files else None
    context = level.expression if level else above
    ids = expressions.members(context) if context else []
    said = [(path, _settled(one, ids)) for path, one in manifests if one.expression or one.family]
    if said:
        return _of_manifests(said, ids) if level is None else _together(level, said)
    if level is None and manifests:  # a manifest that names a file which is not there, or is no licence
        return Level(expressions.UNKNOWN, "manifest", manifests[0][0])
    for path, one in readmes:
        expression = stated.settle(one.expression or expressions.UNKNOWN, ids)
        if level is None:
            return Level(expression, "readme", path)
        if expressions.families(expression) == expressions.families(level.expression):
            return Level(expression, level.basis, level.evidence, False)
    return level


def _settled(declaration: Declaration, ids: Sequence[str]) -> Declaration:
    if declaration.expression is None:
        return declaration
    return replace(declaration, expression=stated.settle(declaration.expression, ids))


def target_of(path: bytes, declaration: Declaration) -> bytes:
    """Return the path of the file that a declaration names, b"" for none."""
    named = path.rpartition(b"/")[0] + b"/" + (declaration.file or "").encode("utf-8", "surrogateescape")
    return posixpath.normpath(named).lstrip(b"/") if declaration.file else b""


def _of_files(files: Mapping[bytes, str]) -> Level:
    """Join the licence files of one directory: by OR where each is named for its licence, else by AND.

    A translation that no known text explains says what the file says that it translates.
    """
    known = {names.title(path) for path, text in files.items() if expressions.UNKNOWN not in expressions.members(text)}
    files = {
        path: text for path, text in files.items() if text != expressions.UNKNOWN or names.original(path) not in known
    }
    evidence = min(files, key=lambda path: (len(path), path))
    files = _chosen(files)
    found = list(dict.fromkeys(files[path] for path in sorted(files)))
    if len(found) == 1:
        return Level(found[0], "directory", evidence)
    lesser = [path for path in files if _LESSER.match(names.base(path))]
    if lesser and all(_is_gpl(files[path]) for path in files if path not in lesser):
        return Level(files[lesser[0]], "directory", lesser[0])
    if all(names.says_id(path) for path in files):
        return Level(expressions.join(found, "OR") or expressions.UNKNOWN, "directory", evidence)
    return Level(expressions.join(found) or expressions.UNKNOWN, "directory", evidence, _differ(found))


def _chosen(files: Mapping[bytes, str]) -> Mapping[bytes, str]:
    """Leave out a file that only announces the choice between the others: "either LICENSE.APACHE or LICENSE.BSD"."""
    named = {path: text for path, text in files.items() if names.says_id(path)}
    rest = {path: text for path, text in files.items() if path not in named}
    offers = [expressions.members(text) for text in rest.values() if " OR " in text and " AND " not in text]
    if len(named) < 2 or len(rest) != 1 or not offers:
        return files
    families = {one.partition("-")[0] for one in offers[0]}
    return named if families == {text.partition("-")[0] for text in named.values()} else files


def _of_manifests(said: Said, ids: Sequence[str] = ()) -> Level:
    """Join manifests: one that leaves the version open says nothing beside one that does not."""
    found = list(dict.fromkeys(one.expression for _, one in said if one.expression))
    for _, one in said:
        if one.family and not any(_in_family(each, one.family) for each in found):
            found.append(stated.settle(stated.placeholder(one.family), ids))
    joined = expressions.join(found) or expressions.UNKNOWN
    return Level(joined, "manifest", said[0][0], _differ(found))


def _together(level: Level, said: Said) -> Level:
    """Weigh manifests against the licence files beside them."""
    rank = expressions.rank(expressions.license_class(level.expression))
    vague = [one.family for _, one in said if one.family and expressions.rank(stated.family_class(one.family)) <= rank]
    exact = [(path, one) for path, one in said if one.family not in vague]
    if not exact:  # a vague name that promises no less than the licence files do does not change what they say
        odd = any(not _in_family(level.expression, family) for family in vague)
        return Level(level.expression, level.basis, level.evidence, level.conflict or odd)
    manifest = _of_manifests(exact, expressions.members(level.expression))
    ours, theirs = expressions.families(level.expression), expressions.families(manifest.expression)
    if ours <= theirs:
        return Level(manifest.expression, "directory", level.evidence, manifest.conflict)
    conflict = _differ([level.expression, manifest.expression])
    if theirs <= ours:
        return Level(level.expression, "directory", level.evidence, level.conflict or conflict)
    both = expressions.join([level.expression, manifest.expression]) or expressions.UNKNOWN
    return Level(both, "directory", level.evidence, True)


def _in_family(expression: str, family: str) -> bool:
    return all(member.startswith(stated.family_prefixes(family)) for member in expressions.members(expression))


def _differ(found: Iterable[str]) -> bool:
    """Return whether some of the expressions are permissive and some are not."""
    return len({expressions.license_class(one) in _FREE for one in found}) > 1


def _is_gpl(expression: str) -> bool:
    return re.fullmatch(r"L?GPL-[\d.]+(?:-only|-or-later)", expression) is not None
