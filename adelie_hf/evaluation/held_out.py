"""The rows that are held out: those of a build, of a benchmark, or of one of ADELIE's published test files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adelie_hf.build import build
from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import read_test_file
from adelie_hf.evaluation.benchmark import Benchmark, plan_benchmark
from adelie_hf.rows import InstructRow, instruct_features, read_build, to_table


class HeldOut(NamedTuple):
    """Held-out rows and the training rows beside them, the folder of their build, and what has to be said of them."""

    folder: Path
    split: str
    rows: list[InstructRow]
    train: list[InstructRow]
    notes: Sequence[str] = ()


def rows_of_build(folder: Path, split: str = "test") -> HeldOut:
    """Return the rows of a build. Raises InputError as `read_build`."""
    train = read_build(folder, "train")[1] if (folder / "train.parquet").is_file() else []
    return HeldOut(folder, split, read_build(folder, split)[1], train)


def rows_of_benchmark(benchmark: Benchmark, data_dir: Path, place: Path, shots: int, variant: int) -> HeldOut:
    """Return the rows of a benchmark; their build stays in a folder.

    Args:
        data_dir: the folder with the raw files, or one of ADELIE's published test files.
        place: the folder for builds.
        shots: the number of demonstrations.
        variant: the number of the way in which the rows are asked.

    Raises:
        InputError: for missing or broken data.
    """
    if data_dir.is_file():
        if variant or len(benchmark.tasks) != 1:
            raise InputError(f"{data_dir} has fixed prompts of one task; name its benchmark", parameter="data_dir")
        return _rows_of_test_file(data_dir, benchmark, place)
    folder = place / f"{benchmark.rows}-rows-{shots}-shot{f'-{variant}' if variant else ''}"
    build(plan_benchmark(benchmark, data_dir, shots, variant), folder)
    held_out = rows_of_build(folder)
    fewer = sum(len(row["choices"].get("demonstrations", ())) < shots for row in held_out.rows)
    notes = [f"{fewer:,} of {len(held_out.rows):,} rows have fewer than {shots} demonstrations"] if fewer else []
    return held_out._replace(notes=notes)


def _rows_of_test_file(file: Path, benchmark: Benchmark, place: Path) -> HeldOut:
    import pyarrow.parquet

    rows, notes = read_test_file(file, benchmark.tasks[0], benchmark.source)
    folder = place / file.stem
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(to_table(rows, instruct_features()), folder / "test.parquet")
    return HeldOut(folder, "test", rows, [], notes)
