"""Checks of raw values. `read_split` turns their errors into messages with file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

from adelie_hf.text_files import excerpt

Value = TypeVar("Value")


class StrictDict(dict[str, Value]):
    """A dict that raises ValueError, naming the known keys, for an unknown key.

    A KeyError is reported as a missing field of the raw example, which an unknown label is not.
    """

    def __missing__(self, key: str) -> Value:
        if not self:
            raise ValueError(f"{key!r} is given, where none is known")
        raise ValueError(f"{key!r} is not one of {', '.join(map(str, self))}")


def item_at(items: Sequence[Value], position: int) -> Value:
    """Return `items[position]`. Raises ValueError outside of the sequence, also for a negative position."""
    if not 0 <= position < len(items):
        raise ValueError(f"position {position} lies outside of {len(items)}")
    return items[position]


def string_list(value: object) -> list[str]:
    """Return a value that is a list of strings. Raises ValueError for any other, also for a single string."""
    if not isinstance(value, list) or not {str}.issuperset(map(type, value)):
        raise ValueError(f"{excerpt(repr(value))} is not a list of strings")
    return value


def parse_offset(value: object) -> int:
    """Return an offset that is given as a number or as digits. Raises ValueError for anything else."""
    if (type(value) is int and value >= 0) or (isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value)):
        return int(value)
    raise ValueError(f"{excerpt(repr(value))} is not an offset")


def record_id(*parts: str) -> str:
    """Return a short id made from the content of a record, for a source without ids of its own.

    The id does not depend on the record's file or position.
    """
    return hashlib.sha256("\0".join(string_list(list(parts))).encode()).hexdigest()[:16]
