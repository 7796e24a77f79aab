"""Checks on raw values, with errors that a reader's framework turns into file and line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

from adelie_hf.text_files import excerpt

T = TypeVar("T")


class StrictDict(dict[str, T]):
    """What is defined, by name. Raises ValueError for another name: KeyError is for a field that is missing."""

    def __missing__(self, name: str) -> T:
        raise ValueError(f"{name!r} is none of {', '.join(map(str, self))}")


def item_at(items: Sequence[T], position: int) -> T:
    """`items[position]`. Raises ValueError outside of them: Python would take a negative position from the end."""
    if not 0 <= position < len(items):
        raise ValueError(f"position {position} lies outside of {len(items)}")
    return items[position]


def string_list(value: Any) -> list[str]:
    """A list of strings. Raises ValueError for anything else: a string would pass for a list of its characters."""
    if not isinstance(value, list) or not {str}.issuperset(map(type, value)):
        raise ValueError(f"{excerpt(repr(value))} is not a list of strings")
    return value


def record_id(*parts: str) -> str:
    """A short name for a record whose source numbers nothing: the same for the same content in any file and order."""
    return hashlib.sha256("\0".join(string_list(list(parts))).encode()).hexdigest()[:16]
