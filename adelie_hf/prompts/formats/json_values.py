"""The values that all JSON formats share: text, lists of texts, and the items read from loaded elements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeGuard, TypeVar

from adelie_hf.answers import Item
from adelie_hf.prompts.formats.format import ParseResult, clip

Element = TypeVar("Element")

# `json.dumps` makes a new encoder for every call with an argument such as this.
dump = json.JSONEncoder(ensure_ascii=False).encode


def read_items(
    body: str,
    elements: Iterable[Element],
    exact: bool,
    read_item: Callable[[Element], Item | None],
    *,
    only_one: bool = False,
) -> ParseResult:
    """Make a parse result of the elements that were loaded from a body.

    Args:
        exact: False if the body is not JSON of the format's shape, which is a problem.
        read_item: element -> its item, or None if the element is a problem.
        only_one: True if every item but the first is a problem.
    """
    items: list[Item] = []
    problems = [] if exact else [clip(body)]
    for element in elements:
        item = read_item(element)
        if item is None or (only_one and items):
            problems.append(_quoted(element))
        else:
            items.append(item)
    return ParseResult(tuple(items), tuple(problems))


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
