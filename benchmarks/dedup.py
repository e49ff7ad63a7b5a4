"""Near-duplicates: sketches beside five other libraries, end to end beside datatrove, accuracy, memory.

    script/bench dedup                      everything, about ten minutes
    script/bench dedup --only sketch        one of: sketch, whole, accuracy, memory

Peers run unmodified, each in its own environment, on the same texts and on one thread; contestants take turns and the
cheapest of their rounds counts. See peer_sketch.py, peer_datatrove_near.py, near_ours.py and near_memory.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from numba import njit

from _environments import HERE, environment
from _timing import Cost, measure
from corpus import documents
from stackmark.dedup import near, sketches, verify
from stackmark.dedup.bands import band_keys, layout_for, narrow

RUNS = HERE / ".cache" / "runs" / "dedup"
SKETCH_BYTES, WHOLE_BYTES = 8_000_000, 60_000_000
ROUNDS = 3
#: Library, its environment, and how many times slower the project aims for it to be.
CONTESTANTS = (
    ("stackmark", "core", None),
    ("text-dedup", "text-dedup", 120),
    ("datatrove", "datatrove-minhash", 75),
    ("datasketch", "datasketch", 60),
    ("rensa", "rensa", 20),
    ("daft", "core", 10),
    ("daft, blanks only", "core", None),
)
MEMORY_KEYS, MEMORY_CAP = 20_000_000, 600_000_000
RANGES = ((0.05, 0.3), (0.3, 0.7), (0.7, 1.01))

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.int64]


def texts(size: str, limit: int) -> list[str]:
    """Give different texts of a corpus, by a shuffle that only depends on their paths, up to so many bytes."""
    seen: dict[bytes, tuple[bytes, bytes]] = {}
    for path, content in documents(size):
        # Versions of one file stay together: the folder of the archive has the version in its name.
        inner = path.split("/", 2)[-1].encode()
        seen.setdefault(hashlib.sha1(content).digest(), (hashlib.sha1(inner).digest(), content))  # noqa: S324
    chosen, total = [], 0
    for key in sorted(seen, key=lambda key: (seen[key][0], key)):
        total += len(seen[key][1])
        if total > limit:
            break
        chosen.append(seen[key][1].decode())
    return chosen


def run(name: str, script: str, *arguments: str) -> tuple[dict[str, Any], Cost]:
    """Run a script of this folder in an environment; give what it printed last, and its cost."""
    log = RUNS / f"{Path(script).stem}-{name}.log"
    command = ["env", f"PYTHONPATH={HERE / 'src'}" if name == "core" else "PYTHONPATH="]
    command += [str(environment(name) / "python"), str(Path(__file__).with_name(script)), *arguments]
    cost = measure(command, log)
    if cost.code:
        sys.exit(f"{script} ended with {cost.code} in {name}: see {log}")
    printed: dict[str, Any] = json.loads(cost.output.splitlines()[-1])
    return printed, cost


def sketching() -> None:
    """Sketch the same texts with every library."""
    chosen = texts("medium", SKETCH_BYTES)
    size = sum(len(text.encode()) for text in chosen)
    path = RUNS / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in chosen), "utf-8")
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, place, _aim in CONTESTANTS:
            printed, _ = run(place, "peer_sketch.py", name, str(path))
            best[name] = min(printed["cpu"], best.get(name, printed["cpu"]))
    print(f"\nSketches of 256 numbers: {len(chosen):,} texts, {size / 1e6:.1f} MB, one thread, best of {ROUNDS} rounds")
    print(f"{'':20} {'MB/s':>8} {'ours is':>9} {'aim':>6}")
    for name, _, aim in CONTESTANTS:
        ratio = best[name] / best["stackmark"]
        print(f"{name:20} {size / 1e6 / best[name]:8.1f} {ratio:8.1f}x {f'{aim}x' if aim else '':>6}")


def whole() -> None:
    """Take near-duplicates out of the same Parquet file, from reading to writing."""
    chosen = texts("medium", WHOLE_BYTES)
    size = sum(len(text.encode()) for text in chosen)
    folder = RUNS / "input"
    folder.mkdir(exist_ok=True)
    ids = [f"{number:06d}" for number in range(len(chosen))]
    pq.write_table(pa.table({"id": ids, "text": pa.array(chosen, pa.large_string())}), folder / "all.parquet")
    best: dict[str, tuple[dict[str, Any], Cost]] = {}
    contestants = {
        "stackmark": ("core", "near_ours.py", str(folder / "all.parquet")),
        "datatrove": ("datatrove-minhash", "peer_datatrove_near.py", str(folder)),
    }
    for turn in range(ROUNDS):
        for name, (place, script, source) in contestants.items():
            if turn and name == "datatrove":
                continue  # a minute each; the noise of one run is small beside the ratio
            shutil.rmtree(RUNS / name, ignore_errors=True)
            found = run(place, script, source, str(RUNS / name))
            best[name] = min(found, best.get(name, found), key=lambda pair: float(pair[0]["work"]))
    print(f"\nEnd to end: {len(chosen):,} texts, {size / 1e6:.1f} MB, reading to writing, one process")
    print(f"{'':20} {'work cpu s':>10} {'MB/s':>8} {'with start':>10} {'peak MB':>8} {'kept':>8}")
    for name, (printed, cost) in best.items():
        rate = size / 1e6 / printed["work"]
        row = f"{printed['work']:10.2f} {rate:8.1f} {cost.cpu:10.2f} {cost.peak / 1e6:8.0f}"
        print(f"{name:20} {row} {printed['kept']:8,}")
    ours, theirs = best["stackmark"], best["datatrove"]
    work, all_ = theirs[0]["work"] / ours[0]["work"], theirs[1].cpu / ours[1].cpu
    print(f"datatrove / ours: {work:.1f}x, with the start of both processes {all_:.1f}x (aim 30x)")


@njit(nogil=True)
def all_pairs(values: Any, bounds: Any, least: Any, common: Any) -> Any:
    """Compare all pairs of sets exactly, those of very unlike sizes left out; give pairs and similarities."""
    ones, others, scores = [0], [0], [0.0]
    for one in range(len(bounds) - 1):
        for other in range(one):
            first, second = bounds[one + 1] - bounds[one], bounds[other + 1] - bounds[other]
            if first == 0 or min(first, second) < least * max(first, second):
                continue
            shared = common(values, bounds[one], bounds[one + 1], bounds[other], bounds[other + 1])
            score = shared / (first + second - shared)
            if score >= least:
                ones.append(one)
                others.append(other)
                scores.append(score)
    return np.array(ones[1:]), np.array(others[1:]), np.array(scores[1:])


def accuracy() -> None:
    """Compare estimates, candidates and clusters with the exact similarity of all pairs."""
    contents = pa.array([text.encode() for text in texts("medium", 16_000_000)], pa.large_binary())
    values, bounds = verify.shingle_sets(contents)
    ones, others, exact = all_pairs(values, bounds, RANGES[0][0], verify.common)
    found = sketches.sketch(contents)
    estimate = (found[ones] == found[others]).mean(axis=1)
    print(f"\nAccuracy: {len(contents):,} texts, all pairs compared exactly")
    print(f"{'similarity':14} {'pairs':>8} {'rmse':>8} {'ideal MinHash':>14} {'bias':>9}")
    for low, high in RANGES:
        some = (exact >= low) & (exact < high)
        error = estimate[some] - exact[some]
        ideal = np.sqrt((exact[some] * (1 - exact[some])).mean() / sketches.BINS)
        rmse, bias = np.sqrt((error**2).mean()), error.mean()
        print(f"{low:.2f} to {min(high, 1):.2f}   {some.sum():8,} {rmse:8.4f} {ideal:14.4f} {bias:+9.4f}")
    layout = layout_for(0.7)
    keys = band_keys(narrow(found), layout)
    candidate = (keys[ones] == keys[others]).any(axis=1)
    curve(exact, candidate, layout.probability)
    ids = pa.array([f"{number:06d}" for number in range(len(contents))])
    clusters = near.near_duplicates(pa.table({"content_id": ids, "content": contents}))
    together(clusters, ones, others, exact, candidate)


def curve(exact: Floats, candidate: npt.NDArray[np.bool_], probability: Callable[[float], float]) -> None:
    """Print how many pairs become candidates, beside the S-curve."""
    print(f"{'candidates':14} {'pairs':>8} {'found':>8} {'expected':>14} {'sigmas':>9}")
    for low, high in ((0.3, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9)):
        some = (exact >= low) & (exact < high)
        chance = np.array([probability(score) for score in exact[some].tolist()])
        sigma = max(1e-9, np.sqrt((chance * (1 - chance)).sum()))
        off = (candidate[some].sum() - chance.sum()) / sigma
        print(f"{low:.2f} to {high:.2f}   {some.sum():8,} {candidate[some].sum():8,} {chance.sum():14.1f} {off:+9.1f}")


def together(clusters: pa.Table, ones: Pairs, others: Pairs, exact: Floats, candidate: npt.NDArray[np.bool_]) -> None:
    """Print recall of candidates and clusters, and whether every member's similarity is what it says."""
    own = {int(row["content_id"]): int(row["cluster_id"]) for row in clusters.to_pylist()}
    same = np.array([own.get(a, -1) == own.get(b, -2) for a, b in zip(ones.tolist(), others.tolist(), strict=True)])
    for least in (0.7, 0.8):
        some = exact >= least
        print(
            f"pairs at {least} and more: {some.sum():,}; candidates {candidate[some].mean():.3f}, "
            f"in one cluster {same[some].mean():.3f}"
        )
    truth = dict(zip(zip(ones.tolist(), others.tolist(), strict=True), exact.tolist(), strict=True))
    wrong = 0
    for row in clusters.to_pylist():
        one, other = sorted((int(row["content_id"]), int(row["representative_id"])), reverse=True)
        wrong += one != other and (truth.get((one, other), 0) < 0.7 or truth[one, other] != row["jaccard"])
    print(f"members whose similarity to their representative is under 0.7, or not as stated: {wrong}")


def memory() -> None:
    """Join 20 million band keys under a cap."""
    shutil.rmtree(RUNS / "memory", ignore_errors=True)
    arguments = (str(RUNS / "memory"), str(MEMORY_KEYS), str(MEMORY_CAP))
    printed, cost = run("core", "near_memory.py", *arguments)
    shutil.rmtree(RUNS / "memory", ignore_errors=True)
    verdict = "within" if cost.peak <= MEMORY_CAP else "OVER"
    held = "under a cap of the kernel" if printed["capped"] else "without a cap of the kernel"
    print(
        f"\nMemory: {printed['keys']:,} band keys joined in {printed['buckets']} buckets, {printed['edges']:,} edges, "
        f"{cost.cpu:.1f} s of processor time; peak {cost.peak / 1e6:.0f} MB, "
        f"{verdict} {MEMORY_CAP / 1e6:.0f} MB, {held}"
    )


PARTS = {"sketch": sketching, "whole": whole, "accuracy": accuracy, "memory": memory}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args(arguments)
    RUNS.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        PARTS[name]()


if __name__ == "__main__":
    main()
