"""Checked by the tools of the SPDX project: spdx-tools for 2.3, spdx-python-model for 3.0."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from stackmark.licenses import resolve, spdx_document

CREATED = "2026-01-31T00:00:00Z"


def files(text: Callable[[str], str]) -> dict[bytes, bytes]:
    tag = b"// SPDX-License-" + b"Identifier: "
    return {
        b"LICENSE": text("mit").encode(),
        b"src/a.c": b"/* Copyright (c) 2020 A. N. Other <a@example.org> */\nint x;\n",
        b"src/b.c": tag + b"GPL-2.0-only WITH Classpath-exception-2.0 OR MIT\n",
        b"src/c.c": tag + b"LicenseRef-Own\n",
        b"src/d.c": tag + b"gibberish\n",
        b"vendor/x/e.c": b"int y;\n",
        b"caf\xe9/\xff.c": b"",
        "naïve/\x01 file.c".encode(): b"",
    }


def make(version: str, tree: Mapping[bytes, bytes]) -> dict[str, Any]:
    found = resolve(dict(tree))
    described = [
        spdx_document.describe(path.decode("utf-8", "surrogateescape"), content, found[path])
        for path, content in tree.items()
    ]
    return spdx_document.document(version, "tool", described, CREATED, "stackmark-1.0.0")


@pytest.mark.parametrize("version", spdx_document.VERSIONS)
def test_the_same_tree_gives_the_same_document(text: Callable[[str], str], version: str) -> None:
    tree = files(text)
    first = json.dumps(make(version, tree))
    assert first == json.dumps(make(version, dict(reversed(tree.items()))))
    assert "a@example.org" not in first


def test_2_3_is_valid(text: Callable[[str], str], tmp_path: Path) -> None:
    parser = pytest.importorskip("spdx_tools.spdx.parser.parse_anything", reason="spdx-tools is not installed")
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    path = tmp_path / "tool.spdx.json"
    path.write_text(json.dumps(make("2.3", files(text))), "utf-8")
    document = parser.parse_file(str(path))
    messages = [(one.validation_message, one.context.spdx_id) for one in validate_full_spdx_document(document)]
    assert messages == []
    by_name = {file.name: str(file.license_concluded) for file in document.files}
    assert by_name["./src/a.c"] == "MIT"
    assert by_name["./src/d.c"] == "LicenseRef-stackmark-unknown"
    assert by_name["./vendor/x/e.c"] == "NOASSERTION"
    assert {one.license_id for one in document.extracted_licensing_info} == {
        "LicenseRef-Own",
        "LicenseRef-stackmark-unknown",
    }


def test_3_0_is_valid(text: Callable[[str], str]) -> None:
    model = pytest.importorskip("spdx_python_model", reason="spdx-python-model is not installed").v3_0_1
    document = make("3.0", files(text))
    objects = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
    # Writing checks that every field that the model requires is there.
    out = io.BytesIO()
    model.JSONLDSerializer().write(objects, out)
    assert sum(1 for _ in objects.foreach_type(model.software_File)) == len(files(text))
    expressions = {
        one.simplelicensing_licenseExpression for one in objects.foreach_type("simplelicensing_LicenseExpression")
    }
    assert {"MIT", "LicenseRef-Own"} <= expressions
    known = {one["spdxId"] for one in document["@graph"] if "spdxId" in one}
    links = [one for one in document["@graph"] if one["type"] == "Relationship"]
    outside = {to for one in links for to in one["to"]} - known
    assert {one.rpartition("/")[2] for one in outside} == {"NoAssertionLicense"}


def test_3_0_without_a_field_is_refused(text: Callable[[str], str]) -> None:
    """The check above can fail."""
    model = pytest.importorskip("spdx_python_model", reason="spdx-python-model is not installed").v3_0_1
    document = make("3.0", files(text))
    del document["@graph"][0]["createdBy"]
    objects = model.SHACLObjectSet()
    with pytest.raises(ValueError):
        model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
        model.JSONLDSerializer().write(objects, io.BytesIO())


@pytest.mark.parametrize("version", spdx_document.VERSIONS)
def test_an_empty_tree(version: str) -> None:
    assert make(version, {})
