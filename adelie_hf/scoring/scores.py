"""The figures that the scorers share."""

from __future__ import annotations

from typing import TypedDict

# Correct, predicted and gold items.
ItemCounts = tuple[int, int, int]


class F1Scores(TypedDict):
    """Precision, recall and F1, from 0 to 1."""

    precision: float
    recall: float
    f1: float


class CountedScores(F1Scores):
    """The scores with their counts: correct, predicted and gold items."""

    tp: int
    n_pred: int
    n_gold: int


def f1_score(precision: float, recall: float) -> float:
    """Return the harmonic mean of precision and recall, 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
