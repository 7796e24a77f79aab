"""IEPile's construction: batches of categories, hard negatives among them, answers as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Entity, label_of
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE, Recipe, load_recipe, make_rows, plan
from adelie_hf.ieinstruct.category_batches import category_batches, similar_names
from adelie_hf.ieinstruct.extras import load_extras
from adelie_hf.ieinstruct.round_trip import check_row
from adelie_hf.manifest import Counts
from adelie_hf.queries import Query
from adelie_hf.records import Label

NAMES = [f"type {letter}" for letter in "abcdefghijklmnopqrstuvw"]


def query(size: int, positive: int, task: str = "ner") -> Query:
    schema = tuple(Label(name) for name in NAMES[:size])
    answer = tuple(Entity(f"m{at}", NAMES[at]) for at in range(positive))
    return Query(f"s/{size}/{positive}", "s", task, "train", "g", "m0 m1 m2", schema, answer)


@given(st.integers(1, 20), st.integers(0, 20), st.sampled_from(["ner", "ed"]), st.integers(0, 5))
def test_batches_ask_for_every_category_of_the_answer_once(size, positive, task, seed):
    asked = query(size, min(size, positive), task)
    found = list(category_batches(asked, Recipe(iepile=True, seed=seed)))
    shown = [label.name for each in found for label in each.schema]
    assert len(shown) == len(set(shown)) and {label_of(item) for item in asked.answer} <= set(shown)
    assert Counter(item for each in found for item in each.answer) == Counter(asked.answer)
    most = {"ner": 6, "ed": 4}[task]
    assert all(1 <= len(each.schema) < 1.5 * most for each in found)
    assert all(len(each.schema) == most for each in found[:-1]) and len({each.id for each in found}) == len(found)


def test_without_negatives_only_what_is_there_is_asked():
    found = list(category_batches(query(20, 3), Recipe(iepile=True, negatives=0.0)))
    assert {label.name for each in found for label in each.schema} == set(NAMES[:3])


def test_hard_negatives_come_from_the_spelling_or_a_file(tmp_path):
    schema = tuple(Label(name) for name in ("person", "personal title", "river", "rivers", "law"))
    near = similar_names(tuple(label.name for label in schema))
    assert near["person"] == ["personal title"] and near["river"] == ["rivers"] and near["law"] == []
    file = tmp_path / "hard.json"
    file.write_text(json.dumps({"NER": {"conll": {"person": ["law"]}, "ace": {"person": ["river"]}}}))
    recipe = Recipe(iepile=True, batches={"other": 1}, hard_negatives=str(file))
    hard = load_extras(recipe).hard_negatives
    assert hard == {"person": ["law", "river"]}
    few = replace(query(20, 1), schema=schema, answer=(Entity("m0", "person"),))
    assert {label.name for each in category_batches(few, recipe, hard) for label in each.schema} >= {
        "person",
        "law",
        "river",
    }
    file.write_text("[1]")
    with pytest.raises(InputError, match="where a mapping of categories is expected"):
        load_extras(recipe)


def test_rows_are_json_on_both_sides_and_read_back():
    parts = plan(recipe=load_recipe("iepile")).units["train"]
    for part in parts:
        counts = Counts()
        found = list(make_rows(part, counts))
        if part.task not in ("ner", "re", "ed", "ee", "eae"):
            assert not found and counts.dropped[f"IEPile has no form for {part.task}"] == counts.read > 0
            continue
        assert len(found) >= 500
        for row in found:
            asked = json.loads(row["prompt"][0]["content"])
            assert list(asked) == ["instruction", "schema", "input"] and asked["input"] == row["text"]
            said = json.loads(row["completion"][0]["content"])
            assert list(said) == [label["name"] for label in row["schema"]]
            assert check_row(json.loads(json.dumps(row))) == "read back"


def test_a_chinese_text_is_asked_about_in_chinese(tmp_path):
    line = {
        "text": "\u5f20\u4e09\u5728\u5317\u4eac\u3002",
        "entity": [{"entity": "\u5f20\u4e09", "entity_type": "\u4eba\u7269"}],
    }
    (tmp_path / "train.json").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (tmp_path / "schema.json").write_text('["\u4eba\u7269", "\u5730\u70b9"]\n[]\n{}\n', encoding="utf-8")
    (row,) = [
        row for part in plan("iepile", tmp_path, load_recipe("iepile")).units["train"] for row in make_rows(part)
    ]
    assert "\u8bf7" in json.loads(row["prompt"][0]["content"])["instruction"]
    assert json.loads(row["completion"][0]["content"])["\u4eba\u7269"] == ["\u5f20\u4e09"]
    assert SAMPLE.is_dir()
