"""Training: from a pretrained encoder, or a small one from scratch, on transformers' Trainer."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from transformers import EarlyStoppingCallback, TrainingArguments, set_seed

from stackmark.errors import UsageError
from stackmark.ner import tiny
from stackmark.ner.calibration import calibrate, set_aside
from stackmark.ner.data import Sentence, read, types
from stackmark.ner.datasets import DEV
from stackmark.ner.evaluation import evaluate, in_languages
from stackmark.ner.examples import Rows, collator, lost
from stackmark.ner.metrics import Scores
from stackmark.ner.model import SpanMarkerModel
from stackmark.ner.repeatable import repeatable
from stackmark.ner.trainer import Clock, SpanTrainer

TINY = "tiny"
NEVER = 10**6
WORD_TABLE = "encoder.embeddings.word_embeddings."


@dataclass(frozen=True)
class Plan:
    """How to train.

    epochs:         turns through the data; with `max_seconds`, no limit unless it is given too
    max_seconds:    wall time in all, scoring in between included; None for no limit
    batch_size:     rows in a step
    learning_rate:  at its highest, after the part `warmup` of the run; from there it falls to nothing
    sample:         spans that are no entity taken for each entity, and once more for each sentence; 0 takes all
    finish:         the last part of the run, in which all spans are taken
    scorings:       how many times a run with `max_seconds` is scored; else it is scored after each epoch
    patience:       scorings without a better one, after which training ends
    dev_sentences:  at most so many are scored in between
    vocabulary:     pieces of a tokenizer that is learnt, at most
    bf16:           compute in bfloat16 where torch deems it safe
    """

    epochs: float | None = None
    max_seconds: float | None = None
    batch_size: int = 32
    learning_rate: float = 5e-5
    warmup: float = 0.1
    weight_decay: float = 0.01
    sample: int = 0
    finish: float = 0.1
    scorings: int = 5
    patience: int = 3
    dev_sentences: int = 600
    vocabulary: int = 60_000
    bf16: bool = False
    seed: int = 42


#: Turns through the data where neither they nor the time are given.
EPOCHS = {TINY: 10, "pretrained": 3}
#: What a small encoder from scratch needs instead.
FROM_SCRATCH = {"batch_size": 64, "learning_rate": 2e-3, "warmup": 0.05, "sample": 4}


@repeatable()
def train(
    train: object,
    dev: object = None,
    encoder: str | Path = TINY,
    output: str | Path = "model",
    max_seconds: float | None = None,
    *,
    languages: Iterable[str] = (),
    resume: bool = True,
    device: str = "cpu",
    config: dict[str, Any] | None = None,
    **plan: Any,
) -> SpanMarkerModel:
    """Train a model, write it to the folder `output`, and give it.

    train, dev: labelled sentences, or what `data.read` reads. With `dev`, the best state on it is kept, training ends
                early if it gets no better, and its scores go to `output`/metrics.json
    encoder:    folder or hub id of a pretrained encoder, or "tiny": a small one, from scratch, with its own vocabulary
    languages:  train on sentences in these only; `dev` stays whole, which shows what carries over to other languages
    resume:     go on from the last state in `output`/checkpoints, if a run was broken off
    config:     fields of `SpanMarkerConfig`, e.g. `entity_max_length`, `model_max_length`
    plan:       fields of `Plan`

    The same data, plan and seed give the same model on the same machine, unless `max_seconds` ends the run. Raises
    UsageError for data without entities and for unknown fields, SourceError for data or an encoder that cannot be read.
    """
    begun = time.monotonic()
    how = make_plan(str(encoder), max_seconds, plan)
    sentences = in_languages(read(train), languages)
    checked = read(dev, parts=DEV) if dev is not None else []
    learnt, apart = set_aside(sentences) if how.sample else (sentences, [])
    set_seed(how.seed)
    model = _untrained(sentences, str(encoder), how, config or {}).to(device)
    rows = Rows(learnt, model.tokenizer, model.config, how.sample, how.seed)
    trainer = make_trainer(model, rows, checked, how, Path(output), time.monotonic() - begun)
    checkpoints = Path(output) / "checkpoints"
    trainer.train(resume_from_checkpoint=last_checkpoint(checkpoints) if resume else None)
    done = settled(model)
    offset = calibrate(done, apart)
    done.save_pretrained(output)
    scores = evaluate(done, checked) if checked else None
    notes = _notes(sentences, how, str(encoder), done, trainer, time.monotonic() - begun) | {"calibration": offset}
    _write_metrics(Path(output) / "metrics.json", scores, notes)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return done


def make_plan(encoder: str, max_seconds: float | None, given: dict[str, Any]) -> Plan:
    """Fill in what is not given; raises UsageError for a field that is unknown or makes no sense."""
    kind = TINY if encoder == TINY else "pretrained"
    try:
        plan = Plan(**{**(FROM_SCRATCH if kind == TINY else {}), "max_seconds": max_seconds, **given})
    except TypeError as error:
        raise UsageError(f"no such setting of training: {error}", "see stackmark.ner.training.Plan") from error
    if plan.epochs is None:
        plan = replace(plan, epochs=EPOCHS[kind] if plan.max_seconds is None else NEVER)
    for name in ("epochs", "max_seconds", "batch_size", "learning_rate", "scorings", "patience", "vocabulary"):
        if (value := getattr(plan, name)) is not None and not value > 0:
            raise UsageError(f"{name}={value} makes no sense", "give a number above 0")
    return plan


def last_checkpoint(folder: Path) -> str | None:
    """Give the newest complete state of a run that was broken off."""
    complete = [path for path in folder.glob("checkpoint-*") if (path / "trainer_state.json").is_file()]
    newest = max(complete, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return None if newest is None else str(newest)


def _untrained(sentences: Sequence[Sentence], encoder: str, how: Plan, fields: dict[str, Any]) -> SpanMarkerModel:
    """Make the model that is to be trained, with the types that the sentences have; UsageError if they have none."""
    labels = ["O", *types(sentences)]
    if len(labels) == 1:
        raise UsageError("the training data has no entities", "is the column of the tags the last one?")
    fields = {"trained_with_document_context": all(sentence.document for sentence in sentences), **fields}
    fields.setdefault("model_max_length", 256)
    if encoder != TINY:
        return SpanMarkerModel.from_encoder(encoder, labels, **fields)
    tokenizer = tiny.learn_tokenizer((sentence.words for sentence in sentences), how.vocabulary)
    model = SpanMarkerModel.from_encoder(tiny.new_encoder(tokenizer.get_vocab_size()), labels, tokenizer, **fields)
    rows = len(model.tensors()[f"{WORD_TABLE}weight"])
    pieces = [model.tokenizer.backend.id_to_token(number) or f"[unused{number}]" for number in range(rows)]
    tiny.attach(model.encoder, pieces)
    return model


def settled(model: SpanMarkerModel) -> SpanMarkerModel:
    """Give the model as it would be saved now: with the usual table of pieces."""
    table: Any = model.encoder.get_input_embeddings()
    tensors = {name: tensor for name, tensor in model.tensors().items() if not name.startswith(WORD_TABLE)}
    words = table.settled() if isinstance(table, tiny.FeatureEmbedding) else table.weight.detach()
    tensors = {name: tensor.detach().cpu() for name, tensor in {**tensors, f"{WORD_TABLE}weight": words}.items()}
    return SpanMarkerModel(model.config, model.tokenizer, tensors, model.device)


def make_trainer(
    model: SpanMarkerModel, rows: Rows, dev: Sequence[Sentence], how: Plan, output: Path, spent: float
) -> SpanTrainer:
    """Set up the Trainer: checkpoints, scoring, early end, progress on a terminal."""
    clock = Clock(how.max_seconds or float("inf"), how.scorings, how.finish if how.sample else 0.0, spent)
    sample = dev[:: max(1, -(-len(dev) // how.dev_sentences))]
    return SpanTrainer(
        clock,
        lambda: _shares(evaluate(settled(model), sample)),
        model=model.network,
        args=_arguments(how, output, scored=bool(dev), on_cpu=model.device.type == "cpu"),
        train_dataset=rows,
        eval_dataset=list(sample) if dev else None,
        data_collator=collator(model.tokenizer),
        callbacks=[clock, *([EarlyStoppingCallback(how.patience)] if dev else [])],
    )


def _arguments(how: Plan, output: Path, scored: bool, on_cpu: bool) -> TrainingArguments:
    """Say in transformers' words how to train; `scored` if there is text to choose the best state by."""
    strategy = "epoch" if how.max_seconds is None else "steps"
    return TrainingArguments(
        output_dir=str(output / "checkpoints"),
        num_train_epochs=float(how.epochs or 1),
        per_device_train_batch_size=how.batch_size,
        learning_rate=how.learning_rate,
        warmup_steps=how.warmup,
        weight_decay=how.weight_decay,
        optim="adamw_torch_fused",
        bf16=how.bf16,
        eval_strategy=strategy if scored else "no",
        save_strategy=strategy,
        eval_steps=10**9,
        save_steps=10**9,
        save_total_limit=2,
        load_best_model_at_end=scored,
        metric_for_best_model="f1" if scored else None,
        greater_is_better=True if scored else None,
        restore_callback_states_from_checkpoint=True,
        logging_steps=200,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        use_cpu=on_cpu,
        seed=how.seed,
    )


def _shares(scores: Scores) -> dict[str, float]:
    return {"precision": scores.all.precision, "recall": scores.all.recall, "f1": scores.all.f1}


def _notes(
    sentences: Sequence[Sentence], how: Plan, encoder: str, model: SpanMarkerModel, trainer: SpanTrainer, seconds: float
) -> dict[str, Any]:
    """Say what the model was trained on and how."""
    return {
        "encoder": encoder,
        "plan": asdict(how),
        "sentences": len(sentences),
        "entities": sum(len(sentence.entities) for sentence in sentences),
        "entities_longer_than_any_span": lost(sentences, model.config.entity_max_length),
        "languages": sorted({sentence.language for sentence in sentences}),
        "steps": trainer.state.global_step,
        "epochs": round(trainer.state.epoch or 0.0, 3),
        "seconds": round(seconds, 1),
        "processor_seconds": round(time.process_time(), 1),
        "scores_in_between": [one for one in trainer.state.log_history if "eval_f1" in one],
    }


def _write_metrics(path: Path, scores: Scores | None, notes: dict[str, Any]) -> None:
    found = {"training": notes, **({"dev": scores.to_dict()} if scores else {})}
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
