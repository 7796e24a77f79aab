"""How a training row asks its query: which categories it shows, under what names, what comes first (section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from adelie_hf.answers import Answer, EventItem, label_of, with_label
from adelie_hf.draws import draw, pick, shuffled
from adelie_hf.ieinstruct.choose import Pool
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.prompts import relation_kind
from adelie_hf.queries import Query
from adelie_hf.records import Schema

SYMBOLS = (*"ABCDEFGHJKLMNPQRSTUVWXYZ", *(f"LABEL_{number}" for number in range(1, 41)))

_EMPTY_DEMONSTRATION = 0.1  # of the candidates without an answer, those that are taken
_LOOKED_AT = 50  # candidates for one demonstration


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a row asks it, with its answer and its demonstrations in the names that the row shows."""

    query: Query
    guidelines: Mapping[str, Sequence[str]] | None = None
    demonstrations: tuple[Query, ...] = ()
    drawn: int = 0  # how many demonstrations it was to have: a small source may have fewer that differ
    symbols: Mapping[str, str] = field(default_factory=dict)  # symbol -> the name that it stands for
    subset: bool = False


def augmented(query: Query, recipe: Recipe, pool: Pool, explained: bool) -> Asked:
    """Draws all that the recipe draws for a query but its format and description.

    A row with an explanation has no demonstrations: they would have to be explained as well.
    """
    seed, identity = recipe.seed, query.id
    whole = query.schema
    names = set(_names(query.schema))
    if draw(seed, identity, "subset") < recipe.subset:
        query = _of_one_kind(query, seed) if query.task == "ere" else query
        names = _subset(query, recipe)
    answer = _within(query.answer, names) if whole else query.answer
    mixed = draw(seed, identity, "shuffle answer") < recipe.shuffled
    query = query.narrowed(
        tuple(shuffled([label for label in query.schema if label.name in names], seed, identity, "schema")),
        _reordered(answer, seed, identity) if mixed else answer,
    )
    guided = bool(query.schema) and draw(seed, identity, "guidelines") < recipe.guidelines
    guidelines = {name: _examples(query, name, recipe, pool) for name in _names(query.schema)} if guided else None
    drawn = 0 if explained else _number_of_demonstrations(query, recipe)
    shown = _demonstrations(query, whole, drawn, pool, seed, mixed)
    asked = Asked(query, guidelines, shown, drawn, subset=len(query.schema) < len(whole))
    if draw(seed, identity, "symbols") >= recipe.symbols:
        return asked
    return _in_symbols(asked, seed)


def _of_one_kind(query: Query, seed: int) -> Query:
    """Relations between events are asked for kind by kind: a kind that holds, where one does (section 3.1)."""
    kinds = {label.name: relation_kind(label) for label in query.schema}
    open_ = sorted({kinds[label_of(item)] or "" for item in query.answer} or {kind or "" for kind in kinds.values()})
    kind = pick(open_, seed, query.id, "kind")
    schema = tuple(label for label in query.schema if (kinds[label.name] or "") == kind)
    return query.narrowed(schema, _within(query.answer, set(_names(schema))))


def _names(schema: Schema) -> list[str]:
    return [label.name for label in schema]


def _subset(query: Query, recipe: Recipe) -> set[str]:
    """Names of categories: 1 to all of them. A query that has an answer keeps one of its categories, as often as
    queries without an answer are left out: a subset is not to bring those back.
    """
    seed, identity, names = recipe.seed, query.id, _names(query.schema)
    if not names:
        return set()
    if recipe.subset_keep is None:
        size = 1 + int(draw(seed, identity, "subset size") * len(names))
        kept = set(shuffled(names, seed, identity, "subset")[:size])
    else:
        kept = {name for name in names if draw(seed, identity, f"subset/{name}") < recipe.subset_keep}
    needed = sorted({label_of(item) for item in query.answer})
    kept = kept or {pick(names, seed, identity, "only category")}
    if needed and kept.isdisjoint(needed) and draw(seed, identity, "no answer in subset") >= recipe.no_answer:
        kept.remove(min(kept, key=lambda name: draw(seed, identity, f"gives way/{name}")))
        kept.add(pick(needed, seed, identity, "category kept"))
    return kept


def _within(answer: Answer, names: Iterable[str]) -> Answer:
    return tuple([item for item in answer if label_of(item) in names])


def _reordered(answer: Answer, seed: int, identity: str) -> Answer:
    return tuple(
        item._replace(arguments=tuple(shuffled(item.arguments, seed, identity, f"arguments/{number}")))
        if isinstance(item, EventItem)
        else item
        for number, item in enumerate(shuffled(answer, seed, identity, "answer"))
    )


def _examples(query: Query, name: str, recipe: Recipe, pool: Pool) -> tuple[str, ...]:
    """Examples of a category, from other documents than the query's, that its text does not hold in any spelling."""
    found: list[str] = []
    text = query.text.casefold()
    if name in pool.examples:
        for example in pool.examples[name].following(recipe.seed, query.id, f"examples of {name}"):
            if len(found) == recipe.examples:
                break
            told = all(mention.casefold() in text for mention in example.mentions)
            if example.group != query.group and example.shown not in found and not told:
                found.append(example.shown)
    return tuple(found)


def _number_of_demonstrations(query: Query, recipe: Recipe) -> int:
    """On-demand tables have none: each has a request of its own, which another table does not solve."""
    if query.task == "odie" or draw(recipe.seed, query.id, "demonstrations") >= recipe.demonstrations:
        return 0
    return 1 + int(draw(recipe.seed, query.id, "number of demonstrations") * recipe.most_demonstrations)


def _demonstrations(query: Query, whole: Schema, number: int, pool: Pool, seed: int, mixed: bool) -> tuple[Query, ...]:
    """Solved queries of other documents, with the categories that the query shows.

    Args:
        whole: all categories of the query's own source.
        number: how many; fewer where the pool has no more that differ.
        mixed: whether answers are in random order.
    """
    identity = query.id
    ring = pool.demonstrations.get(query.event_type)
    if ring is None:
        return ()
    names = set(_names(query.schema))
    texts = {query.text}
    shown: list[Query] = []
    for at in range(number):
        for candidate in islice(ring.following(seed, identity, f"demonstration/{at}"), _LOOKED_AT):
            if candidate.group == query.group or any(
                candidate.text in text or text in candidate.text for text in texts
            ):
                continue
            if candidate.schema is not whole and not names <= set(_names(candidate.schema)):
                continue
            answer = _within(candidate.answer, names) if names else candidate.answer
            if not answer and draw(seed, f"{identity}\0{candidate.id}", "empty") >= _EMPTY_DEMONSTRATION:
                continue
            if mixed:
                answer = _reordered(answer, seed, f"{identity}\0{candidate.id}")
            shown.append(candidate.narrowed(query.schema, answer))
            texts.add(candidate.text)
            break
    return tuple(shown)


def _in_symbols(asked: Asked, seed: int) -> Asked:
    """Symbols for the categories that the row makes plain: by a definition, by examples, or by a demonstration."""
    query = asked.query
    plain = {label_of(item) for shown in asked.demonstrations for item in shown.answer} if query.schema else set()
    if asked.guidelines is not None:
        plain |= {label.name for label in query.schema if label.definition or asked.guidelines[label.name]}
    named = [label.name for label in query.schema if label.name in plain]
    free = [symbol for symbol in SYMBOLS if symbol not in _names(query.schema)]
    symbols = dict(zip(named, shuffled(free, seed, query.id, "symbols"), strict=False))
    if not symbols:
        return asked

    def renamed(each: Query) -> Query:
        return replace(
            each,
            schema=tuple(
                replace(label, name=symbols.get(label.name, label.name), raw=label.raw or label.name)
                for label in each.schema
            ),
            answer=tuple(with_label(item, symbols.get(label_of(item), label_of(item))) for item in each.answer),
        )

    return replace(
        asked,
        query=renamed(query),
        demonstrations=tuple(map(renamed, asked.demonstrations)),
        guidelines=asked.guidelines
        and {symbols.get(name, name): examples for name, examples in asked.guidelines.items()},
        symbols={symbol: name for name, symbol in symbols.items()},
    )
