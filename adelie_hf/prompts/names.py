"""The names of the answer formats, by family and by task (the paper has three families of five each, section 3.2)."""

from __future__ import annotations

from adelie_hf.errors import InputError
from adelie_hf.tasks import TASKS

# `text` and `json` come first among all names: evaluation asks for the one, most mixtures for both.
_FAMILIES = {
    "text": "triplet",
    "json": "json",
    "arrows": "triplet",
    "bars": "triplet",
    "angles": "triplet",
    "calls": "triplet",
    "iepile": "json",
    "json-arrays": "json",
    "json-lines": "json",
    "json-nested": "json",
    "sentences": "natural",
    "report": "natural",
    "lists": "natural",
    "questions": "natural",
    "category-first": "natural",
}
FORMATS = tuple(_FAMILIES)


def family(format: str) -> str:
    """`triplet`, `json` or `natural`. Raises InputError for a format that is not there."""
    _check_format(format)
    return _FAMILIES[format]


def formats(task: str) -> tuple[str, ...]:
    """The formats that a task has: a table is written as Markdown or JSON, everything else in all of `FORMATS`.

    Raises:
        InputError: for a task that is not there.
    """
    _check_task(task)
    return FORMATS[:2] if task == "odie" else FORMATS


def check(task: str, format: str) -> None:
    """Raises InputError for a task or a format that is not there, or not together."""
    known = formats(task)
    if format not in known:
        _check_format(format)
        raise InputError(f"{task} has no format {format!r}; its formats are {', '.join(known)}")


def _check_task(task: str) -> None:
    if task not in TASKS:
        raise InputError(f"unknown task {task!r}; the tasks are {', '.join(TASKS)}")


def _check_format(format: str) -> None:
    if format not in _FAMILIES:
        raise InputError(f"unknown format {format!r}; the formats are {', '.join(FORMATS)}")
