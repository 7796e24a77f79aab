"""The values that all JSON formats share: text, lists of texts, and the items read from loaded elements."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeGuard

from adelie_hf.answers import Item
from adelie_hf.prompts.formats.format import ParseResult, clip
from adelie_hf.prompts.formats.json_reading import Element, Loaded
from adelie_hf.prompts.formats.markup import escape_marks

# `json.dumps` makes a new encoder for every call with an argument such as this.
_encode = json.JSONEncoder(ensure_ascii=False).encode

# Adds the name of a repair.
Note = Callable[[str], None]


def dump(value: object) -> str:
    """Write a value as JSON."""
    return escape_marks(_encode(value))


def read_items(
    body: str,
    loaded: Loaded[Element],
    read_item: Callable[[Element, Note], Item | None],
    *,
    only_one: bool = False,
) -> ParseResult:
    """Make a parse result of what was loaded from a body.

    Args:
        loaded: the elements. If they are not complete, the body is a problem.
        read_item: (element, note of a repair) -> its item, or None if the element is a problem.
        only_one: True if every item but the first is a problem.
    """
    items: list[Item] = []
    problems = [] if loaded.complete else [clip(body)]
    repairs = list(loaded.repairs)
    for element in loaded.elements:
        item = read_item(element, repairs.append)
        if item is None or (only_one and items):
            problems.append(_quoted(element))
        else:
            items.append(item)
    return ParseResult(tuple(items), tuple(problems)).with_repairs(*repairs)


def is_text(value: object) -> TypeGuard[str]:
    """Return True for a string that can be stored: an escape such as `\\ud800` is half of a surrogate pair."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_text_list(value: object) -> TypeGuard[list[str]]:
    """Return True for a list of texts."""
    return isinstance(value, list) and all(map(is_text, value))


def _quoted(element: object) -> str:
    """Return a JSON value as `ParseResult.problems` quotes it."""
    try:
        return clip(json.dumps(element))
    except RecursionError:
        return "a value that is nested too deeply"
