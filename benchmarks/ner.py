"""What stackmark.ner is held to: the reference's answers, its speed, memory, and what the short cuts cost.

    script/bench ner [DATA] [--part models|exact|speed|memory|long|quality ...] [--model FOLDER | --train-seconds 360]

DATA is a folder with CoNLL files named NAME-LANGUAGE.train.conll.gz and NAME-LANGUAGE.dev.conll.gz and, under golden/,
small checkpoints of several encoder families. A small model is trained first, or given; blown up to 12 x 768 with the
same answers it is the large one. The reference (span_marker) and GLiNER have environments of their own; all take turns.
Every part is a process of its own. What fails is said, the rest goes on, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ner_exact import exact, families
from ner_material import Asked, head
from ner_memory import memory
from ner_quality import long, quality
from ner_speed import speed

HERE = Path(__file__).parent
#: Seconds after which a part is given up.
LIMIT = 1500


def models(asked: Asked) -> list[str]:
    """Make the models that the other parts use."""
    head(f"Models: a small one, trained for {asked.train_seconds:.0f} s or given, its span filter, and a large one")
    for name, make in (("small", asked.small), ("large", asked.large)):
        begun = time.monotonic()
        print(f"  {name}: {make().name}, {time.monotonic() - begun:.0f} s")
    return []


#: Each prints its rows as it comes by them, and gives what has failed in it.
PARTS: dict[str, Callable[[Asked], list[str]]] = {
    "models": models,
    "exact": exact,
    "families": families,
    "speed": speed,
    "memory": memory,
    "long": long,
    "quality": quality,
}


def main(arguments: Sequence[str]) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=HERE.parents[1] / "shared" / "data" / "ner")
    parser.add_argument("--part", action="append", choices=PARTS, help="all by default")
    parser.add_argument("--sentences", type=int, default=9, help="for the speed")
    parser.add_argument("--exact-sentences", type=int, default=1000)
    parser.add_argument("--many", type=int, default=1000, help="sentences for the memory")
    parser.add_argument("--measured", type=int, default=2000, help="sentences for the price of the short cuts")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, action="append", help="for the speed; 1 and 2 by default")
    parser.add_argument("--train-seconds", type=float, default=360, help="for the small model")
    parser.add_argument("--model", type=Path, help="a small trained BERT checkpoint, instead of training one")
    given = vars(parser.parse_args(arguments))
    asked = Asked(
        **{name: value for name, value in given.items() if name != "part"} | {"threads": given["threads"] or [1, 2]}
    )
    if not any(asked.data.glob("*.dev.conll.gz")):
        raise SystemExit(f"no *.dev.conll.gz in {asked.data}: name a folder with labelled text")
    parts: list[str] = given["part"] or list(PARTS)
    failed = PARTS[parts[0]](asked) if len(parts) == 1 else apart(parts, arguments)
    for one in failed:
        print(f"FAILED: {one}")
    return bool(failed)


def apart(parts: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Run each part as a process of its own, so that none takes the others along; gives those that failed."""
    rest = without_parts(arguments)
    failed = []
    for part in parts:
        begun = time.monotonic()
        try:
            done = subprocess.run([sys.executable, __file__, *rest, "--part", part], timeout=LIMIT, check=False)
            went = "" if done.returncode == 0 else f"the part {part} ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            went = f"the part {part} was not done after {LIMIT} s"
        print(f"  ({part}: {time.monotonic() - begun:.0f} s)")
        failed += [went] if went else []
    return failed


def without_parts(arguments: Sequence[str]) -> list[str]:
    """Give the command line without its `--part NAME` and `--part=NAME`."""
    rest, skip = [], False
    for one in arguments:
        if not skip and one != "--part" and not one.startswith("--part="):
            rest.append(one)
        skip = one == "--part"
    return rest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
