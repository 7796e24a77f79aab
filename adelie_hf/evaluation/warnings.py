"""Warnings: what speaks against a result, so that a bad one is never taken for a good one.

A wrong padding side or a chat template that training and generation read differently leaves no error, only bad scores,
answers that cannot be read, or answers that never end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from adelie_hf.evaluation.results import ResultWarning, TaskResult, mean_closed
from adelie_hf.run_folder import is_training

MOST_INVALID = 0.2
MOST_CUT = 0.2


def find_warnings(
    results: Sequence[TaskResult],
    finishes: Mapping[str, Sequence[str]],
    systems: Sequence[str],
    *,
    against_nearest: bool = True,
) -> list[ResultWarning]:
    """Return the warnings about systems: the trained ones of a run, whose base has not learned the task.

    Args:
        results: the results of a run.
        finishes: system -> why its answers end, `length` for those cut at the limit of tokens; answers for which it is
            not known are left out.
        systems: the systems to look at.
        against_nearest: whether they have seen the training rows, from which the baseline `nearest` answers.
    """
    warnings = []
    for system in systems:
        if any(system in result["scores"] for result in results):
            warnings += _below_nearest(results, system) if against_nearest else []
            warnings += _invalid_answers(results, system)
            warnings += _cut_answers(finishes.get(system, ()), system)
    return warnings


def _below_nearest(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    value, limit = _mean(results, system), _mean(results, "nearest")
    if value >= limit and value > 0:
        return []
    comparison = "below" if value < limit else "no better than"
    message = (
        f"{_name(system)} scores {value:.3f} on average, {comparison} the {limit:.3f} of the baseline nearest, which "
        "copies the answer of the most similar training text"
    )
    return [{"kind": "below_nearest", "system": system, "value": value, "limit": limit, "message": message}]


def _invalid_answers(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    answers = sum(result["rows"] for result in results)
    invalid = sum(result["scores"][system]["parse"]["invalid"] for result in results)
    if invalid <= MOST_INVALID * answers:
        return []
    message = f"{invalid / answers:.0%} of the answers of {_name(system)} cannot be read"
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
    message = f"{share:.0%} of the answers of {_name(system)} are cut at the limit of tokens (max_new_tokens)"
    return [{"kind": "cut_answers", "system": system, "value": share, "limit": MOST_CUT, "message": message}]


def _name(system: str) -> str:
    return system.upper() if is_training(system) else system


def _mean(results: Sequence[TaskResult], system: str) -> float:
    """Return the mean over the closed tasks; over all tasks where none is closed."""
    mean = mean_closed(results, system)
    return fsum(result["scores"][system]["value"] for result in results) / len(results) if mean is None else mean
