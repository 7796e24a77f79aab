"""The bootstrap and the paired test against what is known by hand."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import exact_f1
from adelie_hf.scoring.intervals import bootstrap, f1_of_counts, paired_test


def test_bounds_are_those_of_resampled_examples() -> None:
    """A mean of 0 and 1: the resampled sums are binomial, so the bounds are known."""
    counts = [[1.0]] * 30 + [[0.0]] * 70
    low, high = bootstrap(counts, lambda sums: sums[..., 0] / 100)
    assert low == pytest.approx(0.21, abs=0.015) and high == pytest.approx(0.39, abs=0.015)


def test_examples_are_drawn_whole() -> None:
    """Where every example has the same score, so has every resample."""
    assert bootstrap([[1, 2, 2], [2, 4, 4], [3, 6, 6]], f1_of_counts) == (0.5, 0.5)


def test_seed_and_counts_decide() -> None:
    counts = np.random.default_rng(0).integers(1, 9, size=(50, 3))
    assert bootstrap(counts, f1_of_counts) == bootstrap(counts[::-1], f1_of_counts)
    assert bootstrap(counts, f1_of_counts) != bootstrap(counts, f1_of_counts, seed=1)
    assert bootstrap([], f1_of_counts) == (0.0, 0.0)


def total(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0]


def test_the_paired_test_is_the_sign_test_where_examples_weigh_the_same() -> None:
    """Eight wins and two losses: as far from five as this lie 112 of 1,024 ways, whatever the ties beside them."""
    first, second = [[1]] * 8 + [[0]] * 2 + [[1]] * 50, [[0]] * 8 + [[1]] * 2 + [[1]] * 50
    expected = 2 * sum(comb(10, wins) for wins in range(8, 11)) / 2**10
    result = paired_test(first, second, total)
    assert result["difference"] == 6 and result["p_value"] == pytest.approx(expected, abs=0.01)
    assert paired_test(second, first, total)["difference"] == -6


def test_the_paired_test_of_f1() -> None:
    """Better on every one of thirty examples; equal systems; and one pair that says nothing."""
    better, worse = [[2, 2, 2]] * 30, [[1, 2, 2]] * 30
    assert paired_test(better, worse, f1_of_counts) == {"difference": 0.5, "p_value": pytest.approx(1e-4, abs=1e-5)}
    assert paired_test(better, better, f1_of_counts) == {"difference": 0.0, "p_value": 1.0}
    assert paired_test(better[:1], worse[:1], f1_of_counts)["p_value"] == 1.0
    assert paired_test([], [], f1_of_counts) == {"difference": 0.0, "p_value": 1.0}


def test_the_paired_test_does_not_know_the_order_of_examples() -> None:
    draw = np.random.default_rng(0)
    first, second = draw.integers(0, 4, size=(2, 60, 3))
    order = draw.permutation(60)
    assert paired_test(first, second, f1_of_counts) == paired_test(first[order], second[order], f1_of_counts)
    assert paired_test(first, second, f1_of_counts) != paired_test(first, second, f1_of_counts, seed=1)
    with pytest.raises(InputError, match=r"differ in shape, \(60, 3\) and \(59, 3\)"):
        paired_test(first, second[1:], f1_of_counts)


def test_two_systems_are_compared_by_their_counts() -> None:
    gold = [[("Acme", "organization")]] * 12
    nothing: list = [[]] * 12
    ours, theirs = (exact_f1(side, gold, per_example=True)["per_example"] for side in (gold, nothing))
    result = paired_test(ours, theirs, f1_of_counts)
    assert result["difference"] == 1.0 and result["p_value"] < 0.01
