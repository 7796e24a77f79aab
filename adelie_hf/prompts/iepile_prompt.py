"""Requests and answers as the rows of IEPile have them: one JSON object each, in the language of the text."""

from __future__ import annotations

import re

from adelie_hf.answers import Answer, Argument, EventItem
from adelie_hf.prompts.formats.iepile_format import by_category
from adelie_hf.prompts.formats.json_values import dump
from adelie_hf.prompts.wordings import read_data
from adelie_hf.queries import Query
from adelie_hf.records import Schema
from adelie_hf.tasks import TASKS

_CHINESE = re.compile("[\u4e00-\u9fff]")


def iepile_tasks() -> tuple[str, ...]:
    """Return the tasks that IEPile has."""
    return tuple(read_data("iepile")["en"])


def iepile_request(query: Query, schema: Schema) -> str:
    """Return the user message: a JSON object with the keys instruction, schema and input."""
    language = "zh" if _CHINESE.search(query.text) else "en"
    return dump(
        {
            "instruction": read_data("iepile")[language][query.task],
            "schema": _json_schema(query, schema),
            "input": query.text,
        }
    )


def _json_schema(query: Query, schema: Schema) -> list[object]:
    names = [label.name for label in schema]
    if TASKS[query.task].item is EventItem:
        return [{"event_type": label.name, "trigger": True, "arguments": list(label.roles)} for label in schema]
    if TASKS[query.task].item is Argument:
        (_, trigger), *_ = query.focus
        return [{"event_type": query.event_type, "trigger": trigger.text, "arguments": names}]
    return [*names]


def iepile_answer(answer: Answer, schema: Schema) -> str:
    """Return the assistant message: the answer in the format `iepile`, with an empty list for each unused category."""
    elements = by_category(answer)
    return dump({label.name: elements.get(label.name, []) for label in schema})
