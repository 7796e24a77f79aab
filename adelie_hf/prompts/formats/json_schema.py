"""JSON schemas of the formats `json` and `json-nested`: what an endpoint may answer to a request.

A schema accepts every `write(answer)` with the requested categories, and what it accepts is read without a problem;
the rows of a table may be uneven, which JSON Schema cannot rule out. Mentions are any strings: they are looked for in
the text afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adelie_hf.answers import EventItem, Extraction, Table, Triple
from adelie_hf.prompts.formats.json_format import KEYS, NESTED_KEYS, NESTED_LISTS
from adelie_hf.prompts.formats.text_grammar import MOST_ITEMS, Pairs
from adelie_hf.records import Label, Schema
from adelie_hf.tasks import TASKS

JsonSchema = dict[str, object]

_TEXT: JsonSchema = {"type": "string"}
_TEXTS: JsonSchema = {"type": "array", "items": _TEXT}


def json_schema(task: str, schema: Schema, *, nested: bool = False, pairs: Pairs = ()) -> JsonSchema:
    """Return the JSON schema of the answers to a request.

    Args:
        task: one of `TASKS`.
        schema: the requested categories.
        nested: whether the format is `json-nested`, whose answers are objects, as some endpoints require.
        pairs: for relation classification, the mentions in question: (head, tail).

    >>> json_schema("ner", (Label("person"),))["items"]["properties"]["type"]
    {'type': 'string', 'enum': ['person']}
    """
    keys = NESTED_KEYS if nested else KEYS
    if TASKS[task].item is Table:
        rows: JsonSchema = {"type": "array", "items": _TEXTS}
        return _one_of([{"type": "null"}, _object(keys[task], [{**_TEXTS, "minItems": 1}, rows])])
    items = {"type": "array", "items": _item(task, schema, keys, pairs), "maxItems": MOST_ITEMS}
    return _object([NESTED_LISTS[task]], [items]) if nested else items


def _item(task: str, schema: Schema, keys: Mapping[str, Sequence[str]], pairs: Pairs) -> JsonSchema:
    names = [label.name for label in schema]
    item_type = TASKS[task].item
    if item_type is Extraction:
        return _object(keys[task], [_TEXT, _TEXTS])
    if item_type is EventItem:
        return _one_of(
            [_object(keys[task], [_TEXT, _names([label.name]), _arguments(label, keys)]) for label in schema]
        )
    if item_type is not Triple:
        return _object(keys[task], [_TEXT, _names(names)])
    if not pairs:
        return _object(keys[task], [_TEXT, _names(names), _TEXT])
    both = [pair for head, tail in pairs for pair in ((head, tail), (tail, head))]
    return _one_of([_object(keys[task], [_names([head]), _names(names), _names([tail])]) for head, tail in both])


def _arguments(label: Label, keys: Mapping[str, Sequence[str]]) -> JsonSchema:
    if not label.roles:
        return {"type": "array", "items": _TEXT, "maxItems": 0}
    return {"type": "array", "items": _object(keys["eae"], [_TEXT, _names(list(label.roles))])}


def _object(keys: Sequence[str], values: Sequence[JsonSchema]) -> JsonSchema:
    return {
        "type": "object",
        "properties": dict(zip(keys, values, strict=True)),
        "required": list(keys),
        "additionalProperties": False,
    }


def _names(names: list[str]) -> JsonSchema:
    return {"type": "string", "enum": names}


def _one_of(schemas: list[JsonSchema]) -> JsonSchema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
