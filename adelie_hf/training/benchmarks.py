"""Benchmarks that are asked during training, too: a few of their rows, and the measures of the answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation import Benchmark, Predictions, measure
from adelie_hf.evaluation.benchmark import load_benchmarks
from adelie_hf.evaluation.held_out import rows_of_benchmark
from adelie_hf.rows import InstructRow
from adelie_hf.script_log import is_rank_zero

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)


class AskedBenchmark(NamedTuple):
    """Rows of one task of a benchmark; `name` is that of the benchmark, with the task where it has several."""

    name: str
    benchmark: Benchmark
    rows: list[InstructRow]

    def measures(self, answers: Mapping[str, str]) -> dict[str, float]:
        """Return the corrected measures of answers, row id -> answer, by names such as `mit-restaurant_f1`."""
        measures = measure(self.rows, Predictions(dict(answers), [], 0), self.benchmark.metric)
        return {f"{self.name}_{name.lower().replace(' ', '_')}": score["value"] for name, score in measures.items()}


def read_benchmarks(names: Sequence[str], data_dir: str | None, most_rows: int) -> list[AskedBenchmark]:
    """Return the rows of benchmarks, with their first number of demonstrations; the first process reads for all.

    Args:
        names: as `align.yaml` has them.
        data_dir: the folder with the raw files.
        most_rows: the largest number of rows of each task; the benchmark may have fewer.

    Raises:
        InputError: for an unknown benchmark, and for missing or broken data.
    """
    if not names:
        return []
    from accelerate.utils import broadcast_object_list

    shared = [list(_read(names, Path(data_dir or ""), most_rows)) if is_rank_zero() else []]
    broadcast_object_list(shared)
    return shared[0]


def _read(names: Sequence[str], data_dir: Path, most_rows: int) -> Iterator[AskedBenchmark]:
    if not data_dir.is_dir():
        raise InputError(f"eval_benchmarks_dir: {data_dir} is no folder; give the one with the raw files")
    for name, whole in load_benchmarks(names, data_dir).items():
        rows = most_rows if whole.rows == "all" else min(whole.rows, most_rows)
        benchmark = whole.model_copy(update={"rows": rows})
        with TemporaryDirectory() as place:
            held_out = rows_of_benchmark(benchmark, data_dir, Path(place), benchmark.shots[0], 0)
        for note in held_out.notes:
            logger.info("%s: %s", name, note)
        tasks = dict.fromkeys(row["task"] for row in held_out.rows)
        for task in tasks:
            asked = [row for row in held_out.rows if row["task"] == task]
            yield AskedBenchmark(f"{name}_{task}" if len(tasks) > 1 else name, benchmark, asked)


def log_shared_texts(benchmarks: Sequence[AskedBenchmark], train_rows: Dataset) -> None:
    """Log how many rows of each benchmark ask about a text that is trained on.

    Args:
        train_rows: rows with the column `text`.
    """
    texts = set(train_rows["text"][:]) if benchmarks else set()
    for name, _, rows in benchmarks:
        if shared := sum(row["text"] in texts for row in rows):
            logger.info(
                "%s: %d of %d rows ask about texts of training rows, no held-out test", name, shared, len(rows)
            )
