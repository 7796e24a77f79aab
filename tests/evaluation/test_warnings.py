"""A bad result is said: below the baseline, not to be read, or cut."""

from __future__ import annotations

from typing import cast

import pytest

from adelie_hf.evaluation import TaskResult, find_warnings
from adelie_hf.evaluation.warnings import notes_on_answers
from tests.report.test_score_tables import PARSE, result, score


def results(sft: float, invalid: int = 0, task: str = "ner") -> list[TaskResult]:
    """Return one result of nine rows."""
    parse = {**PARSE, "valid": 9 - invalid, "invalid": invalid}
    scores = {"nearest": score(0.5), "base": score(0.0), "sft": {**score(sft), "parse": parse}}
    return [result(task, "a", **scores)]  # type: ignore[arg-type]


def kinds(found) -> list[tuple[str, str]]:
    return [(warning["kind"], warning["system"]) for warning in found]


@pytest.mark.parametrize("task", ["ner", "openie"])
def test_a_trained_system_below_the_baseline(task):
    (warning,) = find_warnings(results(0.4, task=task), {}, ("sft", "dpo"))
    assert (warning["kind"], warning["value"], warning["limit"]) == ("below_nearest", 0.4, 0.5)
    assert "SFT scores 0.400 on average, below the 0.500 of the baseline nearest" in warning["message"]
    assert find_warnings(results(0.5, task=task), {}, ("sft", "dpo")) == []


def test_no_score_at_all_is_no_result_where_the_baseline_has_none_either():
    (entry,) = results(0.0)
    entry["scores"]["nearest"] = score(0.0)
    (warning,) = find_warnings([entry], {}, ("sft", "dpo"))
    assert "SFT scores 0.000 on average, no better than the 0.000" in warning["message"]


def test_each_trained_system_has_its_own():
    (entry,) = results(0.4)
    entry["scores"]["dpo"] = score(0.1)
    assert kinds(find_warnings([entry], {}, ("sft", "dpo"))) == [("below_nearest", "sft"), ("below_nearest", "dpo")]


def test_answers_that_cannot_be_read():
    assert find_warnings(results(0.6, invalid=1), {}, ("sft", "dpo")) == []
    (warning,) = find_warnings(results(0.6, invalid=2), {}, ("sft", "dpo"))
    assert warning["kind"] == "invalid_answers" and "22% of the answers of SFT cannot be read" in warning["message"]


def test_few_bad_answers_are_noted():
    finishes = {"sft": ["length"] + ["stop"] * 8}
    assert notes_on_answers(results(0.6), {}) == []
    assert notes_on_answers(results(0.6, invalid=1), finishes) == [
        "sft: 1 of 9 answers cannot be read, 1 of 9 answers are cut at the limit of tokens"
    ]
    assert notes_on_answers(results(0.6, invalid=2), {}) == [], "of which there is a warning"


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("off_schema", "have a category that their prompt does not list"),
        ("not_in_text", "have a mention that their text does not contain"),
    ],
)
def test_items_that_neither_categories_nor_text_have(kind, fact):
    (entry,) = results(0.6)
    parse = cast(dict[str, int], entry["scores"]["sft"]["parse"])
    parse[kind] = 2  # of ten
    assert find_warnings([entry], {}, ("sft", "dpo")) == []
    parse[kind] = 3
    (warning,) = find_warnings([entry], {}, ("sft", "dpo"))
    assert warning["kind"] == kind and warning["message"] == f"30% of the items that SFT gives {fact}"


def test_answers_that_are_cut():
    some = {"base": ["length"] * 9, "sft": ["stop"] * 8 + ["length"] * 2}
    assert find_warnings(results(0.6), some, ("sft", "dpo")) == []
    (warning,) = find_warnings(results(0.6), {"sft": ["stop"] * 7 + ["length"] * 2}, ("sft", "dpo"))
    assert warning["kind"] == "cut_answers" and "22% of the answers of SFT are cut" in warning["message"]
    assert find_warnings(results(0.6), {"sft": []}, ("sft", "dpo")) == []  # samples of an older version do not say
