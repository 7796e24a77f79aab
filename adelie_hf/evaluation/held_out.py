"""The rows that are held out: those of a build, of a benchmark, or of one of ADELIE's published test files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adelie_hf.build import build
from adelie_hf.digests import cached_digest
from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import read_test_file
from adelie_hf.evaluation.benchmark import Benchmark, plan_benchmark
from adelie_hf.evaluation.system_outputs import clique_of
from adelie_hf.rows import InstructRow, instruct_features, read_build, to_table
from adelie_hf.run_folder import training_splits


class HeldOut(NamedTuple):
    """Held-out rows and the training rows beside them, the folder of their build, and what has to be said of them.

    `shots` is the number of demonstrations of a benchmark's rows.
    """

    folder: Path
    split: str
    rows: list[InstructRow]
    train: list[InstructRow]
    notes: Sequence[str] = ()
    shots: int = 0


def rows_of_build(folder: Path, split: str = "test") -> HeldOut:
    """Return the rows of a build. Raises InputError as `read_build`."""
    trained = [name for name in training_splits(folder) if name != split and (folder / f"{name}.parquet").is_file()]
    train = [row for name in trained for row in read_build(folder, name)[1]]
    return HeldOut(folder, split, read_build(folder, split)[1], train)


def rows_of_benchmark(benchmark: Benchmark, data_dir: Path, place: Path, shots: int | None, variant: int) -> HeldOut:
    """Return the rows of a benchmark; their build stays in a folder.

    Args:
        data_dir: the folder with the raw files, or one of ADELIE's published test files.
        place: the folder for builds.
        shots: the number of demonstrations; by default what the prompts of a test file have, or the benchmark's first.
        variant: the number of the way in which the rows are asked.

    Raises:
        InputError: for missing or broken data, and a test file with another number of demonstrations.
    """
    if data_dir.is_file():
        if variant or len(benchmark.tasks) != 1:
            raise InputError(f"{data_dir} has fixed prompts of one task; name its benchmark", parameter="data_dir")
        return _rows_of_test_file(data_dir, benchmark, place, shots)
    shots = benchmark.shots[0] if shots is None else shots
    asked = f"rows-{shots}-shot{f'-{variant}' if variant else ''}"
    whole_cliques = benchmark.metric == "robust"
    drawn = benchmark.model_copy(update={"rows": "all"}) if whole_cliques else benchmark
    folder = place / f"{drawn.rows}-{asked}"
    build(plan_benchmark(drawn, data_dir, shots, variant), folder)
    held_out = rows_of_build(folder)
    if whole_cliques and benchmark.rows != "all":
        rows = _some_cliques(held_out.rows, benchmark.rows, benchmark.seed)
        held_out = held_out._replace(folder=_write(rows, place / f"{benchmark.rows}-{asked}"), rows=rows)
    shown = [len(row["choices"].get("demonstrations", ())) for row in held_out.rows]
    return held_out._replace(notes=_fewer(shown, shots), shots=shots)


def _fewer(shown: Sequence[int], shots: int) -> list[str]:
    fewer = sum(one < shots for one in shown)
    return [f"{fewer:,} of {len(shown):,} rows have fewer than {shots} demonstrations"] if fewer else []


def _some_cliques(rows: Sequence[InstructRow], number: int, seed: int) -> list[InstructRow]:
    """Return the rows of as many cliques as give a number of rows: the metric compares all answers of a clique."""
    sizes = Counter(map(clique_of, rows))
    chosen: set[str] = set()
    total = 0
    for clique in sorted(sizes, key=lambda clique: draw(seed, clique, "cap")):
        if total >= number:
            break
        chosen.add(clique)
        total += sizes[clique]
    return [row for row in rows if clique_of(row) in chosen]


def _write(rows: Sequence[InstructRow], folder: Path) -> Path:
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(to_table(rows, instruct_features()), folder / "test.parquet")
    return folder


def _rows_of_test_file(file: Path, benchmark: Benchmark, place: Path, shots: int | None) -> HeldOut:
    rows, notes = read_test_file(file, benchmark.tasks[0], benchmark.source)
    shown = [sum(turn["role"] == "assistant" for turn in row["prompt"]) for row in rows if row["prompt"]]
    most = max(shown, default=benchmark.shots[0] if shots is None else shots)
    if shots not in (None, most):
        raise InputError(f"{file} has {most} demonstrations a prompt, not {shots}; leave it out", parameter="shots")
    # Files of several folders have one name: the content makes the folder theirs.
    folder = place / f"{file.stem}-{most}-shot-{cached_digest(file)[:8]}"
    return HeldOut(_write(rows, folder), "test", rows, [], [*notes, *_fewer(shown, most)], most)
