from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from stackmark.ner.repeatable import repeatable  # noqa: E402  (needs torch)


def test_setting_is_as_before_afterwards() -> None:
    before = torch.are_deterministic_algorithms_enabled()
    with repeatable():
        assert torch.are_deterministic_algorithms_enabled()
    assert torch.are_deterministic_algorithms_enabled() == before


def test_setting_is_restored_when_something_fails() -> None:
    with pytest.raises(ValueError, match="halt"), repeatable():
        raise ValueError("halt")
    assert not torch.are_deterministic_algorithms_enabled()
