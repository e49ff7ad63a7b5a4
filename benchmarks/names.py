"""Names of persons: precision and recall by language, the share of bytes that a model reads, and speed, in one run.

    python benchmarks/names.py [--part generated,fresh,weak,speed] [--model FOLDER]

generated  sentences of the test side in the ten languages, with names that training has not seen, each in a comment
           of a made file; beside them translated sentences of packages of the test side, which name nobody
fresh      the same with sentences and names of names_fresh.toml, which were written apart from all this
weak       comments of real projects of the test side. A person there is what stands before an e-mail address, anywhere
           in the same project; passages with other words that may be names are left out, and what is found in the rest
           counts as wrong. So recall is that of people who give their address, and precision a lower bound.
speed      the corpus: MB/s without and with the model, bytes that reach it, words a second of the model alone

Names in copyright statements, which are kept by default, are looked for in all but the last. A finding counts if both
of its ends are right. All goes through `scan_names`: what lexer, cues and filters lose is lost.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import names_material as material
from corpus import documents
from names_material import Text
from names_sources import PLAN
from stackmark.pii import names, names_cues
from stackmark.pii.comments import readable
from stackmark.pii.names_told import told, without_notices

SEED = 11
ROUNDS = 12
#: What stands around a sentence in a made file, its code, and the name of the file.
STYLES = (
    ("# {}\n", "x = {}\n", "a.py"),
    ('    """{}"""\n', "def f{}(): pass\n", "b.py"),
    ("// {}\n", "int x{};\n", "c.c"),
    ("/*\n * {}\n */\n", "int f{}();\n", "d.java"),
    ("-- {}\n", "local x = {}\n", "e.lua"),
    ("; {}\n", "(setq x {})\n", "f.el"),
    ("<!-- {} -->\n", "<p>{}</p>\n", "g.html"),
    ("{}\n", "\n", "h.md"),
)


@dataclass
class Score:
    """How many were right, found, and there to be found."""

    right: int = 0
    found: int = 0
    there: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Give a row of a table."""
        precision, recall = self.right / max(self.found, 1), self.right / max(self.there, 1)
        return f"| {name} | {self.there:,} | {self.found:,} | {precision:.3f} | {recall:.3f} |"


def files(texts: Sequence[Text], dice: random.Random) -> Iterator[tuple[str, bytes, list[tuple[int, int]]]]:
    """Yield made files of ten sentences: name, content, and where persons stand (bytes)."""
    for begin in range(0, len(texts), 10):
        comment, code, name = dice.choice(STYLES)
        content, places = b"", []
        for number, text in enumerate(texts[begin : begin + 10]):
            before, _, after = comment.partition("{}")
            content += before.encode()
            for start, end in text.persons:
                shift = len(content) + len(text.text[:start].encode())
                places.append((shift, shift + len(text.text[start:end].encode())))
            content += (text.text + after + code.format(number)).encode()
        yield name, content, places


def judge(cases: Iterable[tuple[str, bytes, list[tuple[int, int]]]], model: str | None) -> Score:
    """Scan files and count; evident examples count as found."""
    rows = list(cases)
    score = Score()
    spans = names.scan_names(
        [content for _, content, _ in rows], [name for name, _, _ in rows], None, model, notices=True
    )
    for (_, content, places), found in zip(rows, spans, strict=True):
        told, there = {(span.start, span.end) for span in found}, set(places)
        score.right += len(told & there)
        score.found += len(told)
        score.there += len(there)
        score.wrong += [_shown(content, place) for place in sorted(told - there)]
        score.missed += [_shown(content, place) for place in sorted(there - told)]
    return score


def _shown(content: bytes, place: tuple[int, int]) -> str:
    start, end = place
    line = content[content.rfind(b"\n", 0, start) + 1 : end + 60].split(b"\n")[0]
    return f"{content[start:end].decode(errors='replace')!r} in {line.decode(errors='replace')!r}"


def by_language(language: str) -> list[Text]:
    """Give the sentences of the test in a language, those with persons and those without."""
    dice = random.Random(f"{SEED}{language}")
    patterns = [
        pattern for key in (language, "any") for kind in ("person", "none") for pattern in PLAN["test"][key][kind]
    ]
    found = [material.filled(pattern, language, "test", dice, 1.0) for pattern in patterns for _ in range(ROUNDS)]
    translated = [text for text in material.translated("test") if text.language == language]
    return material.shuffled([*found, *material.shuffled(translated, len(found), SEED)], 10**6, SEED)


def fresh(language: str) -> list[Text]:
    """Give the sentences of the second test in a language."""
    return material.shuffled([text for text in material.fresh(6) if text.language == language], 10**6, SEED)


def by_languages(made: Callable[[str], list[Text]], model: str | None, shown: int) -> None:
    print("| language | persons | found | precision | recall |\n|---|---|---|---|---|")
    for language in sorted(material.LANGUAGES):
        score = judge(files(made(language), random.Random(SEED)), model)
        print(score.line(language), flush=True)
        _print_some(score, shown)


def weak(model: str | None, shown: int) -> None:
    positive, negative = material.commented("test")
    print("| comments of real projects | persons | found | precision | recall |\n|---|---|---|---|---|")
    for name, texts in (("with persons", positive), ("without", negative)):
        cases = [
            ("a.txt", text.text.encode(), [_in_bytes(text.text, place) for place in text.persons]) for text in texts
        ]
        score = judge(cases, model)
        print(score.line(name))
        _print_some(score, shown)


def _in_bytes(text: str, place: tuple[int, int]) -> tuple[int, int]:
    start, end = (len(text[:at].encode()) for at in place)
    return start, end


def _print_some(score: Score, shown: int) -> None:
    for kind, cases in (("wrong", score.wrong), ("missed", score.missed)):
        for case in random.Random(SEED).sample(cases, min(shown, len(cases))):
            print(f"    {kind}: {case}")


def speed(model: str | None, size: str) -> None:
    rows = list(documents(size))
    contents, paths = [content for _, content in rows], [path for path, _ in rows]
    total = sum(map(len, contents))
    names.scan_names([b"# Author: Jane Roe"], ["a.py"], None, model)
    begun = time.process_time()
    for content, path in zip(contents, paths, strict=True):
        text = without_notices(readable(content, path))
        list(names_cues.passages(text, content, [(start, until) for start, _, until in told(text)]))
    gated = time.process_time() - begun
    begun = time.process_time()
    found = names.find(contents, paths, None, model)
    whole = time.process_time() - begun
    share = found.share
    rates = [total / 1e6 / seconds for seconds in (gated, whole)]
    print(f"{total / 1e6:.1f} MB: lexer and cues {rates[0]:.1f} MB/s, with the model {rates[1]:.1f} MB/s")
    print(f"for people {share.readable / total:.2%} of the bytes, read by the model {share.read / total:.2%}", end="; ")
    print(f"{sum(map(len, found.spans)):,} names found")
    words = sum(len(readable(content, path).replace(b"\0", b" ").split()) for path, content in rows)
    print(f"words that are for people: {words / whole:,.0f} a second, all steps together")
    people = [text.text for language in material.LANGUAGES for text in by_language(language)]
    words = sum(len(text.split()) for text in people)
    begun = time.process_time()
    names.loaded(str(model or names.SHIPPED)).predict(people, batch_size=256, prefilter="auto")
    rate = words / (time.process_time() - begun)
    print(f"the model alone: {rate:,.0f} words/s ({words:,} words in {len(people):,} sentences)")
    begun = time.process_time()
    content = "".join(f"# {text}\n" for text in people).encode()
    names.scan_names([content], ["a.py"], None, model)
    print(f"the same as comments of a file: {words / (time.process_time() - begun):,.0f} words/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="generated,fresh,weak,speed")
    parser.add_argument("--model", type=Path, help="folder of a checkpoint instead of the one of the package")
    parser.add_argument("--size", default="medium", help="of the corpus, for the speed")
    parser.add_argument("--show", type=int, default=0, help="print so many errors of each kind")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    model = str(given.model) if given.model else None
    for part in given.part.split(","):
        if part == "speed":
            speed(model, given.size)
        elif part == "weak":
            weak(model, given.show)
        else:
            by_languages({"generated": by_language, "fresh": fresh}[part], model, given.show)


if __name__ == "__main__":
    main()
