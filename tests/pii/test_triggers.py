"""With Hyperscan or without, one by one or in batches: the spans are the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackmark.pii import ruleset, triggers
from stackmark.pii.scan import plan, scan_many
from tests.pii.made import made

EXAMPLES = [made(text) for rule in ruleset.load() for text in (*rule.match, *rule.miss)]
pieces = st.one_of(
    st.sampled_from(EXAMPLES),
    st.sampled_from([b"\n", b"\r\n", b" ", b'"', b"= ", b"key", b"password: ", b"://a:b@c", b"\x00", b"\xff\xfe"]),
    st.binary(max_size=20),
)
contents = st.lists(pieces, max_size=12).map(b"".join)
needs_hyperscan = pytest.mark.skipif(not triggers.has_hyperscan(), reason="the hyperscan wheel is not installed")


@needs_hyperscan
@settings(max_examples=60)
@given(st.lists(contents, max_size=4))
def test_both_engines_give_equal_spans(texts: list[bytes]) -> None:
    patterns = plan("high").patterns
    fast = scan_many(texts, None, "high", triggers.engine(patterns))
    assert scan_many(texts, None, "high", slow_engine()) == fast


@needs_hyperscan
def test_both_engines_give_equal_spans_for_every_example() -> None:
    fast = scan_many(EXAMPLES, None, "high", triggers.engine(plan("high").patterns))
    assert scan_many(EXAMPLES, None, "high", slow_engine()) == fast


@cache
def slow_engine() -> triggers.Engine:
    return triggers.re2_engine(plan("high").patterns)


@settings(max_examples=60)
@given(st.lists(contents, min_size=1, max_size=5))
def test_a_batch_gives_what_each_content_gives_alone(texts: list[bytes]) -> None:
    assert scan_many(texts, None, "high") == [scan_many([text], None, "high")[0] for text in texts]


@needs_hyperscan
def test_a_damaged_cache_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKMARK_CACHE", str(tmp_path))
    first = triggers.hyperscan_engine(["ab{3}"])(memoryview(b"xabbb"))
    stored = next(tmp_path.iterdir())
    stored.write_bytes(b"no database")
    assert triggers.hyperscan_engine(["ab{3}"])(memoryview(b"xabbb")) == first == [(0, 5)]
    assert stored.read_bytes() != b"no database"


@needs_hyperscan
def test_a_cache_that_cannot_be_written_costs_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STACKMARK_CACHE", str(tmp_path / "file" / "folder"))
    assert triggers.hyperscan_engine(["ab"])(memoryview(b"ab")) == [(0, 2)]
