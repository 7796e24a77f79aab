"""Confidences in ten bins, beside the shares that are right."""

from __future__ import annotations

import pytest

from adelie_hf.scoring.calibration import expected_calibration_error, reliability

# By hand: three at 0.9 and more of which two are right, two at 0.2 to 0.3 of which one is right, one at 0.
JUDGED = [(0.9, True), (1.0, True), (0.95, False), (0.2, False), (0.24, True), (0.0, False)]


def test_bins_by_hand() -> None:
    assert [tuple(each) for each in reliability(JUDGED)] == [
        pytest.approx((0.0, 0.1, 1, 0.0, 0.0)),
        pytest.approx((0.2, 0.3, 2, 0.22, 0.5)),
        pytest.approx((0.9, 1.0, 3, 0.95, 2 / 3)),
    ]
    assert expected_calibration_error(JUDGED) == pytest.approx((1 * 0 + 2 * 0.28 + 3 * (0.95 - 2 / 3)) / 6)


def test_each_tenth_begins_a_bin() -> None:
    assert [each.low for each in reliability([(tenth / 10, True) for tenth in range(11)])] == [
        tenth / 10 for tenth in range(10)
    ]


def test_without_items_there_is_no_error() -> None:
    assert reliability([]) == [] and expected_calibration_error([]) == 0.0
