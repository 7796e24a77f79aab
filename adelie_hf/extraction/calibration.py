"""Confidences that mean what they say: mapped to the share of right items with that confidence in held-out texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adelie_hf.answers import Answer
from adelie_hf.errors import InputError
from adelie_hf.extraction.results import Result
from adelie_hf.scoring.calibration import Judged, expected_calibration_error

_FEWEST = 20  # items: less says nothing


@dataclass(frozen=True, slots=True)
class Calibration:
    """A map from the probability of an item's tokens to the share of such items that are right.

    Args:
        confidences, shares: the points of the map, in increasing order; it is straight between two.
        items: how many items it was fitted on.
        error_before, error_after: the expected calibration error in ten bins, from 0 to 1: of the probabilities, and
            of what a map makes of them that was fitted on the other half of the items.

    >>> Calibration((0.0, 1.0), (0.0, 0.5), 100, 0.2, 0.1)(1.0)
    0.5
    """

    confidences: tuple[float, ...]
    shares: tuple[float, ...]
    items: int
    error_before: float
    error_after: float

    def __call__(self, confidence: float) -> float:
        """Return the calibrated confidence."""
        return float(np.interp(confidence, self.confidences, self.shares))

    def apply(self, result: Result) -> Result:
        """Return a result with calibrated confidences."""
        items = [
            item if item.confidence is None else replace(item, confidence=self(item.confidence))
            for item in result.items
        ]
        return replace(result, items=tuple(items))


def fit_calibration(judged: Sequence[Judged]) -> Calibration:
    """Return the calibration that held-out items give, by isotonic regression (Zadrozny and Elkan, 2002).

    Raises:
        InputError: for fewer than 20 items, and when scikit-learn is not installed.
    """
    if len(judged) < _FEWEST:
        raise InputError(
            f"{len(judged)} items with a confidence were found in the held-out texts, and a calibration needs "
            f"{_FEWEST}; give more texts",
            parameter="held_out",
        )
    first, second = judged[::2], judged[1::2]
    crossed = _mapped(first, _fit(second)) + _mapped(second, _fit(first))
    points = _fit(judged)
    return Calibration(*points, len(judged), expected_calibration_error(judged), expected_calibration_error(crossed))


def judge(result: Result, gold: Answer) -> list[Judged]:
    """Return each item's confidence and whether the gold answer has the item; each gold item counts once."""
    left = Counter(gold)
    judged = []
    for found in result.items:
        right = left[found.item] > 0
        left[found.item] -= right
        if found.confidence is not None:
            judged.append((found.confidence, right))
    return judged


# The confidences of a map, and the share that each becomes.
_Points = tuple[tuple[float, ...], tuple[float, ...]]


def _fit(judged: Sequence[Judged]) -> _Points:
    try:
        from sklearn.isotonic import IsotonicRegression
    except ImportError:
        raise InputError("a calibration needs scikit-learn; pip install 'adelie_hf[extract]'") from None
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(*zip(*judged, strict=True))
    return tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist())


def _mapped(judged: Sequence[Judged], points: _Points) -> list[Judged]:
    return [(float(np.interp(confidence, *points)), right) for confidence, right in judged]
