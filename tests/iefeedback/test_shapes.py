"""Other shapes than one pair a prompt: labelled answers, ranked lists, all pairs, the best of n."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest.mock import Mock

import pytest

from adelie_hf.answers import Entity
from adelie_hf.api import build_iefeedback
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.manifest import Counts
from adelie_hf.prompts import parse
from adelie_hf.rows import instruct_features
from adelie_hf.scoring.task_metric import score_example
from tests.iefeedback.test_pairs import HALF, REORDERED, RIGHT, WRONG, make_pairs, row, write_samples

SAMPLES = [HALF, WRONG, REORDERED, WRONG, "?"]
BAD = ["?", WRONG]


def texts(rows, column):
    return [made[column][0]["content"] for made in rows]


def test_all_pairs_differ_in_meaning_and_score(tmp_path):
    rows, counts = make_pairs(tmp_path, [row("a", SAMPLES), row("b", [RIGHT])], shape="all_pairs")
    pairs = list(zip(texts(rows, "chosen"), texts(rows, "rejected"), strict=True))
    assert pairs == [
        (RIGHT, HALF), (RIGHT, WRONG), (RIGHT, "?"), (HALF, WRONG), (HALF, "?"), (REORDERED, HALF), (REORDERED, WRONG),
        (REORDERED, "?"),
    ]  # fmt: skip
    assert len({made["id"] for made in rows}) == len(rows)
    assert Counter(made["kind"] for made in rows) == {"offline": 3, "online": 5}
    assert counts.dropped == {"the samples are all as good as the gold answer": 1}


def test_labels_say_what_is_good(tmp_path):
    rows, _ = make_pairs(tmp_path, [row("a", [*SAMPLES, RIGHT])], shape="unpaired")
    labels = dict(zip(texts(rows, "completion"), [made["label"] for made in rows], strict=True))
    assert labels == {RIGHT: True, REORDERED: True, HALF: True, WRONG: False, "?": False}
    assert {made["id"] for made in rows} == {"a/gold", "a/0", "a/1", "a/2", "a/4"}


def test_a_right_answer_is_good_whatever_bleu_says(tmp_path):
    """BLEU gives `NA` against itself 0.35, and spaces before a colon cost two n-grams."""
    empty = row("na", ["[Answer]: NA", "[Answer]: Acme: company;"], gold=())
    spaced = row("spaced", ["[Answer]: Acme : company;", "?"], gold=(Entity("Acme", "company"),))
    rows, _ = make_pairs(tmp_path, [empty, spaced], shape="all_pairs", score="bleu")
    assert [made["id"] for made in rows if made["id"].startswith("na")] == ["na/gold-1", "na/0-1"]
    rows, _ = make_pairs(tmp_path, [empty, spaced], shape="unpaired", score="bleu")
    labels = {made["id"]: made["label"] for made in rows}
    assert labels["na/1"] is False and labels["spaced/0"] is True and labels["spaced/1"] is False
    rows, counts = make_pairs(tmp_path, [empty, spaced], score="bleu", min_pass_rate=0.5)
    assert len(rows) == 2 and not counts.dropped


def test_good_and_bad_answers_are_mixed(tmp_path):
    rows, _ = make_pairs(tmp_path, [row(str(number), BAD) for number in range(30)], shape="unpaired")
    first_halves = [made["label"] for made in rows[::3]]
    assert 0 < sum(first_halves) < len(first_halves)


def test_a_ranked_list_begins_with_the_best(tmp_path):
    ((made), *others), _ = make_pairs(tmp_path, [row("a", SAMPLES), row("b", [RIGHT, RIGHT])], shape="ranked")
    assert others == []
    assert [answer[0]["content"] for answer in made["completions"]] == [RIGHT, REORDERED, HALF, WRONG, "?"]
    assert made["scores"] == [1.0, 1.0, 2 / 3, 0.0, 0.0]
    assert made["provenance"]["order"] == ["gold", 2, 0, 1, 4]


def test_the_best_sample_becomes_a_row_to_train_on(tmp_path):
    rows, counts = make_pairs(tmp_path, [row("a", SAMPLES), row("b", BAD), row("c", [HALF])], shape="best_of_n")
    assert texts(rows, "completion") == [REORDERED, HALF]
    for made in rows:
        items = parse(made["completion"][0]["content"], "ner").items
        assert made["answer"] == [list(item) for item in items] and "samples" not in made
    assert counts.dropped == {"no sample is good": 1} and counts.kept == {"rows": 2}


@pytest.mark.parametrize("shape", ["pairs", "all_pairs", "unpaired", "ranked", "best_of_n"])
def test_each_answer_is_scored_once(tmp_path, monkeypatch, shape):
    scored = Mock(wraps=score_example)
    monkeypatch.setattr("adelie_hf.iefeedback.scored_samples.score_example", scored)
    rows, _ = make_pairs(tmp_path, [row(name, [HALF, WRONG]) for name in "abc"], shape=shape)
    assert rows and scored.call_count == 9  # two samples and the gold answer of three prompts


@pytest.mark.parametrize("shape, number", [("all_pairs", "rejected"), ("unpaired", "sample"), ("ranked", "order")])
def test_numbers_are_places_in_the_file(tmp_path, shape, number):
    rows, _ = make_pairs(tmp_path, [row("a", [None, WRONG, 3])], shape=shape)
    assert [made["provenance"][number] for made in rows if made["id"] != "a/gold"] in ([1], [["gold", 1]])
    assert all(made["provenance"]["f1"] == [None, 0.0, None] for made in rows)


@pytest.mark.parametrize("shape", ["all_pairs", "unpaired", "ranked", "best_of_n"])
def test_every_prompt_is_counted_and_the_cap_is_of_prompts(tmp_path, shape):
    prompts = [row(str(number), SAMPLES) for number in range(10)] + [
        row("x", []),
        row("y", ["a"]) | {"task": "general"},
    ]
    rows, counts = make_pairs(tmp_path, prompts, shape=shape, cap=4)
    kept = {made["id"].split("/")[0] for made in rows}
    assert len(kept) == 4 and counts.dropped["over the cap"] == 6
    assert counts.read == len(kept) + counts.dropped.total() == 12
    again, _ = make_pairs(tmp_path, prompts[::-1], shape=shape, cap=4)
    assert sorted(again, key=lambda made: made["id"]) == sorted(rows, key=lambda made: made["id"])


@pytest.mark.parametrize("shape", ["all_pairs", "unpaired", "ranked", "best_of_n"])
def test_a_build_has_the_columns_of_its_shape(tmp_path, shape):
    from datasets import Dataset

    complete = dict.fromkeys(instruct_features()) | {"schema": [], "label_map": {}, "choices": {}, "text": ""}
    prompts = [complete | row(str(number), SAMPLES) for number in range(3)]
    (tmp_path / "samples").mkdir()
    write_samples(tmp_path / "samples" / "samples.jsonl", prompts)
    recipe = FeedbackRecipe(shape=shape)
    counts: dict[str, Counts] = build_iefeedback(tmp_path / "samples", out=tmp_path / "build", recipe=recipe)
    rows: Any = Dataset.from_parquet(str(tmp_path / "build" / "train.parquet"), cache_dir=str(tmp_path / "cache"))
    assert len(rows) == counts["train"].kept["rows"]
    needed = {
        "all_pairs": {"prompt", "chosen", "rejected"},
        "unpaired": {"prompt", "completion", "label"},
        "ranked": {"prompt", "completions", "scores"},
        "best_of_n": {"prompt", "completion", "answer"},
    }
    assert needed[shape] <= set(rows.column_names)
