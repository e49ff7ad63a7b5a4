"""transformers' Trainer with strict span scores, rows of like length together, and a limit in time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import (
    ExportableState,
    PrinterCallback,
    ProgressCallback,
    TrainerControl,
    TrainerState,
)
from transformers.trainer_pt_utils import LengthGroupedSampler


class Clock(TrainerCallback, ExportableState):
    """Says how far a run is, ends it in time, and asks for a score now and then.

    spent: seconds of earlier runs that this one goes on from
    """

    def __init__(self, seconds: float, scorings: int, finish: float, spent: float = 0.0) -> None:
        """Limit a run to some seconds (infinity for no limit), to be scored some times besides after each epoch."""
        self.seconds, self.scorings, self.finish, self.spent = seconds, scorings, finish, spent
        self.begun = time.monotonic()
        self.scored = 0

    def state(self) -> dict[str, Any]:
        """Give what a checkpoint keeps of the clock."""
        given = {"seconds": self.seconds, "scorings": self.scorings, "finish": self.finish}
        return {"args": given, "attributes": {"spent": self.elapsed(), "scored": self.scored}}

    def elapsed(self) -> float:
        """Give the seconds of all runs so far."""
        return self.spent + time.monotonic() - self.begun

    def progress(self, step: int, steps: int) -> float:
        """Give the part of the run that is done, 0..1: of its steps or of its time, whichever is further."""
        return min(1.0, max(step / max(steps, 1), self.elapsed() / self.seconds))

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Draw another sample of spans in each epoch."""
        del args, control
        kwargs["train_dataloader"].dataset.epoch = round(state.epoch or 0)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """End the run in time; take all spans in its last part; score when it is time to."""
        del args
        done = self.progress(state.global_step, state.max_steps)
        if done >= 1 - self.finish:
            kwargs["train_dataloader"].dataset.sample = 0
        limited = self.seconds < float("inf")
        if limited and (done >= 1 or done * self.scorings >= self.scored + 1):
            self.scored += 1
            control.should_evaluate = control.should_save = True
        control.should_training_stop = control.should_training_stop or done >= 1
        return control


class Bar(ProgressCallback):
    """A bar on stderr that says nothing on stdout, where the answer of a command goes."""

    def on_log(self, *_: Any, **__: Any) -> None:
        """Leave the figures to `metrics.json`."""


class SpanTrainer(Trainer):
    """A Trainer for `Network`: `score` gives the metrics of its present state."""

    def __init__(self, clock: Clock, score: Callable[[], dict[str, float]], **given: Any) -> None:
        """Make a Trainer that shows its progress on a terminal; `given` is what `Trainer` takes."""
        self.clock, self.score = clock, score
        super().__init__(**given)
        for talkative in (PrinterCallback, ProgressCallback):
            self.remove_callback(talkative)
        if sys.stderr.isatty():
            self.add_callback(Bar)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Score the model as it predicts, instead of its loss; nothing where there is nothing to score it on."""
        if self.eval_dataset is None:
            return {}
        metrics = {f"eval_{name}": value for name, value in self.score().items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LRScheduler:
        """Let the learning rate rise and then fall, by steps or by time."""
        warmup = max(float(self.args.warmup_steps), 1e-6)

        def factor(step: int) -> float:
            done = self.clock.progress(step, num_training_steps)
            return min(1.0, (done + 1e-4) / warmup) * (1 - done)

        chosen = optimizer or self.optimizer
        if chosen is None:
            raise ValueError("the optimizer comes before its schedule")
        self.lr_scheduler = LambdaLR(chosen, factor)
        return self.lr_scheduler

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        """Put rows of like length into one batch."""
        rows: Any = train_dataset or self.train_dataset
        generator = torch.Generator().manual_seed(self.args.seed)
        return LengthGroupedSampler(self.args.train_batch_size, lengths=rows.lengths, generator=generator)
