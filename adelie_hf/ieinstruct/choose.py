"""Which queries of a part become rows (paper, section 3.1), and the pool that these draw demonstrations from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from adelie_hf.answers import Item, Triple, label_of
from adelie_hf.draws import HashRing, SmallestK, draw
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.prompts.iepile import iepile_tasks
from adelie_hf.queries import Query, queries
from adelie_hf.records import Record
from adelie_hf.sources import get_source, read_split
from adelie_hf.tasks import CLOSED_TASKS

_DEMONSTRATIONS = 200  # in a pool: a question is about one event type in EAE, and a source has up to 168 of them
_EXAMPLES = 50  # kept for a category
_KEPT = 10_000  # queries of a part; the files of one that has more are read twice


class Example(NamedTuple):
    """What a category is explained with: how it is shown, the mentions that it shows, and their document."""

    shown: str
    mentions: tuple[str, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What the rows of a part draw from: solved queries by event type ("" but for EAE), and examples by category.

    An example comes with its mentions and its document, since no row is told of mentions of its own.
    """

    demonstrations: dict[str, HashRing[Query]] = field(default_factory=dict)
    examples: dict[str, HashRing[Example]] = field(default_factory=dict)


def stream_queries(part: BuildUnit, counts: Counter[str]) -> Iterator[Query]:
    """The queries of a part's side, in the order of its files. Raises InputError for a file that cannot be read."""
    seed = part.recipe.seed
    without_form = part.recipe.iepile and part.task not in iepile_tasks()
    counting = part.task == get_source(part.split.source).tasks[0]  # the parts of a source read the same records
    for record in read_split(part.split):
        if not isinstance(record, Record):
            if counting:
                counts[f"dropped: {record.reason}"] += 1
            continue
        if part.own_split:
            held_out = draw(seed, f"{record.source}/{record.group}", "own split") < part.recipe.own_split
            if held_out != (part.side == "held-out"):
                continue
        if part.task not in record.schemas:  # a record may serve only some of its source's tasks
            continue
        for query in queries(record, part.task):
            counts["read"] += 1
            if without_form:
                counts[f"dropped: IEPile has no form for {part.task}"] += 1
            elif part.task in CLOSED_TASKS and not query.schema:
                counts["dropped: its schema is empty, so there is nothing to ask for"] += 1
            else:
                yield query


class Survey(NamedTuple):
    """What one pass over a part finds: the places, in `asked`, of the queries that become rows (None: of all of them),
    the pool, and the queries that may become rows with their places, unless they are too many to keep.
    """

    chosen: set[int] | None
    pool: Pool
    kept: list[tuple[int, Query]] | None


def choose_queries(part: BuildUnit, counts: Counter[str]) -> tuple[Iterator[Query], Pool]:
    """The queries of a part that become rows, in the order of its files, and the pool that these draw from."""
    surveyed = survey(part, counts)
    if surveyed is None:
        return stream_queries(part, counts), Pool()
    places, pool, kept = surveyed
    queries = enumerate(stream_queries(part, Counter())) if kept is None else iter(kept)
    return (query for at, query in queries if places is None or at in places), pool


def survey(part: BuildUnit, counts: Counter[str]) -> Survey | None:
    """One pass over a part, since what its rows are drawn from has to be known before the first of them.

    Training rows are the queries with the lowest lots, up to the cap; of those without an answer, only the
    share that the recipe keeps. None where a part needs no such pass: all of its queries become plain rows.
    """
    recipe = part.recipe
    training = part.side == "train"
    cap = recipe.cap_of(part.split.source, part.task, part.side)
    if cap is None and not part.augmented:
        return None
    most = recipe.no_answer_most if training else 1.0
    answered, empty = SmallestK[int](cap or 0), SmallestK[int](int((cap or 0) * most))
    pooling = _Pooling(recipe.seed)
    kept: list[tuple[int, Query]] | None = []
    read_split, unanswered, thinned = 0, 0, 0
    for at, query in enumerate(stream_queries(part, counts)):
        read_split += 1
        unanswered += not query.answer
        if training and not query.answer and draw(recipe.seed, query.id, "no answer") >= recipe.no_answer:
            thinned += 1
            continue
        if cap is not None:
            (answered if query.answer else empty).add(draw(recipe.seed, query.id, "cap"), "", at)
        if part.augmented:
            pooling.add(query)
        if kept is not None:
            kept.append((at, query))
            kept = kept if len(kept) <= _KEPT else None
    pool = pooling.pool()
    if cap is None:
        return Survey(None, pool, kept)
    full, none = answered.entries(), empty.entries()
    if most < 1:
        none = none[: int(len(full) * most / (1 - most))]
        thinned = unanswered - len(none)
    places = {at for *_, at in sorted(full + none)[:cap]}
    left_out = {"dropped: no answer": thinned, "dropped: over the cap": read_split - thinned - len(places)}
    counts.update({reason: number for reason, number in left_out.items() if number})
    return Survey(places, pool, kept)


class _Pooling:
    def __init__(self, seed: int):
        self.seed = seed
        self.demonstrations: dict[str, SmallestK[Query]] = {}
        self.examples: dict[str, SmallestK[Example]] = {}

    def add(self, query: Query) -> None:
        by_type = self.demonstrations.setdefault(query.event_type, SmallestK(_DEMONSTRATIONS))
        by_type.add(draw(self.seed, query.id, "pool"), query.id, query)
        for number, item in enumerate(query.answer if query.schema else ()):
            identity = f"{query.id}/{number}"
            by_label = self.examples.setdefault(label_of(item), SmallestK(_EXAMPLES))
            by_label.add(draw(self.seed, identity, "pool"), identity, _example(item, query.group))

    def pool(self) -> Pool:
        return Pool(
            {
                key: HashRing(self.seed, [entry[1:] for entry in pool.entries()])
                for key, pool in self.demonstrations.items()
            },
            {key: HashRing(self.seed, [entry[1:] for entry in pool.entries()]) for key, pool in self.examples.items()},
        )


def _example(item: Item, group: str) -> Example:
    mentions = (item.head, item.tail) if isinstance(item, Triple) else (str(item[0]),)
    return Example(" / ".join(mentions), mentions, group)
