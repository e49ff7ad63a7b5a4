"""The licences of a tree as an SPDX document: 2.3 (JSON) and 3.0 (JSON-LD), from the specifications of those versions.

The documents hold nothing that changes from run to run but `created`, which the caller gives.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackmark.licenses import attribution, expressions
from stackmark.licenses.propagate import Resolution

VERSIONS = ("2.3", "3.0")
_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
#: SPDX 3.0 has named things where 2.3 has words.
_TERMS = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/"
_NAMED = {"NONE": f"{_TERMS}NoneLicense", "NOASSERTION": f"{_TERMS}NoAssertionLicense"}
_BASE = "https://spdx.org/spdxdocs/stackmark-"
_NONE, _NO_ASSERTION = "NONE", "NOASSERTION"
_LATIN = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True)
class File:
    """A file of a document: path, digests in hex, its resolution, what it declares itself, copyright statements."""

    path: str
    sha1: str
    sha256: str
    resolution: Resolution
    copyrights: Sequence[str] = ()


def describe(path: str, content: bytes, resolution: Resolution) -> File:
    """Return what a document says of one file."""
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(content).hexdigest()
    return File(path, sha1, sha256, resolution, attribution.statements(content))


def document(version: str, name: str, files: Sequence[File], created: str, tool: str) -> dict[str, Any]:
    """Return an SPDX document of one package `name` with `files`, as JSON-able data.

    version: of `VERSIONS`; created: "2026-01-31T00:00:00Z"; tool: "stackmark-0.1.0"
    """
    ordered = sorted(files, key=lambda file: file.path)
    key = "\n".join(f"{file.sha256} {file.path} {file.resolution.expression}" for file in ordered)
    digest = hashlib.sha256(f"{name}\n{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    build = _document_2 if version == "2.3" else _document_3
    return build(_printable(name), ordered, created, tool, _BASE + digest)


def _printable(text: str) -> str:
    """Return a text that UTF-8 can hold: bytes of a path that are no text become escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _concluded(resolution: Resolution) -> str:
    """Return the expression for a document; a vendored file without a licence of its own is an open question."""
    if resolution.expression is not None:
        return resolution.expression
    return _NO_ASSERTION if resolution.license_class == "unknown" else _NONE


def _of_package(files: Sequence[File]) -> str:
    """Return the licence of a package as a whole: what all of its files with a known licence need."""
    found = sorted({file.resolution.expression for file in files if file.resolution.expression})
    return expressions.join(found) or _NO_ASSERTION


def _references(files: Sequence[File]) -> list[str]:
    """Return the ids that SPDX does not list, which a document must explain."""
    known = {
        one for file in files if file.resolution.expression for one in expressions.members(file.resolution.expression)
    }
    return sorted({part for one in known for part in one.split(" WITH ") if part.startswith("LicenseRef-")})


def _text(reference: str) -> str:
    if reference == expressions.UNKNOWN:
        return "Terms that match no known licence; see the file itself."
    return attribution.license_text(reference) or "The text is not known here; see the file itself."


def _document_2(name: str, files: Sequence[File], created: str, tool: str, namespace: str) -> dict[str, Any]:
    ids = [f"SPDXRef-File-{number}" for number, _ in enumerate(files, 1)]
    package, root = "SPDXRef-Package", "SPDXRef-DOCUMENT"
    links = [(root, "DESCRIBES", package), *((package, "CONTAINS", one) for one in ids)]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": root,
        "name": name,
        "documentNamespace": namespace,
        "creationInfo": {"created": created, "creators": [f"Tool: {tool}"]},
        "packages": [_package_2(package, name, files)],
        "files": [_file_2(one, file) for one, file in zip(ids, files, strict=True)],
        "hasExtractedLicensingInfos": [
            {"licenseId": one, "name": one, "extractedText": _text(one)} for one in _references(files)
        ],
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in links
        ],
    }


def _package_2(spdx_id: str, name: str, files: Sequence[File]) -> dict[str, Any]:
    # SPDX 2.3, 7.9: SHA-1 over the sorted SHA-1 digests of the files.
    code = hashlib.sha1("".join(sorted(file.sha1 for file in files)).encode(), usedforsecurity=False).hexdigest()
    named = {part for file in files for part in _info(file)}
    return {
        "SPDXID": spdx_id,
        "name": name,
        "downloadLocation": _NO_ASSERTION,
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseConcluded": _of_package(files),
        "licenseInfoFromFiles": sorted(named) or [_NO_ASSERTION],
        "licenseDeclared": _NO_ASSERTION,
        "copyrightText": _copyright([statement for file in files for statement in file.copyrights]),
    }


def _file_2(spdx_id: str, file: File) -> dict[str, Any]:
    return {
        "SPDXID": spdx_id,
        "fileName": f"./{_printable(file.path)}",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": file.sha1},
            {"algorithm": "SHA256", "checksumValue": file.sha256},
        ],
        "licenseConcluded": _concluded(file.resolution),
        "licenseInfoInFiles": _info(file),
        "licenseComments": f"basis: {file.resolution.basis}" + ("; conflict" if file.resolution.conflict else ""),
        "copyrightText": _copyright(file.copyrights),
    }


def _info(file: File) -> list[str]:
    """Return the ids that stand in the file itself: exceptions cannot be listed by themselves."""
    if file.resolution.basis not in ("tag", "notice", "license-file") or not file.resolution.expression:
        return [_NONE]
    found = expressions.members(file.resolution.expression)
    return sorted({one.partition(" WITH ")[0].removesuffix("+") for one in found})


def _copyright(statements: Sequence[str]) -> str:
    return "\n".join(sorted(set(statements))) or _NONE


def _document_3(name: str, files: Sequence[File], created: str, tool: str, namespace: str) -> dict[str, Any]:
    def element(kind: str, local: str, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "spdxId": f"{namespace}#{local}", "creationInfo": "_:creation", **fields}

    found = sorted({_concluded(file.resolution) for file in files} | {_of_package(files)})
    found = [text for text in found if text not in _NAMED]
    license_ids = _NAMED | {text: f"{namespace}#License-{number}" for number, text in enumerate(found, 1)}
    texts = {one: f"{namespace}#Text-{_LATIN.sub('-', one)}" for one in _references(files)}
    graph = [
        {
            "type": "CreationInfo",
            "@id": "_:creation",
            "specVersion": "3.0.1",
            "created": created,
            "createdBy": [f"{namespace}#Agent"],
        },
        element("SoftwareAgent", "Agent", name=tool),
        element("software_Package", "Package", name=name, software_copyrightText=_copyright(_all(files))),
    ]
    graph += [element("software_File", f"File-{number}", **_file_3(file)) for number, file in enumerate(files, 1)]
    graph += [
        element("simplelicensing_SimpleLicensingText", f"Text-{_LATIN.sub('-', one)}", name=one)
        | {"simplelicensing_licenseText": _text(one)}
        for one in texts
    ]
    for number, text in enumerate(found, 1):
        fields: dict[str, Any] = {"simplelicensing_licenseExpression": text}
        custom = [_entry(one, place) for one, place in texts.items() if one in text]
        if custom:
            fields["simplelicensing_customIdToUri"] = custom
        graph.append(element("simplelicensing_LicenseExpression", f"License-{number}", **fields))
    links = _links(namespace, files, license_ids)
    graph += [
        element("Relationship", f"Relationship-{number}", **{"from": one, "relationshipType": kind, "to": to})
        for number, (one, kind, to) in enumerate(links, 1)
    ]
    elements = [one["spdxId"] for one in graph if "spdxId" in one]
    whole = {"name": name, "rootElement": [f"{namespace}#Package"], "element": elements}
    graph.append(
        element("SpdxDocument", "Document", profileConformance=["core", "software", "simpleLicensing"], **whole)
    )
    return {"@context": _CONTEXT, "@graph": graph}


def _all(files: Sequence[File]) -> list[str]:
    return [statement for file in files for statement in file.copyrights]


def _entry(name: str, place: str) -> Mapping[str, str]:
    return {"type": "DictionaryEntry", "key": name, "value": place}


def _file_3(file: File) -> dict[str, Any]:
    hashes = [
        {"type": "Hash", "algorithm": "sha1", "hashValue": file.sha1},
        {"type": "Hash", "algorithm": "sha256", "hashValue": file.sha256},
    ]
    return {
        "name": f"./{_printable(file.path)}",
        "verifiedUsing": hashes,
        "software_copyrightText": _copyright(file.copyrights),
        "comment": f"basis: {file.resolution.basis}" + ("; conflict" if file.resolution.conflict else ""),
    }


def _links(namespace: str, files: Sequence[File], ids: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """Return (from, relationship, to): the package contains the files, and each has its concluded licence."""
    places = [f"{namespace}#File-{number}" for number, _ in enumerate(files, 1)]
    package = f"{namespace}#Package"
    links = [(package, "contains", places)] if places else []
    links.append((package, "hasConcludedLicense", [ids[_of_package(files)]]))
    for place, file in zip(places, files, strict=True):
        links.append((place, "hasConcludedLicense", [ids[_concluded(file.resolution)]]))
    return links
