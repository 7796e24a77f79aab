"""One call for what `adelie-hf evaluate` does: rows of a benchmark or a build, answers, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import PREFIX
from adelie_hf.evaluation.answering import Answering
from adelie_hf.evaluation.baselines import constant_answers, empty_answers, nearest_answers
from adelie_hf.evaluation.benchmark import Benchmark, benchmark_files, load_benchmark, published_scores
from adelie_hf.evaluation.held_out import HeldOut, rows_of_benchmark, rows_of_build
from adelie_hf.evaluation.measures import measure
from adelie_hf.evaluation.predictions import Predictions, read_predictions
from adelie_hf.evaluation.results import BenchmarkScores, Measures, RunScores
from adelie_hf.evaluation.scores import score_predictions
from adelie_hf.rows import InstructRow

_PAIR_TASKS = ("rc", "ere")
_BASELINES = ("empty", "nearest", "constant")


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
    untrained: bool = False,
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
        shots: of a benchmark, the number of demonstrations; by default the first that is usual.
        rows: of a benchmark, in place of its number of rows.
        repeats: ask the models in so many ways: with other wordings, demonstrations and orders of the categories.
        split: of a build, the split that is held out.
        untrained: the systems have not seen the training rows.
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
    benchmark = Benchmark(title=Path(data).name, source="") if is_build else load_benchmark(str(data))
    benchmark = benchmark.model_copy(update={} if rows is None else {"rows": rows})
    shots = benchmark.shots[0] if shots is None else shots
    if is_build:
        asked = [rows_of_build(Path(data), split)]
    else:
        raw = _raw_files(str(data), data_dir)
        asked = [rows_of_benchmark(benchmark, raw, place, shots, variant) for variant in range(repeats)]
    first = asked[0]
    given = {name: read_predictions(file, first.rows) for name, file in predictions.items()}
    answered = {
        name: [_answers(answer, name, way, place, benchmark) for way in asked] for name, answer in models.items()
    }
    systems = {**given, **{name: runs[0] for name, runs in answered.items()}}
    train = [] if untrained else first.train
    scores = score_predictions(first.rows, systems, train, seed=seed)
    notes = [*first.notes, *(f"{name}: {note}" for name, one in systems.items() for note in _notes_of(one))]
    if not is_build and len({(row["source"], row["task"]) for row in first.rows}) == 1:
        scores["benchmark"] = _benchmark_scores(benchmark, shots, first.rows, train, systems, answered, seed)
        notes += [] if first.rows[0]["source"].startswith(PREFIX) else benchmark.notes
    return Evaluation({**scores, "notes": notes}, first.rows, train, systems)


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


def _benchmark_scores(
    benchmark: Benchmark,
    shots: int,
    rows: Sequence[InstructRow],
    train: Sequence[InstructRow],
    systems: Mapping[str, Predictions],
    answered: Mapping[str, Sequence[Predictions]],
    seed: int,
) -> BenchmarkScores:
    def scored(given: Predictions) -> Measures:
        return measure(rows, given, benchmark.metric, benchmark.scorer, seed=seed)

    scores = {name: scored(given) for name, given in {**_baselines(rows, train), **systems}.items()}
    result: BenchmarkScores = {
        "title": benchmark.title,
        "shots": shots,
        "rows": len(rows),
        "scores": scores,
        "reported": {system: dict(numbers) for system, numbers in published_scores(benchmark, shots).items()},
        "reported_in": benchmark.published_in,
        "known_errors": benchmark.known_errors,
    }
    if any(len(runs) > 1 for runs in answered.values()):
        result["repeats"] = {
            name: _by_measure([scores[name], *map(scored, runs[1:])]) for name, runs in answered.items()
        }
    return result


def _by_measure(runs: Sequence[Measures]) -> dict[str, list[float]]:
    return {name: [run[name]["value"] for run in runs] for name in runs[0]}


def _baselines(rows: Sequence[InstructRow], train: Sequence[InstructRow]) -> dict[str, Predictions]:
    answers = {"empty": empty_answers(rows)}
    if train:
        answers["nearest"] = nearest_answers(rows, train)
    if rows[0]["task"] in _PAIR_TASKS:
        answers["constant"] = constant_answers(rows)
    ids = [row["id"] for row in rows]
    return {name: Predictions(dict(zip(ids, texts, strict=True)), [], 0) for name, texts in answers.items()}
