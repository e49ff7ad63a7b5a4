"""Train the small model for names of persons that the package ships (src/stackmark/pii/model).

    PYTHONHASHSEED=0 python benchmarks/names_train.py [--epochs 2] [--labelled FOLDER] [--output FOLDER]
    PYTHONHASHSEED=0 python benchmarks/names_train.py --lists FOLDER    the lists of words alone, nothing is trained

One label, PERSON; an encoder from scratch, 2 layers of 128, with a vocabulary of its own, kept in float16. What it
learns from, all under licences that allow to ship it: sentences of names_train.toml with generated names, comments and
translations of permissively licensed packages (names_material.py), and, in FOLDER, the training parts of WNUT17 and
Wikigold (CC BY 4.0) as wnut17.train.conll.gz and wikigold.train.conll.gz.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

import names_material as material
import names_vocabulary
from names_material import Text
from names_sources import ROOT
from stackmark.ner import SpanMarkerModel, evaluate, tiny, train
from stackmark.ner.data import Sentence, read
from stackmark.ner.weights import save_tensors

SHIPPED = Path(__file__).parent.parent / "src" / "stackmark" / "pii" / "model"
LABELLED = {"wnut17": "person", "wikigold": "PER"}
SEED = 7
#: Half as wide inside as the library's default: half the time for each word, and hardly any loss.
INNER = 256
#: Words and signs of the longest name: "J. R. R. Tolkien-Baggins" has 9, and hardly any other more than 6.
LONGEST = 6
ROUNDS = 14
SHIFTS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5)
#: So much further than to the best F1: a name that stays weighs more than a word that goes.
FURTHER = -1.5


def labelled(folder: Path) -> Iterator[Sentence]:
    """Yield the sentences of the labelled sets, their persons alone."""
    for name, label in LABELLED.items():
        for one in read(folder / f"{name}.train.conll.gz", "en"):
            text, starts = "", []
            for word in one.words:
                starts.append(len(text))
                text += word + " "
            ends = [start + len(word) for start, word in zip(starts, one.words, strict=True)]
            persons = tuple((starts[begin], ends[end - 1]) for begin, end, kind in one.entities if kind == label)
            small = any(not text[start].isupper() for start, _ in persons)  # accounts and small letters mislead in code
            found = None if small else material.sentence(Text(text, persons, "en"))
            if found:
                yield found


def made(dice: random.Random) -> list[Text]:
    """Give the generated sentences, and those of comments and translations, of the side of training."""
    positive, negative = material.commented("train")
    found = list(material.generated("train", ROUNDS, SEED))
    for text in positive:
        found += [text, material.renamed(text, "train", dice)]
    empty = material.shuffled(negative, 10_000, SEED)
    translated = list(material.translated("train"))
    for language in material.LANGUAGES:
        empty += material.shuffled([text for text in translated if text.language == language], 1_200, SEED)
    found += empty
    found += [material.inserted(text, "train", dice) for text in empty]
    dice.shuffle(found)
    several = found[: len(found) // 4]
    together = [material.joined(several[at : at + 4]) for at in range(0, len(several), 4)]
    return found[len(several) :] + together


def halved(model: SpanMarkerModel, output: Path) -> None:
    """Write a model in float16, as few files as can be, in place of what was there."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        model.save_pretrained(place, encoder_name="stackmark/names")
        save_tensors(
            {name: tensor.to(torch.float16) for name, tensor in model.tensors().items()}, place / "model.safetensors"
        )
        small = json.loads((place / "tokenizer.json").read_text("utf-8"))
        (place / "tokenizer.json").write_text(
            json.dumps(small, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
        )
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        for name in (
            "config.json",
            "model.safetensors",
            "prefilter.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
        ):
            shutil.copyfile(place / name, output / name)


def balanced(model: SpanMarkerModel, held: Sequence[Sentence]) -> None:
    """Move the constant of "no entity" to where F1 on sentences kept apart is best, and a little on to more names."""
    place = model.config.label2id["O"]
    bias = model.tensors()["classifier.bias"]
    scores = {}
    for shift in SHIFTS:
        bias[place] += shift
        model.to("cpu")  # what was computed with the former constant goes
        scores[shift] = evaluate(model, list(held)).all.f1
        bias[place] -= shift
    best = max(SHIFTS, key=lambda shift: (scores[shift], shift))
    print({shift: round(score, 4) for shift, score in scores.items()}, "taken:", best)
    bias[place] += best + FURTHER
    model.to("cpu")


def fitted(folder: Path, held: Sequence[Sentence], texts: Sequence[str]) -> SpanMarkerModel:
    """Give the model as it will be read, with a filter of spans."""
    model = SpanMarkerModel.from_pretrained(folder)
    balanced(model, held)
    print(model.fit_prefilter(list(texts), recall=0.995))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=float, default=2, help="turns through the data")
    parser.add_argument("--labelled", type=Path, help="folder of the labelled sets; without it, they are left out")
    parser.add_argument("--output", type=Path, default=SHIPPED)
    parser.add_argument("--lists", type=Path, help="write the lists of words to this folder instead")
    parser.add_argument("--work", type=Path, default=ROOT / "training")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        parser.error("start it with PYTHONHASHSEED=0: Faker keeps some of its lists as sets, and their order counts")
    if given.lists:
        (given.lists / "names_common.txt").write_text("\n".join([*names_vocabulary.everyday(), ""]), "utf-8")
        (given.lists / "names_given.txt").write_text("\n".join([*names_vocabulary.given(), ""]), "utf-8")
        return
    torch.set_num_threads(1)
    tiny.INNER = INNER
    texts = made(random.Random(SEED))
    sentences = [found for text in texts if (found := material.sentence(text))]
    sentences += list(labelled(given.labelled)) if given.labelled else []
    random.Random(SEED).shuffle(sentences)
    cut = len(sentences) // 50
    print(f"{len(sentences):,} sentences, {sum(len(one.words) for one in sentences):,} words,", end=" ")
    print(f"{sum(len(one.entities) for one in sentences):,} persons")
    shutil.rmtree(given.work, ignore_errors=True)
    tokenizer = names_vocabulary.trained()
    print(f"{tokenizer.get_vocab_size():,} pieces", flush=True)
    tiny.learn_tokenizer = lambda *_: tokenizer
    train(
        sentences[cut:],
        sentences[:cut],
        "tiny",
        given.work,
        epochs=given.epochs,
        seed=SEED,
        patience=10,
        config={"entity_max_length": LONGEST},
    )
    model = fitted(given.work, sentences[:cut], [text.text for text in material.shuffled(texts, 12_000, SEED)])
    halved(model, given.output)
    print(f"{sum(path.stat().st_size for path in given.output.iterdir()) / 1e6:.2f} MB in {given.output}")


if __name__ == "__main__":
    main()
