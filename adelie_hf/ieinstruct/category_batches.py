"""IEPile's construction (Gui et al., 2024, section 3): batches of categories, hard negatives among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from adelie_hf.answers import label_of
from adelie_hf.draws import draw, shuffled
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.queries import Query

_ALIKE = 3  # hard negatives of a category, where its spelling decides
_LEAST = 0.2  # likeness of two names


def category_batches(query: Query, recipe: Recipe, hard: Mapping[str, list[str]] | None = None) -> Iterator[Query]:
    """The queries that one becomes: each asks for one batch of categories, and its answer follows.

    Asked for are the categories of the answer, the hard negatives of these, and as many others as a batch holds;
    the arguments of one event are asked for together.

    Args:
        hard: category -> categories that are easily taken for it; without it the spelling decides.
    """
    seed, identity = recipe.seed, query.id
    if query.task == "eae":
        yield replace(query, schema=tuple(shuffled(query.schema, seed, identity, "schema")))
        return
    size = recipe.batches.get(query.task, recipe.batches["other"])
    names = {label.name for label in query.schema}
    positive = {label_of(item) for item in query.answer}
    near = similar_names(tuple(label.name for label in query.schema)) if hard is None else hard
    taken_for = {other for name in positive for other in near.get(name, ()) if other in names} - positive
    others = shuffled(sorted(names - positive - taken_for), seed, identity, "others")[:size]
    negatives = {name for name in (*taken_for, *others) if draw(seed, identity, f"negative/{name}") < recipe.negatives}
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


@cache
def similar_names(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Category -> those that are spelt most like it, by the runs of three letters that they share."""
    letters = {name: _threes(name) for name in names}
    found = {}
    for name in names:
        ranked = sorted((-_dice(letters[name], letters[other]), other) for other in names if other != name)
        found[name] = [other for likeness, other in ranked[:_ALIKE] if -likeness >= _LEAST]
    return found


def _threes(name: str) -> set[str]:
    padded = f" {name.casefold()} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)} or {padded}


def _dice(first: set[str], second: set[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))
