"""Calibrated confidences: the share of right items among those with the same probability."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Entity
from adelie_hf.errors import InputError
from adelie_hf.extraction import entity_schema
from adelie_hf.extraction.calibration import fit_calibration, judge
from adelie_hf.extraction.found import FoundItem
from adelie_hf.extraction.results import Result
from adelie_hf.scoring.calibration import expected_calibration_error

pytest.importorskip("sklearn", reason="needs the extra `extract`")

SCHEMA = entity_schema(["person"])


def too_sure(items: int, seed: int = 1) -> list[tuple[float, bool]]:
    """Items of a model that is right half as often as it says."""
    generator = random.Random(seed)
    confidences = [generator.random() for _ in range(items)]
    return [(confidence, generator.random() < confidence / 2) for confidence in confidences]


def test_a_model_that_is_too_sure_is_mended():
    calibration = fit_calibration(too_sure(2000))
    assert calibration.error_before > 0.2 and calibration.error_after < 0.05
    assert calibration(0.9) == pytest.approx(0.45, abs=0.08)
    fresh = [(calibration(confidence), right) for confidence, right in too_sure(2000, seed=2)]
    assert expected_calibration_error(fresh) < 0.05


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=20, max_size=60), st.data())
def test_the_order_of_confidences_is_kept(judged, data):
    calibration = fit_calibration(judged)
    low, high = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    assert 0 <= calibration(low) <= calibration(high) <= 1


def test_each_gold_item_counts_once():
    items = tuple(
        FoundItem(Entity(mention, "person"), (), confidence)
        for mention, confidence in [("Ada", 0.9), ("Ada", 0.4), ("Bob", None)]
    )
    judged = judge(Result("Ada, Ada, Bob", SCHEMA, items), (Entity("Ada", "person"), Entity("Bob", "person")))
    assert judged == [(0.9, True), (0.4, False)]


def test_few_items_are_refused():
    with pytest.raises(InputError, match="19 items with a confidence were found .* needs 20"):
        fit_calibration(too_sure(19))


def test_results_are_calibrated_from_then_on(scripted):
    from adelie_hf.extraction.generate import Generated, TokenProbabilities

    texts = [f"Ada{number} left." for number in range(40)]
    extractor = scripted(lambda request: "")

    def generate(requests):
        for number, request in enumerate(requests):
            mention = request.text.split()[0]
            text = f"[Answer]: {mention}: person;"
            yield number, Generated(text, tokens=TokenProbabilities([-0.1] * len(text), lambda tokens: tokens))

    extractor.generator = generate
    held_out = [(text, [(text.split()[0] if number % 4 else "left", "person")]) for number, text in enumerate(texts)]
    calibration = extractor.calibrate(SCHEMA, held_out)
    assert calibration.items == 40
    (item,) = extractor.entities("Bob left.", ["person"])
    assert item.confidence == pytest.approx(0.75)
    extractor.calibration = None
    (item,) = extractor.entities("Bob left.", ["person"])
    assert item.confidence == pytest.approx(2.718281828**-0.1)
    assert replace(item, confidence=None).item == Entity("Bob", "person")
