"""Load JSON as models write it: in prose, below a key, in other quotes, with brackets or commas out of place.

Each `load_x` returns the values that could be read, and the names of what was mended. No function raises, and time is
linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from adelie_hf.prompts.formats.json_repair import (
    CLOSING_MARKS,
    GAP,
    OPENING_MARKS,
    elements_of,
    members_of,
    mended,
    merge_members,
    number_hooks,
)

Element = TypeVar("Element")

_KEY = (
    r"(?:\"(?:[^\"\\]|\\.){0,300}\"|'(?:[^'\\]|\\.){0,300}'"
    rf"|[{OPENING_MARKS}][^{CLOSING_MARKS}]{{0,300}}[{CLOSING_MARKS}])"
)
_OBJECT = rf"[{{｛]\s*+{_KEY}\s*+[:：]"
# The start of an array of objects, or of an object without its array; the same for an array of arrays.
_OBJECTS = re.compile(rf"[\[［]\s*+(?={_OBJECT})|(?={_OBJECT})", re.DOTALL)
_STRING = rf"[\"'{OPENING_MARKS}]"
_ARRAYS = re.compile(rf"[\[［]\s*+(?=[\[［]\s*+(?:[\]［\[]|{_STRING}))|(?=[\[［]\s*+{_STRING})")
_LIST = re.compile(rf"[\[［]\s*+(?={_OBJECT})", re.DOTALL)
_MEMBERS = re.compile(rf"[{{｛](?=\s*+{_KEY}\s*+[:：])", re.DOTALL)
_EMPTY = re.compile(r"(?<![\[{])(?:\[\s*+\]|\{\s*+\})(?![\]}])")


class Loaded(NamedTuple, Generic[Element]):
    """The elements that were loaded from a text.

    Args:
        elements: JSON values, numbers as their text.
        repairs: the names of what was mended.
        complete: False if something may be lost.
    """

    elements: list[Element]
    repairs: tuple[str, ...] = ()
    complete: bool = True


# An element as a format expects it: only that is not looked into for a list of elements.
_IsItem = Callable[[object], bool]
_Found = tuple[list[object], tuple[str, ...]]


def load_objects(body: str, is_item: _IsItem) -> Loaded[object]:
    """Load the elements of an array of objects."""
    return _load_array(body, is_item, _OBJECTS)


def load_arrays(body: str, is_item: _IsItem) -> Loaded[object]:
    """Load the elements of an array of arrays."""
    return _load_array(body, is_item, _ARRAYS)


def _load_array(body: str, is_item: _IsItem, start: re.Pattern[str]) -> Loaded[object]:
    exact = _load_exactly(body)
    if exact is not None and isinstance(exact[0][0], list) and not is_item(exact[0][0]):
        elements, repairs = _flat(exact[0][0], is_item)
        return Loaded(elements, (*exact[1], *repairs))
    found = exact or _load_in_prose(body, start)
    return _broken(body, start) if found is None else _unwrapped(*found, is_item)


def _broken(body: str, start: re.Pattern[str]) -> Loaded[object]:
    match = start.search(body)
    return Loaded(elements_of(body[match.end() :]) if match else [], ("broken JSON",), False)


def load_object(body: str, is_item: _IsItem) -> Loaded[object]:
    """Load one object, as a list of one; nothing for `null`."""
    exact = _load_exactly(body)
    if exact is not None and (exact[0][0] is None or is_item(exact[0][0])):
        return Loaded([value for value in exact[0] if value is not None], exact[1])
    loaded = _load_array(body, is_item, _OBJECTS)
    return loaded._replace(repairs=loaded.repairs or ("array around",))


def load_lines(body: str, is_item: _IsItem) -> Loaded[object]:
    """Load the objects of JSON lines; nothing for `null`."""
    values: list[object] = []
    repairs: list[str] = []
    complete, correct = True, 0  # the number of lines that are one object
    for line in filter(str.strip, body.split("\n")):
        exact = _load_exactly(line)
        if exact is not None and (exact[0][0] is None or is_item(exact[0][0])):
            values.extend(exact[0])
            repairs.extend(exact[1])
            correct += 1
        elif "{" in line or "｛" in line:
            loaded = load_objects(line, is_item)
            values.extend(loaded.elements)
            repairs.extend(loaded.repairs or ["array around lines"])
            complete = complete and loaded.complete
        else:
            repairs.append("prose")
    if not correct and not any(map(is_item, values)):  # possibly one object over several lines
        loaded = load_objects(body, is_item)
        return loaded._replace(repairs=loaded.repairs or ("array around lines",))
    if values == [None]:
        return Loaded([], tuple(repairs), complete)
    return Loaded(values, tuple(repairs), complete)


def load_nested(body: str, key: str, is_item: _IsItem) -> Loaded[object]:
    """Load the elements of the array of objects that an object has as the value of `key`."""
    exact = _load_exactly(body)
    if exact is not None:
        value = exact[0][0]
        if isinstance(value, dict) and set(value) == {key} and isinstance(value[key], list):
            return Loaded(value[key], exact[1])
        if isinstance(value, list) and not is_item(value):
            return Loaded(value, (*exact[1], "object missing"))
    start = _LIST if _LIST.search(body) else _OBJECTS
    found = exact or _load_in_prose(body, _OBJECTS)
    return _broken(body, start) if found is None else _unwrapped(*found, is_item)


def load_members(body: str) -> Loaded[tuple[str, object]]:
    """Load the keys and values of an object. A key that occurs twice has the elements of both lists."""
    found = _load_exactly(body, merge_members) or _load_in_prose(body, _OBJECTS, merge_members)
    if found is None:
        match = _MEMBERS.search(body)
        return Loaded(members_of(body[match.end() :]) if match else [], ("broken JSON",), False)
    values, repairs = found
    if len(values) == 1 and isinstance(values[0], list):
        values, repairs = values[0], (*repairs, "array around")
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) == 1 and (inner := _only_object_of_lists(objects[0])) is not None:
        objects, repairs = [inner], (*repairs, "object around")
    members = [member for value in objects for member in value.items()]
    return Loaded(members, repairs, bool(objects) and len(objects) == max(len(values), 1))


def _only_object_of_lists(value: dict[str, object]) -> dict[str, object] | None:
    """Return the object of lists that is the only member of an object."""
    inner = next(iter(value.values())) if len(value) == 1 else None
    if isinstance(inner, dict) and all(isinstance(element, list) for element in inner.values()):
        return inner
    return None


# ---- values that are JSON ----------------------------------------------------------------------------------------


def _load_exactly(text: str, hook: Callable[..., object] | None = None) -> _Found | None:
    """Return the value of a text that is JSON as a list of one, and `numbers` if it has some."""
    numbers: list[str] = []
    try:
        value = json.loads(text, **number_hooks(numbers), object_pairs_hook=hook)
    except (ValueError, RecursionError):
        return None
    return [value], ("numbers",) * bool(numbers)


def _load_in_prose(body: str, start: re.Pattern[str], hook: Callable[..., object] | None = None) -> _Found | None:
    """Return the JSON values that stand one after the other in a text, mended where that is enough to read them."""
    match = start.search(body) or _EMPTY.search(body)
    if match is None:
        return None
    before, part = body[: match.start()], body[match.start() :]
    for names, text in mended(part):
        values, others, rest = _decode_all(text, hook)
        if values and not (rest and rest[0] in "{["):
            return values, (*names, *["prose"] * bool(before.strip() or rest), *others)
    return None


def _decode_all(text: str, hook: Callable[..., object] | None) -> tuple[list[object], tuple[str, ...], str]:
    """Return the values at the start of a text, each once, the repairs, and the first character of the rest."""
    numbers: list[str] = []
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=hook, **number_hooks(numbers))
    values: list[object] = []
    position = copies = 0
    while position < len(text) and text[position] in "{[":
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        if values and _equal(value, values[-1]):
            copies += 1
        else:
            values.append(value)
        position = GAP.match(text, position).end()  # type: ignore[union-attr]  # it matches everywhere
    repairs = (*["numbers"] * bool(numbers), *["repeated answer"] * bool(copies))
    return values, repairs, text[position : position + 1]


def _equal(value: object, other: object) -> bool:
    try:
        return value == other
    except RecursionError:
        return False


# ---- values in an object or array of another shape ----------------------------------------------------------------

_DEPTH = 4  # of the objects around a list of elements


def _unwrapped(values: list[object], repairs: tuple[str, ...], is_item: _IsItem) -> Loaded[object]:
    """Return the elements of values that are lists, items, or objects around lists."""
    elements: list[object] = []
    names = list(repairs)
    for value in values:
        if is_item(value):
            elements.append(value)
            names.append("brackets missing")
        elif isinstance(value, list):
            inner, repairs = _flat(value, is_item)
            elements.extend(inner)
            names.extend(repairs)
        elif (found := _inside(value, is_item, _DEPTH)) is not None:
            elements.extend(found)
            names.append("object around")
        else:
            elements.append(value)
    return Loaded(elements, tuple(names))


def _flat(elements: list[object], is_item: _IsItem) -> tuple[list[object], tuple[str, ...]]:
    """Return the elements of a list of lists of items, or else of the list, and the repair."""
    lists = [element for element in elements if isinstance(element, list) and not is_item(element)]
    if len(lists) < len(elements) or not all(any(map(is_item, element)) for element in lists):
        return elements, ()
    return [inner for element in lists for inner in element], ("array around",) * bool(lists)


def _inside(value: object, is_item: _IsItem, depth: int) -> list[object] | None:
    """Return the elements of the lists in an object, or None if there is no list."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not depth:
        return None
    if is_item(value):
        return [value]
    lists = [_inside(member, is_item, depth - 1) for member in value.values()]
    found = [elements for elements in lists if elements is not None]
    return [element for elements in found for element in elements] if found else None
