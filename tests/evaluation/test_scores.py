"""Scores of systems beside baselines, with the items seen in training apart from the others."""

from __future__ import annotations

import pytest

from adelie_hf.answers import Entity, to_json
from adelie_hf.errors import InputError
from adelie_hf.evaluation import mean_closed, score_systems
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.prompts import write
from adelie_hf.report import score_table
from adelie_hf.report.markdown import markdown_table
from adelie_hf.report.score_tables import text_table
from adelie_hf.rows import completion_text
from adelie_hf.tasks import TASKS


def row(row_id, text, answer):
    items = tuple(Entity(*item) for item in answer)
    return {
        "id": row_id,
        "source": "s",
        "task": "ner",
        "format": "text",
        "schema": [{"name": "a", "roles": []}, {"name": "b", "roles": []}],
        "text": text,
        "completion": [{"role": "assistant", "content": write(items, "ner")}],
        "answer": to_json(items),
        "choices": {"own_split": False},
    }


TRAIN = [
    row("t1", "red fish swims", [("red fish", "a")]),
    row("t2", "old oak grows tall", [("old oak", "b")]),
    row("t3", "nothing here", []),
]
HELD_OUT = [
    row("h1", "the red fish swims again", [("red fish", "a"), ("swims", "b")]),
    row("h2", "an old oak", [("old oak", "b")]),
]


def outputs(*texts):
    """Return the outputs of a system for the held-out rows."""
    return {f"h{number}": text for number, text in enumerate(texts, 1)}


def test_seen_and_unseen_items_apart():
    system_outputs = outputs("[Answer]: red fish: a; fish: b;", "[Answer]: old oak: a;")
    (result,) = score_systems(HELD_OUT, {"model": system_outputs}, TRAIN, seed=1)
    assert (result["metric"], result["rows"], result["items"]) == ("exact-match F1", 2, 3)
    model = result["scores"]["model"]
    assert model["value"] == pytest.approx(2 / 6)  # one of three predicted, of three gold
    assert model["seen"] == {"value": pytest.approx(2 / 4), "items": 2}  # old oak: a is wrong
    assert model["unseen"] == {"value": 0.0, "items": 1}  # swims is missing, fish is spurious
    assert model["interval"][0] <= model["value"] <= model["interval"][1]
    assert model["parse"]["valid"] == 2


def test_a_part_without_gold_items_has_no_score():
    (result,) = score_systems(HELD_OUT[1:], {"model": {"h2": "[Answer]: NA"}}, TRAIN, seed=1)
    assert result["scores"]["model"]["unseen"] == {"value": None, "items": 0}
    table = score_table({"seed": 1, "results": [result]}, "unseen")
    assert table[1][-1] == table[2][-1] == "-"


def test_missing_outputs_are_named():
    with pytest.raises(InputError, match="the outputs of model lack 1 held-out rows, the first is h2"):
        score_systems(HELD_OUT, {"model": {"h1": "[Answer]: NA"}}, TRAIN)


def test_gold_answers_are_perfect_in_every_task():
    recipe = Recipe(cap=30, held_out_cap=6)
    units = plan(recipe=recipe).units
    train, held_out = ([row for unit in units[split] for row in make_rows(unit)] for split in ("train", "test"))
    gold = {row["id"]: completion_text(row) for row in held_out}
    systems = {"sft": gold, "dpo": dict.fromkeys(gold, "")}
    results = score_systems(held_out, systems, train, seed=1)
    assert {result["task"] for result in results} == set(TASKS)
    for result in results:
        assert result["scores"]["sft"]["value"] == pytest.approx(1.0), result["task"]
        assert result["scores"]["dpo"]["value"] == 0.0
        assert result["scores"]["empty"]["value"] == 0.0
    assert mean_closed(results, "sft") == pytest.approx(1.0)
    assert score_systems(held_out, systems, train, seed=1) == results


def test_tables_have_one_width():
    (result,) = score_systems(HELD_OUT, dict.fromkeys(("base", "sft", "dpo"), outputs("", "")), TRAIN)
    for subset in (None, "seen", "unseen"):
        table = score_table({"seed": 42, "results": [result]}, subset)
        assert len({len(line) for line in table}) == 1
        assert table[0][4:] == ["empty", "nearest", "base", "sft", "dpo"]
        assert text_table(table).count("\n") == len(table)
        assert markdown_table(table).splitlines()[1].count("---") == len(table[0])
