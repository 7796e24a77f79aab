"""Warnings: what speaks against a result, so that a bad one is never taken for a good one.

A wrong padding side or a chat template that training and generation read differently leaves no error, only bad scores,
answers that cannot be read, or answers that never end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from adelie_hf.evaluation.results import ResultWarning, TaskResult, mean_closed
from adelie_hf.run_folder import STAGES

MOST_INVALID = 0.2
MOST_CUT = 0.2


def find_warnings(results: Sequence[TaskResult], finishes: Mapping[str, Sequence[str]]) -> list[ResultWarning]:
    """Return the warnings about the trained systems. The base is left out: it has not learned the task.

    Args:
        results: the results of a run.
        finishes: system -> why its answers end, `length` for those cut at the limit of tokens; answers for which it is
            not known are left out.
    """
    warnings = []
    for system in STAGES:
        if any(system in result["scores"] for result in results):
            warnings += _below_nearest(results, system)
            warnings += _invalid_answers(results, system)
            warnings += _cut_answers(finishes.get(system, ()), system)
    return warnings


def _below_nearest(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    value, limit = _mean(results, system), _mean(results, "nearest")
    if value >= limit and value > 0:
        return []
    comparison = "below" if value < limit else "no better than"
    message = (
        f"{system.upper()} scores {value:.3f} on average, {comparison} the {limit:.3f} of the baseline nearest, which "
        "copies the answer of the most similar training text"
    )
    return [{"kind": "below_nearest", "system": system, "value": value, "limit": limit, "message": message}]


def _invalid_answers(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    answers = sum(result["rows"] for result in results)
    invalid = sum(result["scores"][system]["parse"]["invalid"] for result in results)
    if invalid <= MOST_INVALID * answers:
        return []
    message = f"{invalid / answers:.0%} of the answers of {system.upper()} cannot be read"
    return [
        {
            "kind": "invalid_answers",
            "system": system,
            "value": invalid / answers,
            "limit": MOST_INVALID,
            "message": message,
        }
    ]


def _cut_answers(finishes: Sequence[str], system: str) -> list[ResultWarning]:
    cut = sum(finish == "length" for finish in finishes)
    if cut <= MOST_CUT * len(finishes):
        return []
    share = cut / len(finishes)
    message = f"{share:.0%} of the answers of {system.upper()} are cut at the limit of tokens (max_new_tokens)"
    return [{"kind": "cut_answers", "system": system, "value": share, "limit": MOST_CUT, "message": message}]


def _mean(results: Sequence[TaskResult], system: str) -> float:
    """Return the mean over the closed tasks; over all tasks where none is closed."""
    mean = mean_closed(results, system)
    return fsum(result["scores"][system]["value"] for result in results) / len(results) if mean is None else mean
