"""The clock of a run."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs torch (extra `ner`)")
pytest.importorskip("transformers", reason="needs transformers (extra `ner`)")

from types import SimpleNamespace
from typing import Any

from transformers import TrainerControl, TrainerState

from stackmark.ner.trainer import Clock


def ended(clock: Clock, step: int) -> tuple[TrainerControl, Any]:
    loader = SimpleNamespace(dataset=SimpleNamespace(sample=4, epoch=0))
    state = TrainerState(global_step=step, max_steps=100)
    return clock.on_step_end(None, state, TrainerControl(), train_dataloader=loader), loader.dataset


def test_steps_or_time_whichever_is_further() -> None:
    assert Clock(float("inf"), 5, 0.1).progress(25, 100) == 0.25
    assert Clock(100, 5, 0.1, spent=50).progress(25, 100) == pytest.approx(0.5, abs=0.01)
    assert Clock(10, 5, 0.1, spent=50).progress(0, 100) == 1


def test_a_run_ends_in_time_with_a_score() -> None:
    control, _ = ended(Clock(10, 5, 0.1, spent=11), 3)
    assert control.should_training_stop
    assert control.should_evaluate
    assert control.should_save
    control, _ = ended(Clock(float("inf"), 5, 0.1), 3)
    assert not control.should_training_stop
    assert not control.should_evaluate


def test_it_is_scored_now_and_then() -> None:
    clock = Clock(100, 4, 0.1, spent=26)
    assert ended(clock, 1)[0].should_evaluate
    assert not ended(clock, 2)[0].should_evaluate


def test_the_last_part_takes_all_spans() -> None:
    assert ended(Clock(float("inf"), 5, 0.1), 89)[1].sample == 4
    assert ended(Clock(float("inf"), 5, 0.1), 91)[1].sample == 0


def test_a_checkpoint_keeps_the_time_that_was_spent() -> None:
    clock = Clock.from_state(Clock(100, 4, 0.1, spent=30).state())
    assert clock.elapsed() == pytest.approx(30, abs=1)
    assert clock.seconds == 100
