"""Warnings: what speaks against a result, so that a bad one is never taken for a good one.

A wrong padding side or a chat template that training and generation read differently leaves no error, only bad scores,
answers that cannot be read, or answers that never end. Nor does a model that reads neither categories nor text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from adelie_hf.evaluation.results import ResultWarning, TaskResult, WarningKind, mean_closed
from adelie_hf.run_folder import is_training
from adelie_hf.tasks import CLOSED_TASKS

MOST = 0.2  # the largest share of answers or items that is not remarkable


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
            warnings += _bad_answers(results, system)
            warnings += _bad_items(results, system)
            warnings += _cut_answers(finishes.get(system, ()), system)
    return warnings


def notes_on_answers(results: Sequence[TaskResult], finishes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence about each system with answers that cannot be read or are cut, too few for a warning."""
    notes = []
    for system in results[0]["scores"]:
        invalid = sum(result["scores"][system]["parse"]["invalid"] for result in results)
        cut = sum(finish == "length" for finish in finishes.get(system, ()))
        facts = [(invalid, "cannot be read"), (cut, "are cut at the limit of tokens")]
        answers = sum(result["rows"] for result in results)
        few = [f"{count:,} of {answers:,} answers {fact}" for count, fact in facts if 0 < count <= MOST * answers]
        notes += [f"{system}: {', '.join(few)}"] if few else []
    return notes


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


def _bad_answers(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    invalid = sum(result["scores"][system]["parse"]["invalid"] for result in results)
    answers = sum(result["rows"] for result in results)
    return _share("invalid_answers", system, invalid, answers, f"the answers of {_name(system)} cannot be read")


def _bad_items(results: Sequence[TaskResult], system: str) -> list[ResultWarning]:
    """Return the warnings about items of the closed tasks, whose categories and mentions are given."""
    counts = [result["scores"][system]["parse"] for result in results if result["task"] in CLOSED_TASKS]
    items = sum(count["items"] for count in counts)
    unknown = sum(count["off_schema"] or 0 for count in counts)
    elsewhere = sum(count["not_in_text"] or 0 for count in counts)
    of_system = f"the items that {_name(system)} gives have"
    return [
        *_share("off_schema", system, unknown, items, f"{of_system} a category that their prompt does not list"),
        *_share("not_in_text", system, elsewhere, items, f"{of_system} a mention that their text does not contain"),
    ]


def _cut_answers(finishes: Sequence[str], system: str) -> list[ResultWarning]:
    cut = sum(finish == "length" for finish in finishes)
    fact = f"the answers of {_name(system)} are cut at the limit of tokens (max_new_tokens)"
    return _share("cut_answers", system, cut, len(finishes), fact)


def _share(kind: WarningKind, system: str, count: int, total: int, fact: str) -> list[ResultWarning]:
    """Return a warning where a larger share of answers or items than is common is bad."""
    if count <= MOST * total:
        return []
    share = count / total
    message = f"{share:.0%} of {fact}"
    return [{"kind": kind, "system": system, "value": share, "limit": MOST, "message": message}]


def _name(system: str) -> str:
    return system.upper() if is_training(system) else system


def _mean(results: Sequence[TaskResult], system: str) -> float:
    """Return the mean over the closed tasks; over all tasks where none is closed."""
    mean = mean_closed(results, system)
    return fsum(result["scores"][system]["value"] for result in results) / len(results) if mean is None else mean
