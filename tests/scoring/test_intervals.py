"""The bootstrap and the paired test against values by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from math import comb
from typing import Any

import numpy as np
import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import carb, exact_f1, odie_table, robust
from adelie_hf.scoring.intervals import (
    bootstrap,
    difference_interval,
    f1_of_counts,
    f1_of_sums,
    mean_of_sums,
    paired_test,
    paired_test_of_means,
    standard_error,
)


def test_bounds_are_those_of_resampled_examples() -> None:
    """A mean of 0 and 1: the resampled sums are binomial, so the bounds are known."""
    counts = [[1.0]] * 30 + [[0.0]] * 70
    low, high = bootstrap(counts, lambda sums: sums[..., 0] / 100)
    assert low == pytest.approx(0.21, abs=0.015) and high == pytest.approx(0.39, abs=0.015)


def test_the_standard_error_of_a_share_is_that_of_the_binomial() -> None:
    counts = [[1.0]] * 30 + [[0.0]] * 70
    error = standard_error(counts, lambda sums: sums[..., 0] / 100)
    assert error == pytest.approx((0.3 * 0.7 / 100) ** 0.5, abs=0.003)
    assert error == standard_error(counts[::-1], lambda sums: sums[..., 0] / 100)
    assert standard_error([], f1_of_counts) == standard_error([[1, 2, 2]], f1_of_counts) == 0.0


def test_examples_are_drawn_as_a_unit() -> None:
    """If all examples have the same score, so have all resamples."""
    assert bootstrap([[1, 2, 2], [2, 4, 4], [3, 6, 6]], f1_of_counts) == (0.5, 0.5)


def test_seed_and_counts_decide() -> None:
    counts = np.random.default_rng(0).integers(1, 9, size=(50, 3))
    assert bootstrap(counts, f1_of_counts) == bootstrap(counts[::-1], f1_of_counts)
    assert bootstrap(counts, f1_of_counts) != bootstrap(counts, f1_of_counts, seed=1)
    assert bootstrap([], f1_of_counts) == (0.0, 0.0)


def total(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0]


def test_the_paired_test_is_the_sign_test_where_examples_weigh_the_same() -> None:
    """Eight wins and two losses: 112 of 1,024 outcomes are as far from five, whatever the number of ties."""
    first, second = [[1]] * 8 + [[0]] * 2 + [[1]] * 50, [[0]] * 8 + [[1]] * 2 + [[1]] * 50
    expected = 2 * sum(comb(10, wins) for wins in range(8, 11)) / 2**10
    result = paired_test(first, second, total)
    assert result["difference"] == 6 and result["p_value"] == pytest.approx(expected, abs=0.01)
    assert paired_test(second, first, total)["difference"] == -6


def test_the_paired_test_of_f1() -> None:
    """One system better on all thirty examples; equal systems; and a single pair, which proves nothing."""
    better, worse = [[2, 2, 2]] * 30, [[1, 2, 2]] * 30
    assert paired_test(better, worse, f1_of_counts) == {"difference": 0.5, "p_value": pytest.approx(1e-4, abs=1e-5)}
    assert paired_test(better, better, f1_of_counts) == {"difference": 0.0, "p_value": 1.0}
    assert paired_test(better[:1], worse[:1], f1_of_counts)["p_value"] == 1.0
    assert paired_test([], [], f1_of_counts) == {"difference": 0.0, "p_value": 1.0}


def test_the_paired_test_of_a_mean_over_groups() -> None:
    better, worse = [[2, 2, 2]] * 12, [[1, 2, 2]] * 12
    better_group, equal_group = (better, worse, f1_of_counts), (worse[:5], worse[:5], f1_of_counts)
    assert paired_test_of_means([better_group]) == paired_test(better, worse, f1_of_counts)
    both = paired_test_of_means([better_group, equal_group])
    # The group of equal answers halves every difference, observed or shuffled, and so changes no p-value.
    assert both == {"difference": 0.25, "p_value": paired_test(better, worse, f1_of_counts)["p_value"]}
    opposite = paired_test_of_means([better_group, (worse, better, f1_of_counts)])
    assert opposite == {"difference": 0.0, "p_value": 1.0}
    assert paired_test_of_means([]) == {"difference": 0.0, "p_value": 1.0}


def test_the_order_of_examples_has_no_effect_on_the_paired_test() -> None:
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
    perfect, empty = (exact_f1(side, gold, per_example=True)["per_example"] for side in (gold, nothing))
    result = paired_test(perfect, empty, f1_of_counts)
    assert result["difference"] == 1.0 and result["p_value"] < 0.01


# ---- every scorer's own rows --------------------------------------------------------------------------


def embed(texts: list[str]) -> list[list[float]]:
    return [[float(text[0] == letter) for letter in "abcdefghij"] for text in texts]


def corpus(seed: int) -> dict[str, Any]:
    """Return sixty random answers for each scorer, and their gold."""
    draw = random.Random(seed)
    letters = ["".join(draw.sample("abcdefghij", 3)) for _ in range(60)]
    gold = ["".join(random.Random(f"gold {at}").sample("abcdefghij", 3)) for at in range(60)]
    tuples = [[[{"predicate": "ran", "arguments": [*three]}] for three in side] for side in (letters, gold)]
    lines = ["| {} | {} |\n|--|--|\n| {} | x |".format(*three) for three in (*letters, *gold)]
    return {
        "exact_f1": ([[(three[0], "x")] for three in letters], [[(three[0], "x")] for three in gold]),
        "carb": tuples,
        "robust": [*tuples, [at // 2 for at in range(60)]],
        "odie_table": (lines[:60], lines[60:]),
    }


# scorer -> the function, the value, interval and rows of its result, the statistic
SCORERS: dict[str, tuple[Callable[..., Mapping], Callable[[Mapping], tuple[float, list, Any]], Any]] = {
    "exact_f1": (exact_f1, lambda r: (r["f1"], r["f1_interval"], r["per_example"]), f1_of_counts),
    "carb": (
        carb,
        lambda r: (r["no_threshold"]["f1"], r["no_threshold"]["f1_interval"], r["per_example"]),
        f1_of_sums,
    ),
    "robust": (robust, lambda r: (r["f1"], r["f1_interval"], r["per_example"]), f1_of_sums),
    "odie_table": (
        lambda *columns, **options: odie_table(*columns, header_model=embed, **options),
        lambda r: (r["header_f1"], r["header_f1_interval"], r["per_example"]["header"]),
        f1_of_sums,
    ),
    "odie_table content": (
        odie_table,
        lambda r: (r["content"], r["content_interval"], r["per_example"]["content"]),
        mean_of_sums,
    ),
}


@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_gives_an_interval_and_the_rows_of_the_paired_test(name: str) -> None:
    score, parts, statistic = SCORERS[name]
    columns = [corpus(seed)[name.split()[0]] for seed in (1, 2)]
    value, (low, high), rows = parts(score(*columns[0], interval=True, per_example=True, seed=5))
    assert low < value < high
    assert (low, high) == bootstrap(rows, statistic, seed=5)
    assert float(statistic(np.sum(rows, axis=0))) == pytest.approx(value, abs=1e-12)
    other, _, other_rows = parts(score(*columns[1], interval=True, per_example=True))
    result = paired_test(rows, other_rows, statistic)
    assert result["difference"] == pytest.approx(value - other, abs=1e-12) and result["p_value"] > 0.01
    perfect = parts(score(*[columns[0][1], *columns[0][1:]], interval=True, per_example=True))
    assert perfect[1] == [1.0, 1.0] and paired_test(perfect[2], rows, statistic)["p_value"] < 0.001
    assert parts(score(*columns[0], per_example=True))[1] is None
    assert "per_example" not in score(*columns[0])


def test_intervals_and_rows_of_nothing() -> None:
    for score, parts, _ in SCORERS.values():
        columns: tuple[list, ...] = ([], [], []) if score is robust else ([], [])
        value, interval, rows = parts(score(*columns, interval=True, per_example=True))
        assert (value, interval, rows) == (0.0, [0.0, 0.0], [])


def test_a_dropped_clique_adds_nothing() -> None:
    ran = [{"predicate": "ran", "arguments": ["a"]}]
    result = robust([ran, None, []], [ran] * 3, [0, 1, 2], missing="skip", per_example=True, interval=True)
    assert result["per_example"] == [[1.0, 1.0, 1.0, 1.0], [0.0] * 4, [0.0, 1.0, 0.0, 1.0]]
    assert float(f1_of_sums(np.sum(result["per_example"], axis=0))) == result["f1"] == 0.5
    assert result["carb"]["per_example"] == result["per_example"], "without paraphrases the original is the worst"
    assert "per_example" not in robust([ran], [ran], [0])["carb"]


def test_an_undefined_score_counts_as_zero_in_the_bootstrap() -> None:
    ran: list[dict] = [{"predicate": "ran", "arguments": []}]
    assert robust([ran], [[{"predicate": "ate", "arguments": []}]], [0], mode="reference", interval=True)[
        "f1_interval"
    ] == [0.0, 0.0]


def test_the_interval_of_a_difference_is_that_of_resampled_pairs() -> None:
    """Thirty wins of a hundred: the resampled difference is binomial, whatever both systems score on the ties."""
    first, second = [[1]] * 80 + [[0]] * 20, [[0]] * 30 + [[1]] * 50 + [[0]] * 20
    mean = lambda sums: sums[..., 0] / 100  # noqa: E731
    low, high = difference_interval([(first, second, mean)])
    assert low == pytest.approx(0.21, abs=0.015) and high == pytest.approx(0.39, abs=0.015)
    assert difference_interval([(second, first, mean)]) == (-high, -low)
    assert difference_interval([(first[::-1], second[::-1], mean)]) == (low, high)
    twice = difference_interval([(first, second, mean), (first, second, mean)])
    assert low < twice[0] < 0.3 < twice[1] < high  # a mean over groups is surer than one of them


def test_equal_systems_and_no_examples_have_no_difference() -> None:
    counts = [[1, 2, 2], [0, 1, 1]] * 20
    assert difference_interval([(counts, counts, f1_of_counts)]) == (0.0, 0.0)
    assert difference_interval([([], [], f1_of_counts)]) == (0.0, 0.0) == difference_interval([])
    with pytest.raises(InputError, match="differ in shape"):
        difference_interval([(counts, counts[:-1], f1_of_counts)])
