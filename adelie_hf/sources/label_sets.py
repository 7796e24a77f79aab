"""Label sets: `schemas/<source>.yaml` has the categories of a source by task, with definitions of this library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import NotRequired, TypedDict

import yaml

from adelie_hf.records import Label, Schema
from adelie_hf.sources.readers.raw_values import StrictDict


class _LabelEntry(TypedDict):
    """A label in a file, if it has more than a definition. A role is a shared one, or has its own definition."""

    definition: str
    name: NotRequired[str]
    roles: NotRequired[list[str | dict[str, str]]]


@cache
def load_schemas(source: str) -> dict[str, Schema]:
    """Return the schemas of a source by task, in the order of its file.

    In the file a category has a definition, or a mapping with `definition`, `name` (if the raw label does not read
    well) and `roles` (of an event type). A role is the name of one of the shared roles, or has its own definition,
    like the second in `[Place, Entity: the employer]`. The event types of event detection (`ed`) are without roles.
    """
    roles = shared_roles(source)
    schemas = {
        task: tuple(_label(raw, entry, roles) for raw, entry in entries.items())
        for task, entries in _entries(source).items()
        if task != "roles"
    }
    if "ed" in schemas:
        schemas["ed"] = tuple(with_roles(label, ()) for label in schemas["ed"])
    return schemas


@cache
def shared_roles(source: str) -> StrictDict[Label]:
    """Return raw label -> role, of the roles that have the same meaning in all event types of a source."""
    return StrictDict({raw: _label(raw, entry, {}) for raw, entry in _entries(source).get("roles", {}).items()})


@cache
def label_names(source: str, task: str) -> StrictDict[str]:
    """Return raw label -> name in requests and answers. The dict raises ValueError for a label not in the schema."""
    return StrictDict({label.raw: label.name for label in load_schemas(source)[task]})


def with_roles(event_type: Label, roles: Schema) -> Label:
    """Return the event type with these roles instead of its own."""
    return replace(event_type, roles=tuple(role.name for role in roles), role_labels=roles)


@cache
def _entries(source: str) -> dict[str, dict[str, str | _LabelEntry]]:
    file = files("adelie_hf.sources") / "schemas" / f"{source}.yaml"
    entries: dict[str, dict[str, str | _LabelEntry]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return entries


def _label(raw: str, entry: str | _LabelEntry, roles: Mapping[str, Label]) -> Label:
    fields: _LabelEntry = {"definition": entry} if isinstance(entry, str) else entry
    label = Label(fields.get("name", readable_label(raw)), raw, fields["definition"])
    return with_roles(label, tuple(_role(role, roles) for role in fields.get("roles", ())))


def _role(entry: str | dict[str, str], roles: Mapping[str, Label]) -> Label:
    if isinstance(entry, str):
        return roles[entry]
    ((raw, definition),) = entry.items()
    return _label(raw, definition, {})


@lru_cache(maxsize=10_000)
def readable_label(label: str) -> str:
    """Return a label as lower-case words.

    >>> readable_label("USED-FOR"), readable_label("OtherScientificTerm")
    ('used for', 'other scientific term')
    """
    words = label.replace("_", " ").replace("-", " ")
    if not words.isupper():
        words = "".join(
            f" {character}" if character.isupper() and at and words[at - 1].islower() else character
            for at, character in enumerate(words)
        )
    return " ".join(words.lower().split())
