"""The JSON formats: one array of objects a task, read and written as real JSON.

NER        [{"entity": "Acme", "type": "organization"}]
EE         [{"trigger": "attacked", "type": "attack", "arguments": [{"argument": "Paris", "role": "place"}]}]
open IE    [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]
tables     {"header": ["name"], "rows": [["Acme"]]}
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.records import Answer, Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple

# Task -> the item's type and its keys, in the order of the item's fields.
_OBJECTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "ner": (Entity, ("entity", "type")),
    "rc": (Triple, ("head", "relation", "tail")),
    "re": (Triple, ("head", "relation", "tail")),
    "ed": (Trigger, ("trigger", "type")),
    "ee": (EventItem, ("trigger", "type", "arguments")),
    "eae": (Argument, ("argument", "role")),
    "ere": (Triple, ("first event", "relation", "second event")),
    "openie": (Extraction, ("predicate", "arguments")),
    "odie": (Table, ("header", "rows")),
}


def write_json(answer: Answer, task: str) -> str:
    """The answer's body as JSON: `[]` for no answer; the bare object (or `null`) for a table."""
    objects = [_write_object(item, task) for item in answer]
    value: Any = (objects[0] if objects else None) if task == "odie" else objects
    return json.dumps(value, ensure_ascii=False)


def _write_object(item: Item, task: str) -> dict[str, Any]:
    written = dict(zip(_OBJECTS[task][1], item, strict=True))
    if isinstance(item, EventItem):
        written["arguments"] = [_write_object(argument, "eae") for argument in item.arguments]
    return written


def read_json(body: str, task: str) -> Parsed:
    """Reads the body of a JSON answer. Never raises: what is not the task's shape is a problem."""
    value, repaired = _load(body)
    if value is _UNREADABLE:
        return Parsed((), (shorten(body),))
    objects = value if isinstance(value, list) else [] if value is None else [value]
    items, problems = [], [shorten(body)] if repaired else []
    for found in objects:
        item = _read_object(found, task)
        if item is None:
            problems.append(shorten(repr(found)))
        else:
            items.append(item)
    if task == "odie" and len(items) > 1:
        problems += [shorten(repr(extra)) for extra in items[1:]]
        items = items[:1]
    return Parsed(tuple(items), tuple(problems))


_UNREADABLE = object()


def _load(body: str) -> tuple[Any, bool]:
    """The JSON value of a text, and whether it had to be looked for (code fence, prose, Python quotes)."""
    try:
        return json.loads(body), False
    except (ValueError, RecursionError):
        pass
    body = re.sub(r"```[a-z]*", "", body)
    starts = [at for at in (body.find("["), body.find("{")) if at >= 0]
    if not starts:
        return _UNREADABLE, False
    body = body[min(starts) :].strip()
    try:
        return json.JSONDecoder().raw_decode(body)[0], True
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(body), True
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return _UNREADABLE, False


def _read_object(value: Any, task: str) -> Item | None:
    item, keys = _OBJECTS[task]
    if not isinstance(value, dict) or set(value) != set(keys):
        return None
    fields = [value[key] for key in keys]
    if task == "ee" and isinstance(fields[2], list):
        arguments = [_read_object(argument, "eae") for argument in fields.pop()]
        fields = [None] if None in arguments else [*fields, tuple(arguments)]  # type: ignore[list-item]
    elif task == "openie" and _strings(fields[1]):
        fields[1] = tuple(fields[1])
    elif task == "odie":
        header, rows = fields
        if not _strings(header) or not header or not isinstance(rows, list):
            return None
        if not all(_strings(row) and len(row) == len(header) for row in rows):
            return None
        return Table(tuple(header), tuple(map(tuple, rows)))
    return item(*fields) if all(isinstance(field, (str, tuple)) for field in fields) else None


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(field, str) for field in value)
