"""Label sets as data: `schemas/<source>.yaml` has a source's categories, task by task, with definitions of ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from adelie_hf.records import Label, Schema
from adelie_hf.sources.reading import Known, readable


@cache
def schemas(source: str) -> dict[str, Schema]:
    """The schemas of a source, by task, in the order of its file.

    A category is given by its definition, or by a mapping with `definition`, `name` (where the raw label does not
    read well) and `roles` (of an event type).
    """
    text = files("adelie_hf.sources").joinpath("schemas", f"{source}.yaml").read_text(encoding="utf-8")
    return {
        task: tuple(_label(raw, about) for raw, about in of_task.items())
        for task, of_task in yaml.safe_load(text).items()
    }


def _label(raw: str, about: str | dict[str, Any]) -> Label:
    given = {"definition": about} if isinstance(about, str) else about
    return Label(
        given.get("name", readable(raw)),
        raw,
        given["definition"],
        tuple(readable(role) for role in given.get("roles", ())),
    )


@cache
def names(source: str, task: str) -> Known[str]:
    """Raw label -> name shown. Raises ValueError for a label that the schema does not have."""
    return Known({label.raw: label.name for label in schemas(source)[task]})
