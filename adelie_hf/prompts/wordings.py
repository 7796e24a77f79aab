"""Wordings with slots, such as `{text}`, and the YAML files that contain them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_SLOT = re.compile(r"\{(\w+)\}")


def slots(wording: str) -> tuple[str, ...]:
    """Return the names of a wording's slots, in order.

    >>> slots("What links {head} to {tail}?")
    ('head', 'tail')
    """
    return tuple(_SLOT.findall(wording))


def literals(wording: str) -> tuple[str, ...]:
    """Return the text before, between and after the slots: one string more than there are slots.

    >>> literals("What links {head} to {tail}?")
    ('What links ', ' to ', '?')
    """
    return tuple(_SLOT.split(wording)[::2])


def fill(wording: str, values: Mapping[str, str]) -> str:
    """Fill the slots of a wording in a single pass, so that a value may contain braces itself.

    Raises:
        ValueError: for a slot without a value.

    >>> fill("Find {schema}.", {"schema": "{text}"})
    'Find {text}.'
    """
    missing = [slot for slot in slots(wording) if slot not in values]
    if missing:
        raise ValueError(f"no value for the slot {{{missing[0]}}} of {wording!r}")
    return _SLOT.sub(lambda slot: values[slot[1]], wording)


@cache
def read_data(name: str) -> dict[str, Any]:
    """Return the content of a YAML file of `prompts/data`. The callers check what they use."""
    content: dict[str, Any] = yaml.safe_load(
        (files("adelie_hf.prompts") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    )
    return content
