"""The queries of a unit that become rows (paper, section 3.1), and the pool that their rows draw from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from adelie_hf.answers import Item, Triple, label_of
from adelie_hf.draws import HashRing, SmallestK, draw
from adelie_hf.ieinstruct.held_out import held_out_texts, is_cut_off
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.manifest import Counts
from adelie_hf.prompts.iepile_prompt import iepile_tasks
from adelie_hf.queries import Query, queries
from adelie_hf.records import Record
from adelie_hf.sources import Dropped, Noted, all_sources, read_split
from adelie_hf.sources.own_categories import own_instructions
from adelie_hf.sources.same_text import text_digest
from adelie_hf.sources.unreadable import SHOWN
from adelie_hf.tasks import CLOSED_TASKS

_DEMONSTRATIONS = 200  # in a pool: a question is about one event type in EAE, and a source has up to 168 of them
_EXAMPLES = 50  # kept per category
_IN_MEMORY = 10_000  # queries of a unit; the files of a larger one are read twice


class Example(NamedTuple):
    """An example of a category: its wording, the mentions in it, and their document."""

    wording: str
    mentions: tuple[str, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool of a unit: solved queries by event type ("" except for EAE), and examples by category."""

    demonstrations: dict[str, HashRing[Query]] = field(default_factory=dict)
    examples: dict[str, HashRing[Example]] = field(default_factory=dict)


class Survey(NamedTuple):
    """The result of one pass over a unit.

    Args:
        positions: positions in `stream_queries` of the queries that become rows; None: all of them.
        pool: what their rows draw from.
        kept: the queries that may become rows, with their positions; None where they are too many to keep.
    """

    positions: set[int] | None
    pool: Pool
    kept: list[tuple[int, Query]] | None


def stream_queries(unit: BuildUnit, counts: Counts) -> Iterator[Query]:
    """Yield the queries of a unit's partition, in the order of its files.

    Raises:
        InputError: for a file that cannot be read.
    """
    instructions = own_instructions(unit.split.schema_file)
    held_out_digests = held_out_texts(unit.held_out)
    without_iepile_form = unit.recipe.iepile and unit.task not in iepile_tasks()
    # The units of a source read the same records; those of `feedback` read what the units of `train` read.
    counts_records = unit.task == unit.split.form.tasks[0] and unit.partition != "feedback"
    for record in read_split(unit.split, strict=unit.recipe.strict, cut=unit.recipe.cut):
        if not isinstance(record, Record):
            if counts_records:
                _count(record, counts)
            continue
        if unit.in_mixture and record.source != unit.split.source and _is_held_out(record.source):
            if counts_records:
                counts.dropped["it is of a held-out source"] += 1
            continue
        if unit.own_split:
            held_out = is_cut_off(record, unit.recipe.seed, unit.recipe.own_split)
            if held_out != (unit.partition == "held_out"):
                continue
        if unit.partition in ("train", "feedback") and _is_for_feedback(record, unit.recipe) != (
            unit.partition == "feedback"
        ):
            continue
        if unit.task not in record.schemas:  # a record may serve only some of its source's tasks
            continue
        is_leak = bool(held_out_digests) and text_digest(record.text) in held_out_digests
        for query in queries(record, unit.task):
            counts.read += 1
            if unit.task in instructions:
                query = replace(query, instruction=instructions[unit.task])
            if is_leak:
                counts.dropped["its text is held out"] += 1
            elif without_iepile_form:
                counts.dropped[f"IEPile has no form for {unit.task}"] += 1
            elif unit.task in CLOSED_TASKS and not query.schema:
                counts.dropped["its schema is empty, so there is nothing to ask for"] += 1
            else:
                yield query


def _count(result: Dropped | Noted, counts: Counts) -> None:
    if isinstance(result, Noted):
        counts.noted[result.remark] += 1
        return
    counts.dropped[result.reason] += 1
    if result.problem and len(counts.problems) < SHOWN:
        counts.problems.append(result.problem)


def _is_held_out(source: str) -> bool:
    """Return whether a published data set, of which a file of own data has a record, is held out."""
    return source in all_sources() and all_sources()[source].role == "held-out"


def _is_for_feedback(record: Record, recipe: Recipe) -> bool:
    """Return whether a text is kept for preference samples: drawn by its words, so a copy of it shares its fate."""
    share = recipe.feedback_share
    return share > 0 and draw(recipe.seed, " ".join(record.text.split()).casefold(), "feedback") < share


def choose_queries(unit: BuildUnit, counts: Counts) -> tuple[Iterator[Query], Pool]:
    """Return the queries of a unit that become rows, in the order of its files, and the pool that they draw from."""
    surveyed = survey(unit, counts)
    if surveyed is None:
        return stream_queries(unit, counts), Pool()
    positions, pool, kept = surveyed
    candidates = enumerate(stream_queries(unit, Counts())) if kept is None else iter(kept)
    return (query for position, query in candidates if positions is None or position in positions), pool


def survey(unit: BuildUnit, counts: Counts) -> Survey | None:
    """Pass over a unit once: what its rows are drawn from must be known before the first of them.

    Training rows are the queries with the smallest draws, up to the cap; of those without an answer, only the share
    that the recipe keeps. Held-out rows are drawn in the same way, whatever their demonstrations. None where a unit
    needs no such pass: all of its queries become plain rows.
    """
    recipe = unit.recipe
    training = unit.partition in ("train", "feedback")
    cap = recipe.cap_of(unit.split.source, unit.task, unit.partition, unit.split.own_format)
    if cap is None and not unit.augmented:
        return None
    most = recipe.no_answer_most if training else 1.0
    if unit.partition == "held_out" and recipe.held_out_no_answer is not None:
        most = recipe.held_out_no_answer
    answered, unanswered = SmallestK[int](cap or 0), SmallestK[int](int((cap or 0) * most))
    pools = _PoolBuilder(recipe.seed)
    kept: list[tuple[int, Query]] | None = []
    n_read, n_unanswered, n_thinned = 0, 0, 0
    for position, query in enumerate(stream_queries(unit, counts)):
        n_read += 1
        n_unanswered += not query.answer
        if training and not query.answer and draw(recipe.seed, query.id, "no answer") >= recipe.no_answer:
            n_thinned += 1
            continue
        if cap is not None:
            (answered if query.answer else unanswered).add(draw(recipe.seed, query.id, "cap"), "", position)
        if unit.augmented:
            pools.add(query)
        if kept is not None:
            kept.append((position, query))
            kept = kept if len(kept) <= _IN_MEMORY else None
    pool = pools.pool()
    if cap is None:
        return Survey(None, pool, kept)
    with_answer, without_answer = answered.entries(), unanswered.entries()
    if most < 1:
        without_answer = without_answer[: int(len(with_answer) * most / (1 - most))]
        if not training:  # of so many rows exactly the share, where there are enough
            with_answer = with_answer[: cap - len(without_answer)]
        n_thinned = n_unanswered - len(without_answer)
    positions = {position for *_, position in sorted(with_answer + without_answer)[:cap]}
    counts.dropped["no answer"] += n_thinned
    counts.dropped["over the cap"] += n_read - n_thinned - len(positions)
    return Survey(positions, pool, kept)


class _PoolBuilder:
    def __init__(self, seed: int):
        self.seed = seed
        self.demonstrations: dict[str, SmallestK[Query]] = {}
        self.examples: dict[str, SmallestK[Example]] = {}

    def add(self, query: Query) -> None:
        of_type = self.demonstrations.setdefault(query.event_type, SmallestK(_DEMONSTRATIONS))
        of_type.add(draw(self.seed, query.id, "pool"), query.id, query)
        for number, item in enumerate(query.answer if query.schema else ()):
            identity = f"{query.id}/{number}"
            of_label = self.examples.setdefault(label_of(item), SmallestK(_EXAMPLES))
            of_label.add(draw(self.seed, identity, "pool"), identity, _example(item, query.group))

    def pool(self) -> Pool:
        return Pool(
            {
                event_type: HashRing(self.seed, [entry[1:] for entry in smallest.entries()])
                for event_type, smallest in self.demonstrations.items()
            },
            {
                label: HashRing(self.seed, [entry[1:] for entry in smallest.entries()])
                for label, smallest in self.examples.items()
            },
        )


def _example(item: Item, group: str) -> Example:
    mentions = (item.head, item.tail) if isinstance(item, Triple) else (str(item[0]),)
    return Example(" / ".join(mentions), mentions, group)
