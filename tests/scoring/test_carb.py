"""CaRB: the golden numbers of the published scorer, the corrections one by one, and laws."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.scoring import bootstrap, carb, carb_sentence, carb_sums, f1_of_sums
from adelie_hf.scoring.carb import CARB_CORRECTIONS
from adelie_hf.scoring.openie_outputs import read_carb_gold, read_clausie, read_openie4, read_tabbed, side_by_side

CURVE = ("threshold", "precision", "recall")


def extraction(fields: Iterable[str], confidence: float = 1.0) -> dict:
    predicate, *arguments = fields
    return {"predicate": predicate, "arguments": arguments, "confidence": confidence}


def pair(gold: list[str], predicted: list[str], mode: str = "corrected") -> tuple[float, float]:
    """Return precision and recall of one tuple against one tuple."""
    return carb_sentence([extraction(predicted)], [extraction(gold)], mode=mode)[:2]


# ---- the published files --------------------------------------------------------------------------

Lists = dict[str, list[dict]]


def grouped(rows: Iterator[tuple[str, dict]]) -> Lists:
    lists: Lists = {}
    for sentence, row in rows:
        lists.setdefault(sentence, []).append(row)
    return lists


def score(predicted: Mapping, gold: Mapping, **options) -> Mapping:
    """Score two files whose sentences may differ in spelling."""
    return carb(**side_by_side(predicted, gold), **options)


def scores(result: Mapping) -> list[float]:
    return [result[name] for name in ("precision", "recall", "f1")]


@pytest.mark.parametrize(
    ("system", "auc", "best", "threshold", "everything", "n_pred"),
    [
        ("openie4", 0.272104, [0.55260, 0.43721, 0.48818], 0.178168, [0.55110, 0.43748, 0.48776], 1772),
        ("clausie", 0.223619, [0.41121, 0.49582, 0.44957], -552.901, [0.41121, 0.49582, 0.44957], 2727),
        ("gold", 0.987925, [0.98609, 0.99484, 0.99045], 1, [0.98609, 0.99484, 0.99045], 2715),
    ],
)
def test_the_published_numbers_of_systems(
    shared: Path, tmp_path: Path, system: str, auc: float, best: list, threshold: float, everything: list, n_pred: int
) -> None:
    file = shared / "data" / "carb" / "gold" / "test.tsv"
    gold = read_carb_gold(file).sentences
    if system == "gold":  # in the tabbed form, which keeps context arguments
        rows = [line.strip().partition("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        (tmp_path / "gold.tsv").write_text("\n".join(f"{s}\t1\t{rest}" for s, _, rest in rows), encoding="utf-8")
        predicted = read_tabbed(tmp_path / "gold.tsv")
    else:
        read = {"openie4": read_openie4, "clausie": read_clausie}[system]
        predicted = read(shared / "golden" / f"carb_{system}_output.txt")
    result = score(predicted.sentences, gold, mode="reference")
    assert round(result["auc"], 6) == auc
    assert [round(value, 5) for value in scores(result)] == best
    assert result["threshold"] == pytest.approx(threshold, abs=1e-3)
    assert [round(value, 5) for value in scores(result["no_threshold"])] == everything
    assert (result["n_pred"], result["n_gold"], result["mode"]) == (n_pred, 2715, "reference")


def test_gold_against_itself_is_perfect_on_the_full_test_set(shared: Path) -> None:
    gold = list(read_carb_gold(shared / "data" / "carb" / "gold" / "test.tsv").sentences.values())
    assert scores(carb(gold, gold)) == [1.0] * 3


def test_the_published_numbers_of_edge_cases(shared: Path) -> None:
    edge = json.loads((shared / "golden" / "carb_edge.json").read_text(encoding="utf-8"))
    assert len(edge["matcher_pairs"]) == 33 and len(edge["corpora"]) == 20
    for case in edge["matcher_pairs"]:
        matched = pair(case["gold"], case["pred"], mode="reference")
        assert matched == pytest.approx(case["prec_rec"], abs=1e-12), case
    for case in edge["corpora"]:
        gold = grouped((sentence, extraction(fields)) for sentence, fields in case["gold"])
        predicted = grouped((sentence, extraction(fields, c)) for sentence, c, fields in case["pred"])
        result = score(predicted, gold, mode="reference", binary=case["binary"])
        assert scores(result) == pytest.approx(case["optimal"], abs=5.1e-4), case["name"]
        assert result["auc"] == pytest.approx(case["auc"], abs=5.1e-4), case["name"]
        points = {
            threshold: (precision, recall)
            for threshold, precision, recall in zip(*(result["curve"][n] for n in CURVE), strict=True)
        }
        assert sorted(points) == sorted(point[2] for point in case["curve_P_R_conf"]), case["name"]
        for *point, threshold in case["curve_P_R_conf"]:
            assert points[threshold] == pytest.approx(point, abs=1e-12), case["name"]


# ---- what is corrected ------------------------------------------------------------------------------


def test_saying_is_a_word() -> None:
    swapped = ["the wall", "he"]
    assert pair(["padded", "he", "the wall"], ["padded", *swapped], "reference") == (1.0, 1.0)
    assert pair(["padded", "he", "the wall"], ["padded", *swapped]) == (0.25, 0.25)
    assert pair(["he said", "he", "the wall"], ["he said", *swapped]) == (1.0, 1.0)


def test_a_gold_tuple_is_recalled_once() -> None:
    gold, predicted = ["was", "Bush", "President"], ["was be", "Bush", "President"]
    assert pair(gold, predicted, "reference") == pytest.approx((1.0, 4 / 3))
    assert pair(gold, predicted) == (1.0, 1.0)


def test_further_arguments_count_against_precision() -> None:
    assert pair(["ran", "a"], ["ran", "a", "b", "c"], "reference") == (1.0, 1.0)
    assert pair(["ran", "a"], ["ran", "a", "b", "c"]) == (0.5, 1.0)
    assert pair(["ran"], ["ran", "a"]) == (0.5, 1.0)


def test_predictions_for_a_sentence_without_tuples() -> None:
    ran, ate = [extraction(["ran", "a", "b"])], [extraction(["ate", "c", "d"])]
    assert carb([ran, ate], [ran, []])["no_threshold"]["precision"] == 0.5
    assert carb([ran, ate], [ran, []], mode="reference")["no_threshold"]["precision"] == 1.0
    assert carb([ran, ate], [ran, []], sentences=["x", "y"])["no_threshold"]["precision"] == 1.0
    assert carb_sentence([], []) == (1.0, 1.0, 1.0) and carb_sentence(ate, []) == (0.0, 0.0, 0.0)
    assert carb_sentence([], [], mode="reference") == (0.0, 0.0, 0.0)
    assert carb_sentence(ate, [], mode="reference") == (1.0, 0.0, 0.0)


def test_a_tuple_without_a_predicate_matches_itself() -> None:
    assert pair(["", "a", "b"], ["", "a", "b"], "reference") == (0.0, 0.0)
    assert pair(["", "a", "b"], ["", "a", "b"]) == (1.0, 1.0) == pair([""], [""])
    assert pair(["", "a", "b"], ["ran", "a", "b"]) == (0.0, 0.0) == pair(["ran", "a", "b"], ["", "a", "b"])
    assert pair([""], ["", "a"]) == (0.0, 0.0) == pair(["", "a"], [""])


def test_ties_go_to_the_better_recall() -> None:
    """Both predictions have precision 1 for the first gold tuple; the short one is the better for the second."""
    gold = [extraction(["ran", "a", "b c"]), extraction(["ran", "b", "b"])]
    predicted = [extraction(["ran", "a", "b"]), extraction(["ran", "a", "b c"])]
    assert carb([predicted], [gold])["no_threshold"]["precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert carb([predicted], [gold], mode="reference")["no_threshold"]["precision"] == pytest.approx((1 + 1 / 2) / 2)


def test_ties_do_not_go_by_the_order_of_the_file() -> None:
    """A predicted `be` matches a gold `is` as well as `is` does, but not vice versa."""
    forms = [extraction(["is", "a", "b"]), extraction(["be", "a", "b"])]
    for predicted in (forms, forms[::-1]):
        for gold in (forms, forms[::-1]):
            assert carb([predicted], [gold])["no_threshold"]["precision"] == 1.0
    assert carb([forms[::-1]], [forms], mode="reference")["no_threshold"]["precision"] == 0.5


def test_a_tuple_of_three_arguments_becomes_two_pairs() -> None:
    gold = [extraction(["gave", "Ann", "a book", "To Bo"])]
    pairs = [extraction(["gave", "Ann", "a book"]), extraction(["gave a book To", "Ann", "Bo"])]
    assert scores(carb([pairs], [gold], binary=True)["no_threshold"]) == [1.0] * 3
    assert carb([pairs], [gold])["n_gold"] == 1
    assert carb([pairs[:1]], [gold], binary=True)["no_threshold"]["recall"] == pytest.approx(0.5 + 0.5 * 2 / 6)
    original = carb([pairs[1:]], [gold], binary=True, mode="reference")
    assert (original["n_gold"], original["no_threshold"]["recall"]) == (2, 1.0)
    context = extraction(["gave", "Ann", "a book", ""])
    assert carb([[context]], [[extraction(["gave a book", "Ann", ""])]], binary=True)["no_threshold"]["recall"] == 1.0


# gold, predicted: equal scores with the one correction and with all, another score without it
ALONE = {
    "words": (["padded", "he", "the wall"], ["padded", "the wall", "he"]),
    "once": (["was", "a", "b"], ["was be", "a", "b"]),
    "arguments": (["ran", "a"], ["ran", "a", "b"]),
    "predicates": (["", "a", "b"], ["", "a", "b"]),
}


@pytest.mark.parametrize("name", ALONE)
def test_each_correction_has_its_switch(name: str) -> None:
    gold, predicted = ([[extraction(fields)]] for fields in ALONE[name])
    alone, every = carb(predicted, gold, corrections=[name]), carb(predicted, gold)
    others = carb(predicted, gold, corrections=[other for other in CARB_CORRECTIONS if other != name])
    assert scores(alone) == scores(every) != scores(others) == scores(carb(predicted, gold, mode="reference"))
    assert (alone["corrections"], every["corrections"]) == ([name], sorted(CARB_CORRECTIONS))


def test_the_other_corrections_have_switches_too() -> None:
    ran = [extraction(["ran", "a", "b"])]
    forms = [extraction(["is", "a", "b"]), extraction(["be", "a", "b"])]
    for name, columns, options in (
        ("unanswerable", ([ran, ran], [ran, []]), {}),
        ("ties", ([forms[::-1]], [forms]), {}),
        ("copies", ([ran], [[extraction(["ran", "a", "b", "c"])]]), {"binary": True}),
    ):
        alone = carb(*columns, corrections=[name], **options)["no_threshold"]  # type: ignore[arg-type]
        none = carb(*columns, mode="reference", **options)["no_threshold"]  # type: ignore[arg-type]
        assert alone == carb(*columns, **options)["no_threshold"] != none  # type: ignore[arg-type]


def test_the_curve_is_that_of_every_threshold() -> None:
    right, wrong = extraction(["ran", "a", "b"], 0.9), extraction(["ate", "q", "r"], 0.2)
    result = carb([[right, wrong], []], [[right], [extraction(["saw", "a", "c"])]])
    assert result["curve"] == {"threshold": [0.2, 0.9], "precision": [0.5, 1.0], "recall": [0.5, 0.5]}
    assert (result["threshold"], result["auc"]) == (0.9, 0.5)


# ---- laws -------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["be", "was", "said", "told", "a", "b"]), max_size=3).map(" ".join)
EXTRACTION = st.builds(extraction, st.lists(WORDS, min_size=1, max_size=4), st.sampled_from([-1.5, 0.25, 0.5, 1.0]))
CORPUS = st.lists(st.tuples(st.lists(EXTRACTION, max_size=4), st.lists(EXTRACTION, max_size=4)), max_size=4)


def both(corpus: list, **options) -> Mapping:
    return carb([predicted for predicted, _ in corpus], [gold for _, gold in corpus], **options)


@given(CORPUS, st.sampled_from(["corrected", "reference"]), st.randoms(use_true_random=False))
def test_the_order_of_sentences_changes_nothing(corpus: list, mode: str, shuffle: random.Random) -> None:
    assert both(shuffle.sample(corpus, len(corpus)), mode=mode) == both(corpus, mode=mode)


@given(CORPUS)
def test_scores_are_fractions(corpus: list) -> None:
    result = both(corpus)
    for value in [*scores(result), *scores(result["no_threshold"]), result["auc"]]:
        assert 0 <= value <= 1
    assert result["f1"] >= result["no_threshold"]["f1"]


@given(CORPUS)
def test_gold_against_itself_is_perfect(corpus: list) -> None:
    gold = [references for _, references in corpus]
    result = carb(gold, gold)["no_threshold"]
    assert scores(result) == ([1.0] * 3 if any(gold) else [0.0] * 3)


@given(CORPUS, st.randoms(use_true_random=False))
def test_the_order_of_tuples_changes_nothing(corpus: list, shuffle: random.Random) -> None:
    shuffled = [tuple(shuffle.sample(side, len(side)) for side in example) for example in corpus]
    assert both(shuffled) == both(corpus)


@given(CORPUS.filter(len), EXTRACTION)
def test_another_prediction_never_lowers_recall(corpus: list, prediction: dict) -> None:
    (predicted, gold), *rest = corpus
    before, after = both(corpus), both([([*predicted, prediction], gold), *rest])
    assert after["no_threshold"]["recall"] >= before["no_threshold"]["recall"]


@given(CORPUS, st.sampled_from(["corrected", "reference"]))
def test_the_sums_of_sentences_are_the_corpus(corpus: list, mode: str) -> None:
    predictions, references = [predicted for predicted, _ in corpus], [reference for _, reference in corpus]
    result = carb(predictions, references, mode=mode)
    right, kept, recalled, gold = carb_sums(predictions, references, mode=mode).sum(axis=0)
    assert (kept, gold) == (result["n_pred"], result["n_gold"])
    if kept and gold:
        everything = result["no_threshold"]
        assert (right / kept, recalled / gold) == pytest.approx((everything["precision"], everything["recall"]))


@given(st.lists(EXTRACTION, min_size=1, max_size=4), st.lists(EXTRACTION, min_size=1, max_size=4))
def test_one_sentence_is_a_corpus_of_one(predicted: list, gold: list) -> None:
    result = carb([predicted], [gold])["no_threshold"]
    assert carb_sentence(predicted, gold) == pytest.approx(tuple(scores(result)))


def test_the_interval_is_that_of_the_sums() -> None:
    draw = random.Random(3)
    predicted, gold = ([[extraction(["ran", *draw.sample("abcd", 2)])] for _ in range(60)] for _ in range(2))
    result = carb(predicted, gold, interval=True, seed=9)["no_threshold"]
    low, high = result["f1_interval"] or (0, 0)
    assert low < result["f1"] < high
    assert (low, high) == bootstrap(carb_sums(predicted, gold), f1_of_sums, seed=9)
    assert carb(predicted, gold)["no_threshold"]["f1_interval"] is None


# ---- input ------------------------------------------------------------------------------------------


def test_sentences_are_aligned_by_their_letters() -> None:
    ran = [extraction(["ran", "a", "b"])]
    assert score({"A -LRB- b -RRB- c": ran}, {"A ( b ) - c .": ran})["f1"] == 1.0
    assert score({"a b": ran}, {"A b": ran})["recall"] == 0.0


def test_no_sentences_and_no_predictions_are_zero() -> None:
    for references in ([], [[extraction(["ran", "a"])]]):
        result = carb([[] for _ in references], references, interval=True)
        assert scores(result) == [0.0, 0.0, 0.0] == scores(result["no_threshold"])
        assert (result["auc"], result["threshold"]) == (0.0, None)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (None, r"predictions\[0\]\[0\] is None"),
        ({"predicate": "ran"}, r"predictions\[0\]\[0\] is .*give"),
        ({"predicate": 3, "arguments": []}, r"the predicate of predictions\[0\]\[0\] is 3; give a string"),
        ({"predicate": "ran", "arguments": "a"}, r"the arguments of predictions\[0\]\[0\] are 'a'; give a list"),
        ({"predicate": "ran", "arguments": ["a", 3]}, r"an argument of predictions\[0\]\[0\] is 3"),
        ({"predicate": "ran", "arguments": [], "confidence": "1"}, r"confidence of predictions\[0\]\[0\] is '1'"),
        ({"predicate": "ran", "arguments": [], "confidence": float("nan")}, r"confidence .* is nan"),
    ],
)
def test_bad_extractions_are_named(bad: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        carb([[bad]], [[]])  # type: ignore[list-item]


def test_bad_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"predictions\[0\] is None; give a list of extractions"):
        carb([None], [[]])  # type: ignore[list-item]
    with pytest.raises(InputError, match="1 predictions, 1 references, 2 sentences"):
        carb([[]], [[]], sentences=["a", "b"])
    with pytest.raises(InputError, match="mode is 'strict'; give one of corrected, reference"):
        carb([[]], [[]], mode="strict")


def test_a_sentence_with_a_thousand_predictions_is_scored() -> None:
    """A loop over all pairs for every threshold would take a minute here, and memory for every prediction."""
    many = [extraction(["ran", f"a {n % 37}", f"b {n % 11}"], n / 1000) for n in range(1000)]
    result = carb([many], [many[:50]])
    assert len(result["curve"]["threshold"]) == 1000 and result["no_threshold"]["recall"] == 1.0
    assert result["no_threshold"]["precision"] == pytest.approx(50 / 1000)


@pytest.mark.parametrize("huge", ["a" * 10_000_000, " ".join(map(str, range(1_500_000))), "be " * 1_000_000])
def test_an_argument_of_ten_megabytes_is_scored(huge: str) -> None:
    extractions = [extraction(["ran", huge, "b"])]
    assert scores(carb([extractions], [extractions])) == [1.0] * 3
    assert carb([extractions], [[extraction(["ran", "be", "b"])]], binary=True)["precision"] < 0.7


def test_surrogates_and_deep_nesting_do_no_harm() -> None:
    half = [extraction(["ran \ud800", "a"])]
    assert carb([half], [half], sentences=["\udfff"])["f1"] == 1.0
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match=r"predictions\[0\]\[0\] is a list that is nested too deeply"):
        carb([[deep]], [[]])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"confidence of predictions\[0\]\[0\] is 1000.*; give a finite number"):
        carb([[extraction(["ran"], 10**400)]], [[]])
