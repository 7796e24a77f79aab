"""Measure how fast IEInstruct is built: rows a second from records to Parquet, with one process and with two.

    python benchmarks/building.py DIR [--rows 200000] [--tokenizer FOLDER] [--processes 1 2]

DIR has raw files of sources. Its units are repeated under other prefixes, so that the build has about as many rows
as requested; every augmentation of the recipe `paper` is on, without its caps. Prints the time of reading the files
alone, and a line per number of processes: rows, seconds, rows a second from the files on and from the records on
(without the seconds of reading), and the largest private memory of one process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil

from adelie_hf.build import build
from adelie_hf.ieinstruct import load_recipe, make_rows, plan
from adelie_hf.ieinstruct.choose import stream_queries
from adelie_hf.manifest import Counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--tokenizer", help="drop rows over 2,048 tokens of this one")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    recipe = load_recipe("paper", tokenizer=args.tokenizer).model_copy(update={"cap": 10**9, "caps": {}})
    planned = plan("mixture", args.data_dir, recipe)
    units = planned.units["train"]
    number = sum(sum(1 for _ in make_rows(unit)) for unit in units)
    copies = max(1, round(args.rows / number))
    start = time.perf_counter()
    queries = sum(1 for unit in units for _ in stream_queries(unit, Counts()))
    reading = time.perf_counter() - start
    print(f"{number:,} rows in {len(units)} units, {copies} copies")
    print(f"reading alone: {queries:,} queries in {reading:.1f} s, {queries / reading:,.0f} a second")
    copied = [replace(unit, prefix=f"{copy}-") for copy in range(copies) for unit in units]
    for num_proc in args.processes:
        with tempfile.TemporaryDirectory() as folder, _Memory() as memory:
            start = time.perf_counter()
            counts = build(replace(planned, units={"train": copied}, inputs={}), Path(folder, "out"), num_proc)
            seconds = time.perf_counter() - start
            size = Path(folder, "out", "train.parquet").stat().st_size
        kept = counts["train"].kept["rows"]
        print(
            f"{num_proc} process{'es' * (num_proc > 1)}: {kept:,} rows in {seconds:.1f} s, "
            f"{kept / seconds:,.0f} a second from the files on, "
            f"{kept / (seconds - copies * reading / num_proc):,.0f} from the records on, "
            f"{size / 2**20:,.0f} MiB; at most {memory.most / 2**20:,.0f} MiB in one process"
        )


class _Memory:
    """Record the largest private memory of this process and its children, ten times a second."""

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
