"""Exact match: laws, the cases of the golden file, and the errors of bad input."""

from __future__ import annotations

import random
from collections.abc import Mapping

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


def score(examples: list, **options) -> Mapping:
    return exact_f1([predicted for predicted, _ in examples], [gold for _, gold in examples], **options)


@given(EXAMPLES, OPTIONS, st.randoms(use_true_random=False))
def test_order_changes_nothing(examples: list, options: dict, shuffle: random.Random) -> None:
    shuffled = [tuple(shuffle.sample(side, len(side)) for side in example) for example in examples]
    shuffle.shuffle(shuffled)
    assert score(shuffled, **options) == score(examples, **options)


@given(EXAMPLES, OPTIONS)
def test_scores_are_fractions_and_gold_against_itself_is_perfect(examples: list, options: dict) -> None:
    result = score(examples, **options)
    assert all(0 <= result[name] <= 1 for name in ("precision", "recall", "f1"))
    perfect = score([(gold, gold) for _, gold in examples], **options)
    assert perfect["f1"] == perfect["precision"] == perfect["recall"] == (1.0 if perfect["n_gold"] else 0.0)


@given(EXAMPLES.filter(len), ITEMS)
def test_a_right_item_never_lowers_recall_and_a_wrong_one_lowers_precision(examples: list, item: tuple) -> None:
    before = score(examples)
    (predicted, gold), *rest = examples
    assert score([(predicted + gold[:1], gold), *rest])["recall"] >= before["recall"]
    wrong = score([([*predicted, ("wrong", "x")], gold), *rest])
    assert wrong["tp"] == before["tp"] and wrong["n_pred"] == before["n_pred"] + 1
    missed = score([(predicted, [*gold, ("missed", "x")]), *rest])
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


@given(EXAMPLES.filter(len), OPTIONS, st.data())
def test_a_further_right_item_never_lowers_recall(examples: list, options: dict, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(examples) - 1))
    predicted, gold = examples[at]
    better = [*examples[:at], ([*predicted, *gold[:1]], gold), *examples[at + 1 :]]
    if options["average"] == "micro":
        assert score(better, **options)["recall"] >= score(examples, **options)["recall"]


@given(EXAMPLES, OPTIONS)
def test_the_counts_of_examples_add_up(examples: list, options: dict) -> None:
    result = score(examples, per_example=True, **options)
    sums = [sum(column) for column in zip(*result["per_example"], strict=True)] or [0, 0, 0]
    assert sums == [result["tp"], result["n_pred"], result["n_gold"]]
    for example, counts in zip(examples, result["per_example"], strict=True):
        alone = score([example], **options)
        assert counts == [alone["tp"], alone["n_pred"], alone["n_gold"]]


def test_case_and_white_space_count_by_default() -> None:
    predicted, gold = [("ACME\u00a0 Straße", "Organization")], [(" acme strasse", "organization")]
    for options, right in (
        ({}, 0),
        ({"ignore_case": True}, 0),
        ({"normalize_whitespace": True}, 0),
        ({"ignore_case": True, "normalize_whitespace": True}, 1),
    ):
        assert score([(predicted, gold)], **options)["tp"] == right
    result = score([([("a", "NA")], [("A", "x")])], ignore_case=True, na_label="Na")
    assert (result["n_pred"], list(result["per_type"])) == (0, ["x"])
    # With offsets the strings are not compared, but the types still are.
    spans = [{"predictions": [[0, 4]], "references": [[0, 4]]}]
    assert score([(predicted, gold)], spans=spans)["tp"] == 0
    assert score([(predicted, gold)], spans=spans, ignore_case=True)["tp"] == 1


def test_baselines_beside_the_score() -> None:
    pairs = [[("a", label, "b")] for label in ("x", "x", "y", "NA", "NA", "NA")]
    result = score([([], gold) for gold in pairs], baselines=True, na_label="NA")
    assert result["baselines"]["empty"] == {"precision": 0, "recall": 0, "f1": 0, "tp": 0, "n_pred": 0, "n_gold": 3}
    constant = result["baselines"]["majority"]  # it also answers where the gold answer is NA
    assert (constant["tp"], constant["n_pred"], constant["n_gold"]) == (2, 6, 3)
    spans = [{"predictions": [], "references": [[0, 1, 2, 3]]}] * 6
    assert (
        score([([], gold) for gold in pairs], baselines=True, na_label="NA", spans=spans)["baselines"]
        == (result["baselines"])
    )
    quads: list = [([], [("a", "b", "c", "y")]), ([], [("a", "b", "c", "x")])]
    assert score(quads, type_index=-1, baselines=True)["baselines"]["majority"]["tp"] == 1
    assert score([([], [])], baselines=True)["baselines"]["majority"]["n_pred"] == 0
    assert "baselines" not in score(quads, type_index=-1)


def test_one_item_can_be_right_only_as_often_as_it_is_gold() -> None:
    twice, once = [("Paris", "place")] * 2, [("Paris", "place")]
    assert score([(twice, once)])["precision"] == 0.5 and score([(once, twice)])["recall"] == 0.5
    assert score([(twice, once)], matching="set")["f1"] == 1.0 == score([(once, twice)], matching="set")["f1"]


def test_an_item_is_right_only_in_its_own_example_and_as_it_is_written() -> None:
    item = [("Acme", "organization")]
    assert score([(item, []), ([], item)])["tp"] == 0
    assert score([([("acme", "organization")], item)])["tp"] == 0


def test_the_type_is_at_its_index() -> None:
    assert list(score([([("a", "r", "b")], [])])["per_type"]) == ["r"]
    assert list(score([([("a", "b", "c", "r")], [])], type_index=-1)["per_type"]) == ["r"]


def test_no_examples_and_no_items_are_zero() -> None:
    for count in (0, 1):
        result = score([([], [])] * count, interval=True)
        assert (result["precision"], result["recall"], result["f1"], result["tp"]) == (0.0, 0.0, 0.0, 0)
        assert result["f1_interval"] == [0.0, 0.0] and result["per_type"] == {} and result["per_group"] is None


def test_the_interval_contains_the_score_and_is_reproducible() -> None:
    draw = random.Random(5)
    examples = [([("a", draw.choice("xy"))], [("a", draw.choice("xy"))]) for _ in range(200)]
    first = score(examples, interval=True, seed=1)
    low, high = first["f1_interval"]
    assert low < first["f1"] < high and 0.1 < high - low < 0.2
    assert score(examples[::-1], interval=True, seed=1) == first
    assert score(examples, interval=True, seed=2)["f1_interval"] != [low, high]
    assert score(examples)["f1_interval"] is None


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[("Acme", 3)]], [[]]), r"predictions\[0\]\[0\] contains 3; give strings only"),
        (([[]], [[("Acme", None)]]), r"references\[0\]\[0\] contains None"),
        (([[], None], [[], []]), r"predictions\[1\] is None; give a list of tuples, empty for no answer"),
        (([["Acme"]], [[]]), r"predictions\[0\]\[0\] is 'Acme'; give a tuple"),
        ((["Acme: organization;"], [[]]), r"predictions\[0\] is 'Acme: organization;'"),
        (([[("a",)]], [[]]), r"predictions\[0\]\[0\] has 1 fields"),
        (([[("a", "b", "c", "d")]], [[]]), r"predictions\[0\]\[0\] has 4 fields; .* type_index="),
        (([[]], [[], []]), r"1 predictions, 2 references"),
        ((None, [[]]), r"predictions is None; give a list"),
        (({"a": 1}, [[]]), r"predictions is {'a': 1}; give a list"),
        (([[(("a",), "b")]], [[]]), r"predictions\[0\]\[0\] contains \('a',\); give strings only"),
        (
            ([[("a", "b")], [("a", nested(100_000))]], [[], []]),
            r"predictions\[1\]\[0\] contains a list that is nested too",
        ),
    ],
)
def test_bad_items_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        exact_f1(*arguments)


def test_strange_strings_are_compared_as_they_are() -> None:
    """Half of a surrogate pair, and ten megabytes in one string or in a million items."""
    half, long = ("\ud800", "x"), ("a" * 10_000_000, "x")
    many = [(str(number % 1000), "x") for number in range(300_000)]
    result = score([([half, long], [half, ("a" * 9_999_999, "x")]), (many, many)], interval=True)
    assert (result["tp"], result["n_pred"], result["n_gold"]) == (300_001, 300_002, 300_002)


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
        ({"spans": [{"predictions": [[0, "4"]], "references": [[0, 4]]}]}, r"spans\[0\]\['predictions'\] contains"),
        ({"spans": [{"predictions": [[0, True]], "references": [[0, 4]]}]}, r"spans\[0\]\['predictions'\] contains"),
        ({"spans": [{"predictions": [[0, 4, 5]], "references": [[0, 4]]}]}, r"spans\[0\]\['predictions'\] contains"),
        ({"spans": [{"predictions": [[0, 4]], "gold": [[0, 4]]}]}, r"spans\[0\] is"),
        ({"partial": True}, "partial matches need offsets"),
        ({"spans": [[[0, 4]]]}, r"spans\[0\] is \[\[0, 4\]\]"),
    ],
)
def test_bad_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        exact_f1([[("Acme", "organization")]], [[("Acme", "organization")]], **options)


# ---- the golden cases: sklearn, a hand count, seqeval and nervaluate on the same input ---------------


def test_span_cases(span_cases: list[dict]) -> None:
    for case in span_cases:
        spans = {"spans": case["spans"]}
        for options, name in (
            ({}, "multiset_micro(surface,type) [hand]"),
            ({"matching": "set"}, "sklearn_set_micro(surface,type)"),
            ({"matching": "set", **spans}, "sklearn_set_micro(span,type)"),
            (spans, "nervaluate_strict"),
            (spans, "seqeval_default"),
        ):
            expected = case["results"].get(name)
            if expected is not None and not isinstance(expected, str):  # seqeval has no overlapping spans
                result = exact_f1(case["predicted"], case["gold"], **options)
                actual = [result["precision"], result["recall"], result["f1"]]
                assert actual == pytest.approx(expected, abs=1e-6), (case["name"], name)


def slow_counts(sides: list, once: bool) -> tuple[int, int, int]:
    """Return the numbers of correct, predicted and gold items; each gold item matches at most one prediction."""
    right = n_pred = n_gold = 0
    for predicted, gold in zip(*sides, strict=True):
        if once:
            predicted = [item for at, item in enumerate(predicted) if item not in predicted[:at]]
            gold = [item for at, item in enumerate(gold) if item not in gold[:at]]
        left = list(gold)
        for item in predicted:
            if item in left:
                left.remove(item)
                right += 1
        n_pred, n_gold = n_pred + len(predicted), n_gold + len(gold)
    return right, n_pred, n_gold


def kept(sides: list, types: set[str]) -> list:
    return [[[item for item in example if item[0] in types] for example in side] for side in sides]


def slow_figures(counts: tuple[int, int, int]) -> list[float]:
    right, n_pred, n_gold = counts
    precision, recall = right / n_pred if n_pred else 0, right / n_gold if n_gold else 0
    return [precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0]


def test_mutated_golden_cases_score_as_the_transcription_says(span_cases: list[dict]) -> None:
    """By string and by offset, as a multiset and as a set, micro, by type, macro, and without one type."""
    draw = random.Random(4)
    sentences = [
        (list(zip(predicted, spans["predictions"], strict=True)), list(zip(gold, spans["references"], strict=True)))
        for case in span_cases
        for predicted, gold, spans in zip(case["predicted"], case["gold"], case["spans"], strict=True)
    ]
    everything = [item for sentence in sentences for side in sentence for item in side]
    types = sorted({type for (_, type), _ in everything})
    for _ in range(200):
        corpus = []
        for sentence in draw.sample(sentences, 8):
            changed = []
            for side in sentence:
                items = [item for item in side if draw.random() < 0.9]
                items += draw.choices(everything, k=draw.randrange(3))
                changed.append([((name, draw.choice([type, type, *types])), span) for (name, type), span in items])
            corpus.append(changed)
        predicted, gold = ([[item for item, _ in example[side]] for example in corpus] for side in range(2))
        spans = [
            {
                name: [span for _, span in side]
                for name, side in zip(("predictions", "references"), example, strict=True)
            }
            for example in corpus
        ]
        for once in (False, True):
            for offsets in (None, spans):
                keys = [
                    [[(type, tuple(span) if offsets else name) for (name, type), span in side] for side in example]
                    for example in corpus
                ]
                columns = [[example[side] for example in keys] for side in range(2)]
                options: dict = {"matching": "set" if once else "multiset", "spans": offsets}
                result = exact_f1(predicted, gold, **options)
                expected = slow_counts(columns, once)
                assert (result["tp"], result["n_pred"], result["n_gold"]) == expected
                assert _figures(result) == pytest.approx(slow_figures(expected), rel=0, abs=1e-12)
                only = {
                    kind: slow_counts(kept(columns, {kind}), once)
                    for kind in {item[0] for side in columns for example in side for item in example}
                }
                assert {kind: (r["tp"], r["n_pred"], r["n_gold"]) for kind, r in result["per_type"].items()} == only
                means = [sum(values) / len(only) for values in zip(*map(slow_figures, only.values()), strict=True)]
                macro = exact_f1(predicted, gold, average="macro", **options)
                assert _figures(macro) == pytest.approx(means or [0, 0, 0], rel=0, abs=1e-12)
                without = kept(columns, set(types[1:]))
                tacred = exact_f1(predicted, gold, na_label=types[0], **options)
                assert _figures(tacred) == pytest.approx(slow_figures(slow_counts(without, once)), rel=0, abs=1e-12)


def _figures(result: Mapping) -> list[float]:
    return [result["precision"], result["recall"], result["f1"]]


def test_relation_cases(relation_cases: list[dict]) -> None:
    cases = [case for case in relation_cases if "gold" in case]
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
            actual = [result["precision"], result["recall"], result["f1"]]
            assert actual == pytest.approx(case[name], abs=1e-6), (case["name"], name)
