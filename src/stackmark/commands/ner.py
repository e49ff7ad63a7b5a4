"""`stackmark ner`: names in text, with SpanMarker models."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackmark.commands import as_json, show
from stackmark.commands._output import written
from stackmark.errors import SourceError, UsageError
from stackmark.release.words import plural

if TYPE_CHECKING:
    from stackmark.ner.metrics import Scores


def model_option(what: str) -> Callable[[Any], Any]:
    """Return the option --model of a command that takes `what`."""
    variable = "STACKMARK_NER_MODEL"
    return click.option("--model", required=True, envvar=variable, help=f"{what}; or {variable}.")


any_model = model_option("Folder of a checkpoint, its id on the hub, or a folder written by `export`")
backend_option = click.option(
    "--backend",
    type=click.Choice(["auto", "torch", "onnx"]),
    default="auto",
    show_default=True,
    help="What computes; auto sees what MODEL is.",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "int8"]),
    default="float32",
    show_default=True,
    help="Precision; all but float32 round.",
)
prefilter_option = click.option(
    "--prefilter", default="off", show_default=True, help="off, auto, or the share of entities to keep."
)
threshold_option = click.option("--threshold", type=click.FloatRange(0, 1), help="Least score of an entity.")
batch_option = click.option(
    "--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Texts taken at a time."
)


@click.group("ner", short_help="Find names in text with SpanMarker models; train and judge such models.")
def command() -> None:
    """Find names in text with SpanMarker models; train, judge and export such models."""


@command.command(epilog="Example: git log --format=%s | stackmark ner predict --model my-model --json")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@any_model
@click.option("--column", help="Column or key of the text in a .parquet or .jsonl FILE; `text` by default.")
@click.option("--keep", multiple=True, help="Column of a .parquet FILE that is carried along, e.g. an id.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write, .parquet or .jsonl.")
@threshold_option
@batch_option
@backend_option
@dtype_option
@prefilter_option
@as_json
def predict(
    file: Path,
    model: str,
    column: str | None,
    keep: tuple[str, ...],
    out: Path | None,
    backend: str,
    as_json: bool,
    **options: Any,
) -> int:
    """Find the entities of FILE: lines of text, .jsonl or .parquet; of standard input without one.

    Prints a line for each entity: number of the text, first and last character, type, score, span. With --json, one
    object for each text, as soon as it is done.
    """
    from stackmark.ner.loading import load

    chosen = _chosen(options)
    is_table = file.suffix == ".parquet" or (out is not None and out.suffix == ".parquet")
    if keep and not is_table:
        raise UsageError("--keep is for Parquet", "FILE.parquet --out ENTITIES.parquet")
    loaded = load(model, backend)
    if is_table:
        return _predict_parquet(loaded, file, column or "text", keep, out, chosen, as_json)
    texts = _texts(file, column)
    lines = (
        _json_line(number, entities) if as_json or out else _plain_lines(number, entities)
        for number, entities in enumerate(loaded.stream(texts, **chosen), 1)
    )
    if out:
        with written(out) as temporary, temporary.open("w", encoding="utf-8") as opened:
            opened.writelines(lines)
        return 0
    for line in lines:
        sys.stdout.write(line)
        sys.stdout.flush()
    return 0


@command.command(epilog="Example: stackmark ner train de=train.conll --dev de=dev.conll --output my-model")
@click.argument("data", nargs=-1, required=True)
@click.option("--dev", multiple=True, help="Labelled text to choose the best state by; may be given again.")
@click.option(
    "--encoder", default="tiny", help="Folder or hub id of an encoder; `tiny` makes a small one from scratch."
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the model.")
@click.option("--max-seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@click.option("--languages", help="Train on these only, e.g. de,fr; DEV stays whole: what carries over to others?")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), help="Turns through the data.")
@click.option("--batch-size", type=click.IntRange(1), help="Rows in a step.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), help="At its highest.")
@click.option("--patience", type=click.IntRange(1), help="Scorings without a better one before the end.")
@click.option("--seed", type=int, help="42 by default.")
@click.option("--entity-max-length", type=click.IntRange(1), help="Words of the longest entity, 8 by default.")
@click.option("--device", default="cpu", help="cpu, cuda, ...")
@click.option("--restart", is_flag=True, help="Begin anew where an earlier run was broken off.")
@as_json
def train(
    data: tuple[str, ...],
    dev: tuple[str, ...],
    encoder: str,
    output: Path,
    languages: str | None,
    entity_max_length: int | None,
    device: str,
    restart: bool,
    as_json: bool,
    **plan: Any,
) -> int:
    """Train a model on labelled text: CoNLL files, .jsonl, .parquet, or data sets, saved or of the hub.

    `de=FILE` names a language, FOLDER#PART a part of a data set. The same command goes on where it was broken off.
    Its scores on DEV are in OUTPUT/metrics.json.
    """
    from stackmark.ner.training import train as run

    run(
        list(data),
        list(dev) or None,
        encoder,
        output,
        languages=_names(languages),
        resume=not restart,
        device=device,
        config={"entity_max_length": entity_max_length} if entity_max_length else None,
        **{name: value for name, value in plan.items() if value is not None},
    )
    metrics = json.loads((output / "metrics.json").read_text(encoding="utf-8"))
    if as_json:
        show(metrics)
    else:
        _print_training(metrics, output)
    return 0


@command.command(epilog="Example: stackmark ner evaluate de=dev.conll fr=dev.conll --model my-model --page scores.html")
@click.argument("data", nargs=-1, required=True)
@any_model
@click.option("--languages", help="Only sentences in these, e.g. de,fr.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page with plots.")
@threshold_option
@batch_option
@backend_option
@dtype_option
@prefilter_option
@as_json
def evaluate(
    data: tuple[str, ...],
    model: str,
    languages: str | None,
    page: Path | None,
    backend: str,
    as_json: bool,
    **options: Any,
) -> int:
    """Score a model on labelled text: strict span precision, recall and F1 per type and language, and confusions."""
    from stackmark import terminal
    from stackmark.ner.evaluation import evaluate as run
    from stackmark.ner.loading import load
    from stackmark.ner.report import make_report

    loaded = load(model, backend)
    with terminal.Watch() as watch, watch.step("scoring", "sentences") as step:
        scores = run(loaded, list(data), languages=_names(languages), watch=step, **_chosen(options))
    if page:
        with written(page) as temporary:
            temporary.write_text(make_report(scores, f"Scores of {Path(model).name}"), "utf-8")
    if as_json:
        show(scores.to_dict())
    else:
        _print_scores(scores)
    return 0


@command.command("fit-prefilter", epilog="Example: stackmark ner fit-prefilter texts.txt --model my-model")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@model_option("Folder of a checkpoint, into which the filter is written")
@click.option("--column", help="Key of the text in a .jsonl FILE; `text` by default.")
@click.option(
    "--recall", type=click.FloatRange(0, 1, min_open=True), default=0.995, show_default=True, help="Share to keep."
)
@as_json
def fit_prefilter(file: Path, model: str, column: str | None, recall: float, as_json: bool) -> int:
    """Teach a model to leave out hopeless spans, on unlabelled text: lines or .jsonl. The filter is saved beside it."""
    from stackmark.ner.model import SpanMarkerModel

    if not Path(model).is_dir():
        raise UsageError(f"{model} is no folder", "the filter is written beside a checkpoint: download it first")
    loaded = SpanMarkerModel.from_pretrained(model)
    said = loaded.fit_prefilter(list(_texts(file, column)), recall=recall)
    if loaded.prefilter is not None:
        loaded.prefilter.save(Path(model))
    if as_json:
        show(said)
    else:
        for name, value in said.items():
            click.echo(f"{name}: {value}")
    return 0


@command.command(epilog="Example: stackmark ner export my-model-onnx --model my-model")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@model_option("Folder of a checkpoint, or its id on the hub")
@as_json
def export(folder: Path, model: str, as_json: bool) -> int:
    """Write a model as ONNX graphs into FOLDER, for prediction without torch."""
    from stackmark import terminal
    from stackmark.ner.model import SpanMarkerModel
    from stackmark.ner.onnx_export import export as run

    written = {path.name: path.stat().st_size for path in run(SpanMarkerModel.from_pretrained(model), folder)}
    if as_json:
        show({"folder": str(folder), "files": written})
    else:
        terminal.table(str(folder), ("file", "bytes"), [(name, terminal.size(n)) for name, n in written.items()], 1)
    return 0


@command.command(epilog="Example: stackmark ner info --model my-model")
@any_model
@backend_option
@as_json
def info(model: str, backend: str, as_json: bool) -> int:
    """Say what a model is: its types, encoder, limits and size."""
    from stackmark import terminal
    from stackmark.ner.loading import load

    loaded = load(model, backend)
    config = loaded.config
    tensors: dict[str, Any] = getattr(loaded, "tensors", dict)()
    told = {
        "types": config.types,
        "encoder": config.model_type,
        "layers": config.encoder.get("num_hidden_layers") or config.encoder.get("n_layers"),
        "width": config.encoder.get("hidden_size") or config.encoder.get("dim"),
        "pieces": len(loaded.tokenizer),
        "parameters": sum(tensor.numel() for tensor in tensors.values()) or None,
        "pieces_in_one_pass": loaded.tokenizer.max_length,
        "words_of_the_longest_entity": config.entity_max_length,
        "trained_with_document_context": config.trained_with_document_context,
        "prefilter": getattr(loaded, "prefilter", None) is not None,
    }
    if as_json:
        show(told)
    else:
        for name, value in told.items():
            if value is None:  # an exported model does not tell its parameters
                continue
            text = (
                ", ".join(value) if isinstance(value, list) else {"True": "yes", "False": "no"}.get(str(value), value)
            )
            click.echo(f"{name.replace('_', ' ')}: {terminal.safe(text)}")
    return 0


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """Give what `stream` and `predict` of a model take."""
    prefilter = str(options["prefilter"])
    try:
        return {**options, "prefilter": prefilter if prefilter in ("off", "auto") else float(prefilter)}
    except ValueError as error:
        raise UsageError(f"--prefilter {prefilter} is unknown", "off, auto, or a share such as 0.99") from error


def _texts(file: Path, column: str | None) -> Iterator[str]:
    """Give the texts of a file, or of standard input, as they come; what is not UTF-8 becomes U+FFFD."""
    if str(file) == "-" and sys.stdin is None:
        raise UsageError("standard input is closed", "give a FILE, or the text by a pipe")
    try:
        with click.open_file(str(file), encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                text = line.rstrip("\r\n")
                yield _value(text, column or "text", f"{file}:{number}") if column or file.suffix == ".jsonl" else text
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error}", "check its name, and that you may read it") from error


def _value(line: str, key: str, at: str) -> str:
    try:
        row = json.loads(line) if line.strip() else {key: ""}
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{at}: not JSON ({error})", "one object a line") from error
    if not isinstance(row, dict) or not isinstance(row.get(key), str):
        raise SourceError(f"{at}: no text under {key!r}", "name the key: --column KEY")
    return str(row[key])


def _predict_parquet(
    model: Any, file: Path, column: str, keep: tuple[str, ...], out: Path | None, options: dict[str, Any], as_json: bool
) -> int:
    from stackmark import terminal
    from stackmark.ner.frames import predict_parquet

    if file.suffix != ".parquet" or out is None or out.suffix != ".parquet":
        raise UsageError("Parquet is read from a file and written to a file", "FILE.parquet --out ENTITIES.parquet")
    with terminal.Watch() as watch, watch.step("finding names", "texts") as step, written(out) as temporary:
        count = predict_parquet(model, file, temporary, column, keep, watch=step, **options)
    if as_json:
        show({"entities": count, "out": str(out)})
    else:
        click.echo(f"{plural(count, 'entity', 'entities')} in {terminal.safe(out)}")
    return 0


def _json_line(number: int, entities: list[dict[str, Any]]) -> str:
    return json.dumps({"text": number, "entities": entities}) + "\n"


def _plain_lines(number: int, entities: list[dict[str, Any]]) -> str:
    from stackmark.terminal import safe

    columns = [
        (one["char_start_index"], one["char_end_index"], safe(one["label"]), f"{one['score']:.4f}", safe(one["span"]))
        for one in entities
    ]
    return "".join(f"{number}\t" + "\t".join(map(str, row)) + "\n" for row in columns)


def _print_training(metrics: dict[str, Any], output: Path) -> None:
    from stackmark import terminal

    notes, dev = metrics["training"], metrics.get("dev")
    click.echo(
        f"{plural(notes['sentences'], 'sentence')}, {plural(notes['steps'], 'step')}, {notes['epochs']} epochs, "
        f"{notes['seconds']:.0f} s"
    )
    if notes["entities_longer_than_any_span"]:
        longer = plural(notes["entities_longer_than_any_span"], "entity is", "entities are")
        click.echo(f"{longer} longer than any span, and not learnt")
    if dev:
        seen = set(notes["languages"])
        rows = [
            (name or "unknown", "" if name in seen else "unseen", *_shares(one))
            for name, one in dev["languages"].items()
        ]
        rows.append(("all", "", *_shares(dev)))
        terminal.table("Scores on DEV", ("language", "in training", "precision", "recall", "F1"), rows, numbers=3)
    click.echo(f"Model: {terminal.safe(output)}")


def _shares(one: dict[str, float]) -> tuple[str, ...]:
    return tuple(f"{100 * one[name]:.1f}" for name in ("precision", "recall", "f1"))


def _print_scores(scores: Scores) -> None:
    from stackmark import terminal

    head = ("precision", "recall", "F1", "right", "found", "in the data")
    for title, groups in (("Types", scores.types), ("Languages", {**scores.languages, "all": scores.all})):
        rows = [
            (name or "unknown", *_shares(one.to_dict()), one.right, one.found, one.gold) for name, one in groups.items()
        ]
        terminal.table(title, (title.lower()[:-1], *head), rows, numbers=6)
    confused = sorted(scores.confusion.items(), key=lambda item: (-item[1], item[0]))
    rows_ = [(gold, found, number) for (gold, found), number in confused if gold != found]
    if rows_:
        terminal.table("Errors; O is no entity", ("in the data", "found", "spans"), rows_[:12], numbers=1)
