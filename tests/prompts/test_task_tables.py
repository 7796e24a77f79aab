"""Every table that is keyed by task, or by the type of a task's items, is complete."""

from __future__ import annotations

import pytest

from adelie_hf.answers import Answer, Table
from adelie_hf.prompts import FORMATS, descriptions, no_answer, parse, write
from adelie_hf.prompts.formats.catalogue import ANSWER_FORMATS
from adelie_hf.prompts.formats.examples import EXAMPLES
from adelie_hf.prompts.formats.json_format import KEYS, NESTED_KEYS, NESTED_LISTS
from adelie_hf.prompts.formats.text import SHAPES
from adelie_hf.prompts.wordings import read_data
from adelie_hf.tasks import TASKS

ALL = set(TASKS)
WITHOUT_TABLES = {name for name, task in TASKS.items() if task.item is not Table}


def test_tables_by_task() -> None:
    assert set(KEYS) == ALL
    assert set(NESTED_KEYS) == set(NESTED_LISTS) == set(EXAMPLES) == WITHOUT_TABLES


def test_keys_name_every_field() -> None:
    assert {task: len(keys) for task, keys in KEYS.items()} == {
        name: len(task.item._fields) for name, task in TASKS.items()
    }
    assert {task: len(keys) for task, keys in NESTED_KEYS.items()} == {
        name: len(TASKS[name].item._fields) for name in NESTED_KEYS
    }


def test_the_text_format_has_a_shape_for_every_type_of_item() -> None:
    assert set(SHAPES) == {task.item for task in TASKS.values()}


def test_data_by_task() -> None:
    requests = read_data("requests")
    assert set(requests["text"]) == set(requests["json"]) == ALL
    assert set(requests["units"]) == WITHOUT_TABLES
    assert set(requests["directions"]) < ALL
    for entry in read_data("templates").values():
        assert set(entry["tasks"]) == WITHOUT_TABLES
    assert set(read_data("descriptions")) >= ALL


def test_every_format_has_an_instruction() -> None:
    assert set(FORMATS) == set(ANSWER_FORMATS) < set(read_data("requests"))


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_descriptions_unless_its_records_have_instructions(task: str) -> None:
    assert (descriptions(task) == []) == TASKS[task].instructed


@pytest.mark.parametrize("task", sorted(WITHOUT_TABLES))
def test_an_example_is_one_item_of_the_task(task: str) -> None:
    (item,) = EXAMPLES[task]
    assert type(item) is TASKS[task].item
    answers: list[Answer] = [(), EXAMPLES[task]]
    for format, answer_format in ANSWER_FORMATS.items():
        for answer in answers:
            body = answer_format.write(answer, task)
            assert answer_format.read(body, task) == parse(write(answer, task, format), task, format)
            assert (body == no_answer(task, format)) == (answer == ())
