"""The counts and the ratios that the published scorers share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from adelie_hf.scoring.scores import CountedScores, ItemCounts

Ratios = tuple[float, float, float]  # precision, recall, F1

# The counts of an example by part: by label, by `trigger` and `argument`, or under the empty name.
PartCounts = Mapping[str, ItemCounts]


class UnreadableGold(Exception):
    """Gold at which the published scorer stops."""


class PublishedScorer(NamedTuple):
    """A published scorer.

    Args:
        count_example: counts an example from the raw texts of its output and its gold answer. Raises UnreadableGold.
        ratios: computes the ratios that the scorer reports from the counts of the corpus.
        tasks: the tasks whose answers it scores.
        tuple_width: the number of fields of its items; None where items are events, which are no tuples of strings.
        headline: of a scorer of events, the part whose scores are the result.
    """

    count_example: Callable[[str, str], PartCounts]
    ratios: Callable[[ItemCounts], Ratios]
    tasks: tuple[str, ...]
    tuple_width: int | None
    headline: str | None = None


def scores_of(counts: ItemCounts, ratios: Callable[[ItemCounts], Ratios]) -> CountedScores:
    """Return the scores of counts."""
    precision, recall, f1 = ratios(counts)
    tp, n_pred, n_gold = counts
    return {"precision": precision, "recall": recall, "f1": f1, "tp": tp, "n_pred": n_pred, "n_gold": n_gold}


def add_counts(counts: Iterable[ItemCounts]) -> ItemCounts:
    """Return the sums of counts.

    >>> add_counts([(1, 2, 3), (0, 1, 1)])
    (1, 3, 4)
    """
    correct, predicted, gold = ([sum(column) for column in zip(*counts, strict=True)] or [0, 0, 0])[:3]
    return correct, predicted, gold


# ---- ratios ---------------------------------------------------------------------------------------------------------


def ratios_or_zero(counts: ItemCounts) -> Ratios:
    """Return the ratios; 0 for one without a denominator."""
    correct, predicted, gold = counts
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if correct else 0.0


def ratios_with_epsilon(counts: ItemCounts) -> Ratios:
    """Return the ratios, with 1e-10 added to every denominator."""
    correct, predicted, gold = counts
    precision, recall = correct / (predicted + 1e-10), correct / (gold + 1e-10)
    return precision, recall, 2 * precision * recall / (precision + recall + 1e-10)


def ratios_or_nan(counts: ItemCounts) -> Ratios:
    """Return the ratios; nan for one without a denominator, and for F1 where nothing is correct."""
    correct, predicted, gold = counts
    precision = correct / predicted if predicted else math.nan
    recall = correct / gold if gold else math.nan
    return precision, recall, 2 * precision * recall / (precision + recall) if correct else math.nan


def ratios_of_percentages(counts: ItemCounts) -> Ratios:
    """Return the ratios of percentages rounded to two decimals; F1 is computed from the rounded ones."""
    correct, predicted, gold = counts
    precision = round(correct / predicted * 100, 2) if predicted else 0.0
    recall = round(correct / gold * 100, 2) if gold else 0.0
    f1 = round(2 * precision * recall / (precision + recall), 2) if precision + recall else 0.0
    return round(precision / 100, 4), round(recall / 100, 4), round(f1 / 100, 4)


# ---- texts of ADELIE's scorers --------------------------------------------------------------------------------------

ANSWER_MARKER = "[Answer]:"


def marked_answer(output: str) -> str:
    """Return the text after the first answer marker (up to a second one), or the output where it has none."""
    return output.split(ANSWER_MARKER)[1] if ANSWER_MARKER in output else output


def bracketed_triples(text: str) -> list[tuple[str, str, str]]:
    r"""Return at most one triple per line: the matches of `\((.*); (.*); (.*)\)`, in linear time.

    Greedy groups leave the last bracket and the last two separators before it; the head starts after the first
    bracket of the line.
    """
    triples = []
    for line in text.split("\n"):
        start, end = line.find("("), line.rfind(")")
        second = line.rfind("; ", start + 1, end) if 0 <= start < end else -1
        first = line.rfind("; ", start + 1, second) if second >= 0 else -1
        if first >= 0:
            triples.append((line[start + 1 : first], line[first + 2 : second], line[second + 2 : end]))
    return triples
