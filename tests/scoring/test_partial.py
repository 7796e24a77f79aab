"""The partial matches of SemEval-2013: golden cases, cases by hand, laws, and nervaluate where it is installed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.scoring import exact_f1

SCORES = ("strict", "exact", "partial", "type")
COUNTS = ("correct", "incorrect", "partial", "missed", "spurious")
FIGURES = ("precision", "recall", "f1")
MENTIONS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from("xy")).map(lambda m: (m[0], m[0] + m[1], m[2])),
    max_size=5,
)
CORPUS = st.lists(st.tuples(MENTIONS, MENTIONS), max_size=3)


def partial(corpus: list, **options: Any) -> Mapping:
    """Score examples of mentions (start, end, type)."""
    columns: list[list] = [
        [[("", type) for *_, type in side] for side in sides] for sides in zip(*corpus, strict=True)
    ]
    spans = [
        {n: [list(m[:-1]) for m in s] for n, s in zip(("predictions", "references"), e, strict=True)} for e in corpus
    ]
    return exact_f1(*(columns or ([], [])), spans=spans, partial=True, **options)["partial"]


def test_golden_cases(span_cases: list[dict]) -> None:
    for case in span_cases:
        result: Mapping = exact_f1(case["predicted"], case["gold"], spans=case["spans"], partial=True)["partial"]
        for name, golden_name in zip(SCORES, ("strict", "exact", "partial", "ent_type"), strict=True):
            actual = [result[name][figure] for figure in FIGURES]
            assert actual == pytest.approx(case["results"][f"nervaluate_{golden_name}"], abs=1e-6), (
                case["name"],
                name,
            )


def test_counts_by_hand() -> None:
    predicted = [(0, 4, "x"), (5, 9, "y"), (10, 14, "x"), (20, 24, "x")]
    gold = [(0, 4, "y"), (6, 9, "y"), (12, 30, "x"), (40, 44, "x")]
    result = partial([(predicted, gold)])
    assert {name: [result[name][count] for count in COUNTS] for name in SCORES} == {
        "strict": [0, 3, 0, 1, 1],
        "exact": [1, 2, 0, 1, 1],
        "partial": [1, 0, 2, 1, 1],
        "type": [2, 1, 0, 1, 1],
    }
    assert [result[name]["f1"] for name in SCORES] == [0.0, 0.25, 0.5, 0.5]


def test_ends_are_exclusive_and_relations_overlap_with_both_ends() -> None:
    assert partial([([(0, 4, "x")], [(4, 8, "x")])])["type"]["correct"] == 0
    assert partial([([(0, 5, "x")], [(4, 8, "x")])])["type"]["correct"] == 1
    assert partial([([(0, 5, 10, 14, "r")], [(4, 8, 9, 12, "r")])])["type"]["correct"] == 1
    assert partial([([(0, 5, 10, 14, "r")], [(4, 8, 14, 16, "r")])])["type"]["correct"] == 0
    assert partial([([(0, 5, 10, 14, "r")], [(4, 8, "r")])])["type"]["correct"] == 0


def test_exact_matches_come_first_and_the_nearest_of_a_type() -> None:
    """In list order the first prediction would take what the second one matches exactly."""
    result = partial([([(0, 9, "x"), (5, 9, "x")], [(5, 9, "x")])])
    assert (result["strict"]["correct"], result["strict"]["spurious"]) == (1, 1)
    nearest = partial([([(1, 9, "x"), (2, 3, "x")], [(0, 3, "x"), (3, 9, "x")])])
    assert nearest["type"]["correct"] == 2
    forward = partial([([(4, 9, "x"), (1, 2, "x")], [(8, 12, "x"), (0, 5, "x")])])
    assert forward["partial"]["partial"] == 2


@given(CORPUS, st.randoms(use_true_random=False))
def test_order_changes_nothing(corpus: list, shuffle: random.Random) -> None:
    shuffled = [tuple(shuffle.sample(side, len(side)) for side in example) for example in corpus]
    shuffle.shuffle(shuffled)
    assert partial(shuffled) == partial(corpus)


@given(CORPUS)
def test_counts_add_up_and_scores_are_fractions(corpus: list) -> None:
    result = partial(corpus)
    for score in result.values():
        assert score["correct"] + score["incorrect"] + score["partial"] + score["spurious"] == sum(
            len(a) for a, _ in corpus
        )
        assert score["correct"] + score["incorrect"] + score["partial"] + score["missed"] == sum(
            len(b) for _, b in corpus
        )
        assert all(0 <= score[figure] <= 1 for figure in FIGURES)
    assert result["strict"]["f1"] <= result["exact"]["f1"] <= result["partial"]["f1"]
    for score in partial([(gold, gold) for _, gold in corpus]).values():
        assert score["f1"] == (1.0 if any(gold for _, gold in corpus) else 0.0)


@given(CORPUS.filter(lambda corpus: any(gold for _, gold in corpus)), st.data())
def test_a_right_mention_never_lowers_recall(corpus: list, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, (_, gold) in enumerate(corpus) if gold]))
    predicted, gold = corpus[at]
    better = partial([*corpus[:at], ([*predicted, data.draw(st.sampled_from(gold))], gold), *corpus[at + 1 :]])
    before = partial(corpus)
    assert all(better[name]["recall"] >= before[name]["recall"] for name in ("strict", "exact", "partial"))


def test_strict_is_the_score_beside_it() -> None:
    corpus = [([(0, 3, "x"), (0, 3, "x"), (2, 5, "y")], [(0, 3, "x"), (2, 5, "x")])]
    spans = [{"predictions": [[0, 3], [0, 3], [2, 5]], "references": [[0, 3], [2, 5]]}]
    items = ([[("", "x"), ("", "x"), ("", "y")]], [[("", "x"), ("", "x")]])
    for matching in ("multiset", "set"):
        result: Mapping = exact_f1(*items, spans=spans, matching=matching, partial=True)
        assert [result[figure] for figure in FIGURES] == [result["partial"]["strict"][figure] for figure in FIGURES]
    assert partial(corpus, matching="set")["strict"]["spurious"] == 0
    assert partial(corpus)["strict"]["spurious"] == 1


def apart(draw: random.Random) -> list[tuple[int, int, str]]:
    """Return mentions in the order of the text that do not overlap."""
    ends = sorted(draw.sample(range(40), 2 * draw.randrange(6)))
    return [(start, end, draw.choice("xyz")) for start, end in zip(ends[::2], ends[1::2], strict=True)]


def test_nervaluate_gives_the_same() -> None:
    nervaluate = pytest.importorskip("nervaluate", reason="nervaluate is not installed")
    draw = random.Random(0)
    corpus = [(apart(draw), apart(draw)) for _ in range(1500)]
    for start in range(0, len(corpus), 3):
        part = corpus[start : start + 3]
        sides = (
            [[{"start": a, "end": b - 1, "label": type} for a, b, type in side] for side in column]
            for column in zip(*part, strict=True)
        )
        predicted, gold = sides
        reference_result = nervaluate.Evaluator(gold, predicted, tags=list("xyz"), loader="dict").evaluate()["overall"]
        result = partial(part)
        for name, other in zip(SCORES, ("strict", "exact", "partial", "ent_type"), strict=True):
            expected = [getattr(reference_result[other], figure) for figure in (*COUNTS, *FIGURES)]
            assert [result[name][figure] for figure in (*COUNTS, *FIGURES)] == pytest.approx(expected, abs=1e-12), part
