"""Scores of a run: systems beside baselines, items seen in training apart from those that were not."""

from __future__ import annotations

import pytest

from adelie_hf.answers import Entity
from adelie_hf.evaluation import METRICS, evaluate
from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.ieinstruct import Recipe, plan, rows
from adelie_hf.prompts import write
from adelie_hf.report import as_markdown, as_text, mean_closed, score_table


def row(identity: str, text: str, answer: list[tuple[str, str]], task: str = "ner", source: str = "s") -> dict:
    items = tuple(Entity(*item) for item in answer)
    return {
        "id": identity,
        "source": source,
        "task": task,
        "format": "text",
        "schema": [{"name": "a", "roles": []}, {"name": "b", "roles": []}],
        "text": text,
        "completion": [{"role": "assistant", "content": write(items, task)}],
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


def outputs(*texts: str) -> dict[str, str]:
    return {f"h{number}": text for number, text in enumerate(texts, 1)}


def test_seen_and_unseen_items_apart():
    (result,) = evaluate(
        HELD_OUT, TRAIN, {"model": outputs("[Answer]: red fish: a; fish: b;", "[Answer]: old oak: a;")}, seed=1
    )
    assert (result["metric"], result["rows"], result["items"]) == ("exact-match F1", 2, 3)
    model = result["scores"]["model"]
    assert model["value"] == pytest.approx(2 / 6)  # one of three predicted, of three gold
    assert model["seen"] == {"value": pytest.approx(2 / 4), "items": 2}  # old oak: a is wrong
    assert model["unseen"] == {"value": 0.0, "items": 1}  # swims is missing, fish is spurious
    assert model["interval"][0] <= model["value"] <= model["interval"][1]
    assert model["parse"]["valid"] == 2


def test_a_part_without_gold_items_has_no_score():
    (result,) = evaluate(HELD_OUT[1:], TRAIN, {"model": {"h2": "[Answer]: NA"}}, seed=1)
    assert result["scores"]["model"]["unseen"] == {"value": None, "items": 0}
    table = score_table({"results": [result]}, "unseen")
    assert table[1][-1] == table[2][-1] == "-"


def test_baselines():
    assert empty_answers(HELD_OUT) == ["[Answer]: NA", "[Answer]: NA"]
    assert nearest_answers(HELD_OUT, TRAIN) == ["[Answer]: red fish: a;", "[Answer]: old oak: b;"]
    assert nearest_answers([row("x", "quite unlike", [])], TRAIN) == ["[Answer]: NA"]
    assert nearest_answers(HELD_OUT, []) == ["[Answer]: NA", "[Answer]: NA"]


def test_gold_answers_are_perfect_in_every_task():
    recipe = Recipe(cap=30, held_out_cap=6)
    parts = plan(recipe=recipe)
    train, held_out = ([made for part in parts[split] for made in rows(part)] for split in ("train", "test"))
    gold = {made["id"]: made["completion"][0]["content"] for made in held_out}
    nothing = dict.fromkeys(gold, "")
    results = evaluate(held_out, train, {"sft": gold, "dpo": nothing}, seed=1)
    assert {result["task"] for result in results} == set(METRICS)
    for result in results:
        assert result["scores"]["sft"]["value"] == pytest.approx(1.0), result["task"]
        assert result["scores"]["dpo"]["value"] == 0.0
        assert result["scores"]["empty"]["value"] == 0.0
    assert mean_closed(results, "sft") == pytest.approx(1.0)
    assert evaluate(held_out, train, {"sft": gold, "dpo": nothing}, seed=1) == results


def test_tables_have_one_width():
    (result,) = evaluate(HELD_OUT, TRAIN, {"base": outputs("", ""), "sft": outputs("", ""), "dpo": outputs("", "")}, 1)
    for part in (None, "seen", "unseen"):
        table = score_table({"results": [result]}, part)
        assert len({len(line) for line in table}) == 1
        assert table[0][4:] == ["empty", "nearest", "base", "sft", "dpo"]
        assert as_text(table).count("\n") == len(table)
        assert as_markdown(table).splitlines()[1].count("---") == len(table[0])
