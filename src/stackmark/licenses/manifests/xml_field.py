"""XML manifests: pom.xml and *.pom of Maven, *.nuspec and project files of NuGet, package.xml of ROS and PEAR.

Maven's reference says that a user may choose among several licences. A document with entities is not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from stackmark.licenses.manifests import Format, Stated

_FILES = r"pom\.xml|[^/]+\.pom|[^/]+\.nuspec|[^/]+\.(?:cs|fs|vb)proj|Directory\.Build\.props|package\.xml"
#: Where a licence stands below the root; what stands inside a dependency does not count.
_PARENTS = ((), ("licenses",), ("metadata",), ("PropertyGroup",))
_FIELDS = ("license", "PackageLicenseExpression", "licenseUrl", "PackageLicenseUrl")
_FILE_FIELD = "PackageLicenseFile"
_MAX_DEPTH = 100
_MAX_TEXT = 20_000


@dataclass
class _Reader:
    """Collects the texts of the licence fields while a document is read: (field, text, its attribute `type`)."""

    path: list[str] = field(default_factory=list)
    texts: list[tuple[str, str, str]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.rpartition(":")[2])
        if len(self.path) > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if self._in_field() and len(self.path) == len(self._field()):
            self.texts.append((self.path[-1], "", attributes.get("type", "")))

    def end(self, _: str) -> None:
        self.path.pop()

    def text(self, text: str) -> None:
        # A field has its text in it, or as the name of a licence, else as its address.
        below = self.path[len(self._field()) :] if self._in_field() else None
        if below == [] or below == ["name"] or (below == ["url"] and not self.texts[-1][1].strip()):
            name, known, kind = self.texts[-1]
            if len(known) < _MAX_TEXT:
                self.texts[-1] = name, known + text, kind

    def _field(self) -> list[str]:
        size = 3 if tuple(self.path[1:2]) in _PARENTS[1:] else 2
        return self.path[:size]

    def _in_field(self) -> bool:
        path = self._field()
        return len(path) > 1 and tuple(path[1:-1]) in _PARENTS and path[-1] in (*_FIELDS, _FILE_FIELD)


def read(text: str) -> Stated:
    """Return the licences of the package itself."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise ValueError("not XML") from error
    for name in _FIELDS:
        found = [(one.strip(), kind) for each, one, kind in reader.texts if each == name and one.strip()]
        files = [one for one, kind in found if kind == "file"]
        if found:
            return Stated(file=files[0]) if files else Stated([one for one, _ in found], "OR")
    files = [one.strip() for each, one, _ in reader.texts if each == _FILE_FIELD]
    return Stated(file=files[0] if files else None)


def _no_entities(*_: object) -> None:
    raise ValueError("a manifest with entities")


FORMAT = Format(_FILES, read)
