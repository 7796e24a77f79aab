"""How fast IEInstruct is built: rows a second from records to Parquet, and what two processes gain.

    python benchmarks/building.py DIR [--rows 200000] [--tokenizer FOLDER] [--processes 1 2]

DIR holds raw files of sources. They are copied several times over into a temporary folder, so that the build has about
as many rows as asked for; every augmentation of the recipe `paper` is on, without its caps. Prints how long it takes
to read the files alone, and a line a number of processes: rows, seconds, rows a second from the files on and from the
records on (without the seconds of reading), and the largest process's private memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from adelie_hf.build import build
from adelie_hf.ieinstruct import load_recipe, plan, rows
from adelie_hf.ieinstruct.choose import stream_queries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--tokenizer", help="drop rows over 2,048 tokens of this one")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    recipe = replace(load_recipe("paper", tokenizer=args.tokenizer), cap=10**9, caps={})
    once = plan("mixture", args.data_dir, recipe)["train"]
    number = sum(sum(1 for _ in rows(part)) for part in once)
    times = max(1, round(args.rows / number))
    start = time.perf_counter()
    read = sum(1 for part in once for _ in stream_queries(part, Counter()))
    reading = time.perf_counter() - start
    print(f"{number:,} rows in {len(once)} parts, {times} times over")
    print(f"reading alone: {read:,} queries in {reading:.1f} s, {read / reading:,.0f} a second")
    parts = [replace(part, prefix=f"{copy}-") for copy in range(times) for part in once]
    for num_proc in args.processes:
        with tempfile.TemporaryDirectory() as folder, _Memory() as memory:
            start = time.perf_counter()
            counts = build("ieinstruct", {"train": parts}, {}, asdict(recipe), Path(folder, "out"), num_proc)
            seconds = time.perf_counter() - start
            size = Path(folder, "out", "train.parquet").stat().st_size
        kept = counts["train"]["kept"]
        print(
            f"{num_proc} process{'es' * (num_proc > 1)}: {kept:,} rows in {seconds:.1f} s, "
            f"{kept / seconds:,.0f} a second from the files on, "
            f"{kept / (seconds - times * reading / num_proc):,.0f} from the records on, "
            f"{size / 2**20:,.0f} MiB; at most {memory.most / 2**20:,.0f} MiB in one process"
        )


class _Memory:
    """The most private memory that this process or one of its children had, looked at ten times a second."""

    def __enter__(self) -> _Memory:
        self.most, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process(os.getpid())
        while not self._over.wait(0.1):
            for process in (own, *own.children(recursive=True)):
                try:
                    self.most = max(self.most, process.memory_full_info().uss)
                except psutil.Error:
                    continue  # it has just ended


if __name__ == "__main__":
    main()
