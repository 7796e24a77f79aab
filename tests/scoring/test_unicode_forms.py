"""The option `unicode` of every metric: strings in a normal form of Unicode."""

from __future__ import annotations

import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import answer_f1, carb, exact_f1, odie_table, robust

COMPOSED, DECOMPOSED, LIGATURE = "Zo\u00eb", "Zoe\u0308", "\ufb01n"


def _scores(gold: str, predicted: str, unicode: str | None) -> list[float]:
    """Return the score of one mention against another by every metric."""
    gold_tuples, tuples = ([{"predicate": "is", "arguments": [mention, "x"]}] for mention in (gold, predicted))
    table = "| {} |\n| --- |\n| {} |".format
    return [
        exact_f1([[(predicted, "x")]], [[(gold, "x")]], unicode=unicode)["f1"],
        answer_f1([f"{predicted}: x;"], [f"{gold}: x;"], "ner", unicode=unicode)["f1"],
        carb([tuples], [gold_tuples], unicode=unicode)["f1"],
        robust([tuples], [gold_tuples], ["a"], unicode=unicode)["f1"],
        odie_table([table(predicted, predicted)], [table(gold, gold)], unicode=unicode)["content"],
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "unicode", "equal"),
    [
        (COMPOSED, DECOMPOSED, None, False),
        (COMPOSED, DECOMPOSED, "NFC", True),
        (COMPOSED, DECOMPOSED, "NFKC", True),
        ("fin", LIGATURE, None, False),
        ("fin", LIGATURE, "NFC", False),
        ("fin", LIGATURE, "NFKC", True),
    ],
)
def test_every_metric_compares_in_the_normal_form(gold: str, predicted: str, unicode: str | None, equal: bool) -> None:
    assert [score == 1.0 for score in _scores(gold, predicted, unicode)] == [equal] * 5


def test_other_options_apply_besides() -> None:
    gold, predicted = [[(COMPOSED, "x")]], [[(f"{DECOMPOSED.upper()} ", "X")]]
    same = exact_f1(predicted, gold, unicode="NFC", ignore_case=True, normalize_whitespace=True)
    other = exact_f1(predicted, gold, ignore_case=True, normalize_whitespace=True)
    assert (same["f1"], other["f1"]) == (1.0, 0.0)


def test_unknown_forms_and_reference_mode_are_refused() -> None:
    with pytest.raises(InputError, match="NFD"):
        exact_f1([], [], unicode="NFD")
    with pytest.raises(InputError, match="reference"):
        carb([], [], mode="reference", unicode="NFC")
