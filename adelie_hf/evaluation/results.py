"""The types of results, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Literal, NotRequired, TypedDict

from adelie_hf.scoring.answers import ParseCounts
from adelie_hf.tasks import CLOSED_TASKS

Subset = Literal["seen", "unseen"]


class PartScore(TypedDict):
    """The score over a part of the gold items, and their number; None for a part without gold items."""

    value: float | None
    items: int


class SystemScore(TypedDict):
    """The score of a system on one task of a source, with its 95 % bootstrap interval.

    `parse` is the second result of `read_answers`. For closed tasks `seen` and `unseen` are the same metric over the
    items whose mentions all occur, or do not all occur, in training answers.
    """

    value: float
    interval: list[float]
    parse: ParseCounts
    seen: NotRequired[PartScore]
    unseen: NotRequired[PartScore]


class TaskResult(TypedDict):
    """The scores of all systems on one task of a source.

    `metric` is the title of the task's metric, `items` the number of gold items as the metric counts them (an event is
    its trigger and each of its arguments). `own_split` is true where the rows were held out of a source that is
    published without a training split.
    """

    source: str
    task: str
    metric: str
    rows: int
    items: int
    own_split: bool
    scores: dict[str, SystemScore]


class Comparison(TypedDict):
    """Two systems by the paired test, on one task of a source, or on the mean over all where `source` is None.

    `difference` is the score of the first minus that of the second: of DPO and SFT in a run. `interval` is its 95 %
    bootstrap interval over texts, which files of older versions do not have. `measure` is that of a benchmark; without
    it the score is the metric of the task.
    """

    source: str | None
    task: str | None
    measure: NotRequired[str]
    difference: float
    p_value: float
    interval: NotRequired[list[float]]


class SystemComparison(TypedDict):
    """Two systems by the paired test: on each task of each source and the mean, or by each measure of a benchmark."""

    first: str
    second: str
    results: list[Comparison]


class MeasureScore(TypedDict):
    """One measure of a system.

    `value` is the corrected score with its 95 % bootstrap interval, where there is one; `published` what the published
    scorer gives, None where it gives no number; without the key there is no published scorer of the measure.
    """

    value: float
    interval: NotRequired[list[float]]
    published: NotRequired[float | None]


Measures = dict[str, MeasureScore]


class BenchmarkScores(TypedDict):
    """The scores of one task of a benchmark: of systems and constant answers, beside published numbers.

    `scores` has system -> measure -> score; `reported` system -> measure -> the number that a paper reports, from 0 to
    1, and `reported_in` which paper. `known_errors` are those of the published scorer. `repeats` has system ->
    measure -> the corrected value of each way of asking, the first of which is that of `scores`.
    """

    title: str
    task: str
    shots: int
    rows: int
    scores: dict[str, Measures]
    reported: dict[str, dict[str, float]]
    reported_in: str
    known_errors: list[str]
    repeats: NotRequired[dict[str, dict[str, list[float]]]]


WarningKind = Literal["below_nearest", "invalid_answers", "off_schema", "not_in_text", "cut_answers"]


class ResultWarning(TypedDict):
    """One reason to distrust a result, as a sentence (`message`) and as numbers.

    `value` is the system's mean score or share of answers or items, `limit` what it is held against: the mean score of
    the baseline `nearest`, or the largest share that is not remarkable.
    """

    kind: WarningKind
    system: str
    value: float
    limit: float
    message: str


class RunScores(TypedDict):
    """The content of `scores.json`.

    `comparisons` has each two systems of given predictions, and of a run each later round of DPO with the one before.
    `dpo_against_sft` is empty in a run without DPO. `warnings` are reasons to distrust the results. `notes` say what
    was left out of the run, and why. `benchmarks` has each task of the benchmark that was named, if any. Older files
    have none of them.
    """

    seed: int
    results: list[TaskResult]
    dpo_against_sft: NotRequired[list[Comparison]]
    comparisons: NotRequired[list[SystemComparison]]
    warnings: NotRequired[list[ResultWarning]]
    notes: NotRequired[list[str]]
    benchmarks: NotRequired[list[BenchmarkScores]]


def mean_closed(results: Sequence[TaskResult], system: str, subset: Subset | None = None) -> float | None:
    """Return a system's mean exact-match F1 over the closed results that have such items; None without one."""
    scores = [result["scores"][system] for result in results if result["task"] in CLOSED_TASKS]
    values = [value for score in scores if (value := score_value(score, subset)) is not None]
    return fsum(values) / len(values) if values else None


def score_value(score: SystemScore, subset: Subset | None) -> float | None:
    """Return a score on all items (None), or on a subset of them; None for a subset without items."""
    return score["value"] if subset is None else score[subset]["value"]
