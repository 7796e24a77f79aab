"""Label sets as data: `schemas/<source>.yaml` has a source's categories, task by task, with definitions of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from adelie_hf.records import Label, Schema
from adelie_hf.sources.readers.raw_values import StrictDict


@cache
def schemas_of(source: str) -> dict[str, Schema]:
    """The schemas of a source, by task, in the order of its file.

    A category is given by its definition, or by a mapping with `definition`, `name` (where the raw label does not
    read well) and `roles` (of an event type). A role is one of `shared_roles`, or has a definition of its own, as
    the second in `[Place, Entity: the employer]`. Event detection asks for types alone, so its types have no roles.
    """
    shared = shared_roles(source)
    given = {
        task: tuple(_label(raw, about, shared) for raw, about in of_task.items())
        for task, of_task in _data(source).items()
        if task != "roles"
    }
    return given | {"ed": tuple(with_roles(label, ()) for label in given["ed"])} if "ed" in given else given


@cache
def shared_roles(source: str) -> StrictDict[Label]:
    """The roles that mean the same in every event type of a source that has them, by raw label."""
    return StrictDict({raw: _label(raw, about, {}) for raw, about in _data(source).get("roles", {}).items()})


@cache
def names_of(source: str, task: str) -> StrictDict[str]:
    """Raw label -> name shown. Raises ValueError for a label that the schema does not have."""
    return StrictDict({label.raw: label.name for label in schemas_of(source)[task]})


def with_roles(event_type: Label, roles: Schema) -> Label:
    """The event type with these roles and no others."""
    return replace(event_type, roles=tuple(role.name for role in roles), role_labels=roles)


@cache
def _data(source: str) -> dict[str, Any]:
    return yaml.safe_load((files("adelie_hf.sources") / "schemas" / f"{source}.yaml").read_text(encoding="utf-8"))


def _label(raw: str, about: str | dict[str, Any], shared: Mapping[str, Label]) -> Label:
    given = {"definition": about} if isinstance(about, str) else about
    label = Label(given.get("name", readable_label(raw)), raw, given["definition"])
    return with_roles(label, tuple(_role(role, shared) for role in given.get("roles", ())))


def _role(given: str | dict[str, str], shared: Mapping[str, Label]) -> Label:
    if isinstance(given, str):
        return shared[given]
    ((raw, definition),) = given.items()
    return _label(raw, definition, {})


@lru_cache(maxsize=10_000)
def readable_label(label: str) -> str:
    """A label in words: `USED-FOR` and `Used_for` become `used for`, `OtherScientificTerm` `other scientific term`."""
    words = label.replace("_", " ").replace("-", " ")
    if not words.isupper():
        words = "".join(f" {c}" if c.isupper() and at and words[at - 1].islower() else c for at, c in enumerate(words))
    return " ".join(words.lower().split())
