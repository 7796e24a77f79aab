"""Scores of systems on held-out rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from adelie_hf.answers import Answer, mentions
from adelie_hf.errors import InputError
from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.evaluation.measures import Measured
from adelie_hf.evaluation.predictions import Predictions
from adelie_hf.evaluation.results import (
    Comparison,
    PartScore,
    RunScores,
    SystemComparison,
    SystemScore,
    TaskResult,
)
from adelie_hf.evaluation.warnings import find_warnings
from adelie_hf.manifest import MANIFEST, BuildManifest
from adelie_hf.rows import InstructRow, gold, read_build
from adelie_hf.run_folder import RunFolder
from adelie_hf.sampling import read_samples
from adelie_hf.scoring.answers import flatten, read_answers
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.scoring.intervals import Statistic, difference_interval, paired_test_of_means
from adelie_hf.scoring.task_metric import TaskScore, count_items, score_corpus
from adelie_hf.tasks import CLOSED_TASKS, TASKS


def score_run(run: RunFolder, seed: int) -> RunScores:
    """Score the outputs of all systems of a run on its held-out rows, and find what speaks against the result.

    Raises:
        InputError: for a missing build, a run without outputs, and outputs that lack a held-out row.
    """
    if not run.systems:
        raise InputError(f"{run.path}: no system has answered the held-out rows", parameter="stages")
    train = [row for split in run.training_splits for row in read_build(run.ieinstruct, split)[1]]
    _, held_out = read_build(run.ieinstruct, "test")
    outputs: dict[str, dict[str, str]] = {}
    finishes: dict[str, list[str]] = {}
    for system in run.systems:
        rows = list(read_samples(run.outputs(system)))
        outputs[system] = {row["id"]: row["samples"][0] for row in rows}
        finishes[system] = [row["finish"][0] for row in rows if "finish" in row]
    groups = _score_groups(held_out, outputs, train, seed)
    results = [group.result for group in groups]
    scores: RunScores = {
        "seed": seed,
        "results": results,
        "dpo_against_sft": _compare(groups, "dpo", "sft", seed),
        "warnings": find_warnings(results, finishes, run.trained),
        "notes": [_reason_without_pairs(within) for within in run.rounds if within.is_without_pairs],
    }
    later = [(within.name("dpo"), within.start) for within in run.rounds[1:]]
    if answered := [pair for pair in later if outputs.keys() >= set(pair)]:
        scores["comparisons"] = _comparisons(groups, answered, seed)
    return scores


def _reason_without_pairs(run: RunFolder) -> str:
    manifest = BuildManifest.load(run.iefeedback / MANIFEST)
    prompts = sum(unit.counts.read for unit in manifest.units)
    reasons = {reason for unit in manifest.units for reason in unit.counts.dropped}
    return (
        f"{run.name('dpo').upper()} was not run: no pair came from {prompts:,} prompts ({'; '.join(sorted(reasons))})"
    )


def score_systems(
    held_out: Sequence[InstructRow],
    outputs: Mapping[str, Mapping[str, str]],
    train: Sequence[InstructRow] = (),
    *,
    seed: int = 42,
) -> list[TaskResult]:
    """Score systems and the baselines on held-out rows, one result for each source and task.

    Args:
        held_out: rows of IEInstruct. The metric of a row is the one of its task (`TASKS[task].metric`).
        outputs: system -> row id -> output, for every held-out row.
        train: rows that the systems were trained on. The baseline `nearest` answers from them; a mention counts as
            seen when it occurs in a training answer, of whatever task.
        seed: the seed of the bootstrap.

    Raises:
        InputError: for outputs that lack a held-out row.

    Example:
        results = score_systems(held_out, {"sft": {"fewrel/7/rc/0": "[Answer]: (Acme; owns; Globex);"}}, train)
        results[0]["scores"]["sft"]["value"]
    """
    return [group.result for group in _score_groups(held_out, outputs, train, seed)]


def score_predictions(
    held_out: Sequence[InstructRow],
    predictions: Mapping[str, Predictions],
    train: Sequence[InstructRow] = (),
    *,
    seed: int = 42,
) -> RunScores:
    """Score the predictions of systems on held-out rows, and compare each two of them by the paired test.

    Args:
        held_out: rows of IEInstruct.
        predictions: system -> its predictions, as `read_predictions` gives them.
        train: rows that the systems were trained on, if any.
        seed: the seed of the bootstrap and of the paired tests.

    Raises:
        InputError: for a system with the name of a baseline.
    """
    if taken := {"empty", "nearest"} & predictions.keys():
        raise InputError(f"{min(taken)!r} is the name of a baseline; choose another", parameter="predictions")
    groups = _score_groups(held_out, {name: given.outputs for name, given in predictions.items()}, train, seed)
    results = [group.result for group in groups]
    finishes = {name: given.finishes for name, given in predictions.items()}
    return {
        "seed": seed,
        "results": results,
        "comparisons": _comparisons(groups, combinations(predictions, 2), seed),
        "warnings": find_warnings(results, finishes, tuple(predictions), against_nearest=bool(train)),
    }


def compare_by_measures(
    systems: Mapping[str, Mapping[str, Measured]], source: str, task: str, *, seed: int = 42
) -> list[SystemComparison]:
    """Compare each two systems by the paired test on each measure of a benchmark that has one.

    Args:
        systems: system -> its measures of the same rows.
        source, task: of the rows.
        seed: the seed of the bootstrap and of the paired tests.
    """
    return [
        {"first": one, "second": other, "results": _by_measure(systems[one], systems[other], source, task, seed)}
        for one, other in combinations(systems, 2)
    ]


def _by_measure(
    first: Mapping[str, Measured], second: Mapping[str, Measured], source: str, task: str, seed: int
) -> list[Comparison]:
    comparisons: list[Comparison] = []
    for measure, (_, sums, statistic) in first.items():
        other = second[measure].sums
        if sums is not None and other is not None and statistic is not None:
            comparison = _comparison(source, task, [(sums, other, statistic)], seed)
            comparison["measure"] = measure
            comparisons.append(comparison)
    return comparisons


# The numbers that each example adds to the sums of either system, and what the score is of the sums.
PairedTable = tuple[Sequence[Sequence[float]], Sequence[Sequence[float]], Statistic]


class _Group(NamedTuple):
    """The result of one task of a source, and what the paired test needs of each system."""

    result: TaskResult
    totals: dict[str, TaskScore]


def _score_groups(
    held_out: Sequence[InstructRow],
    outputs: Mapping[str, Mapping[str, str]],
    train: Sequence[InstructRow],
    seed: int,
) -> list[_Group]:
    train_mentions = {
        mention for row in train if row["task"] in CLOSED_TASKS for item in gold(row) for mention in mentions(item)
    }
    train_groups = _by_source_and_task(train)
    groups: list[_Group] = []
    for (source, task), rows in _by_source_and_task(held_out).items():
        answers = {
            "empty": empty_answers(rows),
            **({"nearest": nearest_answers(rows, train_groups.get((source, task), ()))} if train else {}),
            **{system: _select(system_outputs, rows, system) for system, system_outputs in outputs.items()},
        }
        scored = {system: _score(rows, answers[system], train_mentions, seed) for system in answers}
        result: TaskResult = {
            "source": source,
            "task": task,
            "metric": TASKS[task].metric.title,
            "rows": len(rows),
            "items": sum(count_items(gold(row), task) for row in rows),
            "own_split": any(row["choices"].get("own_split", False) for row in rows),
            "scores": {system: score for system, (score, _) in scored.items()},
        }
        groups.append(_Group(result, {system: total for system, (_, total) in scored.items()}))
    return groups


def _comparisons(groups: Sequence[_Group], pairs: Iterable[tuple[str, str]], seed: int) -> list[SystemComparison]:
    return [
        {"first": first, "second": second, "results": _compare(groups, first, second, seed)} for first, second in pairs
    ]


def _compare(groups: Sequence[_Group], first: str, second: str, seed: int) -> list[Comparison]:
    """Return one system against another for each group, and for the mean over the groups where there are several."""
    if not all({first, second} <= group.totals.keys() for group in groups):
        return []
    pairs = [(group.totals[first], group.totals[second]) for group in groups]
    tables = [(one.per_example, other.per_example, one.statistic) for one, other in pairs]
    comparisons = [
        _comparison(group.result["source"], group.result["task"], [table], seed)
        for group, table in zip(groups, tables, strict=True)
    ]
    if len(tables) > 1:
        comparisons.append(_comparison(None, None, tables, seed))
    return comparisons


def _comparison(source: str | None, task: str | None, tables: Sequence[PairedTable], seed: int) -> Comparison:
    test = paired_test_of_means(tables, seed=seed)
    return {
        "source": source,
        "task": task,
        "difference": test["difference"],
        "p_value": test["p_value"],
        "interval": list(difference_interval(tables, seed=seed)),
    }


def _by_source_and_task(rows: Iterable[InstructRow]) -> dict[tuple[str, str], list[InstructRow]]:
    groups: dict[tuple[str, str], list[InstructRow]] = defaultdict(list)
    for row in rows:
        groups[row["source"], row["task"]].append(row)
    return groups


def _select(outputs: Mapping[str, str], rows: Sequence[InstructRow], system: str) -> list[str]:
    if missing := [row["id"] for row in rows if row["id"] not in outputs]:
        raise InputError(f"the outputs of {system} lack {len(missing)} held-out rows, the first is {missing[0]}")
    return [outputs[row["id"]] for row in rows]


def _score(
    rows: Sequence[InstructRow], outputs: Sequence[str], train_mentions: set[str], seed: int
) -> tuple[SystemScore, TaskScore]:
    task = rows[0]["task"]
    answers, parse_counts = read_answers(
        outputs,
        task,
        formats=[row["format"] for row in rows],
        schemas=[row["schema"] for row in rows],
        texts=[row["text"] for row in rows],
    )
    gold_answers = [gold(row) for row in rows]
    total = score_corpus(answers, gold_answers, task, seed=seed)
    score: SystemScore = {"value": total.value, "interval": list(total.interval), "parse": parse_counts}
    if task in CLOSED_TASKS:
        score["seen"] = _part(answers, gold_answers, task, train_mentions.issuperset)
        score["unseen"] = _part(answers, gold_answers, task, lambda names: not train_mentions.issuperset(names))
    return score, total


def _part(
    answers: Sequence[Answer], gold_answers: Sequence[Answer], task: str, belongs: Callable[[Collection[str]], bool]
) -> PartScore:
    """Return exact match over the items whose mentions belong to a part, in predictions and gold answers alike."""
    predicted_items, gold_items = (
        [[item for item in flatten(answer, task) if belongs(_mentions(item))] for answer in side]
        for side in (answers, gold_answers)
    )
    scores = exact_f1(predicted_items, gold_items)
    return {"value": scores["f1"] if scores["n_gold"] else None, "items": scores["n_gold"]}


def _mentions(item: tuple[str, ...]) -> tuple[str, ...]:
    """Return the mentions of a flattened item: the first field of a pair, the outer fields of a triple."""
    return (item[0], item[2]) if len(item) == 3 else (item[0],)
