"""Requests and answers as IEPile has them: a JSON object each, in the language of the text."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from adelie_hf.answers import Answer
from adelie_hf.queries import Query
from adelie_hf.records import Schema

_CHINESE = re.compile("[\u4e00-\u9fff]")


@cache
def _instructions() -> dict[str, dict[str, str]]:
    text = (files("adelie_hf.prompts") / "data" / "iepile.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def iepile_tasks() -> tuple[str, ...]:
    """The tasks that it has."""
    return tuple(_instructions()["en"])


def iepile_request(query: Query, schema: Schema) -> str:
    """The user message: a JSON object of the keys instruction, schema and input, as IEPile's rows have them."""
    language = "zh" if _CHINESE.search(query.text) else "en"
    asked = {
        "instruction": _instructions()[language][query.task],
        "schema": _schema(query, schema),
        "input": query.text,
    }
    return json.dumps(asked, ensure_ascii=False)


def _schema(query: Query, schema: Schema) -> list[Any]:
    if query.task == "ee":
        return [{"event_type": label.name, "trigger": True, "arguments": list(label.roles)} for label in schema]
    if query.task == "eae":
        (_, trigger), *_ = query.focus
        roles = [label.name for label in schema]
        return [{"event_type": query.event_type, "trigger": trigger.text, "arguments": roles}]
    return [label.name for label in schema]


def iepile_answer(answer: Answer, task: str, schema: Schema) -> str:
    """The assistant message: the answer in the format `iepile`, with an empty list for each category that it lacks."""
    from adelie_hf.prompts import MARKER, write

    found = json.loads(write(answer, task, "iepile").removeprefix(MARKER))
    return json.dumps({label.name: found.get(label.name, []) for label in schema}, ensure_ascii=False)
