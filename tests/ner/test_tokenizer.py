from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.errors import SourceError, UsageError
from stackmark.ner.config import SpanMarkerConfig
from stackmark.ner.tokenizer import WordTokenizer, load_tokenizer
from tests.ner.goldens import FAMILIES, FOLDER


def opened(family: str) -> WordTokenizer:
    return load_tokenizer(FOLDER / family, SpanMarkerConfig.from_file(FOLDER / family / "config.json"))


@pytest.fixture(scope="module", params=FAMILIES)
def tokenizer(request: pytest.FixtureRequest) -> WordTokenizer:
    return opened(request.param)


def test_the_writers_padding_and_truncation_are_taken_off(tokenizer: WordTokenizer) -> None:
    assert len(tokenizer.encode(["a"])[0].ids) < 5
    assert len(tokenizer.encode([["word"] * 1000])[0].words) == 1000


def test_words_have_their_characters(tokenizer: WordTokenizer) -> None:
    text = "Zoë met 李雷 in São Paulo 😀 yesterday."
    encoded = tokenizer.encode([text])[0]
    words = [text[start:end].strip() for start, end in encoded.chars.tolist()]
    assert "".join(words) == text.replace(" ", "")


def test_a_text_of_one_word_is_a_text(tokenizer: WordTokenizer) -> None:
    assert len(tokenizer.encode(["Paris-London"])[0].words) == 3


def test_a_word_of_which_nothing_is_left_keeps_its_number() -> None:
    encoded = opened("bert").encode([["Anna", "\u200b", "Bell"]])[0]
    assert encoded.words[1].tolist() == [-1, -1]
    assert len(encoded.words) == 3


def test_half_of_a_surrogate_pair_moves_no_offset(tokenizer: WordTokenizer) -> None:
    text = "a \ud83d b"
    assert tokenizer.encode([text])[0].chars[-1].tolist()[1] == len(text)


@pytest.mark.parametrize("wrong", [None, 3, b"text", ["a", None], float("nan")], ids=repr)
def test_what_is_no_text_is_refused_by_number(tokenizer: WordTokenizer, wrong: object) -> None:
    with pytest.raises(UsageError, match="input 1"):
        tokenizer.encode(["fine", wrong])  # type: ignore[list-item]


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_offsets_of_any_text_lie_in_it_and_rise(text: str) -> None:
    for family in FAMILIES:
        chars = opened_once(family).encode([text])[0].chars.tolist()
        assert all(0 <= start <= end <= len(text) for start, end in chars)
        assert chars == sorted(chars)


KNOWN: dict[str, WordTokenizer] = {}


def opened_once(family: str) -> WordTokenizer:
    return KNOWN.setdefault(family, opened(family)) if family not in KNOWN else KNOWN[family]


def test_the_encoders_positions_limit_a_pass() -> None:
    config = SpanMarkerConfig.from_file(FOLDER / "bert" / "config.json")
    longer = SpanMarkerConfig(**{**vars(config), "model_max_length": 512})
    assert load_tokenizer(FOLDER / "bert", longer).max_length <= 158


def test_punctuation_is_split_off_for_xlm_roberta_only_once() -> None:
    settings_ = opened("xlm-roberta").backend.to_str()
    assert settings_.count('"Punctuation"') == 1


def test_a_missing_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    config = SpanMarkerConfig.from_file(FOLDER / "bert" / "config.json")
    with pytest.raises(SourceError, match="no tokenizer"):
        load_tokenizer(tmp_path, config)


def test_a_damaged_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    config = SpanMarkerConfig.from_file(FOLDER / "bert" / "config.json")
    shutil.copy(FOLDER / "bert" / "tokenizer.json", tmp_path)
    for content in ('{"model": 3}', (tmp_path / "tokenizer.json").read_text()[:500]):
        (tmp_path / "tokenizer.json").write_text(content)
        with pytest.raises(SourceError, match="cannot read"):
            load_tokenizer(tmp_path, config)
