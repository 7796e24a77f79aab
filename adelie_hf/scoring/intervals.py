"""The uncertainty of scores: the percentile bootstrap, and a paired test of two systems.

Corpus scores are functions of sums over examples, so a resample needs only the counts of the examples, not their
items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1000
SHUFFLES = 10_000
LEVEL = 0.95

# Sums [resamples, k] -> scores [resamples].
Statistic = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]


class PairedTest(TypedDict):
    """The result of `paired_test`."""

    difference: float
    p_value: float


def bootstrap(counts: ArrayLike, statistic: Statistic, *, seed: int = 42) -> tuple[float, float]:
    """Return the 95 % interval of `statistic` from 1,000 resamples (Efron and Tibshirani, 1993, chapter 13).

    A resample draws as many examples as the corpus has, with replacement, and adds up their counts.

    >>> bootstrap([[1, 2, 2], [0, 1, 1]] * 50, f1_of_counts)
    (0.285714285714, 0.375)

    Args:
        counts: the numbers that each example adds to the sums, [examples, k].
        statistic: sums [resamples, k] -> scores [resamples].
        seed: the same counts and seed give the same interval, in any order of the examples.

    Returns:
        The lower and the upper bound, both 0 without examples.
    """
    import numpy as np

    low, high = np.percentile(_resampled_scores(counts, statistic, seed), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    # Sums of fractions may differ in the last bit between machines.
    return round(float(low), 12), round(float(high), 12)


def standard_error(counts: ArrayLike, statistic: Statistic, *, seed: int = 42) -> float:
    """Return the standard error of `statistic`: its standard deviation over the resamples of `bootstrap`.

    >>> round(standard_error([[1, 2, 2], [0, 1, 1]] * 50, f1_of_counts), 6)
    0.022586

    Args:
        counts, statistic, seed: as for `bootstrap`.

    Returns:
        The standard error, 0 without examples.
    """
    return round(float(_resampled_scores(counts, statistic, seed).std(ddof=1)), 12)


def _resampled_scores(counts: ArrayLike, statistic: Statistic, seed: int) -> NDArray[np.float64]:
    """Return the scores of 1,000 resamples, all 0 without examples."""
    import numpy as np

    table = np.asarray(counts)
    examples = len(table)
    if examples == 0:
        return np.zeros(RESAMPLES)
    # Examples with equal counts are one kind: a few kinds are added up quickly, in any order of the examples.
    kinds, sizes = np.unique(table, axis=0, return_counts=True)
    if len(kinds) == 1:  # every resample is the corpus, which a single example often is
        return np.repeat(statistic(examples * kinds), RESAMPLES)
    kind = np.repeat(np.arange(len(kinds)), sizes)
    generator = np.random.default_rng(seed)
    resamples = (generator.integers(examples, size=examples) for _ in range(RESAMPLES))
    return statistic(np.stack([np.bincount(kind[resample], minlength=len(kinds)) @ kinds for resample in resamples]))


def paired_test(first: ArrayLike, second: ArrayLike, statistic: Statistic, *, seed: int = 42) -> PairedTest:
    """Test whether two systems differ on the same examples, by approximate randomisation (Noreen, 1989).

    If the systems were equally good, either could have given either answer to an example. So the two answers to each
    example are swapped with probability one half, 10,000 times; the p-value is the share of these shuffles, with the
    observed one among them, whose difference is at least as large as the observed one.

    >>> better, worse = [[2, 2, 2]] * 30, [[1, 2, 2]] * 30
    >>> result = paired_test(better, worse, f1_of_counts)
    >>> result["difference"], result["p_value"] < 0.001
    (0.5, True)

    Args:
        first, second: the numbers that each example adds to the sums of either system, [examples, k], in one order of
            the examples: `per_example` of the scorers.
        statistic: sums [shuffles, k] -> scores [shuffles], one of those below.
        seed: the same counts and seed give the same p-value, in any order of the examples.

    Returns:
        `difference`, the score of the first system minus that of the second, and the two-sided `p_value` (0 and 1
        without examples).

    Raises:
        InputError: for tables of different shape.
    """
    return paired_test_of_means([(first, second, statistic)], seed=seed)


def paired_test_of_means(groups: Sequence[tuple[ArrayLike, ArrayLike, Statistic]], *, seed: int = 42) -> PairedTest:
    """Test whether two systems differ in their mean score over several groups of examples, such as data sets.

    As `paired_test`: answers are swapped within each group, and the means over the groups are compared.

    >>> easy, hard = ([[2, 2, 2]] * 30, [[1, 2, 2]] * 30), ([[0, 1, 1]] * 30, [[0, 1, 1]] * 30)
    >>> paired_test_of_means([(*easy, f1_of_counts), (*hard, f1_of_counts)])["difference"]
    0.25

    Args:
        groups: for each group what `paired_test` takes.
        seed: the same counts and seed give the same p-value, in any order of the examples of a group.

    Returns:
        `difference` of the means and the two-sided `p_value`; 0 and 1 without groups.

    Raises:
        InputError: for tables of different shape.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    observed, shuffled = 0.0, np.zeros(SHUFFLES)
    for first, second, statistic in groups:
        difference, differences = _differences(first, second, statistic, generator)
        observed += difference / len(groups)
        shuffled += differences / len(groups)
    # Equal differences may differ in the last bits: the scores are added up in another order.
    as_large = np.count_nonzero(np.abs(shuffled) >= abs(observed) - 1e-12)
    return {"difference": round(observed, 12), "p_value": float((as_large + 1) / (SHUFFLES + 1))}


def difference_interval(
    groups: Sequence[tuple[ArrayLike, ArrayLike, Statistic]], *, seed: int = 42
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two systems, the mean over several groups of examples.

    A resample of a group draws examples with both systems' answers to them, as `bootstrap` does.

    >>> easy, hard = ([[2, 2, 2]] * 30, [[1, 2, 2]] * 30), ([[0, 1, 1]] * 30, [[0, 1, 1]] * 30)
    >>> difference_interval([(*easy, f1_of_counts), (*hard, f1_of_counts)])
    (0.25, 0.25)

    Args:
        groups: for each group what `paired_test` takes.
        seed: the same counts and seed give the same interval, in any order of the examples of a group.

    Returns:
        The lower and the upper bound, both 0 without examples.

    Raises:
        InputError: for tables of different shape.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    differences = np.zeros(RESAMPLES)
    for first, second, statistic in groups:
        kinds, sizes = _kinds_of_pairs(first, second)
        if len(sizes):
            drawn = generator.multinomial(sizes.sum(), sizes / sizes.sum(), size=RESAMPLES)
            differences += (statistic(drawn @ kinds[:, 0]) - statistic(drawn @ kinds[:, 1])) / len(groups)
    low, high = np.percentile(differences, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return round(float(low), 12), round(float(high), 12)


def _kinds_of_pairs(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distinct pairs of counts [kinds, 2, k], and how many examples have each, as in `bootstrap`."""
    import numpy as np

    first_table, second_table = np.asarray(first), np.asarray(second)
    if first_table.shape != second_table.shape:
        raise InputError(
            f"the counts differ in shape, {first_table.shape} and {second_table.shape}; "
            "give both for the same examples"
        )
    if len(first_table) == 0:
        return np.zeros((0, 2, 1)), np.zeros(0, dtype=np.int64)
    return np.unique(np.stack([first_table, second_table], axis=1), axis=0, return_counts=True)


def _differences(
    first: ArrayLike, second: ArrayLike, statistic: Statistic, generator: Generator
) -> tuple[float, NDArray[np.float64]]:
    """Return the observed difference of two systems, and those of shuffles [SHUFFLES]."""
    import numpy as np

    kinds, sizes = _kinds_of_pairs(first, second)
    if len(sizes) == 0:
        return 0.0, np.zeros(SHUFFLES)
    # The number of swaps in a kind is binomial.
    first_kinds, second_kinds = kinds[:, 0], kinds[:, 1]
    observed = float((statistic((sizes @ first_kinds)[None]) - statistic((sizes @ second_kinds)[None]))[0])
    swapped = generator.binomial(sizes, 0.5, size=(SHUFFLES, len(sizes)))
    kept = sizes - swapped
    differences = statistic(kept @ first_kinds + swapped @ second_kinds) - statistic(
        kept @ second_kinds + swapped @ first_kinds
    )
    return observed, differences


def f1_of_counts(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return micro F1 of the sums (correct, predicted, gold), [..., 3] -> [...]; 0 where nothing is predicted or gold.

    The statistic of `exact_f1`.

    >>> import numpy as np
    >>> f1_of_counts(np.array([[1, 2, 2], [0, 0, 0]])).tolist()
    [0.5, 0.0]
    """
    import numpy as np

    f1: NDArray[np.float64] = 2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)
    return f1


def f1_of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return F1 of the sums (precision's numerator and denominator, recall's), [..., 4] -> [...]; 0 where undefined.

    The statistic of `carb`, of `robust` and of the header of `odie_table`.

    >>> import numpy as np
    >>> f1_of_sums(np.array([[1.0, 2.0, 1.0, 2.0], [0.0, 0.0, 0.0, 1.0]])).tolist()
    [0.5, 0.0]
    """
    import numpy as np

    right, kept, recalled, gold = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    precision, recall = right / np.maximum(kept, 1), recalled / np.maximum(gold, 1)
    total = precision + recall
    f1: NDArray[np.float64] = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return f1


def mean_of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the sums (scores, number of scores), [..., 2] -> [...]; 0 without scores.

    The statistic of the content of `odie_table`.

    >>> import numpy as np
    >>> mean_of_sums(np.array([[1.5, 3.0]])).tolist()
    [0.5]
    """
    import numpy as np

    mean: NDArray[np.float64] = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return mean
