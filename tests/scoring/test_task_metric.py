"""The metric of a task on parsed answers: the values of the scorers, one example and a corpus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Argument, EventItem, Extraction, Item, Table, Triple
from adelie_hf.errors import InputError
from adelie_hf.prompts import write
from adelie_hf.scoring import (
    answer_f1,
    bootstrap,
    carb,
    carb_sentence,
    count_items,
    odie_table,
    paired_test,
    score_corpus,
    score_example,
)
from adelie_hf.scoring.answers import carb_extractions
from adelie_hf.tasks import CLOSED_TASKS, TASKS

FEW = settings(max_examples=25)  # every score draws a bootstrap interval
WORDS = st.sampled_from(["Acme", "Paris", "was", "be", "said", "x | y", "N/A"])
CELLS = st.tuples(WORDS, WORDS)


def items_of(task: str) -> st.SearchStrategy[Item]:
    if task == "ee":
        arguments = st.lists(st.builds(Argument, WORDS, WORDS), max_size=2).map(tuple)
        return st.builds(EventItem, WORDS, WORDS, arguments)
    if task == "openie":
        return st.builds(Extraction, WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple))
    if task == "odie":
        return st.builds(Table, CELLS, st.lists(CELLS, max_size=2).map(tuple))
    item_type: Any = TASKS[task].item
    return st.tuples(*[WORDS] * len(item_type._fields)).map(lambda fields: item_type(*fields))


def corpora(task: str, *, empty: bool = True) -> st.SearchStrategy[list]:
    """Return lists of (answer, gold answer)."""
    most, least = (1 if task == "odie" else 3), (0 if empty else 1)
    gold = st.lists(items_of(task), min_size=least, max_size=most).map(tuple)
    return st.lists(st.tuples(st.lists(items_of(task), max_size=most).map(tuple), gold), max_size=4)


@FEW
@given(st.data())
def test_a_corpus_of_a_closed_task_scores_as_its_texts(data: st.DataObject) -> None:
    task = data.draw(st.sampled_from(CLOSED_TASKS))
    corpus = data.draw(corpora(task))
    answers, gold = [answer for answer, _ in corpus], [answer for _, answer in corpus]
    score = score_corpus(answers, gold, task, seed=3)
    texts, references = ([write(answer, task, "json") for answer in side] for side in (answers, gold))
    formats = ["json"] * len(corpus)
    expected = answer_f1(texts, references, task, formats=formats, interval=True, per_example=True, seed=3)
    assert score.value == expected["f1"] and list(score.interval) == expected["f1_interval"]
    assert score.per_example == expected["per_example"]
    for answer, one in corpus:
        alone = answer_f1([write(answer, task, "json")], [write(one, task, "json")], task, formats=["json"])["f1"]
        assert score_example(answer, one, task) == (alone if answer or one else 1.0)


@FEW
@given(corpora("openie"))
def test_a_corpus_of_open_ie_scores_as_carb_without_a_threshold(corpus: list) -> None:
    answers, gold = [answer for answer, _ in corpus], [answer for _, answer in corpus]
    score = score_corpus(answers, gold, "openie", seed=3)
    extractions, gold_extractions = ([carb_extractions(answer) for answer in side] for side in (answers, gold))
    expected = carb(extractions, gold_extractions, interval=True, per_example=True, seed=3)
    assert score.value == pytest.approx(expected["no_threshold"]["f1"], abs=1e-12)
    assert list(score.interval) == expected["no_threshold"]["f1_interval"]
    assert score.per_example == expected["per_example"]
    for answer, one, *columns in zip(answers, gold, extractions, gold_extractions, strict=True):
        assert score_example(answer, one, "openie") == carb_sentence(*columns)[2]


@FEW
@given(corpora("odie", empty=False))
def test_a_corpus_of_tables_scores_as_their_texts(corpus: list) -> None:
    answers, gold = [answer for answer, _ in corpus], [answer for _, answer in corpus]
    score = score_corpus(answers, gold, "odie", seed=3)
    texts, references = ([write(answer, "odie") for answer in side] for side in (answers, gold))
    expected = odie_table(texts, references, interval=True, per_example=True, seed=3)
    assert score.value == expected["content"] and list(score.interval) == expected["content_interval"]
    assert score.per_example == expected["per_example"]["content"]
    assert [score_example(answer, one, "odie") for answer, one in corpus] == [row[0] for row in score.per_example]


@pytest.mark.parametrize("task", TASKS)
@FEW
@given(data=st.data())
def test_gold_is_perfect_and_the_interval_is_that_of_the_rows(task: str, data: st.DataObject) -> None:
    corpus = data.draw(corpora(task))
    answers, gold = [answer for answer, _ in corpus], [answer for _, answer in corpus]
    perfect, score = score_corpus(gold, gold, task), score_corpus(answers, gold, task)
    assert perfect.value == (1.0 if any(gold) or (gold and task == "odie") else 0.0)
    assert [score_example(one, one, task) for one in gold] == [1.0] * len(gold)
    assert all(0 <= score_example(answer, one, task) <= 1 for answer, one in corpus)
    assert score.interval == bootstrap(score.per_example, score.statistic)
    if corpus:
        sums = np.sum(score.per_example, axis=0)
        assert float(score.statistic(sums)) == pytest.approx(score.value, abs=1e-12)
        result = paired_test(perfect.per_example, score.per_example, score.statistic)
        assert result["difference"] == pytest.approx(perfect.value - score.value, abs=1e-12)


def test_an_empty_answer_is_right_where_gold_is_empty() -> None:
    for task in TASKS:
        assert score_example((), (), task) == 1.0
    extraction = (Extraction("bought", ("Acme", "Globex")),)
    assert score_example((), extraction, "openie") == 0.0 == score_example(extraction, (), "openie")


def test_items_are_counted_as_they_are_matched() -> None:
    event = EventItem("attacked", "attack", (Argument("rebels", "attacker"), Argument("Paris", "place")))
    assert count_items((event, event._replace(arguments=())), "ee") == 4
    assert count_items((Triple("a", "r", "b"),), "re") == 1
    assert count_items((Table(("a",), (("x",), ("y",))),), "odie") == 1


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="the task is 'mood'; give one of ner, rc"):
        score_example((), (), "mood")
    with pytest.raises(InputError, match="the task is 'general'"):
        score_corpus([], [], "general")
    with pytest.raises(InputError, match="1 answers, 2 gold"):
        score_corpus([()], [(), ()], "ner")
