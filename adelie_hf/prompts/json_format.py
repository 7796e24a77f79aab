"""The JSON formats: one array of objects a task, read and written as real JSON.

NER        [{"entity": "Acme", "type": "organization"}]
EE         [{"trigger": "attacked", "type": "attack", "arguments": [{"argument": "Paris", "role": "place"}]}]
open IE    [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]
tables     {"header": ["name"], "rows": [["Acme"]]}
"""

from __future__ import annotations

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
    fields: tuple[Any, ...] = item
    written = dict(zip(_OBJECTS[task][1], fields, strict=True))
    if isinstance(item, EventItem):
        written["arguments"] = [_write_object(argument, "eae") for argument in item.arguments]
    return written


def read_json(body: str, task: str) -> Parsed:
    """Reads the body of a JSON answer. Never raises: what is not the task's shape is a problem."""
    objects, exact = _load(body, task)
    items: list[Item] = []
    problems = [] if exact else [shorten(body) or "the output is empty"]
    for found in objects:
        item = _read_object(found, task)
        if item is None or (task == "odie" and items):
            problems.append(_show(found))
        else:
            items.append(item)
    return Parsed(tuple(items), tuple(problems))


def _load(body: str, task: str) -> tuple[list[Any], bool]:
    """The objects of a JSON text, and whether they stand there as the format says."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _search(body), False
    if isinstance(value, list):
        return value, task != "odie"
    if value is None and task == "odie":
        return [], True
    return [value], task == "odie"


# An array of objects, or an object without its array.
_START = re.compile(r"\[\s*+(?=[{\]])|(?=\{)")
# A string in JSON's quotes, or in Python's; white space; a bracket, comma or colon; a number or a word. A
# string that is never closed runs to the end, so that each character is looked at once.
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)|\s++|[][{},:]|[^][{},:\s\"']++", re.DOTALL
)
_GAP = re.compile(r"[\s,]*+")
_BARE_QUOTE = re.compile(r"(\\.)|\"", re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}


def _search(body: str) -> list[Any]:
    """The objects in prose, in a code fence, in Python's quotes, or with brackets or commas amiss."""
    start = _START.search(body)
    return [] if start is None else _elements(_mended(body[start.end() :]))


def _elements(body: str) -> list[Any]:
    """The values up to the first that cannot be read."""
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    at = 0
    while gap := _GAP.match(body, at):
        try:
            value, at = decoder.raw_decode(body, gap.end())
        except (ValueError, RecursionError):
            break
        values.append(value)
    return values


def _mended(body: str) -> str:
    """The elements of an array with JSON's quotes, no comma before a bracket, and every bracket closed.

    Brackets are all that is ever added: a bracket closes what was opened within its own, an object
    that starts where a key belongs ends the one before, and the end closes everything. A value that
    breaks off is not completed.
    """
    out: list[str] = []
    opened: list[str] = []
    missing = {"}": 0, "]": 0}  # closing brackets to come
    before = comma = ""  # the last token, and a comma that is held back until a value follows

    def close() -> None:
        bracket = _CLOSES[opened.pop()]
        missing[bracket] -= 1
        out.append(bracket)

    for found in _TOKEN.finditer(body):
        token = found[0]
        if token.isspace():
            out.append(" ")
            continue
        if token in missing:
            comma = ""
            if missing[token]:
                while _CLOSES[opened[-1]] != token:
                    close()
                close()
            elif token == "]":
                break  # the end of the array whose start is not in the body
        elif token == ",":
            comma = token
        else:
            if token in _CLOSES:
                while token == "{" and opened and opened[-1] == "{" and before in (",", "}"):
                    close()
                opened.append(token)
                missing[_CLOSES[token]] += 1
            elif token[0] == "'":
                token = _requoted(found)
            out.append(comma + token)
            comma = ""
        before = found[0]
    while opened:
        close()
    return "".join(out)


def _requoted(string: re.Match[str]) -> str:
    """A string in JSON's quotes instead of Python's; one that is never closed stays as it is, unreadable."""
    if len(string[0]) < 2 or string[0][-1] != "'":
        return string[0]
    inner = string[1].replace("\\'", "'")
    return '"' + _BARE_QUOTE.sub(lambda found: found[1] or '\\"', inner) + '"'


def _read_object(value: Any, task: str) -> Item | None:
    """The item of a JSON object; None when it has other keys, or values of another kind."""
    if not isinstance(value, dict) or set(value) != set(_OBJECTS[task][1]):
        return None
    fields = [value[key] for key in _OBJECTS[task][1]]
    if task == "ee":
        return _event(*fields)
    if task == "openie":
        predicate, arguments = fields
        return Extraction(predicate, tuple(arguments)) if _strings([predicate]) and _strings(arguments) else None
    if task == "odie":
        return _table(*fields)
    return _OBJECTS[task][0](*fields) if _strings(fields) else None


def _event(trigger: Any, type: Any, arguments: Any) -> EventItem | None:
    if not _strings([trigger, type]) or not isinstance(arguments, list):
        return None
    read = [_read_object(argument, "eae") for argument in arguments]
    found = tuple(argument for argument in read if isinstance(argument, Argument))
    return EventItem(trigger, type, found) if len(found) == len(arguments) else None


def _table(header: Any, rows: Any) -> Table | None:
    if not _strings(header) or not header or not isinstance(rows, list):
        return None
    even = all(_strings(row) and len(row) == len(header) for row in rows)
    return Table(tuple(header), tuple(map(tuple, rows))) if even else None


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
