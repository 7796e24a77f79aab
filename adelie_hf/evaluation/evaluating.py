"""One call for what `adelie-hf evaluate` does: rows of a benchmark or a build, answers, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Required, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import PREFIX
from adelie_hf.evaluation.answering import Answering
from adelie_hf.evaluation.baselines import constant_answers, empty_answers, nearest_answers
from adelie_hf.evaluation.benchmark import Benchmark, benchmark_files, load_benchmark, published_scores
from adelie_hf.evaluation.held_out import HeldOut, rows_of_benchmark, rows_of_build
from adelie_hf.evaluation.measures import Measured, measure_with_sums
from adelie_hf.evaluation.predictions import Predictions, read_predictions
from adelie_hf.evaluation.results import BenchmarkScores, RunScores, SystemComparison
from adelie_hf.evaluation.scores import compare_by_measures, score_predictions
from adelie_hf.evaluation.warnings import notes_on_answers
from adelie_hf.rows import InstructRow
from adelie_hf.tasks import title_of

_PAIR_TASKS = ("rc", "ere")
_BASELINES = ("empty", "nearest", "constant")


class _AddedScores(TypedDict, total=False):
    """What a benchmark adds to `RunScores`."""

    benchmarks: Required[list[BenchmarkScores]]
    comparisons: list[SystemComparison]


class Evaluation(NamedTuple):
    """The result of `evaluate`: the scores, and what they are of."""

    scores: RunScores
    rows: list[InstructRow]
    train: list[InstructRow]
    predictions: dict[str, Predictions]


def evaluate(
    data: str | Path,
    data_dir: str | Path | None = None,
    *,
    predictions: Mapping[str, str | Path] | None = None,
    models: Mapping[str, Answering] | None = None,
    shots: int | None = None,
    rows: int | Literal["all"] | None = None,
    repeats: int = 1,
    split: str = "test",
    train: Sequence[InstructRow] | None = None,
    work: str | Path = "runs/evaluate",
    seed: int = 42,
) -> Evaluation:
    """Score models or given predictions on held-out rows.

    Args:
        data: the folder of a build of IEInstruct; or a benchmark: the name of one of the library's, a YAML file, or
            the name of a source or of a set of own data.
        data_dir: of a benchmark, the folder with the raw files, or one of ADELIE's published test files; by default
            the folder of its YAML file.
        predictions: system -> file of its predictions.
        models: system -> how it answers (`local_answers`, `endpoint_answers`).
        shots: of a benchmark, the number of demonstrations; by default the first that is usual, or what the prompts of
            a test file have.
        rows: of a benchmark, in place of its number of rows.
        repeats: ask the models in so many ways: with other wordings, demonstrations and orders of the categories.
        split: of a build, the split that is held out.
        train: the rows that the systems were trained on, none for systems that have seen no such rows; by default the
            training rows of the build, or of the benchmark's source.
        work: the folder for builds and answers.
        seed: of bootstrap and paired tests.

    Raises:
        InputError: for bad input, and where a model gives no answers.
    """
    predictions, models = predictions or {}, models or {}
    if not predictions and not models:
        raise InputError("nothing to score; give predictions or a model", parameter="predictions")
    if taken := {*_BASELINES, *(predictions.keys() & models.keys())} & {*predictions, *models}:
        raise InputError(f"{min(taken)!r} is the name of another system; choose another", parameter="predictions")
    place = Path(work) / Path(data).stem
    is_build = data_dir is None and str(data) not in benchmark_files() and Path(data).is_dir()
    asked_otherwise = {"shots": shots is not None, "rows": rows is not None, "repeats": repeats > 1}
    if is_build and (unfit := [name for name, is_given in asked_otherwise.items() if is_given]):
        raise InputError(f"{data} is a build, whose rows are as they are; name a benchmark", parameter=unfit[0])
    if not is_build and split != "test":
        raise InputError("a benchmark has its own held-out rows; name a build", parameter="split")
    if repeats > 1 and not models:
        raise InputError("predictions are answers to one way of asking; give a model", parameter="repeats")
    benchmark = Benchmark(title=Path(data).name, source="") if is_build else load_benchmark(str(data))
    benchmark = benchmark.model_copy(update={} if rows is None else {"rows": rows})
    if is_build:
        asked = [rows_of_build(Path(data), split)]
    else:
        raw = _raw_files(str(data), data_dir)
        if raw.is_file() and rows is not None:
            raise InputError(f"{raw} has fixed rows, which are all asked; leave it out", parameter="rows")
        asked = [rows_of_benchmark(benchmark, raw, place, shots, variant) for variant in range(repeats)]
    first = asked[0]
    if repeats > 1 and all(way.rows == first.rows for way in asked):
        raise InputError(f"there is one way to ask the rows of {data}; leave it out", parameter="repeats")
    given = {name: read_predictions(file, first.rows) for name, file in predictions.items()}
    answered = {
        name: [_answers(answer, name, way, place, benchmark) for way in asked] for name, answer in models.items()
    }
    systems = {**given, **{name: runs[0] for name, runs in answered.items()}}
    train = first.train if train is None else train
    scores = score_predictions(first.rows, systems, train, seed=seed)
    notes = [*first.notes, *(f"{name}: {note}" for name, one in systems.items() for note in _notes_of(one))]
    notes += notes_on_answers(scores["results"], {name: one.finishes for name, one in systems.items()})
    if not is_build:
        added = _scores_of_benchmark(benchmark, first.shots, first.rows, train, systems, answered, seed)
        scores = {**scores, **added}
        notes += [] if first.rows[0]["source"].startswith(PREFIX) else benchmark.notes
    return Evaluation({**scores, "notes": notes}, first.rows, list(train), systems)


def _raw_files(data: str, data_dir: str | Path | None) -> Path:
    if data_dir is None and Path(data).suffix in (".yaml", ".yml"):
        return Path(data).parent
    if data_dir is None:
        raise InputError(f"{data} is no build, and a benchmark needs its raw files", parameter="data_dir")
    return Path(data_dir)


def _notes_of(given: Predictions) -> list[str]:
    others = [f"{given.others:,} predictions are for rows that are not held out"] if given.others else []
    return [*others, *given.notes]


def _answers(answer: Answering, name: str, asked: HeldOut, place: Path, benchmark: Benchmark) -> Predictions:
    if not asked.rows[0]["prompt"]:
        raise InputError("the file of rows has no prompts, so no model can answer them; give the published test file")
    out = place / f"{asked.folder.name}-{name}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    answer(asked.folder, asked.split, out, benchmark.temperature, benchmark.max_new_tokens)
    return read_predictions(out, asked.rows)


# System -> its measures, for each way of asking.
_Ways = dict[str, list[dict[str, Measured]]]


def _scores_of_benchmark(
    benchmark: Benchmark,
    shots: int,
    rows: Sequence[InstructRow],
    train: Sequence[InstructRow],
    systems: Mapping[str, Predictions],
    answered: Mapping[str, Sequence[Predictions]],
    seed: int,
) -> _AddedScores:
    """Return the measures of each task; those of an only task are compared, too, in place of its metric."""
    tasks = dict.fromkeys(row["task"] for row in rows)
    if len(tasks) > 1 and benchmark.published:
        raise InputError(f"{benchmark.title}: the published numbers are of one task; name it in `tasks`")
    scores: _AddedScores = {"benchmarks": []}
    for task in tasks:
        asked = [row for row in rows if row["task"] == task]
        measured = _measure(benchmark, asked, train, systems, answered, seed)
        title = f"{benchmark.title}, {title_of(task)}" if len(tasks) > 1 else benchmark.title
        scores["benchmarks"].append(_benchmark_scores(benchmark, title, shots, asked, measured))
        if len(tasks) == 1:
            compared = {name: measured[name][0] for name in systems}
            scores["comparisons"] = compare_by_measures(compared, rows[0]["source"], task, seed=seed)
    return scores


def _measure(
    benchmark: Benchmark,
    rows: Sequence[InstructRow],
    train: Sequence[InstructRow],
    systems: Mapping[str, Predictions],
    answered: Mapping[str, Sequence[Predictions]],
    seed: int,
) -> _Ways:
    """Return the measures of baselines and systems on the rows of one task."""
    once = {name: [given] for name, given in {**_baselines(rows, train), **systems}.items()}
    return {
        name: [measure_with_sums(rows, given, benchmark.metric, benchmark.scorer, seed=seed) for given in ways]
        for name, ways in {**once, **answered}.items()
    }


def _benchmark_scores(
    benchmark: Benchmark, title: str, shots: int, rows: Sequence[InstructRow], measured: _Ways
) -> BenchmarkScores:
    result: BenchmarkScores = {
        "title": title,
        "task": rows[0]["task"],
        "shots": shots,
        "rows": len(rows),
        "scores": {
            name: {measure: each.score for measure, each in ways[0].items()} for name, ways in measured.items()
        },
        "reported": {system: dict(numbers) for system, numbers in published_scores(benchmark, shots).items()},
        "reported_in": benchmark.published_in,
        "known_errors": benchmark.known_errors,
    }
    if asked_again := {name: ways for name, ways in measured.items() if len(ways) > 1}:
        result["repeats"] = {
            name: {measure: [way[measure].score["value"] for way in ways] for measure in ways[0]}
            for name, ways in asked_again.items()
        }
    return result


def _baselines(rows: Sequence[InstructRow], train: Sequence[InstructRow]) -> dict[str, Predictions]:
    source, task = rows[0]["source"], rows[0]["task"]
    answers = {"empty": empty_answers(rows)}
    if alike := [row for row in train if (row["source"], row["task"]) == (source, task)]:
        answers["nearest"] = nearest_answers(rows, alike)
    if task in _PAIR_TASKS:
        answers["constant"] = constant_answers(rows)
    ids = [row["id"] for row in rows]
    return {name: Predictions(dict(zip(ids, texts, strict=True)), [], 0) for name, texts in answers.items()}
