"""IEPile's construction (Gui et al., 2024, section 3): a query is asked in batches of categories, hard negatives among them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.lots import lot, shuffled
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.records import Query, Schema, label_of

_ALIKE = 3  # hard negatives of a category, where its spelling decides
_LEAST = 0.2  # likeness of two names


def batched(query: Query, recipe: Recipe) -> Iterator[Query]:
    """The queries that one becomes: each asks for one batch of categories, and its answer follows.

    Asked for are the categories of the answer, the hard negatives of these, and as many others as a batch holds;
    the arguments of one event are asked for together.
    """
    seed, identity = recipe.seed, query.id
    if query.task == "eae":
        yield replace(query, schema=tuple(shuffled(query.schema, seed, identity, "schema")))
        return
    size = recipe.batches.get(query.task, recipe.batches["other"])
    names = {label.name for label in query.schema}
    positive = {label_of(item) for item in query.answer}
    alike = hard_negatives(query.schema, recipe.hard_negatives)
    hard = {other for name in positive for other in alike.get(name, ()) if other in names} - positive
    others = shuffled(sorted(names - positive - hard), seed, identity, "others")[:size]
    negatives = {name for name in (*hard, *others) if lot(seed, identity, f"negative/{name}") < recipe.negatives}
    asked = [label for label in query.schema if label.name in positive | negatives] or [
        label for label in query.schema if label.name in others[:1]
    ]
    for number, batch in enumerate(_cut(shuffled(asked, seed, identity, "schema"), size)):
        of_batch = {label.name for label in batch}
        yield replace(
            query,
            id=f"{query.id}/{number}",
            schema=tuple(batch),
            answer=tuple(item for item in query.answer if label_of(item) in of_batch),
        )


def _cut(labels: list, size: int) -> list[list]:
    """Batches of one size; what is left over is one more, or goes to the last where it is less than half of one."""
    batches = [labels[at : at + size] for at in range(0, len(labels), size)]
    if len(batches) > 1 and len(batches[-1]) < size // 2:
        last = batches.pop()
        batches[-1] += last
    return batches


def hard_negatives(schema: Schema, file: str | None) -> dict[str, list[str]]:
    """Category -> categories easily taken for it: from a file, else those that are spelt most like it."""
    return _of_file(file) if file else _alike(tuple(label.name for label in schema))


@cache
def _of_file(file: str) -> dict[str, list[str]]:
    """A mapping, or IEPile's: task -> data set -> category -> categories. Raises InputError for anything else."""
    try:
        values: Any = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({' '.join(str(error).split())})") from None
    found: dict[str, list[str]] = {}

    def take(value: Any) -> None:
        if not isinstance(value, dict):
            raise InputError(f"{file}: holds {json.dumps(value, default=str)[:60]} where a mapping of categories is expected")
        for name, of_name in value.items():
            if isinstance(of_name, list) and all(isinstance(each, str) for each in of_name):
                found.setdefault(str(name), []).extend(of_name)
            else:
                take(of_name)

    take(values)
    return found


@cache
def _alike(names: tuple[str, ...]) -> dict[str, list[str]]:
    letters = {name: _threes(name) for name in names}
    alike = {}
    for name in names:
        ranked = sorted((-_dice(letters[name], letters[other]), other) for other in names if other != name)
        alike[name] = [other for likeness, other in ranked[:_ALIKE] if -likeness >= _LEAST]
    return alike


def _threes(name: str) -> set[str]:
    padded = f" {name.casefold()} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)} or {padded}


def _dice(first: set[str], second: set[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))
