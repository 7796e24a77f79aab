"""The JSON formats, written and read as real JSON; NER and EE as examples.

json         [{"entity": "Acme", "type": "organization"}]
             [{"trigger": "attacked", "type": "attack", "arguments": [{"argument": "Paris", "role": "place"}]}]
json-lines   the objects of `json`, one a line
json-nested  {"entities": [{"name": "Acme", "category": "organization"}]}
             {"events": [{"word": "attacked", "category": "attack", "participants": [{"name": ..., "part": ...}]}]}
json-arrays  [["Acme", "organization"]]
             [["attacked", "attack", [["Paris", "place"]]]]
iepile       {"organization": ["Acme"]}
             {"attack": [{"trigger": "attacked", "arguments": {"place": "Paris"}}]}

`iepile` has the shapes of IEPile (Gui et al., 2024): a relation holds a list of subjects and objects, an argument that
occurs more than once in an event a list of values. Ours for what IEPile does not have: its event arguments stand below
the event's type, which an EAE answer does not name, so roles are the keys here; a predicate of open IE holds lists of
arguments. Categories without an item are left out.

A table (`json` only) is {"header": ["name"], "rows": [["Acme"]]}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from adelie_hf.answers import Answer, Argument, EventItem, Extraction, Item, Table, Triple
from adelie_hf.prompts.items import ITEMS
from adelie_hf.prompts.json_reading import (
    load_arrays,
    load_lines,
    load_members,
    load_nested,
    load_object,
    load_objects,
)
from adelie_hf.prompts.parsed import Parsed, shorten

# Task -> the keys of its objects, in the order of the item's fields.
_KEYS: dict[str, tuple[str, ...]] = {
    "ner": ("entity", "type"),
    "rc": ("head", "relation", "tail"),
    "re": ("head", "relation", "tail"),
    "ed": ("trigger", "type"),
    "ee": ("trigger", "type", "arguments"),
    "eae": ("argument", "role"),
    "ere": ("first event", "relation", "second event"),
    "openie": ("predicate", "arguments"),
    "odie": ("header", "rows"),
}
_NESTED_KEYS: dict[str, tuple[str, ...]] = {
    "ner": ("name", "category"),
    "rc": ("subject", "predicate", "object"),
    "re": ("subject", "predicate", "object"),
    "ed": ("word", "category"),
    "ee": ("word", "category", "participants"),
    "eae": ("name", "part"),
    "ere": ("first", "link", "second"),
    "openie": ("relation phrase", "phrases"),
}
_NESTED_BELOW = {
    "ner": "entities",
    "rc": "relations",
    "re": "relations",
    "ed": "events",
    "ee": "events",
    "eae": "participants",
    "ere": "relations",
    "openie": "statements",
}


def write_json(answer: Answer, task: str, format: str = "json") -> str:
    """The answer's body as JSON; `[]`, `{}` or `null` where it is empty, as the format has it."""
    if format == "json-lines":
        return "\n".join(_dump(_object(item, task, _KEYS)) for item in answer) or "null"
    if format == "json-nested":
        return _dump({_NESTED_BELOW[task]: [_object(item, task, _NESTED_KEYS) for item in answer]})
    if format == "json-arrays":
        return _dump([_array(item) for item in answer])
    if format == "iepile":
        return _dump(_by_category(answer, task))
    objects = [_object(item, task, _KEYS) for item in answer]
    return _dump((objects[0] if objects else None) if task == "odie" else objects)


def read_json(body: str, task: str, format: str = "json") -> Parsed:
    """Reads the body of a JSON answer. Never raises: what is not the task's shape is a problem."""
    elements, exact, read = _load(body, task, format)
    items: list[Item] = []
    problems = [] if exact else [shorten(body) or "the output is empty"]
    for element in elements:
        item = read(element)
        if item is None or (task == "odie" and items):
            problems.append(_show(element))
        else:
            items.append(item)
    return Parsed(tuple(items), tuple(problems))


def _load(body: str, task: str, format: str) -> tuple[list[Any], bool, Callable[[Any], Item | None]]:
    """The elements of an answer, whether they stand as the format says, and what makes an item of one."""
    if format == "json-lines":
        return *load_lines(body), lambda element: _read_object(element, task, _KEYS)
    if format == "json-nested":
        return *load_nested(body, _NESTED_BELOW[task]), lambda element: _read_object(element, task, _NESTED_KEYS)
    if format == "json-arrays":
        return *load_arrays(body), lambda element: _read_array(element, task)
    if format == "iepile":
        members, exact = load_members(body)
        pairs = [(key, element) for key, value in members for element in _listed(value)]
        return pairs, exact, lambda pair: _read_member(pair[0], pair[1], task)
    load = load_object if task == "odie" else load_objects
    return *load(body), lambda element: _read_object(element, task, _KEYS)


# ---- objects --------------------------------------------------------------------------------------


def _object(item: Item, task: str, keys: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    fields: tuple[Any, ...] = item
    written = dict(zip(keys[task], fields, strict=True))
    if isinstance(item, EventItem):
        written[keys[task][-1]] = [_object(argument, "eae", keys) for argument in item.arguments]
    return written


def _read_object(value: Any, task: str, keys: dict[str, tuple[str, ...]]) -> Item | None:
    """The item of a JSON object; None when it has other keys, or values of another kind."""
    if not isinstance(value, dict) or set(value) != set(keys[task]):
        return None
    fields = [value[key] for key in keys[task]]
    if task == "odie":
        return _table(*fields)
    return _read_fields(fields, task, lambda argument: _read_object(argument, "eae", keys))


def _read_fields(fields: list[Any], task: str, read_argument: Callable[[Any], Item | None]) -> Item | None:
    """The item of JSON values in the order of its fields."""
    if task == "ee":
        trigger, type, arguments = fields
        if not _strings([trigger, type]) or not isinstance(arguments, list):
            return None
        found = tuple(argument for argument in map(read_argument, arguments) if isinstance(argument, Argument))
        return EventItem(trigger, type, found) if len(found) == len(arguments) else None
    if task == "openie":
        predicate, arguments = fields
        return Extraction(predicate, tuple(arguments)) if _strings([predicate]) and _strings(arguments) else None
    kind: Any = ITEMS[task]
    return kind(*fields) if _strings(fields) else None


def _table(header: Any, rows: Any) -> Table | None:
    if not _strings(header) or not header or not isinstance(rows, list):
        return None
    even = all(_strings(row) and len(row) == len(header) for row in rows)
    return Table(tuple(header), tuple(map(tuple, rows))) if even else None


# ---- arrays ---------------------------------------------------------------------------------------


def _array(item: Item) -> list[Any]:
    """The fields of an item; an extraction is as flat as its text format, predicate first."""
    if isinstance(item, Extraction):
        return [item.predicate, *item.arguments]
    return list(item)


def _read_array(value: Any, task: str) -> Item | None:
    if not isinstance(value, list):
        return None
    if task == "openie":
        return Extraction(value[0], tuple(value[1:])) if value and _strings(value) else None
    if len(value) != len(ITEMS[task]._fields):
        return None
    return _read_fields(value, task, lambda argument: _read_array(argument, "eae"))


# ---- by category, as IEPile does ------------------------------------------------------------------


def _by_category(answer: Answer, task: str) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for item in answer:
        category, element = _member(item)
        grouped.setdefault(category, []).append(element)
    return grouped


def _member(item: Item) -> tuple[str, Any]:
    """The category of an item, and what stands below it."""
    fields: tuple[Any, ...] = item
    if isinstance(item, Triple):
        return item.relation, {"subject": item.head, "object": item.tail}
    if isinstance(item, EventItem):
        values: dict[str, list[str]] = {}
        for argument, role in item.arguments:
            values.setdefault(role, []).append(argument)
        arguments = {role: found if len(found) > 1 else found[0] for role, found in values.items()}
        return item.type, {"trigger": item.trigger, "arguments": arguments}
    if isinstance(item, Extraction):
        return item.predicate, list(item.arguments)
    mention, category = fields
    return category, mention


def _read_member(category: str, element: Any, task: str) -> Item | None:
    if not _strings([category]):
        return None
    kind: Any = ITEMS[task]
    if kind is Triple:
        ends = _values(element, ("subject", "object"))
        return Triple(ends[0], category, ends[1]) if ends and _strings(ends) else None
    if task == "ee":
        trigger, roles = _values(element, ("trigger", "arguments")) or ["", None]
        if not _strings([trigger]) or not isinstance(roles, dict):
            return None
        arguments = [(value, role) for role, values in roles.items() for value in _listed(values)]
        whole = all(map(_strings, map(list, arguments)))
        return EventItem(trigger, category, tuple(Argument(*argument) for argument in arguments)) if whole else None
    if task == "openie":
        return Extraction(category, tuple(element)) if _strings(element) else None
    return kind(element, category) if _strings([element]) else None


def _values(element: Any, keys: tuple[str, ...]) -> list[Any]:
    """The values of an object that has just these keys."""
    return [element[key] for key in keys] if isinstance(element, dict) and set(element) == set(keys) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# ---- values ---------------------------------------------------------------------------------------


# `json.dumps` makes a new encoder for every call with an argument such as this.
_dump = json.JSONEncoder(ensure_ascii=False).encode


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(field, str) and _is_text(field) for field in value)


def _is_text(value: str) -> bool:
    """Whether a string can be stored: an escape such as `\\ud800` gives half of a surrogate pair, which cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _show(value: Any) -> str:
    """A JSON value as it is quoted in `Parsed.problems`."""
    try:
        return shorten(json.dumps(value))
    except RecursionError:
        return "a value that is nested too deeply"
