"""The metric of a task, applied to parsed answers.

Feedback, evaluation and model cards score answers with these functions, so that a task has one score everywhere. The
metric of a task is `TASKS[task].metric`: exact-match F1 for closed tasks, CaRB F1 for open IE, and ROUGE-Lsum of the
table for on-demand IE, each with its corrected behaviour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from adelie_hf.answers import Answer
from adelie_hf.scoring import validation
from adelie_hf.scoring.answers import carb_extractions, flatten
from adelie_hf.scoring.carb import carb_sentence, carb_sums
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.scoring.intervals import Statistic, bootstrap, f1_of_counts, f1_of_sums, mean_of_sums
from adelie_hf.scoring.tables import content_score
from adelie_hf.tasks import CARB_F1, EXACT_F1, TASKS


@dataclass(frozen=True, slots=True)
class TaskScore:
    """The score of a corpus of answers to one task.

    Args:
        value: the score, from 0 to 1.
        interval: the bounds of its 95 % bootstrap interval over examples; 0 and 0 without examples.
        per_example: the numbers that each example adds to the corpus sums, as `paired_test` takes them.
        statistic: sums -> score, for `paired_test`.
    """

    value: float
    interval: tuple[float, float]
    per_example: Sequence[Sequence[float]]
    statistic: Statistic


def score_example(answer: Answer, gold: Answer, task: str) -> float:
    """Return the score of one answer, from 0 to 1.

    An empty answer scores 1 where the gold answer is empty too, and 0 otherwise.

    >>> from adelie_hf.answers import Entity
    >>> gold = (Entity("Acme", "organization"), Entity("Paris", "location"))
    >>> score_example(gold[:1], gold, "ner")
    0.6666666666666666

    Raises:
        InputError: for an unknown task.
    """
    validation.check_choice("the task", task, TASKS)
    if not answer or not gold:
        return float(answer == gold)
    metric = TASKS[task].metric
    if metric == EXACT_F1:
        predicted_items, gold_items = Counter(flatten(answer, task)), Counter(flatten(gold, task))
        return 2 * (predicted_items & gold_items).total() / (predicted_items.total() + gold_items.total())
    if metric == CARB_F1:
        return carb_sentence(carb_extractions(answer), carb_extractions(gold))[2]
    return content_score(answer, gold)


def score_corpus(answers: Sequence[Answer], gold: Sequence[Answer], task: str, *, seed: int = 42) -> TaskScore:
    """Return the score of the answers to all examples of one task.

    Exact match and CaRB add up counts over the corpus (micro F1); the table score is the mean over examples.

    >>> from adelie_hf.answers import Entity
    >>> acme, paris = (Entity("Acme", "organization"),), (Entity("Paris", "location"),)
    >>> score = score_corpus([acme, ()], [acme, paris], "ner")
    >>> score.value
    0.6666666666666666
    >>> score.per_example
    [[1, 1, 1], [0, 0, 1]]

    Args:
        answers: the answer to each example.
        gold: the gold answers in the same order.
        task: the task of all examples.
        seed: the seed of the bootstrap.

    Raises:
        InputError: for an unknown task and for sides of different length.
    """
    validation.check_choice("the task", task, TASKS)
    validation.check_same_length(answers=answers, gold=gold)
    metric = TASKS[task].metric
    counts: Sequence[Sequence[float]]
    statistic: Statistic
    if metric == EXACT_F1:
        items = [[flatten(answer, task) for answer in side] for side in (answers, gold)]
        result = exact_f1(*items, per_example=True)
        value, counts, statistic = result["f1"], result["per_example"], f1_of_counts
    elif metric == CARB_F1:
        sums = carb_sums(
            [carb_extractions(answer) for answer in answers], [carb_extractions(answer) for answer in gold]
        )
        value, counts, statistic = float(f1_of_sums(sums.sum(axis=0))), sums.tolist(), f1_of_sums
    else:
        scores = [score_example(*pair, task) for pair in zip(answers, gold, strict=True)]
        value = fsum(scores) / len(scores) if scores else 0.0
        counts, statistic = [[score, 1.0] for score in scores], mean_of_sums
    return TaskScore(value, bootstrap(counts, statistic, seed=seed), counts, statistic)


def count_items(answer: Answer, task: str) -> int:
    """Return the number of items that the metric of a task counts in an answer.

    An event counts as its trigger and each of its arguments.

    >>> from adelie_hf.answers import Argument, EventItem
    >>> count_items((EventItem("attacked", "attack", (Argument("Paris", "place"),)),), "ee")
    2

    Raises:
        InputError: for an unknown task.
    """
    validation.check_choice("the task", task, TASKS)
    return len(flatten(answer, task)) if TASKS[task].closed else len(answer)
