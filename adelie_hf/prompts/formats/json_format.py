"""The JSON formats, written and read as standard JSON; NER and EE as examples.

    json         [{"entity": "Acme", "type": "organization"}]
                 [{"trigger": "attacked", "type": "attack", "arguments": [{"argument": "Paris", "role": "place"}]}]
    json-lines   the objects of `json`, one a line
    json-nested  {"entities": [{"name": "Acme", "category": "organization"}]}
                 {"events": [{"word": "attacked", "category": "attack", "participants": [{"name": ..., "part": ...}]}]}
    json-arrays  [["Acme", "organization"]]
                 [["attacked", "attack", [["Paris", "place"]]]]

A table (`json` only) is {"header": ["name"], "rows": [["Acme"]]}. The format `iepile` has a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from adelie_hf.answers import Answer, Argument, EventItem, Extraction, Item, Table
from adelie_hf.prompts.formats.format import ParseResult
from adelie_hf.prompts.formats.json_reading import load_arrays, load_lines, load_nested, load_object, load_objects
from adelie_hf.prompts.formats.json_values import Note, dump, is_text, is_text_list, read_items
from adelie_hf.prompts.formats.markdown import only_table
from adelie_hf.prompts.formats.markup import NULL
from adelie_hf.tasks import TASKS

# Task -> the keys of an item's fields, in their order. The arguments of an event have the keys of EAE.
_Keys = Mapping[str, tuple[str, ...]]
KEYS: _Keys = {
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
NESTED_KEYS: _Keys = {
    "ner": ("name", "category"),
    "rc": ("subject", "predicate", "object"),
    "re": ("subject", "predicate", "object"),
    "ed": ("word", "category"),
    "ee": ("word", "category", "participants"),
    "eae": ("name", "part"),
    "ere": ("first", "link", "second"),
    "openie": ("relation phrase", "phrases"),
}
# Task -> the key of the list of items in `json-nested`.
NESTED_LISTS = {
    "ner": "entities",
    "rc": "relations",
    "re": "relations",
    "ed": "events",
    "ee": "events",
    "eae": "participants",
    "ere": "relations",
    "openie": "statements",
}


# ---- json, json-lines, json-nested ----------------------------------------------------------------


def write_objects(answer: Answer, task: str) -> str:
    """Write an array of objects; a table as one object, or `null` for no table.

    Raises:
        ValueError: for an answer of on-demand IE that is not one table with rows of even width.
    """
    if TASKS[task].item is Table:
        return dump(_object(only_table(answer), task, KEYS) if answer else None)
    return dump([_object(item, task, KEYS) for item in answer])


def read_objects(body: str, task: str) -> ParseResult:
    """Read what `write_objects` writes."""
    is_table = TASKS[task].item is Table
    load = load_object if is_table else load_objects
    return read_items(body, load(body, _is_object(task, KEYS)), _object_reader(task, KEYS), only_one=is_table)


def write_object_lines(answer: Answer, task: str) -> str:
    """Write one object a line, or `null`."""
    return "\n".join([dump(_object(item, task, KEYS)) for item in answer]) or "null"


def read_object_lines(body: str, task: str) -> ParseResult:
    """Read what `write_object_lines` writes."""
    return read_items(body, load_lines(body, _is_object(task, KEYS)), _object_reader(task, KEYS))


def write_nested(answer: Answer, task: str) -> str:
    """Write an object with one key, whose value is an array of objects."""
    return dump({NESTED_LISTS[task]: [_object(item, task, NESTED_KEYS) for item in answer]})


def read_nested(body: str, task: str) -> ParseResult:
    """Read what `write_nested` writes."""
    loaded = load_nested(body, NESTED_LISTS[task], _is_object(task, NESTED_KEYS))
    return read_items(body, loaded, _object_reader(task, NESTED_KEYS))


def _object(item: Item, task: str, keys: _Keys) -> dict[str, object]:
    written: dict[str, object] = dict(zip(keys[task], item, strict=True))
    if isinstance(item, EventItem):
        written[keys[task][-1]] = [_object(argument, "eae", keys) for argument in item.arguments]
    return written


def _is_object(task: str, keys: _Keys) -> Callable[[object], bool]:
    """Return whether a JSON value is the object of an item, perhaps with other keys besides."""
    required = set(keys[task][:2])
    return lambda value: isinstance(value, dict) and required <= set(value)


def _object_reader(task: str, keys: _Keys) -> Callable[[object, Note], Item | None]:
    """Return the function from a JSON object to its item; None for an object without the keys or of other types."""

    def read(element: object, note: Note) -> Item | None:
        if isinstance(element, dict) and TASKS[task].item is EventItem and element.get(keys[task][2]) is None:
            element = {**element, keys[task][2]: []}
            note("arguments missing")
        if not isinstance(element, dict) or not set(keys[task]) <= set(element):
            return None
        if len(element) > len(keys[task]):
            note("extra keys")
        return _read_fields([element[key] for key in keys[task]], TASKS[task].item, read_argument, note)

    read_argument = read if task == "eae" else _object_reader("eae", keys)
    return read


# ---- json-arrays ----------------------------------------------------------------------------------


def write_arrays(answer: Answer, task: str) -> str:
    """Write an array of arrays."""
    return dump(list(map(to_array, answer)))


def read_arrays(body: str, task: str) -> ParseResult:
    """Read what `write_arrays` writes."""
    item_type = TASKS[task].item

    def is_array(value: object) -> bool:
        return isinstance(value, list) and bool(value) and (value[0] is None or is_text(value[0]))

    return read_items(body, load_arrays(body, is_array), partial(from_array, item_type=item_type))


def to_array(item: Item) -> Sequence[object]:
    """Return the fields of an item, those of an extraction as flat as in `text`."""
    return [item.predicate, *item.arguments] if isinstance(item, Extraction) else item


def from_array(element: object, note: Note, *, item_type: type[Item]) -> Item | None:
    """Return the item of a JSON array, or None if it has values of another number or type."""
    if not isinstance(element, list):
        return None
    if item_type is Extraction:
        return Extraction(element[0], tuple(element[1:])) if element and is_text_list(element) else None
    if len(element) != len(item_type._fields):
        return None
    return _read_fields(element, item_type, partial(from_array, item_type=Argument), note)


# ---- fields ---------------------------------------------------------------------------------------


def _read_fields(
    fields: Sequence[object],
    item_type: type[Item],
    read_argument: Callable[[object, Note], Item | None],
    note: Note,
) -> Item | None:
    """Return the item with these JSON values as fields, in their order; None for values of other types."""
    if item_type is EventItem:
        trigger, event_type, elements = fields
        if not (is_text(trigger) and is_text(event_type) and isinstance(elements, list)):
            return None
        read = [read_argument(element, note) for element in elements]
        arguments = tuple(argument for argument in read if isinstance(argument, Argument))
        return EventItem(trigger, event_type, arguments) if len(arguments) == len(elements) else None
    if item_type is Extraction:
        predicate, phrases = fields
        return Extraction(predicate, tuple(phrases)) if is_text(predicate) and is_text_list(phrases) else None
    if item_type is Table:
        return _read_table(*fields)
    if len(fields) == 2 and fields[0] is None:
        fields = [NULL, fields[1]]
    return item_type._make(fields) if all(map(is_text, fields)) else None


def _read_table(header: object, rows: object) -> Table | None:
    if not is_text_list(header) or not header or not isinstance(rows, list):
        return None
    even = all(is_text_list(row) and len(row) == len(header) for row in rows)
    return Table(tuple(header), tuple(map(tuple, rows))) if even else None
