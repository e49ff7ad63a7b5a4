from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig, reduced
from tests.ner.goldens import FAMILIES, FOLDER


@pytest.fixture
def raw() -> dict[str, Any]:
    return json.loads((FOLDER / "bert" / "config.json").read_text())


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_reference_wrote_survives_the_way_there_and_back(family: str) -> None:
    config = SpanMarkerConfig.from_file(FOLDER / family / "config.json")
    again = SpanMarkerConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again.id2label == config.id2label
    original = json.loads((FOLDER / family / "config.json").read_text())
    kept = {name: value for name, value in original.items() if name not in ("id2label", "label2id")}
    assert {name: config.to_dict()[name] for name in kept} == kept


def test_labels_with_a_scheme_are_reduced_to_types_by_name() -> None:
    assert reduced(["O", "B-PER", "I-PER", "B-LOC", "S-LOC"]) == ["O", "LOC", "PER"]
    assert reduced(["O", "B-PER", "person"]) == ["O", "B-PER", "person"]


def test_a_checkpoint_without_labels_of_its_own_takes_them_from_its_encoder(raw: dict[str, Any]) -> None:
    del raw["id2label"], raw["label2id"]
    assert SpanMarkerConfig.from_dict(raw).id2label == {0: "O", 1: "LOC", 2: "ORG", 3: "PER"}
    assert SpanMarkerConfig.from_dict({**raw, "id2label": {"0": "LABEL_0", "1": "LABEL_1"}}).types[0] == "LOC"


def test_the_order_of_labels_is_that_of_the_checkpoint(raw: dict[str, Any]) -> None:
    found = SpanMarkerConfig.from_dict({**raw, "id2label": {"0": "PER", "1": "O", "2": "LOC", "3": "ORG"}})
    assert found.outside_id == 1
    assert found.types == ["PER", "LOC", "ORG"]


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "bert"},
        {"encoder": None},
        {"entity_max_length": "8"},
        {"entity_max_length": 0},
        {"marker_max_length": True},
        {"model_max_length": -5},
        {"model_max_length": 10**12},
        {"id2label": {"0": "LOC", "1": "PER"}},
        {"id2label": {"0": "O", "7": "PER"}},
    ],
    ids=str,
)
def test_a_configuration_that_is_none_is_a_clear_error(raw: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        SpanMarkerConfig.from_dict({**raw, **change})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000], ids=lambda c: c[:4])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(SourceError, match=r"config\.json"):
        SpanMarkerConfig.from_file(tmp_path / "config.json")


@pytest.mark.parametrize("labels", [["PER"], ["O", "PER", "PER"]])
def test_labels_need_outside_and_no_label_twice(labels: list[str]) -> None:
    with pytest.raises(UsageError):
        SpanMarkerConfig.from_labels({}, labels)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(UsageError, match="no such field"):
        SpanMarkerConfig.from_labels({}, ["O", "PER"], colour="red")


def test_nothing_that_could_run_code_reaches_the_encoder(raw: dict[str, Any]) -> None:
    raw["encoder"] |= {"trust_remote_code": True, "auto_map": {"AutoModel": "x.Y"}}
    fields = SpanMarkerConfig.from_dict(raw).encoder_fields()
    assert not {"trust_remote_code", "auto_map", "_name_or_path"} & fields.keys()
