"""How well confidences are calibrated: their means beside the shares of right items, over ten bins of equal width."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

_BINS = 10

# A confidence from 0 to 1, and whether what has it is right.
Judged = tuple[float, bool]


class Bin(NamedTuple):
    """The items with a confidence from `low` to below `high`: their mean confidence, and the share that is right."""

    low: float
    high: float
    items: int
    confidence: float
    right: float


def reliability(judged: Sequence[Judged]) -> list[Bin]:
    """Return the bins that have items, from low to high; the last one has those with confidence 1, too.

    >>> reliability([(0.75, True), (0.75, False), (1.0, True)])[0]
    Bin(low=0.7, high=0.8, items=2, confidence=0.75, right=0.5)
    """
    bins: dict[int, list[Judged]] = {}
    for confidence, right in judged:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, right))
    return [_bin(number, bins[number]) for number in sorted(bins)]


def _bin(number: int, judged: Sequence[Judged]) -> Bin:
    items = len(judged)
    confidence = fsum(confidence for confidence, _ in judged) / items
    right = sum(right for _, right in judged) / items
    return Bin(number / _BINS, (number + 1) / _BINS, items, confidence, right)


def expected_calibration_error(judged: Sequence[Judged]) -> float:
    """Return the mean distance between confidence and share of right items, over ten bins of equal width.

    >>> expected_calibration_error([(0.75, True), (0.75, False)])
    0.25
    """
    return fsum(each.items * abs(each.right - each.confidence) for each in reliability(judged)) / max(len(judged), 1)
