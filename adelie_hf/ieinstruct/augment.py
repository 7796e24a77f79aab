"""The augmentations of a training row: restricted schema, guidelines, demonstrations, symbols (paper, section 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from adelie_hf.answers import Answer, EventItem, label_of, with_label
from adelie_hf.draws import draw, pick, shuffled
from adelie_hf.ieinstruct.choose import Pool
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.prompts import relation_kind
from adelie_hf.queries import Query
from adelie_hf.records import Schema

SYMBOLS = (*"ABCDEFGHJKLMNPQRSTUVWXYZ", *(f"LABEL_{number}" for number in range(1, 41)))

_EMPTY_DEMONSTRATION = 0.1  # the share of candidates without an answer that are taken
_CANDIDATES = 50  # looked at for one demonstration

Guidelines = Mapping[str, Sequence[str]]  # category -> example mentions


@dataclass(frozen=True, slots=True)
class AugmentedQuery:
    """A query as its row presents it.

    Args:
        query: with the categories and the answer that the row shows.
        guidelines: category -> example mentions, None in a row without guidelines.
        demonstrations: solved queries that come first.
        symbols: symbol -> the category name that it replaces.
    """

    query: Query
    guidelines: Guidelines | None = None
    demonstrations: tuple[Query, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)


def restrict_schema(query: Query, recipe: Recipe) -> Query:
    """Return the query with a random part of its categories in random order, and its answer restricted to them.

    The answer's items are put in random order, too, as often as the recipe says.
    """
    seed, names = recipe.seed, set(_names(query.schema))
    closed = bool(query.schema)
    if draw(seed, query.id, "subset") < recipe.subset:
        query = _one_kind_of_relation(query, seed) if query.task == "ere" else query
        names = _subset(query, recipe)
    answer = _within(query.answer, names) if closed else query.answer
    if _shuffles(query, recipe):
        answer = _reordered(answer, seed, query.id)
    schema = [label for label in query.schema if label.name in names]
    return query.narrowed(tuple(shuffled(schema, seed, query.id, "schema")), answer)


def _shuffles(query: Query, recipe: Recipe) -> bool:
    return draw(recipe.seed, query.id, "shuffle answer") < recipe.shuffled


def _one_kind_of_relation(query: Query, seed: int) -> Query:
    """Ask about one kind of event relation, preferring one that occurs in the answer (section 3.1)."""
    kinds = {label.name: relation_kind(label) or "" for label in query.schema}
    candidates = sorted({kinds[label_of(item)] for item in query.answer} or set(kinds.values()))
    kind = pick(candidates, seed, query.id, "kind")
    schema = tuple(label for label in query.schema if kinds[label.name] == kind)
    return query.narrowed(schema, _within(query.answer, set(_names(schema))))


def _names(schema: Schema) -> list[str]:
    return [label.name for label in schema]


def _subset(query: Query, recipe: Recipe) -> set[str]:
    """Draw the names of one to all categories.

    A query with an answer keeps one of its categories as often as the recipe drops queries without an answer: a
    subset must not bring those back.
    """
    seed, query_id, names = recipe.seed, query.id, _names(query.schema)
    if not names:
        return set()
    if recipe.subset_keep is None:
        size = 1 + int(draw(seed, query_id, "subset size") * len(names))
        kept = set(shuffled(names, seed, query_id, "subset")[:size])
    else:
        kept = {name for name in names if draw(seed, query_id, f"subset/{name}") < recipe.subset_keep}
    answered = sorted({label_of(item) for item in query.answer})
    kept = kept or {pick(names, seed, query_id, "only category")}
    if answered and kept.isdisjoint(answered) and draw(seed, query_id, "no answer in subset") >= recipe.no_answer:
        kept.remove(min(kept, key=lambda name: draw(seed, query_id, f"gives way/{name}")))
        kept.add(pick(answered, seed, query_id, "category kept"))
    return kept


def _within(answer: Answer, names: Collection[str]) -> Answer:
    return tuple([item for item in answer if label_of(item) in names])


def _reordered(answer: Answer, seed: int, identity: str) -> Answer:
    return tuple(
        item._replace(arguments=tuple(shuffled(item.arguments, seed, identity, f"arguments/{number}")))
        if isinstance(item, EventItem)
        else item
        for number, item in enumerate(shuffled(answer, seed, identity, "answer"))
    )


def draw_guidelines(query: Query, recipe: Recipe, pool: Pool) -> Guidelines | None:
    """Return example mentions for each category of the query, as often as the recipe gives guidelines; else None."""
    if not query.schema or draw(recipe.seed, query.id, "guidelines") >= recipe.guidelines:
        return None
    return {name: _examples(query, name, recipe, pool) for name in _names(query.schema)}


def _examples(query: Query, name: str, recipe: Recipe, pool: Pool) -> tuple[str, ...]:
    """Return mentions of a category from other documents; none of them occurs in the query's text in any case."""
    examples: list[str] = []
    text = query.text.casefold()
    if name in pool.examples:
        for example in pool.examples[name].following(recipe.seed, query.id, f"examples of {name}"):
            if len(examples) == recipe.examples:
                break
            reveals = all(mention.casefold() in text for mention in example.mentions)
            if example.group != query.group and example.wording not in examples and not reveals:
                examples.append(example.wording)
    return tuple(examples)


def can_be_demonstrated(query: Query) -> bool:
    """Return whether other queries show how to solve this one: each on-demand table has a request of its own."""
    return query.task != "odie"


def number_of_demonstrations(query: Query, recipe: Recipe) -> int:
    """Draw how many demonstrations a training row is to have."""
    if not can_be_demonstrated(query) or draw(recipe.seed, query.id, "demonstrations") >= recipe.demonstrations:
        return 0
    return 1 + int(draw(recipe.seed, query.id, "number of demonstrations") * recipe.most_demonstrations)


class Room(NamedTuple):
    """What demonstrations a row has room for; by default, for all that are drawn.

    Args:
        demonstrations: the largest number; None for any.
        characters: the largest length of a demonstration's text; None for any.
    """

    demonstrations: int | None = None
    characters: int | None = None

    def number(self, drawn: int) -> int:
        """Return how many of the drawn demonstrations a row has."""
        return drawn if self.demonstrations is None else min(drawn, self.demonstrations)

    def fits(self, query: Query) -> bool:
        """Return whether a query is short enough to be a demonstration."""
        return self.characters is None or len(query.text) <= self.characters


ALL_FIT = Room()


def draw_demonstrations(
    query: Query, full_schema: Schema, number: int, recipe: Recipe, pool: Pool, room: Room = ALL_FIT
) -> tuple[Query, ...]:
    """Return solved queries of other documents, with the categories that the query shows.

    There are fewer than asked for where the pool has no more that differ.

    Args:
        full_schema: all categories of the query's source.
        number: how many.
        room: limits.
    """
    ring = pool.demonstrations.get(query.event_type)
    if ring is None:
        return ()
    seed = recipe.seed
    names = set(_names(query.schema))
    shuffles = _shuffles(query, recipe)
    texts = {query.text}
    demonstrations: list[Query] = []
    for position in range(room.number(number)):
        for candidate in islice(ring.following(seed, query.id, f"demonstration/{position}"), _CANDIDATES):
            pair = f"{query.id}\0{candidate.id}"
            if not room.fits(candidate):
                continue
            if candidate.group == query.group or any(
                candidate.text in text or text in candidate.text for text in texts
            ):
                continue
            if candidate.schema is not full_schema and not names <= set(_names(candidate.schema)):
                continue
            answer = _within(candidate.answer, names) if names else candidate.answer
            if not answer and draw(seed, pair, "empty") >= _EMPTY_DEMONSTRATION:
                continue
            if shuffles:
                answer = _reordered(answer, seed, pair)
            demonstrations.append(candidate.narrowed(query.schema, answer))
            texts.add(candidate.text)
            break
    return tuple(demonstrations)


def use_symbols(augmented: AugmentedQuery, recipe: Recipe) -> AugmentedQuery:
    """Replace category names by symbols, as often as the recipe says.

    Only categories that the row explains are replaced: by a definition, by examples, or by a demonstration.
    """
    query, guidelines = augmented.query, augmented.guidelines
    if draw(recipe.seed, query.id, "symbols") >= recipe.symbols:
        return augmented
    explained = (
        {label_of(item) for demonstration in augmented.demonstrations for item in demonstration.answer}
        if query.schema
        else set()
    )
    if guidelines is not None:
        explained |= {label.name for label in query.schema if label.definition or guidelines[label.name]}
    replaced = [label.name for label in query.schema if label.name in explained]
    free = [symbol for symbol in SYMBOLS if symbol not in _names(query.schema)]
    symbols = dict(zip(replaced, shuffled(free, recipe.seed, query.id, "symbols"), strict=False))
    if not symbols:
        return augmented
    return AugmentedQuery(
        _with_symbols(query, symbols),
        guidelines and {symbols.get(name, name): examples for name, examples in guidelines.items()},
        tuple(_with_symbols(demonstration, symbols) for demonstration in augmented.demonstrations),
        {symbol: name for name, symbol in symbols.items()},
    )


def _with_symbols(query: Query, symbols: Mapping[str, str]) -> Query:
    return query.narrowed(
        tuple(
            replace(label, name=symbols.get(label.name, label.name), raw=label.raw or label.name)
            for label in query.schema
        ),
        tuple(with_label(item, symbols.get(label_of(item), label_of(item))) for item in query.answer),
    )
