"""The folders of one tree: what each says of its licence, and which one answers for a path."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from stackmark.licenses import expressions, installed, names, readme, reuse, scopes
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.levels import Level, combine, target_of

# Folders that hold other people's work wherever they stand, and some that do only if the path looks vendored
# otherwise.
_VENDORED = re.compile(
    rb"_?vendor(?:s|ed)?|third[-_ ]?part(?:y|ies)|3rd[-_ ]?party|node_modules|bower_components|jspm_packages"
    rb"|web_modules|godeps|_workspace|pods|carthage|site-packages|dist-packages|bundled?[-_]?(?:deps|libs)|\.bundle",
    re.I,
)
_PERHAPS = re.compile(rb"extern(?:als?)?|deps|dependencies|contrib|subprojects|submodules|packages|libs?", re.I)

Declared = Mapping[bytes, Sequence[Declaration]]


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


def parent(path: bytes) -> bytes:
    """Return the folder that a path stands in."""
    return path.rpartition(b"/")[0]


class Tree:
    """What the files of a tree say of others.

    texts:    licence files and their expressions
    declared: declaring files and their declarations
    paths:    all paths, to tell side files from licence files and to see whether named parts are there
    named:    other files that manifests name for their licence, and what they state
    """

    def __init__(
        self, texts: Mapping[bytes, str], declared: Declared, paths: Sequence[bytes], named: Mapping[bytes, str] = {}
    ) -> None:
        known = set(paths)
        suffix = reuse.SUFFIX.encode()
        side = {path for path in texts if path.endswith(suffix) and path[: -len(suffix)] in known}
        dep5 = {path for path, said in declared.items() if said and said[0].kind == "dep5"}
        texts = {path: text for path, text in texts.items() if path not in side | dep5}
        declared, divided = _followed(declared, texts)
        self._paths = sorted(known)
        self._there: dict[bytes, bool] = {}
        self.side_files = {
            path.removesuffix(suffix): scopes.Hit(one, path)
            for path, said in declared.items()
            for one in said
            if one.kind == "side-file"
        }
        self._speaks_for = installed.speakers([*texts, *declared], self._has)
        self.points = _pointing(texts, declared)
        texts = {path: text for path, text in texts.items() if path not in self.points}
        own = divided | _by_name(texts, self._paths)
        self.scopes, self._parts = _scoped(declared, own)
        general = {parent(path) for path in texts if path not in own}
        # What is stricter, and all that a folder has, holds for all of the folder.
        texts = {path: text for path, text in texts.items() if path not in own or not _may_leave(path, text, general)}
        whole = {path: one.expression for path, said in declared.items() for one in said if one.kind == "whole"}
        texts = {path: self._whole(path, text, whole.get(path)) for path, text in texts.items()}
        self._levels = self._combined(texts, declared, {**named, **texts})
        self._modules = self._levels.keys() & known
        self._nearest: dict[bytes, bytes | None] = {}

    def _has(self, place: bytes) -> bool:
        """Return whether a path is a file or a folder of the tree."""
        at = bisect.bisect_left(self._paths, place)
        if self._paths[at : at + 1] == [place]:
            return True
        at = bisect.bisect_left(self._paths, place + b"/")
        return at < len(self._paths) and self._paths[at].startswith(place + b"/")

    def _whole(self, path: bytes, text: str, whole: str | None) -> str:
        """Return what a licence file says of its folder; stricter parts that are nowhere in the tree stay with it."""
        if whole is None or not self._all_there(self._speaks_for[path]):
            return text
        return whole

    def _all_there(self, folder: bytes) -> bool:
        """Return whether every stricter part that the licence files of a folder name is in the tree."""
        if folder not in self._there:
            hits = self._parts.hits(folder)
            # What another file says of a part lies with that file.
            named = [hit for hit in hits if not hit.declaration.file]
            strict = {hit for hit in named if expressions.license_class(hit.declaration.expression) not in _FREE}
            first = bisect.bisect_left(self._paths, folder + b"/") if folder else 0
            last = bisect.bisect_left(self._paths, folder + b"0") if folder else len(self._paths)
            for one in self._paths[first:last] if strict else ():
                strict.difference_update(self._parts.at(folder, one))
            self._there[folder] = not strict
        return self._there[folder]

    def _combined(
        self, texts: Mapping[bytes, str], declared: Declared, targets: Mapping[bytes, str]
    ) -> dict[bytes, Level]:
        files: dict[bytes, dict[bytes, str]] = {}
        said: dict[str, dict[bytes, list[tuple[bytes, Declaration]]]] = {"manifest": {}, "readme": {}}
        reuse_texts: dict[bytes, dict[bytes, str]] = {}
        for path in sorted(texts):
            for folder in self._answers_for(path):
                files.setdefault(folder, {})[path] = texts[path]
            if names.in_reuse_folder(path):
                reuse_texts.setdefault(parent(parent(path)), {})[path] = texts[path]
        for path in sorted(declared):
            for one in declared[path]:
                for folder in self._answers_for(path) if one.kind in said else ():
                    said[one.kind].setdefault(folder, []).append((path, one))
        files = reuse_texts | files
        out: dict[bytes, Level] = {}
        for folder in sorted({*files, *said["manifest"], *said["readme"]}):
            here = (files.get(folder, {}), said["manifest"].get(folder, ()), said["readme"].get(folder, ()))
            level = combine(*here, targets, _above(folder, out))
            if level is not None:
                out[folder] = level
        return out

    def _answers_for(self, path: bytes) -> set[bytes]:
        """Return the folder or module that a file speaks for, and its metadata folder."""
        return {self._speaks_for[path], installed.metadata_folder(path) or self._speaks_for[path]}

    def answer(self, path: bytes, folder: bytes, top: bytes | None) -> Level | None:
        """Return what the nearest folder that says something says of a path; none above `top` counts."""
        found = path if path in self._modules else self._nearest_folder(folder)
        level = None if found is None or not _is_below(found + b"/", top) else self._levels[found]
        part = self._part(path, folder, found or b"")
        if part is not None and _is_below(part.evidence, top):
            said = Level(part.declaration.expression or expressions.UNKNOWN, "part", part.evidence)
            loosens = level and level.basis != "readme" and _is_readme(part.evidence) and _rank(said) < _rank(level)
            return level if loosens else said
        return level

    def _part(self, path: bytes, folder: bytes, last: bytes) -> scopes.Hit | None:
        """Return the last statement about a path as a part, made in the nearest folder from `folder` up to `last`."""
        while self._parts:
            hits = self._parts.at(folder, path)
            if hits or folder == last or not folder:
                return hits[-1] if hits else None
            folder = parent(folder)
        return None

    @property
    def by_path(self) -> bool:
        """Whether the paths of one folder may have different answers."""
        return bool(self.scopes) or bool(self._parts) or bool(self._modules)

    def _nearest_folder(self, folder: bytes) -> bytes | None:
        passed = []
        while folder not in self._nearest:
            if folder in self._levels:
                self._nearest[folder] = folder
            elif folder == b"":
                self._nearest[folder] = None
            else:
                passed.append(folder)
                folder = parent(folder)
        for one in passed:
            self._nearest[one] = self._nearest[folder]
        return self._nearest[folder]


_FREE = ("public-domain", "permissive")


def _above(folder: bytes, levels: Mapping[bytes, Level]) -> str | None:
    """Return what the nearest folder above says; the folders above have been combined before."""
    top = vendored_root(folder + b"/x")
    while folder and folder != top:
        folder = parent(folder)
        if folder in levels:
            return levels[folder].expression
    return None


def _is_below(path: bytes, top: bytes | None) -> bool:
    return top is None or path.startswith(top + b"/")


def _rank(level: Level) -> int:
    return expressions.rank(expressions.license_class(level.expression))


def _is_readme(path: bytes) -> bool:
    return readme.NAME.fullmatch(names.base(path)) is not None


def _followed(declared: Declared, texts: Mapping[bytes, str]) -> tuple[Declared, dict[bytes, list[Declaration]]]:
    """Return the declarations of wholes and parts with what the files say that they name ("the license in ee/LICENSE"),
    and those files, which speak for nothing else.
    """
    out: dict[bytes, Sequence[Declaration]] = dict(declared)
    named: dict[bytes, list[Declaration]] = {}
    for path, said in declared.items():
        targets = [target_of(path, one) if one.kind in {"whole", "part"} else b"" for one in said]
        if any(targets):
            out[path] = [
                replace(one, expression=texts.get(target, expressions.UNKNOWN))
                if target and not one.expression
                else one
                for one, target in zip(said, targets, strict=True)
            ]
            parts = [target for one, target in zip(said, targets, strict=True) if one.kind == "part"]
            named |= {target: [] for target in parts if target in texts and parent(target) == parent(path)}
    return out, named


def _pointing(texts: Mapping[bytes, str], declared: Declared) -> dict[bytes, bytes]:
    """Return the licence files that only point to another one of the tree, and which ("See COPYING")."""
    named = [(path, target_of(path, one)) for path in texts for one in declared.get(path, ()) if one.kind == "pointer"]
    pointing = {path for path, _ in named}
    return {path: target for path, target in reversed(named) if target in texts and target not in pointing}


def _by_name(texts: Mapping[bytes, str], paths: Sequence[bytes]) -> dict[bytes, list[Declaration]]:
    """Return what licence files say of a part that their name tells, if it is there: LICENSE-docs of the folder docs
    beside it, catch.license of catch.hpp.
    """
    subjects = {path: subject for path in texts if (subject := names.subject(path)) and not names.in_reuse_folder(path)}
    wanted: dict[bytes, dict[str, dict[str, None]]] = {}
    for path, subject in subjects.items():
        wanted.setdefault(parent(path), {}).setdefault(_stem(subject), {})
    for folder, name, is_folder in _steps(paths, subjects) if subjects else ():
        there = wanted.get(folder, {}).get(_stem(name))
        if there is not None:
            there[f"{name}/**" if is_folder else name] = None
    found = {path: wanted[parent(path)][_stem(subject)] for path, subject in subjects.items()}
    return {
        path: [Declaration("part", texts[path], scope=scope, said=names.base(path)) for scope in there]
        for path, there in found.items()
        if there
    }


def _may_leave(path: bytes, text: str, general: set[bytes]) -> bool:
    return parent(path) in general or expressions.license_class(text) in _FREE


def _steps(paths: Sequence[bytes], subjects: Mapping[bytes, str]) -> Iterator[tuple[bytes, str, bool]]:
    """Yield what stands in each folder, once: the folder, the name, whether that is a folder; not the `subjects`."""
    seen: set[bytes] = set()
    for path in paths:
        here = path
        while here and here not in seen and here not in subjects:
            seen.add(here)
            yield parent(here), names.base(here), here is not path
            here = parent(here)


def _stem(name: str) -> str:
    return name.partition(".")[0].lower().rstrip("s")


def _scoped(declared: Declared, named: Declared) -> tuple[scopes.Scopes, scopes.Scopes]:
    """Return the declarations for path patterns: those that REUSE and DEP-5 make, and those of licence files, of
    which `named` go by their name.
    """
    stated: dict[bytes, list[scopes.Hit]] = {}
    parts: dict[bytes, list[scopes.Hit]] = {}
    for path, said in sorted([*declared.items(), *named.items()], key=lambda item: item[0]):
        for one in said:
            if one.kind in scopes.SCOPED:
                target = parts if one.kind == "part" else stated
                target.setdefault(scopes.relative(path, one), []).append(scopes.Hit(one, path))
    return scopes.Scopes(stated), scopes.Scopes(parts)
