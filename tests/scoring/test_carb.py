"""CaRB: the golden numbers of the original, the corrections one by one, and laws."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.scoring import bootstrap, carb, carb_sentence, carb_sums
from adelie_hf.scoring.carb import f1_of_sums


def extraction(fields: Iterable[str], confidence: float = 1.0) -> dict:
    predicate, *arguments = fields
    return {"predicate": predicate, "arguments": arguments, "confidence": confidence}


def pair(gold: list[str], predicted: list[str], mode: str = "corrected") -> tuple[float, float]:
    """Precision and recall of one tuple against one tuple."""
    return carb_sentence([extraction(predicted)], [extraction(gold)], mode=mode)[:2]


# ---- the original's files --------------------------------------------------------------------------

Lists = dict[str, list[dict]]


def grouped(rows: Iterator[tuple[str, dict]]) -> Lists:
    lists: Lists = {}
    for sentence, found in rows:
        lists.setdefault(sentence, []).append(found)
    return lists


def gold_file(file: Path, context: bool = False) -> Lists:
    """Gold tuples by sentence; arguments that are context are dropped from gold, but not from predictions."""

    def rows() -> Iterator[tuple[str, dict]]:
        for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            sentence, predicate, *arguments = (field.strip() for field in line.strip().split("\t"))
            yield sentence, extraction([predicate, *(a for a in arguments if context or "C: " not in a)])

    return grouped(rows())


def openie4_file(file: Path) -> Lists:
    def rows() -> Iterator[tuple[str, dict]]:
        for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            confidence, _, first, predicate, second, sentence = line.strip().split("\t")[:6]
            if first and predicate and second:
                cut = [field[field.index("(") + 1 : field.index(",List(")] for field in (predicate, first, second)]
                yield sentence, extraction(cut, float(confidence))

    return grouped(rows())


def clausie_file(file: Path) -> Lists:
    def rows() -> Iterator[tuple[str, dict]]:
        sentence = ""
        for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            fields = line.strip().split("\t")
            if len(fields) == 1:
                (sentence,) = fields
            elif len(fields) == 5:
                _, first, predicate, second, confidence = fields
                yield sentence, extraction((f[1:-1] for f in (predicate, first, second)), float(confidence))

    return grouped(rows())


def score(predicted: Lists, gold: Lists, **options) -> dict:
    """Two files that spell their sentences as they like."""
    predictions, references = [*predicted.values(), *([] for _ in gold)], [*([] for _ in predicted), *gold.values()]
    return carb(predictions, references, sentences=[*predicted, *gold], **options)


def scores(result: dict) -> list[float]:
    return [result[name] for name in ("precision", "recall", "f1")]


@pytest.mark.parametrize(
    ("system", "auc", "best", "threshold", "everything", "n_pred"),
    [
        ("openie4", 0.272104, [0.55260, 0.43721, 0.48818], 0.178168, [0.55110, 0.43748, 0.48776], 1772),
        ("clausie", 0.223619, [0.41121, 0.49582, 0.44957], -552.901, [0.41121, 0.49582, 0.44957], 2727),
        ("gold", 0.987925, [0.98609, 0.99484, 0.99045], 1, [0.98609, 0.99484, 0.99045], 2715),
    ],
)
def test_the_original_on_whole_systems(
    shared: Path, system: str, auc: float, best: list, threshold: float, everything: list, n_pred: int
) -> None:
    gold = shared / "data" / "carb" / "gold" / "test.tsv"
    if system == "gold":
        predicted = gold_file(gold, context=True)
    else:
        read = {"openie4": openie4_file, "clausie": clausie_file}[system]
        predicted = read(shared / "golden" / f"carb_{system}_output.txt")
    result = score(predicted, gold_file(gold), mode="reference")
    assert result["auc"] == pytest.approx(auc, abs=5e-7)
    assert scores(result) == pytest.approx(best, abs=5e-6)
    assert result["threshold"] == pytest.approx(threshold, abs=1e-3)
    assert scores(result["no_threshold"]) == pytest.approx(everything, abs=5e-6)
    assert (result["n_pred"], result["n_gold"], result["mode"]) == (n_pred, 2715, "reference")


def test_the_original_on_edge_cases(shared: Path) -> None:
    edge = json.loads((shared / "golden" / "carb_edge.json").read_text(encoding="utf-8"))
    assert len(edge["matcher_pairs"]) == 33
    for case in edge["matcher_pairs"]:
        matched = pair(case["gold"], case["pred"], mode="reference")
        assert matched == pytest.approx(case["prec_rec"], abs=1e-12), case
    corpora = [case for case in edge["corpora"] if not case["binary"]]
    assert len(corpora) == 18
    for case in corpora:
        gold = grouped((sentence, extraction(fields)) for sentence, fields in case["gold"])
        predicted = grouped((sentence, extraction(fields, c)) for sentence, c, fields in case["pred"])
        result = score(predicted, gold, mode="reference")
        assert scores(result) == pytest.approx(case["optimal"], abs=5.1e-4), case["name"]
        assert result["auc"] == pytest.approx(case["auc"], abs=5.1e-4), case["name"]
        if case["curve_P_R_conf"]:
            precision, recall, _ = min(case["curve_P_R_conf"], key=lambda point: point[2])
            found = [result["no_threshold"][name] for name in ("precision", "recall")]
            assert found == pytest.approx([precision, recall], abs=1e-12), case["name"]


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


# ---- laws -------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["be", "was", "said", "told", "a", "b"]), min_size=1, max_size=3).map(" ".join)
EXTRACTION = st.builds(extraction, st.lists(WORDS, min_size=1, max_size=4), st.sampled_from([-1.5, 0.25, 0.5, 1.0]))
CORPUS = st.lists(st.tuples(st.lists(EXTRACTION, max_size=4), st.lists(EXTRACTION, max_size=4)), max_size=4)


def both(corpus: list, **options) -> dict:
    return carb([ours for ours, _ in corpus], [theirs for _, theirs in corpus], **options)


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
    distinct = [list({json.dumps(found): found for found in theirs}.values()) for _, theirs in corpus]
    result = carb(distinct, distinct)["no_threshold"]
    assert scores(result) == ([1.0] * 3 if any(distinct) else [0.0] * 3)


@given(CORPUS.filter(len), EXTRACTION)
def test_another_prediction_never_lowers_recall(corpus: list, found: dict) -> None:
    (ours, theirs), *rest = corpus
    before, after = both(corpus), both([([*ours, found], theirs), *rest])
    assert after["no_threshold"]["recall"] >= before["no_threshold"]["recall"]


@given(CORPUS, st.sampled_from(["corrected", "reference"]))
def test_the_sums_of_sentences_are_the_corpus(corpus: list, mode: str) -> None:
    predictions, references = [ours for ours, _ in corpus], [theirs for _, theirs in corpus]
    result = carb(predictions, references, mode=mode)
    right, kept, recalled, gold = carb_sums(predictions, references, mode=mode).sum(axis=0)
    assert (kept, gold) == (result["n_pred"], result["n_gold"])
    if kept and gold:
        everything = result["no_threshold"]
        assert (right / kept, recalled / gold) == pytest.approx((everything["precision"], everything["recall"]))


@given(st.lists(EXTRACTION, min_size=1, max_size=4), st.lists(EXTRACTION, min_size=1, max_size=4))
def test_one_sentence_is_a_corpus_of_one(ours: list, theirs: list) -> None:
    result = carb([ours], [theirs])["no_threshold"]
    assert carb_sentence(ours, theirs) == pytest.approx(tuple(scores(result)))


def test_the_interval_is_that_of_the_sums() -> None:
    draw = random.Random(3)
    ours, theirs = ([[extraction(["ran", *draw.sample("abcd", 2)])] for _ in range(60)] for _ in range(2))
    result = carb(ours, theirs, interval=True, seed=9)["no_threshold"]
    low, high = result["f1_interval"]
    assert low < result["f1"] < high
    assert (low, high) == bootstrap(carb_sums(ours, theirs), f1_of_sums, seed=9)
    assert carb(ours, theirs)["no_threshold"]["f1_interval"] is None


# ---- input ------------------------------------------------------------------------------------------


def test_sentences_meet_by_their_letters() -> None:
    ran = [extraction(["ran", "a", "b"])]
    assert score({"A -LRB- b -RRB- c": ran}, {"A ( b ) - c .": ran})["f1"] == 1.0
    assert score({"a b": ran}, {"A b": ran})["recall"] == 0.0


def test_no_sentences_and_no_predictions_are_zero() -> None:
    for references in ([], [[extraction(["ran", "a"])]]):
        result = carb([[] for _ in references], references, interval=True)
        assert scores(result) == [0.0, 0.0, 0.0] == scores(result["no_threshold"])
        assert (result["auc"], result["threshold"]) == (0.0, None)


@pytest.mark.parametrize(
    ("found", "message"),
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
def test_bad_extractions_are_named(found: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        carb([[found]], [[]])  # type: ignore[list-item]


def test_bad_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"predictions\[0\] is None; give a list of extractions"):
        carb([None], [[]])  # type: ignore[list-item]
    with pytest.raises(InputError, match="1 predictions, 1 references, 2 sentences"):
        carb([[]], [[]], sentences=["a", "b"])
    with pytest.raises(InputError, match="mode is 'strict'; give one of corrected, reference"):
        carb([[]], [[]], mode="strict")
