"""IEPile's construction (Gui et al., 2024, section 3): batches of categories, with hard negatives among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from adelie_hf.answers import label_of
from adelie_hf.draws import draw, shuffled
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.queries import Query
from adelie_hf.records import Label

_HARD_NEGATIVES = 3  # per category, where its spelling decides
_MIN_SIMILARITY = 0.2


def category_batches(
    query: Query, recipe: Recipe, hard_negatives: Mapping[str, list[str]] | None = None
) -> Iterator[Query]:
    """Split a query: each part asks for one batch of categories, and its answer is restricted to them.

    The categories asked for are those of the answer, their hard negatives, and as many others as one batch has.
    The arguments of one event are asked for together.

    Args:
        hard_negatives: category -> categories that are easily taken for it; without it the spelling decides.
    """
    seed, query_id = recipe.seed, query.id
    if query.task == "eae":
        yield replace(query, schema=tuple(shuffled(query.schema, seed, query_id, "schema")))
        return
    size = recipe.batches.get(query.task, recipe.batches["other"])
    names = {label.name for label in query.schema}
    positives = {label_of(item) for item in query.answer}
    similar = similar_names(tuple(label.name for label in query.schema)) if hard_negatives is None else hard_negatives
    hard = {other for name in positives for other in similar.get(name, ()) if other in names} - positives
    others = shuffled(sorted(names - positives - hard), seed, query_id, "others")[:size]
    negatives = {name for name in (*hard, *others) if draw(seed, query_id, f"negative/{name}") < recipe.negatives}
    labels = [label for label in query.schema if label.name in positives | negatives] or [
        label for label in query.schema if label.name in others[:1]
    ]
    for number, batch in enumerate(_cut(shuffled(labels, seed, query_id, "schema"), size)):
        batch_names = {label.name for label in batch}
        yield replace(
            query,
            id=f"{query.id}/{number}",
            schema=tuple(batch),
            answer=tuple(item for item in query.answer if label_of(item) in batch_names),
        )


def _cut(labels: list[Label], size: int) -> list[list[Label]]:
    """Cut into batches of one size; a remainder of less than half a batch joins the last one."""
    batches = [labels[start : start + size] for start in range(0, len(labels), size)]
    if len(batches) > 1 and len(batches[-1]) < size // 2:
        remainder = batches.pop()
        batches[-1] += remainder
    return batches


@cache
def similar_names(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Return for each category those with the most similar spelling: Dice coefficient of character trigrams."""
    trigrams = {name: _trigrams(name) for name in names}
    similar = {}
    for name in names:
        ranked = sorted((-_dice(trigrams[name], trigrams[other]), other) for other in names if other != name)
        similar[name] = [other for negative, other in ranked[:_HARD_NEGATIVES] if -negative >= _MIN_SIMILARITY]
    return similar


def _trigrams(name: str) -> set[str]:
    padded = f" {name.casefold()} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)} or {padded}


def _dice(first: set[str], second: set[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))
