"""The request: task description, schema, output format and text, as one user message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from adelie_hf.prompts.parsed import check
from adelie_hf.records import TASKS, Query, Schema

_SCHEMA_TITLES = {
    "ner": "Entity types",
    "rc": "Relations",
    "re": "Relations",
    "ed": "Event types",
    "ee": "Event types and their roles",
    "eae": "Roles",
    "ere": "Relations",
}


@cache
def _data(name: str) -> dict[str, Any]:
    data = yaml.safe_load((files("adelie_hf.prompts") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    missing = sorted(set(TASKS) - set(data))
    if missing:
        raise ValueError(f"prompts/data/{name}.yaml has no entry for {', '.join(missing)}")
    return data


def descriptions(task: str) -> list[str]:
    """The task descriptions to choose from; on-demand IE has none, its user writes the request."""
    check(task, "text")
    return list(_data("descriptions")[task])  # a copy: the caller may shuffle it


def show_schema(schema: Schema) -> str:
    """The categories as a request shows them: names, with roles in brackets, once where all types share them."""
    if len(schema) > 1 and schema[0].roles and len({label.roles for label in schema}) == 1:
        return f"{', '.join(label.name for label in schema)}, each with {', '.join(schema[0].roles)}"
    return ", ".join(f"{label.name} ({', '.join(label.roles)})" if label.roles else label.name for label in schema)


def request(query: Query, description: str, format: str, schema: Schema) -> str:
    """The user message for a query, with the categories in the order of `schema`.

    Raises:
        InputError: for a format that is not there.
    """
    check(query.task, format)
    lines = [query.instruction or description]
    if query.task in _SCHEMA_TITLES and schema:
        lines.append(f"{_SCHEMA_TITLES[query.task]}: {show_schema(schema)}.")
    lines.append(_data("requests")[query.task][format])
    lines.append(f"Text: {_mark(query)}")
    for name, mention in query.focus:
        kind = f" ({query.event_type})" if query.event_type else ""
        lines.append(f"{name.capitalize()}: {mention.text}{kind}")
    return "\n".join(lines)


def _mark(query: Query) -> str:
    """The text with the query's own mentions in tags, since a surface may occur more than once."""
    text, at = "", 0
    for offset, tag in _tags(query):
        text, at = text + query.text[at:offset] + tag, offset
    return text + query.text[at:]


def _tags(query: Query) -> Iterator[tuple[int, str]]:
    """Offsets and tags in the order of the text: where one mention holds another, its tags are the outer ones."""
    spans = [
        (start, end, number, name)
        for number, (name, mention) in enumerate(query.focus)
        for start, end in mention.fragments
    ]
    opened = [((start, 1, -end, number), f"<{name}> ") for start, end, number, name in spans]
    closed = [((end, 0, -start, -number), f" </{name}>") for start, end, number, name in spans]
    for (offset, *_), tag in sorted(opened + closed):
        yield offset, tag
