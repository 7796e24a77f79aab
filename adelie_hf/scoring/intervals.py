"""Percentile bootstrap over examples (Efron and Tibshirani, 1993, chapter 13).

Corpus scores are functions of sums over examples, so a resample needs the examples' counts only, not
their items: draw n examples with replacement, add up their counts, take the score of the sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

RESAMPLES = 1000
LEVEL = 0.95


def bootstrap(
    counts: ArrayLike, statistic: Callable[[np.ndarray], np.ndarray], *, seed: int = 42
) -> tuple[float, float]:
    """The 95 % interval of `statistic` from 1,000 resamples of the examples.

    Args:
        counts: what an example adds to the sums, [examples, k].
        statistic: sums [resamples, k] -> scores [resamples].
        seed: the same counts and seed give the same interval.

    Returns:
        The lower and the upper bound, both 0 without examples.
    """
    import numpy as np

    table = np.asarray(counts)
    examples = len(table)
    if examples == 0:
        return 0.0, 0.0
    # Examples with equal counts are one kind: few kinds are quickly added up, and the order of examples is gone.
    kinds, sizes = np.unique(table, axis=0, return_counts=True)
    kind = np.repeat(np.arange(len(kinds)), sizes)
    draw = np.random.default_rng(seed)
    drawn = (draw.integers(examples, size=examples) for _ in range(RESAMPLES))
    sums = np.stack([np.bincount(kind[sample], minlength=len(kinds)) @ kinds for sample in drawn])
    low, high = np.percentile(statistic(sums), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    # Sums of fractions may differ in the last bit from machine to machine.
    return round(float(low), 12), round(float(high), 12)


def f1_of_counts(sums: np.ndarray) -> np.ndarray:
    """Micro F1 of (tp, n_pred, n_gold) sums, [..., 3] -> [...]; 0 where nothing is predicted or gold."""
    import numpy as np

    return 2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)
