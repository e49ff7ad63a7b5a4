"""Which files declare a licence for others, and what they declare: the one door to all formats of declarations."""

from __future__ import annotations

from stackmark.licenses import dep5, layout, manifests, names, parts, readme, reuse, words
from stackmark.licenses.declarations import Declaration
from stackmark.licenses.detect import detect

# Its patterns are relative to the root of a source package, so one further down says nothing certain.
_DEP5 = (b"debian/copyright", b".reuse/dep5")
_MAX_LAYOUT = 256 << 10  # bytes
#: Suffixes that most files of a corpus have and no licence file has, but in a folder that REUSE reserves for them.
_PROGRAMS = frozenset(
    b"c cc cpp cs css go h hpp java js json kt ml php pl py rb rs scala sh svg swift ts tsx xml".split()
)


def is_license_file(path: bytes) -> bool:
    """Return what `names.is_license_file` does, at once for most files that are none."""
    return not _is_program(path) and names.is_license_file(path)


def _is_program(path: bytes) -> bool:
    return path[path.rfind(b".") + 1 :].lower() in _PROGRAMS and b"LICENSES/" not in path


def is_declaring(path: bytes) -> bool:
    """Return whether a file may declare a licence for others, by its path."""
    name = names.base(path)
    if _is_program(path):
        return manifests.is_manifest(name)
    return (
        manifests.is_manifest(name)
        or name == "REUSE.toml"
        or reuse.is_side_file(name)
        or readme.NAME.fullmatch(name) is not None
        or path in _DEP5
        or names.is_license_file(path)
    )


def read(path: bytes, content: bytes) -> list[Declaration]:
    """Return what a file declares for others; never raises for any content."""
    name = names.base(path)
    if path in _DEP5 and dep5.is_dep5(content):
        return dep5.read(content)
    if name == "REUSE.toml":
        return reuse.read_toml(content)
    if reuse.is_side_file(name):
        return reuse.read_side_file(name, content)
    if manifests.is_manifest(name):
        return manifests.read(name, content)
    if readme.NAME.fullmatch(name):
        return readme.read(content)
    if names.is_license_file(path):
        return _of_license_file(path, content)
    return []


def _of_license_file(path: bytes, content: bytes) -> list[Declaration]:
    """Return which parts a licence file tells apart, in sentences or by the texts that it is made of."""
    divided = layout.read(words.decode(content[:_MAX_LAYOUT]))
    if divided:
        return divided
    return parts.split(content, detect(content, path)) if parts.is_worth_a_look(content) else []
