"""Answer texts: flattening, parse counts, and scores through the parsers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Trigger, Triple
from adelie_hf.errors import InputError
from adelie_hf.prompts import write
from adelie_hf.scoring import answer_f1, exact_f1, flatten, read_answers
from adelie_hf.tasks import CLOSED_TASKS

EVENTS = (
    EventItem("attacked", "attack", (Argument("rebels", "attacker"), Argument("Paris", "place"))),
    EventItem("fell", "fall", ()),
)
NAMES = st.sampled_from(["Acme", "14:30", "a; b", 'the "x"', "(y)"])
ITEM: dict[str, Any] = {
    "ner": st.builds(Entity, NAMES, NAMES),
    "rc": st.builds(Triple, NAMES, NAMES, NAMES),
    "re": st.builds(Triple, NAMES, NAMES, NAMES),
    "ed": st.builds(Trigger, NAMES, NAMES),
    "ee": st.builds(EventItem, NAMES, NAMES, st.lists(st.builds(Argument, NAMES, NAMES), max_size=2).map(tuple)),
    "eae": st.builds(Argument, NAMES, NAMES),
    "ere": st.builds(Triple, NAMES, NAMES, NAMES),
}


def test_every_closed_task_is_flattened_to_plain_tuples() -> None:
    assert flatten([Entity("Acme", "organization")], "ner") == [("Acme", "organization")]
    assert flatten([Triple("a", "r", "b")], "ere") == [("a", "r", "b")]
    assert flatten(EVENTS, "ee") == [
        ("attacked", "attack"),
        ("rebels", "attack/attacker"),
        ("Paris", "attack/place"),
        ("fell", "fall"),
    ]
    assert {type(item) for task in CLOSED_TASKS for item in flatten([], task)} == set()
    assert type(flatten([Entity("a", "b")], "ner")[0]) is tuple


@pytest.mark.parametrize(("task", "message"), [("openie", "carb"), ("odie", "odie_table"), ("mood", "one of ner")])
def test_other_tasks_are_told_their_scorer(task: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        flatten([], task)
    with pytest.raises(InputError, match=message):
        answer_f1([], [], task)


@given(st.data())
def test_texts_score_as_their_items_do(data: st.DataObject) -> None:
    task = data.draw(st.sampled_from(CLOSED_TASKS))
    answers = st.lists(ITEM[task], max_size=3).map(tuple)
    examples = data.draw(st.lists(st.tuples(answers, answers, st.sampled_from(["text", "json"])), max_size=3))
    predicted, gold, formats = ([example[part] for example in examples] for part in range(3))
    texts, references = (
        [write(answer, task, format) for answer, format in zip(side, formats, strict=True)]
        for side in (predicted, gold)
    )
    result: Mapping = answer_f1(texts, references, task, formats=formats)
    expected: Mapping = exact_f1(
        [flatten(answer, task) for answer in predicted], [flatten(answer, task) for answer in gold]
    )
    assert {name: result[name] for name in expected} == expected
    assert result["parse"]["valid"] == len(examples) and result["parse"]["invalid"] == 0


@given(st.lists(st.text(), max_size=4), st.sampled_from(CLOSED_TASKS), st.sampled_from(["text", "json"]))
def test_any_output_is_scored(outputs: list[str], task: str, format: str) -> None:
    gold = [write((), task, format)] * len(outputs)
    result = answer_f1(outputs, gold, task, formats=[format] * len(outputs), texts=outputs)
    assert result["tp"] == 0 and sum(result["parse"][name] for name in ("valid", "repaired", "invalid")) == len(
        outputs
    )


def test_outputs_and_items_are_counted() -> None:
    outputs = [
        "[Answer]: Acme: organization; Acme: organization; Paris: planet;",
        "Acme: organization; and that is all",
        "I do not know",
        "[Answer]: NA",
    ]
    schema: list[dict] = [{"name": "organization"}, {"name": "location", "roles": []}]
    answers, counts = read_answers(outputs, "ner", schemas=[schema] * 4, texts=["Acme grows", "acme", "", ""])
    assert [len(answer) for answer in answers] == [3, 1, 0, 0]
    assert {name: count for name, count in counts.items() if name != "examples"} == {
        "valid": 2,
        "repaired": 1,
        "invalid": 1,
        "items": 4,
        "repeated": 1,
        "off_schema": 1,
        "not_in_text": 2,
        "repairs": {},
    }
    assert counts["examples"] == {
        "repaired": [{"example": 1, "found": "and that is all"}],
        "invalid": [{"example": 2, "found": "I do not know"}],
        "repeated": [{"example": 0, "found": ("Acme", "organization")}],
        "off_schema": [{"example": 0, "found": ("Paris", "planet")}],
        "not_in_text": [
            {"example": 0, "found": ("Paris", "planet")},
            {"example": 1, "found": ("Acme", "organization")},
        ],
    }


def test_a_few_examples_are_shown_and_all_are_counted() -> None:
    _, counts = read_answers(["who knows"] * 9, "ner")
    assert counts["invalid"] == 9 and [example["example"] for example in counts["examples"]["invalid"] or ()] == [
        0,
        1,
        2,
    ]
    assert counts["examples"]["off_schema"] is None and counts["examples"]["repeated"] == []


def test_a_count_without_its_input_is_none() -> None:
    _, counts = read_answers(["Acme: organization;"], "ner")
    assert counts["repeated"] == 0 and counts["off_schema"] is None and counts["not_in_text"] is None
    answers, counts = read_answers(["(bought; Acme; Globex);"], "openie", texts=["x"], schemas=[[]])
    assert answers == [(Extraction("bought", ("Acme", "Globex")),)]
    assert counts["valid"] == 1 and counts["off_schema"] is None and counts["not_in_text"] is None


def test_roles_belong_to_their_event_type_and_mentions_to_the_text() -> None:
    def counts(schema: list, text: str = "rebels attacked Paris, which fell") -> tuple:
        parse = read_answers([write(EVENTS, "ee")], "ee", schemas=[schema], texts=[text])[1]
        return parse["off_schema"], parse["not_in_text"]

    schema = [{"name": "attack", "roles": ["attacker", "place"]}, {"name": "fall", "roles": []}]
    assert counts(schema) == (0, 0)
    assert counts([{"name": "attack", "roles": ["place"]}, {"name": "fall", "roles": ["attacker"]}]) == (1, 0)
    assert counts(schema[:1], "attacked Paris, which fell") == (1, 1)
    _, pairs = read_answers(["(a; r; b);"], "re", schemas=[[{"name": "r"}]], texts=["a and c"])
    assert (pairs["off_schema"], pairs["not_in_text"]) == (0, 1)


def test_triggers_and_arguments_of_events_are_shown_apart() -> None:
    predicted = (EVENTS[0]._replace(arguments=EVENTS[0].arguments[:1]), EVENTS[1]._replace(type="rise"))
    result = answer_f1([write(predicted, "ee")], [write(EVENTS, "ee")], "ee")
    assert (result["tp"], result["n_pred"], result["n_gold"]) == (2, 3, 4)
    assert (result["trigger"]["tp"], result["trigger"]["n_gold"], result["trigger"]["f1"]) == (1, 2, 0.5)
    assert (result["argument"]["tp"], result["argument"]["n_pred"], result["argument"]["n_gold"]) == (1, 1, 2)
    assert "trigger" not in answer_f1(["NA"], ["NA"], "ner")


def test_gold_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InputError, match=r"references\[1\] is no ner answer in the text format \('who knows'\)"):
        answer_f1(["NA", "NA"], ["NA", "who knows"], "ner")
    with pytest.raises(InputError, match=r"references\[0\] .* \('and more'\)"):
        answer_f1(["NA"], ["Acme: organization; and more"], "ner")
    with pytest.raises(InputError, match=r"references\[0\] .*json"):
        answer_f1(["NA"], ["Acme: organization;"], "ner", formats=["json"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"formats": ["xml"]}, r"formats\[0\] is 'xml'; give one of text, json"),
        ({"formats": ["text", "text"]}, "1 outputs, 2 formats"),
        ({"texts": [None]}, r"texts\[0\] is None; give a string"),
        ({"schemas": [["organization"]]}, r"schemas\[0\] contains 'organization'; give {"),
        ({"schemas": [[{"name": "a", "roles": "b"}]]}, r"roles of schemas\[0\] is 'b'; give a list"),
        ({"schemas": [None]}, r"schemas\[0\] is None"),
    ],
)
def test_bad_columns_are_named(columns: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_answers(["NA"], "ner", **columns)
    with pytest.raises(InputError, match=r"outputs\[0\] is 3"):
        read_answers([3], "ner")  # type: ignore[list-item]
