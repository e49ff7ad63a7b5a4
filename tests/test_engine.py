from __future__ import annotations

import multiprocessing
import os
import threading

import pyarrow as pa
import pytest

from stackmark import engine
from stackmark.errors import StackmarkError, StoreError, UsageError


def square(number: int) -> int:
    return number * number


def die() -> None:
    os._exit(9)


def fail(words: str) -> None:
    raise StoreError(words, "a hint")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_gives_its_result(workers: int) -> None:
    with engine.start("local", workers) as running:
        assert sorted(running.run(square, [(n,) for n in range(20)])) == [(n, n * n) for n in range(20)]


def test_error_of_a_worker_keeps_its_kind_and_hint() -> None:
    with engine.start("local", 2) as running, pytest.raises(StoreError, match="broken") as caught:
        list(running.run(fail, [("broken",), ("broken",)]))
    assert caught.value.hint == "a hint"


def test_killed_worker_is_told_with_advice() -> None:
    with engine.start("local", 2) as running, pytest.raises(StackmarkError, match="killed") as caught:
        list(running.run(die, [(), (), ()]))
    assert "memory" in caught.value.hint


@pytest.mark.parametrize("repetition", range(5))
@pytest.mark.parametrize("tasks", [0, 1, 2, 8])
def test_error_outside_the_workers_stops_them(tasks: int, repetition: int) -> None:
    with pytest.raises(ValueError, match="outside"), engine.start("local", 2) as running:
        for number, _ in enumerate(running.run(square, [(n,) for n in range(tasks)])):
            if number == 2:
                raise ValueError("outside, in the middle")
        raise ValueError("outside")
    assert multiprocessing.active_children() == []


def test_unknown_engine_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown engine 'spark'"), engine.start("spark", 1):
        pass


@pytest.mark.parametrize(("rows", "memory", "buckets"), [(0, 10**9, 1), (10**5, 4 * 10**9, 1), (10**7, 10**9, 60)])
def test_buckets_grow_with_rows_and_shrink_with_memory(rows: int, memory: int, buckets: int) -> None:
    assert engine.bucket_count(rows, memory) == buckets


@pytest.mark.parametrize(("workers", "memory", "count"), [(2, 4 * 10**9, 2), (64, 4 * 10**9, 7), (8, 10**9, 1)])
def test_workers_are_as_many_as_the_memory_allows(workers: int, memory: int, count: int) -> None:
    assert engine.affordable(workers, memory) == count


def test_collect_gives_plain_types() -> None:
    table = pa.table({"id": pa.array([b"a"]), "name": ["x"], "list": [["y"]]})
    assert engine.collect(engine.dataframes().from_arrow(table)).schema == table.schema


def test_telemetry_is_off_before_the_dataframes_are_imported() -> None:
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["DAFT_ANALYTICS_ENABLED"] == "0"


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_give_every_result_and_end(workers: int) -> None:
    with engine.start("local", workers) as running:
        assert sorted(running.waiting.run(square, [(n,) for n in range(9)])) == [(n, n * n) for n in range(9)]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_error_of_a_thread_is_raised() -> None:
    with engine.start("local", 2) as running, pytest.raises(StoreError, match="broken"):
        list(running.waiting.run(fail, [("broken",), ("broken",)]))
