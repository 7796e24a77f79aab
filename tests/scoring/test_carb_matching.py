"""CaRB against a plain version: a table of all pairs, its best free cell, sums of fractions; the same bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from fractions import Fraction
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adelie_hf.scoring import carb, carb_matching, carb_sentence
from adelie_hf.scoring.carb import CARB_CORRECTIONS

FORMS_OF_BE = ("be", "is", "am", "are", "was", "were", "been", "being")
SAYING = ("said", "told", "added", "adds", "says")
TOKENS = ["be", "be", "is", "was", "said", "unsaid", "a", "a", "b", "c"]

Score = tuple[float, float]


def plain_score(gold: dict, predicted: dict, active: Set[str]) -> Score:
    """Return precision and recall of one tuple against one tuple."""
    gold_texts, texts = (
        [row["predicate"], *row["arguments"][:1], *([" ".join(row["arguments"][1:])] if row["arguments"][1:] else [])]
        for row in (gold, predicted)
    )
    in_order = plain_score_in_order(gold_texts, texts, active)
    words = gold["predicate"].split() if "words" in active else gold["predicate"]
    if any(word in words for word in SAYING) and len(texts) == 3:
        return max(in_order, plain_score_in_order(gold_texts, [texts[0], texts[2], texts[1]], active))
    return in_order


def plain_score_in_order(gold_texts: list[str], texts: list[str], active: Set[str]) -> Score:
    gold, predicted = ([Counter(text.split()) for text in side] for side in (gold_texts, texts))
    matched = (gold[0] & predicted[0]).total()
    if predicted[0]["be"] > gold[0]["be"] and any(gold[0][form] for form in FORMS_OF_BE):
        matched += 1
    both_empty = "predicates" in active and not gold[0] and not predicted[0]
    if not (matched or both_empty) or len(predicted) < len(gold):
        return 0.0, 0.0
    matched += sum((one & other).total() for one, other in zip(gold[1:], predicted[1:], strict=False))
    compared = predicted if "arguments" in active else predicted[: len(gold)]
    n_predicted, n_gold = sum(field.total() for field in compared), sum(field.total() for field in gold)
    if not n_predicted or not n_gold:
        return (1.0, 1.0) if n_predicted == n_gold else (0.0, 0.0)
    recall = matched / n_gold
    return matched / n_predicted, min(recall, 1.0) if "once" in active else recall


def plain_sums(table: list[list[Score]], kept: list[int], active: Set[str]) -> tuple[list[float], list[float]]:
    """Return the precisions of the pairs, the best first, and the recall of each gold tuple."""
    free_gold, free, precisions = set(range(len(table))), set(kept), []
    while free_gold and free:
        _, _, g, p = min(
            (-table[g][p][0], -table[g][p][1] if "ties" in active else 0.0, g, p) for g in free_gold for p in free
        )
        free_gold.remove(g)
        free.remove(p)
        precisions.append(table[g][p][0])
    # A pair whose precision is 0 has no recall.
    return precisions, [max((row[p][1] for p in kept), default=0.0) for row in table]


def plain_table(predicted: list[dict], gold: list[dict], active: Set[str]) -> tuple[list[list[Score]], list[float]]:
    if "ties" in active:
        predicted, gold = (
            sorted(side, key=lambda row: (row["predicate"], *row["arguments"])) for side in (predicted, gold)
        )
    table = [[plain_score(one, other, active) for other in predicted] for one in gold]
    return table, [row["confidence"] for row in predicted]


def plain_total(values: list[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


TEXT = st.lists(st.sampled_from(TOKENS), max_size=3).map(" ".join)
EXTRACTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "predicate": TEXT,
            "arguments": st.lists(TEXT, max_size=3),
            "confidence": st.sampled_from([-1.5, 0.25, 0.5, 1.0]),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("many", [1, 100])
@given(
    EXTRACTIONS,
    EXTRACTIONS,
    st.one_of(st.just(frozenset(CARB_CORRECTIONS)), st.frozensets(st.sampled_from(CARB_CORRECTIONS))),
)
# In either order half of the tokens are right, of two and of four.
@example(
    predicted=[{"predicate": "said", "arguments": ["c", "a c c"], "confidence": 1.0}],
    gold=[{"predicate": "said", "arguments": ["a b"], "confidence": 1.0}],
    active=frozenset(),
)
def test_the_curve_is_that_of_the_plain_version(
    many: int, predicted: list[dict], gold: list[dict], active: frozenset[str]
) -> None:
    with patch.object(carb_matching, "MANY", many):
        curve = carb([predicted], [gold], corrections=active)["curve"]
    table, confidences = plain_table(predicted, gold, active)
    expected = []
    for threshold in sorted(set(confidences)):
        kept = [at for at, confidence in enumerate(confidences) if confidence >= threshold]
        precisions, recalls = plain_sums(table, kept, active)
        expected.append(
            (
                threshold,
                float(sum(map(Fraction, precisions)) / len(kept)),
                float(sum(map(Fraction, recalls)) / len(gold)),
            )
        )
    assert list(zip(curve["threshold"], curve["precision"], curve["recall"], strict=True)) == expected


@pytest.mark.parametrize("many", [1, 100])
@pytest.mark.parametrize("mode", ["reference", "corrected"])
@given(EXTRACTIONS, EXTRACTIONS)
def test_one_sentence_is_that_of_the_plain_version(
    many: int, mode: str, predicted: list[dict], gold: list[dict]
) -> None:
    active = frozenset(CARB_CORRECTIONS if mode == "corrected" else ())
    with patch.object(carb_matching, "MANY", many):
        precision, recall, _ = carb_sentence(predicted, gold, mode=mode)
    table, _ = plain_table(predicted, gold, active)
    precisions, recalls = plain_sums(table, list(range(len(predicted))), active)
    assert (precision, recall) == (plain_total(precisions) / len(predicted), plain_total(recalls) / len(gold))
