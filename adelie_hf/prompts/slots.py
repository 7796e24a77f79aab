"""Wordings with slots, such as `{text}`: which they have, and how they are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_SLOT = re.compile(r"\{(\w+)\}")


def slots(wording: str) -> tuple[str, ...]:
    """The names of a wording's slots, in its order."""
    return tuple(_SLOT.findall(wording))


def literals(wording: str) -> tuple[str, ...]:
    """What stands before, between and after the slots of a wording: one string more than it has slots."""
    return tuple(_SLOT.split(wording)[::2])


def fill(wording: str, values: Mapping[str, str]) -> str:
    """Fills the slots of a wording in a single pass, so that a value may hold braces itself.

    Raises:
        ValueError: for a slot without a value.
    """
    missing = [slot for slot in slots(wording) if slot not in values]
    if missing:
        raise ValueError(f"nothing fills the slot {{{missing[0]}}} of {wording!r}")
    return _SLOT.sub(lambda slot: values[slot[1]], wording)


@cache
def read_data(name: str) -> dict[str, Any]:
    """A YAML file of `prompts/data`."""
    return yaml.safe_load((files("adelie_hf.prompts") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
