"""ROBUST: the golden numbers of the published scorer, the corrections one by one, and laws."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.scoring import carb_sentence, robust, robust_sentences
from adelie_hf.scoring.openie_outputs import cliques_side_by_side, read_robust
from adelie_hf.scoring.robust import ROBUST_CORRECTIONS

NAMES = ("auc", "precision", "recall", "f1")


def tuples(*rows: str) -> list[dict]:
    """Return extractions of rows such as `ran/a/b`."""
    return [{"predicate": row.split("/")[0], "arguments": row.split("/")[1:]} for row in rows]


def line(result: Mapping) -> list[float]:
    return [result[name] for name in NAMES]


# ---- the published files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "carb", "worst"),
    [
        ("gold", [0.996539, 0.997032, 0.997032, 0.997032], [0.992991, 0.993757, 0.993757, 0.993757]),
        ("noise13", [0.603020, 0.858570, 0.622384, 0.721643], [0.312645, 0.590339, 0.344151, 0.434816]),
    ],
)
def test_the_published_numbers_of_systems(shared: Path, system: str, carb: list, worst: list) -> None:
    gold = read_robust(shared / "data" / "robust" / "ROBUST.json")
    predicted = gold if system == "gold" else read_robust(shared / "golden" / "robust_pred_noise13.json")
    result = robust(**cliques_side_by_side(predicted, gold), mode="reference")
    assert [round(value, 6) for value in line(result["carb"])] == carb
    assert [round(value, 6) for value in line(result)] == worst
    assert (result["n_cliques"], result["n_sentences"], result["mode"]) == (1272, 4932, "reference")
    if system == "gold":
        assert line(robust(**cliques_side_by_side(gold, gold))) == [1.0] * 4


def test_the_published_numbers_of_every_sentence(shared: Path) -> None:
    gold = read_robust(shared / "data" / "robust" / "ROBUST.json")
    predicted = read_robust(shared / "golden" / "robust_pred_noise13.json")
    file = shared / "golden" / "robust_per_sentence_noise13.json"
    scores_of_cliques = robust_sentences(**cliques_side_by_side(predicted, gold), mode="reference")
    assert [[list(scores or ()) for scores in clique] for clique in scores_of_cliques] == json.loads(
        file.read_text("utf-8")
    )


def test_the_published_numbers_of_edge_cases(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "golden" / "robust_edge.json").read_text(encoding="utf-8"))
    assert len(cases) == 13
    for case in cases:
        for side in ("pred", "gold"):
            (tmp_path / f"{side}.json").write_text(json.dumps(case[side]), encoding="utf-8")
        if "empty tuple" in case["name"].replace("_", " "):
            with pytest.raises(InputError, match="clique 1"):
                read_robust(tmp_path / "pred.json")
            continue
        columns = cliques_side_by_side(*(read_robust(tmp_path / f"{side}.json") for side in ("pred", "gold")))
        if "error" in case:
            with pytest.raises(InputError, match="references.* is None"):
                robust(**columns, mode="reference")
            continue
        result = robust(**columns, mode="reference", missing="skip")
        printed = [float(value) for value in re.findall(r": ([\d.]+|nan)", case["printed"])]
        actual = line(result["carb"]) + line(result)
        assert actual == pytest.approx(printed, abs=1e-12, nan_ok=True), case["name"]


# ---- what is corrected ------------------------------------------------------------------------------

GOLD = tuples("ran/a/b", "saw/a/c")


def test_nothing_is_rounded() -> None:
    columns: dict[str, Any] = {
        "predictions": [tuples("ran/a/b c d")],
        "references": [tuples("ran/a/b", "saw/a/c", "ate/a/d")],
    }
    exact, rounded = robust(**columns, cliques=[0]), robust(**columns, cliques=[0], mode="reference")
    assert (exact["precision"], exact["recall"]) == (3 / 5, 1 / 3)
    assert (rounded["precision"], rounded["recall"]) == (0.6, 0.333)
    others = [name for name in ROBUST_CORRECTIONS if name != "rounding"]
    assert robust(**columns, cliques=[0], corrections=others)["recall"] == 0.333


def test_the_worst_of_equals_is_not_the_first() -> None:
    """Two sentences with F1 2/3: precision 1 and recall 1/2, and vice versa."""
    short, long = tuples("ran/a/b"), tuples("ran/a/b", "zz/q/r")
    columns: dict[str, Any] = {
        "predictions": [short, long],
        "references": [GOLD, tuples("ran/a/b")],
        "cliques": ["x", "x"],
    }
    assert (robust(**columns)["precision"], robust(**columns)["recall"]) == (1.0, 0.5)
    swapped: dict[str, Any] = {name: column[::-1] for name, column in columns.items()}
    assert line(robust(**swapped)) == line(robust(**columns))
    assert (robust(**swapped, mode="reference")["precision"], robust(**swapped, mode="reference")["recall"]) == (
        0.5,
        1,
    )
    assert robust(**swapped, corrections=["rounding"])["recall"] == 1.0


def test_the_f1_of_nothing_is_zero() -> None:
    columns: dict[str, Any] = {"predictions": [tuples("zz/q")], "references": [GOLD], "cliques": [0]}
    assert robust(**columns)["f1"] == 0.0
    assert math.isnan(robust(**columns, mode="reference")["f1"])
    assert math.isnan(robust(**columns, corrections=[])["f1"])


def test_a_sentence_without_tuples_can_be_right() -> None:
    assert robust([[], tuples("ran/a")], [[], []], [0, 1])["f1"] == 0.5
    assert robust([[], tuples("ran/a")], [[], []], [0, 1], mode="reference")["precision"] == 0.5
    assert robust([[]], [[]], [0], mode="reference")["precision"] == 0.0


# ---- cliques and sentences --------------------------------------------------------------------------


def test_by_hand() -> None:
    """Clique x: an original half found, its paraphrase perfect; clique y: perfect, its paraphrase half right."""
    predictions = [GOLD[:1], GOLD, GOLD, [*GOLD, *tuples("zz/q/r", "zz/q/s")]]
    result = robust(predictions, [GOLD] * 4, ["x", "x", "y", "y"])
    assert line(result["carb"]) == pytest.approx([0.75, 1.0, 0.75, 2 * 0.75 / 1.75])
    assert line(result) == pytest.approx([0.625, 0.75, 0.75, 0.75])
    assert (result["n_cliques"], result["n_sentences"], result["missing"], result["extra"]) == (2, 4, 0, 0)


def test_sentences_that_one_side_lacks() -> None:
    columns: dict[str, Any] = {
        "predictions": [GOLD, None, None, GOLD],
        "references": [GOLD, GOLD, GOLD, None],
        "cliques": [0, 0, 1, 2],
    }
    with pytest.raises(InputError, match=r"predictions\[1\] is None; .* or missing=\"zero\" or \"skip\""):
        robust(**columns)
    with pytest.raises(InputError, match=r"references\[0\] is None"):
        robust([GOLD], [None], [0])
    zero, skipped = (robust(**columns, missing=missing) for missing in ("zero", "skip"))
    assert (line(zero), zero["carb"]["precision"], zero["n_cliques"], zero["n_sentences"]) == ([0.0] * 4, 1 / 3, 3, 4)
    assert (line(skipped), line(skipped["carb"])) == ([1.0] * 4, [1.0] * 4)
    assert (skipped["n_cliques"], skipped["n_sentences"]) == (1, 1)
    assert [(result["missing"], result["extra"]) for result in (zero, skipped)] == [(2, 1)] * 2
    assert robust_sentences(**columns, missing="skip")[0][1] is None


def test_of_equal_sentences_the_later_counts() -> None:
    columns: dict[str, Any] = {"predictions": [GOLD, [], GOLD], "references": [GOLD, GOLD, GOLD], "cliques": [0, 0, 0]}
    assert robust(**columns)["f1"] == 0.0
    assert robust(**columns, sentences=["one", "two", "two"])["f1"] == 1.0
    halves: dict[str, Any] = {"predictions": [GOLD, None], "references": [None, GOLD], "cliques": [0, 0]}
    assert robust(**halves, sentences=["one", "one"], missing="zero")["f1"] == 1.0  # of each side the later
    other: dict[str, Any] = {"predictions": [[], GOLD], "references": [GOLD, GOLD], "cliques": [0, 1]}
    assert (robust(**other)["n_cliques"], robust(**other)["precision"]) == (2, 0.5)
    both = robust(**other, sentences=["one", "one"])
    assert (both["n_cliques"], both["precision"]) == (1, 1.0)


# ---- laws -------------------------------------------------------------------------------------------

FIELD = st.lists(st.sampled_from(["be", "was", "said", "a", "b"]), max_size=3).map(" ".join)
EXTRACTION = st.builds(
    lambda fields: {"predicate": fields[0], "arguments": fields[1:]}, st.lists(FIELD, min_size=1, max_size=4)
)
LISTS = st.lists(EXTRACTION, max_size=3)
CORPUS = st.lists(st.tuples(LISTS, LISTS, st.sampled_from("xyz")), max_size=6)


def columns_of(corpus: list) -> tuple[list, ...]:
    return tuple([example[part] for example in corpus] for part in range(3))


@given(CORPUS, st.randoms(use_true_random=False))
def test_orders_change_nothing(corpus: list, shuffle: random.Random) -> None:
    """Of cliques, of paraphrases and of tuples. The first sentence of a clique is its original and remains first."""
    result = robust(*columns_of(corpus))
    grouped: dict[str, list] = {}
    for example in corpus:
        grouped.setdefault(example[2], []).append(example)
    shuffled = []
    for clique in shuffle.sample(list(grouped.values()), len(grouped)):
        for predicted, gold, name in [clique[0], *shuffle.sample(clique[1:], len(clique) - 1)]:
            shuffled.append((shuffle.sample(predicted, len(predicted)), shuffle.sample(gold, len(gold)), name))
    assert robust(*columns_of(shuffled)) == result


@given(CORPUS)
def test_scores_are_fractions_and_the_worst_is_not_above_the_rest(corpus: list) -> None:
    result = robust(*columns_of(corpus))
    for value in [*line(result), *line(result["carb"])]:
        assert 0 <= value <= 1
    worst = {name: 1.0 for _, _, name in corpus}
    for predicted, gold, name in corpus:
        worst[name] = min(worst[name], carb_sentence(predicted, gold)[2])
    scores_of_cliques = robust_sentences(*columns_of(corpus))
    assert [min(scores[3] for scores in clique if scores) for clique in scores_of_cliques] == list(worst.values())


@given(CORPUS)
def test_gold_against_itself_is_perfect(corpus: list) -> None:
    _, gold, cliques = columns_of(corpus)
    result = robust(gold, gold, cliques)
    assert [*line(result), *line(result["carb"])] == ([1.0] * 8 if corpus else [0.0] * 8)


@given(CORPUS.filter(len), EXTRACTION)
def test_another_prediction_never_lowers_the_recall_of_its_sentence(corpus: list, extraction: dict) -> None:
    (predicted, gold, _), *_ = corpus
    ((before,),) = robust_sentences([predicted], [[*gold, extraction]], [0])
    ((after,),) = robust_sentences([[*predicted, extraction]], [[*gold, extraction]], [0])
    assert before and after and after[2] >= before[2]


# ---- input ------------------------------------------------------------------------------------------


def test_no_sentences_are_zero() -> None:
    result = robust([], [], [])
    assert line(result) == [0.0] * 4 == line(result["carb"]) and result["n_cliques"] == 0


def test_a_sentence_with_a_thousand_predictions_and_one_of_ten_megabytes() -> None:
    many = tuples(*(f"ran/a {n % 37}/b {n}" for n in range(1000)))
    result = robust([many, many], [many[:50], many[:50]], [0, 0])
    assert result["recall"] == 1.0 and result["precision"] == pytest.approx(50 / 1000)
    for huge in ("a" * 10_000_000, " ".join(map(str, range(1_500_000)))):
        extractions = [{"predicate": "ran", "arguments": [huge]}]
        assert robust([extractions], [extractions], [0])["f1"] == 1.0
        assert robust([extractions], [tuples("ran/a")], [0])["f1"] < 0.7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cliques": None}, "cliques is None; give a list"),
        ({"cliques": [0, 0]}, "1 predictions, 1 references, 2 cliques"),
        ({"cliques": [1.5]}, r"cliques\[0\] is 1.5; give a string or an integer"),
        ({"cliques": [True]}, r"cliques\[0\] is True"),
        (
            {"cliques": [0, "0"], "predictions": [[]] * 2, "references": [[]] * 2},
            r"cliques\[1\] is '0' and cliques\[0\] is 0",
        ),
        ({"sentences": [3]}, r"sentences\[0\] is 3"),
        ({"predictions": [3]}, r"predictions\[0\] is 3; give a list of extractions"),
        ({"references": [[None]]}, r"references\[0\]\[0\] is None"),
        ({"missing": "drop"}, "missing is 'drop'; give one of error, zero, skip"),
        ({"corrections": ["round"]}, r"corrections\[0\] is 'round'; give one of words"),
        ({"mode": "reference", "corrections": []}, "mode is 'reference', which applies no corrections"),
    ],
)
def test_bad_input_is_named(changes: dict, message: str) -> None:
    columns: dict[str, Any] = {"predictions": [[]], "references": [[]], "cliques": [0]} | changes
    with pytest.raises(InputError, match=message):
        robust(**columns)
