"""The bootstrap against a resampling written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from adelie_hf.scoring.intervals import bootstrap, f1_of_counts


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
