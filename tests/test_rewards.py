"""Rewards: what is right earns most, and nothing is earned by saying nothing, or the same again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf import rewards
from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, to_json
from adelie_hf.prompts import write
from adelie_hf.rows import message
from adelie_hf.scoring.task_metric import score_example

REWARDS = (rewards.task_f1, rewards.well_formed, rewards.in_schema, rewards.grounded)
TEXT = "Acme of Paris bought Globex."
SCHEMA = [{"name": "company", "roles": []}, {"name": "place", "roles": []}]
GOLD = (Entity("Acme", "company"), Entity("Globex", "company"), Entity("Paris", "place"))


def columns(rows: int = 1, gold: Answer = GOLD, **changed: Any) -> dict[str, Any]:
    """The columns of equal rows, as TRL gives them, with some that do not matter."""
    row = {"task": "ner", "format": "text", "answer": to_json(gold), "schema": SCHEMA, "text": TEXT, "source": "x"}
    return {name: [value] * rows for name, value in (row | changed).items()} | {"trainer_state": None}


def each(output: str, **changed: Any) -> list[float | None]:
    """What one answer earns, as a chat and as a text."""
    turns = [message("assistant", output)]
    chat, text = ([reward([form], **columns(**changed))[0] for reward in REWARDS] for form in (turns, output))
    assert chat == text
    return chat


def total(output: str, weights: tuple[float, ...] = (1.0, 0.1, 0.1, 0.1), **changed: Any) -> float:
    values = zip(each(output, **changed), weights, strict=True)
    return sum(value * weight for value, weight in values if value is not None)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (write(GOLD, "ner"), [1.0, 1.0, 1.0, 1.0]),
        ("[Answer]: acme: company; Initech: firm;", [0.0, 1.0, 0.5, 0.5]),
        ("[Answer]: Acme: company; and so on", [0.5, 0.5, 1.0, 1.0]),
        ("[Answer]: NA", [0.0, 0.0, None, None]),
        ("", [0.0, 0.0, None, None]),
        ("I would rather not.", [0.0, 0.0, None, None]),
    ],
)
def test_what_an_answer_earns(output, expected):
    assert each(output) == expected


def test_no_answer_is_right_where_there_is_none():
    assert each("[Answer]: NA", gold=()) == [1.0, 1.0, None, None]
    assert each("I would rather not.", gold=()) == [0.0, 0.0, None, None]
    assert each(write(GOLD, "ner"), gold=())[0] == 0.0


def test_roles_are_part_of_the_schema():
    schema = [{"name": "sale", "roles": ["buyer"]}]
    gold = (EventItem("bought", "sale", (Argument("Acme", "buyer"),)),)
    assert each(write(gold, "ee"), task="ee", schema=schema, gold=gold) == [1.0] * 4
    wrong = (EventItem("bought", "sale", (Argument("Acme", "thief"),)),)
    assert each(write(wrong, "ee"), task="ee", schema=schema, gold=gold)[2] == 0.0


def test_open_answers_have_no_schema_and_reword_the_text():
    gold = (Extraction("bought", ("Acme", "Globex")),)
    assert each(write(gold, "openie"), task="openie", schema=[], gold=gold) == [1.0, 1.0, None, None]


def test_general_chats_and_columns_of_older_datasets():
    assert rewards.task_f1(["hello"], **columns(task="general", format="")) == [None]
    stored = columns() | {"answer": ['[["Acme", "company"]]']}  # JSON that is still a string
    assert rewards.task_f1(["[Answer]: Acme: company;"], **stored) == [1.0]
    assert rewards.task_f1(["NA", write(GOLD, "ner")], **columns(2)) == [0.0, 1.0]


_ITEMS = st.builds(
    Entity, st.sampled_from(["Acme", "Globex", "Paris", "Initech", "a"]), st.sampled_from(["company", "place", "firm"])
)
_WEIGHTS = st.tuples(*[st.floats(0.01, 10)] * 4)


@given(st.lists(_ITEMS, min_size=1, max_size=6, unique=True), _WEIGHTS, st.data())
def test_silence_and_repetition_never_pay(items, weights, data):
    """Whatever the weights: an answer without items never earns more than one that is partly right."""
    answer = tuple(items)
    earned = total(write(answer, "ner"), weights)
    if score_example(answer, GOLD, "ner") > 0:
        for silent in ("", "[Answer]: NA", "None", "[Answer]:", "?", "```json\n[]\n```"):
            assert total(silent, weights) < earned
    repeated = answer + tuple(data.draw(st.lists(st.sampled_from(items), min_size=1, max_size=20)))
    assert total(write(repeated, "ner"), weights) <= earned + 1e-9


@pytest.mark.parametrize("times", [2, 4])
def test_a_repeated_row_of_a_table_earns_no_more(times):
    """ROUGE-L finds most of each gold row in it."""
    gold = (Table(("product", "size", "price"), tuple(("shirt", "large", str(price)) for price in (10, 20, 30, 40))),)
    one, different = (Table(gold[0].header, gold[0].rows[:number]) for number in (1, 2))
    changed: dict[str, Any] = {"gold": gold, "task": "odie", "schema": []}
    earned = total(write((one,), "odie"), **changed)
    again = Table(one.header, (*one.rows, *[("Shirt", "large ", "10")] * (times - 1)))
    assert total(write((again,), "odie"), **changed) <= earned < total(write((different,), "odie"), **changed)
    assert total(write(gold, "odie"), **changed) == pytest.approx(1.1)


def test_a_repeated_event_earns_no_more():
    """Two gold events have one trigger, which exact match counts twice."""
    first = EventItem("bought", "deal", (Argument("Acme", "buyer"),))
    gold = (first, EventItem("bought", "deal", (Argument("Globex", "buyer"),)))
    changed: dict[str, Any] = {"gold": gold, "task": "ee", "schema": [{"name": "deal", "roles": ["buyer"]}]}
    assert total(write((first, first), "ee"), **changed) <= total(write((first,), "ee"), **changed)
