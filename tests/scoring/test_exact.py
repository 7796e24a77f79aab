"""Exact match: laws, the cases of the golden file, and what bad input is told."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.scoring import exact_f1

ITEMS = st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "NA"]))
EXAMPLES = st.lists(st.tuples(st.lists(ITEMS, max_size=4), st.lists(ITEMS, max_size=4)), max_size=5)
OPTIONS = st.fixed_dictionaries(
    {
        "matching": st.sampled_from(["multiset", "set"]),
        "average": st.sampled_from(["micro", "macro"]),
        "na_label": st.sampled_from([None, "NA"]),
    }
)
SENTENCE = ["Acme", "attacked", "Paris", "bank", "in", "Paris", "and", "NASA", "left", "."]


def score(examples: list, **options) -> dict:
    return exact_f1([ours for ours, _ in examples], [theirs for _, theirs in examples], **options)


@given(EXAMPLES, OPTIONS, st.randoms(use_true_random=False))
def test_order_changes_nothing(examples: list, options: dict, shuffle: random.Random) -> None:
    shuffled = [tuple(shuffle.sample(side, len(side)) for side in example) for example in examples]
    shuffle.shuffle(shuffled)
    assert score(shuffled, **options) == score(examples, **options)


@given(EXAMPLES, OPTIONS)
def test_scores_are_fractions_and_gold_against_itself_is_perfect(examples: list, options: dict) -> None:
    result = score(examples, **options)
    assert all(0 <= result[name] <= 1 for name in ("precision", "recall", "f1"))
    perfect = score([(theirs, theirs) for _, theirs in examples], **options)
    assert perfect["f1"] == perfect["precision"] == perfect["recall"] == (1.0 if perfect["n_gold"] else 0.0)


@given(EXAMPLES.filter(len), ITEMS)
def test_a_right_item_never_lowers_recall_and_a_wrong_one_lowers_precision(examples: list, item: tuple) -> None:
    before = score(examples)
    (ours, theirs), *rest = examples
    assert score([(ours + theirs[:1], theirs), *rest])["recall"] >= before["recall"]
    wrong = score([([*ours, ("wrong", "x")], theirs), *rest])
    assert wrong["tp"] == before["tp"] and wrong["n_pred"] == before["n_pred"] + 1
    missed = score([(ours, [*theirs, ("missed", "x")]), *rest])
    assert missed["n_gold"] == before["n_gold"] + 1 and missed["recall"] <= before["recall"]


@given(EXAMPLES, st.data())
def test_types_and_groups_add_up(examples: list, data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.sampled_from("gh"), min_size=len(examples), max_size=len(examples)))
    result = score(examples, groups=groups)
    for parts in (result["per_type"], result["per_group"]):
        for name in ("tp", "n_pred", "n_gold"):
            assert sum(part[name] for part in parts.values()) == result[name]
    for group, part in result["per_group"].items():
        alone = score([example for example, name in zip(examples, groups, strict=True) if name == group])
        assert part == {name: alone[name] for name in part}


def test_one_item_can_be_right_only_as_often_as_it_is_gold() -> None:
    twice, once = [("Paris", "place")] * 2, [("Paris", "place")]
    assert score([(twice, once)])["precision"] == 0.5 and score([(once, twice)])["recall"] == 0.5
    assert score([(twice, once)], matching="set")["f1"] == 1.0 == score([(once, twice)], matching="set")["f1"]


def test_an_item_is_right_only_in_its_own_example_and_as_it_is_written() -> None:
    item = [("Acme", "organization")]
    assert score([(item, []), ([], item)])["tp"] == 0
    assert score([([("acme", "organization")], item)])["tp"] == 0


def test_where_the_type_stands() -> None:
    assert list(score([([("a", "r", "b")], [])])["per_type"]) == ["r"]
    assert list(score([([("a", "b", "c", "r")], [])], type_index=-1)["per_type"]) == ["r"]


def test_no_examples_and_no_items_are_zero() -> None:
    for count in (0, 1):
        result = score([([], [])] * count, interval=True)
        assert (result["precision"], result["recall"], result["f1"], result["tp"]) == (0.0, 0.0, 0.0, 0)
        assert result["f1_interval"] == [0.0, 0.0] and result["per_type"] == {} and result["per_group"] is None


def test_the_interval_holds_the_score_and_is_the_same_again() -> None:
    draw = random.Random(5)
    examples = [([("a", draw.choice("xy"))], [("a", draw.choice("xy"))]) for _ in range(200)]
    first = score(examples, interval=True, seed=1)
    low, high = first["f1_interval"]
    assert low < first["f1"] < high and 0.1 < high - low < 0.2
    assert score(examples[::-1], interval=True, seed=1) == first
    assert score(examples, interval=True, seed=2)["f1_interval"] != [low, high]
    assert score(examples)["f1_interval"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[("Acme", 3)]], [[]]), r"predictions\[0\]\[0\] holds 3; give strings only"),
        (([[]], [[("Acme", None)]]), r"references\[0\]\[0\] holds None"),
        (([[], None], [[], []]), r"predictions\[1\] is None; give a list of tuples, empty for no answer"),
        (([["Acme"]], [[]]), r"predictions\[0\]\[0\] is 'Acme'; give a tuple"),
        ((["Acme: organization;"], [[]]), r"predictions\[0\] is 'Acme: organization;'"),
        (([[("a",)]], [[]]), r"predictions\[0\]\[0\] has 1 fields"),
        (([[("a", "b", "c", "d")]], [[]]), r"predictions\[0\]\[0\] has 4 fields; .* type_index="),
        (([[]], [[], []]), r"1 predictions, 2 references"),
        ((None, [[]]), r"predictions is None; give a list"),
        (({"a": 1}, [[]]), r"predictions is {'a': 1}; give a list"),
    ],
)
def test_bad_items_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        exact_f1(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type_index": 2}, r"predictions\[0\]\[0\] has 2 fields, and type_index is 2"),
        ({"type_index": "1"}, "type_index is '1'; give an integer"),
        ({"matching": "bag"}, "matching is 'bag'; give one of multiset, set"),
        ({"average": "weighted"}, "average is 'weighted'"),
        ({"average": "macro", "interval": True}, "micro"),
        ({"groups": ["g", "h"]}, "1 predictions, 1 references, 2 groups"),
        ({"groups": [1]}, r"groups\[0\] is 1; give a string"),
        ({"spans": [{"predictions": [], "references": [[0, 4]]}]}, r"spans\[0\] has 0 predictions, not 1"),
        ({"spans": [{"predictions": [[0, "4"]], "references": [[0, 4]]}]}, r"spans\[0\]\['predictions'\] holds"),
        ({"spans": [[[0, 4]]]}, r"spans\[0\] is \[\[0, 4\]\]"),
    ],
)
def test_bad_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        exact_f1([[("Acme", "organization")]], [[("Acme", "organization")]], **options)


# ---- the golden cases: what sklearn, a hand count and seqeval give on the same input ----------------


def golden(shared: Path, kind: str) -> list[dict]:
    return json.loads((shared / "golden" / "exact_f1.json").read_text(encoding="utf-8"))[kind]


def sides(case: dict) -> tuple[list, list, list]:
    """Surfaces as (text, type), and offsets, of the two sides of each sentence."""
    predicted: list[list] = []
    gold: list[list] = []
    spans = []
    for sentence in case["sents"]:
        for name, column in (("pred", predicted), ("gold", gold)):
            column.append(
                [(given[0] if given else " ".join(SENTENCE[a : b + 1]), t) for a, b, t, *given in sentence[name]]
            )
        offsets = {name: [item[:2] for item in sentence[name]] for name in ("pred", "gold")}
        spans.append({"predictions": offsets["pred"], "references": offsets["gold"]})
    return predicted, gold, spans


def test_span_cases(shared: Path) -> None:
    cases = golden(shared, "span_cases")
    assert len(cases) == 27
    for case in cases:
        predicted, gold, spans = sides(case)
        for options, name in (
            ({}, "multiset_micro(surface,type) [hand]"),
            ({"matching": "set"}, "sklearn_set_micro(surface,type)"),
            ({"matching": "set", "spans": spans}, "sklearn_set_micro(span,type)"),
            ({"spans": spans}, "nervaluate_strict"),
        ):
            result = exact_f1(predicted, gold, **options)
            expected = case["results"][name]
            assert [result["precision"], result["recall"], result["f1"]] == pytest.approx(expected, abs=1e-6), (
                case["name"],
                name,
            )


def test_relation_cases(shared: Path) -> None:
    cases = [case for case in golden(shared, "relation_cases") if "gold" in case]
    assert len(cases) == 6
    for case in cases:
        predicted, gold = ([[("a", relation, "b")] for relation in case[side]] for side in ("pred", "gold"))
        conventions: tuple[tuple[dict, str], ...] = (
            ({"na_label": "NA"}, "sklearn_micro_excl_NA(TACRED)"),
            ({}, "sklearn_micro_incl_NA(=accuracy)"),
            ({"average": "macro"}, "sklearn_macro_incl_NA"),
        )
        for options, name in conventions:
            result = exact_f1(predicted, gold, **options)
            found = [result["precision"], result["recall"], result["f1"]]
            assert found == pytest.approx(case[name], abs=1e-6), (case["name"], name)
