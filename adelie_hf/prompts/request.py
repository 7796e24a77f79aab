"""The request: task description, schema, output format and text, as one user message."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from adelie_hf.records import TASKS, Mention, Query, Schema

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
def _data(name: str) -> dict[str, dict | list]:
    data = yaml.safe_load((files("adelie_hf.prompts") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    missing = sorted(set(TASKS) - set(data))
    if missing:
        raise ValueError(f"prompts/data/{name}.yaml has no entry for {', '.join(missing)}")
    return data


def descriptions(task: str) -> list[str]:
    """The task descriptions to choose from; on-demand IE has none, its user writes the request."""
    return _data("descriptions")[task]  # type: ignore[return-value]


def show_schema(schema: Schema) -> str:
    """The categories as a request shows them: names, with roles in brackets where a type has roles."""
    return ", ".join(f"{label.name} ({', '.join(label.roles)})" if label.roles else label.name for label in schema)


def request(query: Query, description: str, format: str, schema: Schema) -> str:
    """The user message for a query, with the categories in the order of `schema`."""
    lines = [query.instruction or description]
    if query.task in _SCHEMA_TITLES:
        lines.append(f"{_SCHEMA_TITLES[query.task]}: {show_schema(schema)}.")
    lines.append(_data("requests")[query.task][format])  # type: ignore[call-overload]
    lines.append(f"Text: {_mark(query)}")
    for name, mention in query.focus:
        kind = f" ({query.event_type})" if query.event_type else ""
        lines.append(f"{name.capitalize()}: {mention.text}{kind}")
    return "\n".join(lines)


def _mark(query: Query) -> str:
    """The text with the query's own mentions in tags, since a surface may occur more than once."""
    cuts = sorted((offset, order, tag) for name, mention in query.focus for offset, order, tag in _tags(name, mention))
    text, at = "", 0
    for offset, _, tag in cuts:
        text, at = text + query.text[at:offset] + tag, offset
    return text + query.text[at:]


def _tags(name: str, mention: Mention):
    for start, end in mention.fragments:
        yield start, 1, f"<{name}> "
        yield end, 0, f" </{name}>"
