"""The whole build: speed, memory and what a second build costs, beside datatrove on the same files.

Prints MB of source text per second of processor time (all processes), peak memory of the process tree, the
cost of building again with nothing new, and the ratio to the peer, at each size of the corpus. The peer reads
the same archives and does less; see peer_datatrove.py. Contestants take turns, and the cheapest of their rounds
counts. Ours runs in an environment that holds the core install and nothing else, as a user has it. At last HEAD of a
repository with the files of the largest size is read into Arrow, against `git archive`; see read_head.py.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

import read_head
from _environments import HERE, environment
from _timing import Cost, measure
from corpus import SIZES, corpus, facts, repository

RUNS = HERE / ".cache" / "runs"
ROUNDS = {"small": 3, "medium": 2, "large": 1}
RECIPE = """\
name = "bench"
version = "{version}"
[[sources]]
kind = "archive"
path = "{archives}/*.tar.gz"
[licenses]
policy = "any"
[quality]
profile = "the-stack-v2"
[dedup]
near = false
[build]
memory = "{memory}"
workers = 2
"""


def ours(*arguments: str) -> list[str]:
    """Return the command that runs Python as a user's does: with our package, and keeping what it has compiled."""
    python = environment("core") / "python"
    return ["env", "-u", "PYTHONDONTWRITEBYTECODE", f"PYTHONPATH={HERE / 'src'}", str(python), *arguments]


def stackmark(size: str, version: str, memory: str, fresh: bool) -> Cost:
    """Build the corpus of one size in an empty work directory (`fresh`), or in what the last build left."""
    folder = RUNS / f"stackmark-{size}"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / f"{version}.toml"
    recipe.write_text(RECIPE.format(version=version, archives=corpus(size).resolve(), memory=memory))
    command = ours("-m", "stackmark", "build", str(recipe), "--json", "--workdir", str(folder / "work"))
    cost = measure(command, folder / "log")
    if cost.code not in (0, 1):  # 1: done, with files that could not be read; the ledger has them
        sys.exit(f"the build ended with {cost.code}: see {folder / 'log'}")
    return cost


def same_work(size: str) -> Cost:
    """Do with our library only what the peer does; see same_work.py."""
    folder = RUNS / f"same-work-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    script = Path(__file__).with_name("same_work.py")
    cost = measure(ours(str(script), str(corpus(size).resolve()), str(folder / "out")), folder / "log")
    if cost.code:
        sys.exit(f"the same work ended with {cost.code}: see {folder / 'log'}")
    return cost


def datatrove(size: str) -> Cost:
    """Run the peer on the same files."""
    folder = RUNS / f"datatrove-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    python = environment("datatrove") / "python"
    script = Path(__file__).with_name("peer_datatrove.py")
    log = RUNS / f"datatrove-{size}.log"
    cost = measure([str(python), str(script), str(corpus(size).resolve()), str(folder)], log)
    if cost.code:
        sys.exit(f"the peer ended with {cost.code}: see {log}")
    return cost


def kept(size: str, version: str) -> int:
    """Count the files that our release keeps, from its manifest."""
    manifest = RUNS / f"stackmark-{size}" / "work" / "releases" / f"bench-{version}" / "manifest.json"
    outcomes = json.loads(manifest.read_text())["counts"]["outcomes"]
    return int(outcomes["kept"]["files"])


def bench(size: str, memory: str, peer: bool) -> dict[str, Cost]:
    """Run every contestant at one size, in turns; give the cheapest round of each."""
    best: dict[str, Cost] = {}
    for _ in range(ROUNDS.get(size, 1)):
        round_ = {"first build": stackmark(size, "1.0.0", memory, fresh=True)}
        if peer:
            round_["datatrove"] = datatrove(size)
            round_["same work, ours"] = same_work(size)
        round_["same again"] = stackmark(size, "1.0.0", memory, fresh=False)
        round_["1.0.1, nothing new"] = stackmark(size, "1.0.1", memory, fresh=False)
        for name, cost in round_.items():
            best[name] = min(cost, best.get(name, cost), key=lambda cost: cost.cpu)
    return best


def report(size: str, costs: dict[str, Cost]) -> None:
    """Print one table."""
    size_bytes = facts(size)["bytes"]
    first = costs["first build"]
    print(f"\n{size}: {facts(size)['files']:,} files, {size_bytes / 1e6:,.1f} MB of text in archives")
    print(f"{'':20} {'wall s':>8} {'cpu s':>8} {'MB/s/core':>10} {'peak MB':>8} {'cpu / first':>12}")
    for name, cost in costs.items():
        rate, share = cost.rate(size_bytes), cost.cpu / first.cpu
        print(f"{name:20} {cost.wall:8.1f} {cost.cpu:8.1f} {rate:10.1f} {cost.peak / 1e6:8.0f} {share:12.1%}")
    print(f"kept: {kept(size, '1.0.0'):,}", end="")
    if "datatrove" in costs:
        theirs = json.loads(costs["datatrove"].output.splitlines()[-1])["kept"]
        whole, same = (costs["datatrove"].cpu / costs[name].cpu for name in ("first build", "same work, ours"))
        print(
            f"; datatrove {theirs:,}; MB/s/core over datatrove's: whole build {whole:.2f}x, same work {same:.2f}x",
            end="",
        )
    print()


def conclude(firsts: dict[str, Cost], memory: str) -> None:
    """Print what the sizes say together: how flat the cost is, and what starting costs."""
    sizes = sorted(firsts, key=lambda size: facts(size)["bytes"])
    print("\nFlatness. As it is: processor time over bytes of a whole build, its fixed start included.")
    rates = {size: firsts[size].rate(facts(size)["bytes"]) for size in sizes}
    print(", ".join(f"{size} {rate:.1f} MB/s/core" for size, rate in rates.items()), f"({apart(rates.values())})")
    if len(sizes) > 1:
        print("Marginal: further processor time over further bytes, from one size to the next; the start cancels out.")
        steps = {f"{small} to {large}": marginal(firsts, small, large) for small, large in pairwise(sizes)}
        print(", ".join(f"{step} {rate:.1f} MB/s/core" for step, rate in steps.items()), f"({apart(steps.values())})")
        small, large = sizes[0], sizes[1]
        start = firsts[small].cpu - facts(small)["bytes"] / 1e6 / marginal(firsts, small, large)
        print(f"Start: {start:.2f} s of processor time, what the first step leaves for no bytes at all.")
    peak = max(cost.peak for cost in firsts.values())
    print(f"highest peak: {peak / 1e6:,.0f} MB; the recipe's memory budget is {memory}")


def marginal(firsts: dict[str, Cost], small: str, large: str) -> float:
    """Give the MB per second of processor time by which a larger build exceeds a smaller one."""
    further = (facts(large)["bytes"] - facts(small)["bytes"]) / 1e6
    return further / (firsts[large].cpu - firsts[small].cpu)


def apart(rates: Collection[float]) -> str:
    """Say by how much the best of some rates exceeds the worst."""
    if len(rates) < 2:
        return "nothing to compare with"
    return f"{max(rates) / min(rates) - 1:.0%} apart"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--memory", default="4GB", help="memory budget in the recipe")
    parser.add_argument("--no-peer", action="store_true", help="leave datatrove out")
    options = parser.parse_args(arguments)
    firsts = {}
    for size in options.sizes:
        costs = bench(size, options.memory, not options.no_peer)
        report(size, costs)
        firsts[size] = costs["first build"]
    conclude(firsts, options.memory)
    size = max(options.sizes, key=lambda size: facts(size)["bytes"])
    print(f"\nHEAD of a repository with the files of {size}, into Arrow with SHA-1 and SHA-256:")
    read_head.compare(str(repository(size)), rounds=3)


if __name__ == "__main__":
    main()
