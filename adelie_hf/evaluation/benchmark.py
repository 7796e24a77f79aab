"""Benchmarks: a recipe for a build of one source, how its rows are answered, a metric, and published numbers.

A benchmark is a YAML file of the fields of `Benchmark`: one of the library's in `benchmarks/`, or a user's, beside
their data. The name of any source, or of a set of a user's own data, stands for a benchmark of its held-out rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from adelie_hf.build import BuildPlan
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import BuildUnit, Recipe, plan
from adelie_hf.settings import Count, PositiveCount, Settings, Share, read_settings
from adelie_hf.sources import all_sources

FOLDER = Path(__file__).parent / "benchmarks"

# Plain rows, as the paper's evaluation has them; training rows are there for the baseline that copies from them.
_PLAIN = {"text": 1.0, "subset": 0.0, "guidelines": 0.0, "symbols": 0.0, "shuffled": 0.0, "demonstrations": 0.0}


# The names of measures, as `measure` gives them.
MeasureName = Literal["F1", "best F1", "AUC", "CaRB", "ROBUST", "header", "content"]


class Benchmark(Settings):
    """A benchmark. The defaults are the rows of the paper's evaluation (section 5.1).

    >>> Benchmark(title="My notes", source="notes").rows
    1000
    """

    title: str
    """The name in tables."""
    source: str
    """A source, or a set of own data by the name of its folder: its published held-out split is asked about."""
    tasks: list[str] = []
    """Only these tasks of the source."""
    rows: PositiveCount | Literal["all"] = 1000
    """At most this many rows of each task, the same for any number of shots."""
    no_answer: Share = 0.2
    """Of so many rows, at most this share has no answer; `all` keeps what the split has."""
    shots: list[Count] = Field(default=[0], min_length=1)
    """The numbers of demonstrations that are usual; the first is the default."""
    seed: Count = 42
    """The rows, their wordings and their demonstrations are drawn from it."""
    recipe: dict[str, Any] = {}
    """Other keys of a recipe of IEInstruct: `wordings: 1` for one task description, `one_prompt: 1.0` for
    demonstrations inside one prompt."""
    temperature: float = Field(default=0.0, ge=0)
    """The sampling temperature of answers; 0 takes the most likely one."""
    max_new_tokens: PositiveCount = 512
    """The length limit of an answer, in tokens."""
    metric: Literal["task", "robust"] = "task"
    """That of each task, or the worst paraphrase of a clique."""
    scorer: str | None = None
    """The published scorer of a closed task, as `reference_f1` names it."""
    published_in: str = ""
    """Where the published numbers are from."""
    published: dict[int, dict[str, dict[MeasureName, float]]] = {}
    """Shots -> system -> measure -> published number, in percent."""
    known_errors: list[str] = []
    """What the published scorer gets wrong."""
    notes: list[str] = []
    """In what else the rows or the protocol differ from the published ones."""

    def recipe_of(self, shots: int, variant: int = 0) -> Recipe:
        """Return the recipe of its rows. Raises InputError for an unknown key in `recipe`."""
        whole = self.rows == "all"
        values: dict[str, Any] = {
            "seed": self.seed,
            "held_out_cap": None if whole else self.rows,
            "held_out_no_answer": None if whole else self.no_answer,
            "held_out_demonstrations": shots,
            "held_out_variant": variant,
            "one_prompt": 0.0,
        }
        return Recipe(**_PLAIN | values | self.recipe)


def benchmark_files() -> dict[str, Path]:
    """Return name -> file of the library's benchmarks."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.yaml"))}


def load_benchmark(name: str) -> Benchmark:
    """Return a benchmark: one of the library's by its name, that of a YAML file, or one of any source.

    >>> load_benchmark("matres").shots
    [0, 4]

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    if name in (files := benchmark_files()):
        return read_settings(Benchmark, files[name])
    if Path(name).suffix in (".yaml", ".yml"):
        return read_settings(Benchmark, name)
    return Benchmark(title=all_sources()[name].title if name in all_sources() else name, source=name)


def reference_of(name: str, data_dir: Path) -> str:
    """Return what `load_benchmark` takes for a benchmark of a recipe, whose YAML file is below the raw files."""
    return str(data_dir / name) if Path(name).suffix in (".yaml", ".yml") else name


def load_benchmarks(names: Sequence[str], data_dir: Path) -> dict[str, Benchmark]:
    """Return the benchmarks of a recipe by their names, those of files without folder and ending.

    Raises:
        InputError: for two of one name, for a single name in place of a list, and as `load_benchmark`.
    """
    if isinstance(names, str):
        raise InputError(f"benchmarks are a list; write [{names}]")
    if len({Path(name).stem for name in names}) < len(names):
        raise InputError(f"two of the benchmarks {', '.join(names)} have the same name; rename a file")
    return {Path(name).stem: load_benchmark(reference_of(name, data_dir)) for name in names}


def plan_benchmark(benchmark: Benchmark, data_dir: str | Path, shots: int, variant: int = 0) -> BuildPlan[BuildUnit]:
    """Return the plan of its rows, a build of IEInstruct: `test`, and `train` where the source has such a split.

    Raises:
        InputError: for a source without files below the folder, and for tasks that it does not have.
    """
    whole = plan("benchmark", data_dir, benchmark.recipe_of(shots, variant), (benchmark.source,))
    tasks = {unit.task for units in whole.units.values() for unit in units}
    if unknown := [task for task in benchmark.tasks if task not in tasks]:
        raise InputError(f"{benchmark.source} has no task {unknown[0]!r}; its tasks are {', '.join(sorted(tasks))}")
    units = {
        split: [unit for unit in units if not benchmark.tasks or unit.task in benchmark.tasks]
        for split, units in whole.units.items()
    }
    return replace(whole, units={split: chosen for split, chosen in units.items() if chosen})


def published_scores(benchmark: Benchmark, shots: int) -> Mapping[str, Mapping[str, float]]:
    """Return system -> measure -> published number, from 0 to 1, for a number of shots."""
    return {
        system: {measure: round(value / 100, 6) for measure, value in scores.items()}
        for system, scores in benchmark.published.get(shots, {}).items()
    }
