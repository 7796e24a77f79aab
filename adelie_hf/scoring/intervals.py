"""How sure a score is: the percentile bootstrap, and a paired test of two systems.

Corpus scores are functions of sums over examples, so a resample needs the examples' counts only, not
their items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

RESAMPLES = 1000
SHUFFLES = 10_000
LEVEL = 0.95


def bootstrap(
    counts: ArrayLike, statistic: Callable[[np.ndarray], np.ndarray], *, seed: int = 42
) -> tuple[float, float]:
    """The 95 % interval of `statistic` from 1,000 resamples of the examples (Efron and Tibshirani, 1993, chapter 13).

    A resample draws as many examples as there are, with replacement, and adds up their counts.

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


def paired_test(
    first: ArrayLike, second: ArrayLike, statistic: Callable[[np.ndarray], np.ndarray], *, seed: int = 42
) -> dict[str, float]:
    """Whether two systems differ on the same examples: approximate randomisation (Noreen, 1989).

    Were the systems equally good, either could have given either answer to an example. So the two answers
    to each example change places with probability one half, 10,000 times; the p-value is the share of
    these shuffles, the one seen among them, whose difference is at least as large as the one seen.

    Args:
        first, second: what an example adds to the sums of either system, [examples, k], in one order of
            examples: what the scorers give as `per_example`.
        statistic: sums [shuffles, k] -> scores [shuffles], one of those below.
        seed: the same counts and seed give the same p-value, whatever the order of examples.

    Returns:
        `difference`, the score of the first less that of the second, and the two-sided `p_value`
        (0 and 1 without examples).

    Raises:
        InputError: for tables of different shape.
    """
    import numpy as np

    table, other = np.asarray(first), np.asarray(second)
    if table.shape != other.shape:
        raise InputError(
            f"the counts differ in shape, {table.shape} and {other.shape}; give both for the same examples"
        )
    if len(table) == 0:
        return {"difference": 0.0, "p_value": 1.0}
    # Pairs of equal counts are one kind, as in `bootstrap`: how many of a kind change places is binomial.
    kinds, sizes = np.unique(np.stack([table, other], axis=1), axis=0, return_counts=True)
    ours, theirs = kinds[:, 0], kinds[:, 1]
    seen = float((statistic((sizes @ ours)[None]) - statistic((sizes @ theirs)[None]))[0])
    moved = np.random.default_rng(seed).binomial(sizes, 0.5, size=(SHUFFLES, len(sizes)))
    stayed = sizes - moved
    differences = statistic(stayed @ ours + moved @ theirs) - statistic(stayed @ theirs + moved @ ours)
    # Equal differences may differ in the last bits: the scores are added up in another order.
    as_large = np.count_nonzero(np.abs(differences) >= abs(seen) - 1e-12)
    return {"difference": round(seen, 12), "p_value": float((as_large + 1) / (SHUFFLES + 1))}


def f1_of_counts(sums: np.ndarray) -> np.ndarray:
    """Micro F1 of (tp, n_pred, n_gold) sums, [..., 3] -> [...]; 0 where nothing is predicted or gold."""
    import numpy as np

    return 2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)


def f1_of_sums(sums: np.ndarray) -> np.ndarray:
    """F1 of (precision's numerator and denominator, recall's) sums, [..., 4] -> [...]; 0 where it is not defined.

    The statistic of `carb`, of `robust` and of `odie_table`'s header.
    """
    import numpy as np

    right, kept, recalled, gold = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    precision, recall = right / np.maximum(kept, 1), recalled / np.maximum(gold, 1)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)


def mean_of_sums(sums: np.ndarray) -> np.ndarray:
    """The mean of (sum of scores, number of scores) sums, [..., 2] -> [...]: that of `odie_table`'s content."""
    import numpy as np

    return sums[..., 0] / np.maximum(sums[..., 1], 1)
