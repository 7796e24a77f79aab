"""The nine tasks in one table: the queries of a record, the items of an answer, the metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple
from adelie_hf.records import Mention, Record, Relation, Schema, role_schema


class Question(NamedTuple):
    """The fields of a `Query` that a task derives from a record.

    `schema` is None if the query offers all categories of the record.
    """

    answer: Answer
    focus: tuple[tuple[str, Mention], ...] = ()
    event_type: str = ""
    schema: Schema | None = None
    instruction: str = ""
    explanation: str = ""


class Metric(NamedTuple):
    """A metric: its name for `evaluate.load`, and its title in tables and cards."""

    name: str
    title: str


EXACT_F1 = Metric("ie_f1", "exact-match F1")
CARB_F1 = Metric("carb", "CaRB F1")
TABLE_ROUGE_L = Metric("odie_table", "table ROUGE-L")


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Args:
        title: the name in prose.
        item: the type of the items of an answer.
        ask: record -> its questions with their gold answers, in the order of the text.
        metric: the metric that scores answers.
        schema_title: the heading of the categories in a request; "" for a task without categories.
        slots: the slots that task descriptions may have besides `{text}`.
        instructed: True if each record has an instruction of its own, which replaces the task description.
    """

    title: str
    item: type[Item]
    ask: Callable[[Record], Iterator[Question]]
    metric: Metric
    schema_title: str = ""
    slots: tuple[str, ...] = ()
    instructed: bool = False

    @property
    def closed(self) -> bool:
        """True if answers use given categories and are scored by exact match (paper, appendix C.1)."""
        return self.metric is EXACT_F1


def _ask_ner(record: Record) -> Iterator[Question]:
    yield Question(tuple([Entity(mention.text, mention.type) for mention in record.mentions]))


def _triple(relation: Relation) -> Triple:
    return Triple(relation.head.text, relation.type, relation.tail.text)


def _ask_re(record: Record) -> Iterator[Question]:
    yield Question(tuple(map(_triple, record.relations)))


def _ask_pairs(first: str, second: str) -> Callable[[Record], Iterator[Question]]:
    """Return the ask function of RC and ERE: one question a pair; the answer has its relations in both directions."""

    def ask(record: Record) -> Iterator[Question]:
        triples: dict[frozenset[Mention], list[Triple]] = {}
        for relation in record.relations:
            triples.setdefault(frozenset((relation.head, relation.tail)), []).append(_triple(relation))
        for head, tail in record.pairs:
            yield Question(tuple(triples.get(frozenset((head, tail)), ())), ((first, head), (second, tail)))

    return ask


def _ask_ed(record: Record) -> Iterator[Question]:
    yield Question(tuple([Trigger(event.trigger.text, event.type) for event in record.events]))


def _arguments(arguments: tuple[tuple[Mention, str], ...]) -> tuple[Argument, ...]:
    return tuple([Argument(mention.text, role) for mention, role in arguments])


def _ask_ee(record: Record) -> Iterator[Question]:
    yield Question(
        tuple([EventItem(event.trigger.text, event.type, _arguments(event.arguments)) for event in record.events])
    )


def _ask_eae(record: Record) -> Iterator[Question]:
    event_types = {label.name: label for label in record.schemas["eae"]}
    for event in record.events:
        roles = role_schema(event_types[event.type]) if event.type in event_types else ()
        yield Question(_arguments(event.arguments), (("event", event.trigger),), event.type, roles)


def _ask_openie(record: Record) -> Iterator[Question]:
    yield Question(record.extractions)


def _ask_odie(record: Record) -> Iterator[Question]:
    table = () if record.table is None else (record.table,)
    yield Question(table, instruction=record.instruction, explanation=record.explanation)


TASKS = {
    "ner": Task("named entity recognition", Entity, _ask_ner, EXACT_F1, "Entity types", ("schema",)),
    "rc": Task(
        "relation classification",
        Triple,
        _ask_pairs("head", "tail"),
        EXACT_F1,
        "Relations",
        ("schema", "head", "tail"),
    ),
    "re": Task("relation extraction", Triple, _ask_re, EXACT_F1, "Relations", ("schema",)),
    "ed": Task("event detection", Trigger, _ask_ed, EXACT_F1, "Event types", ("schema",)),
    "ee": Task("event extraction", EventItem, _ask_ee, EXACT_F1, "Event types and their roles", ("schema",)),
    "eae": Task("event argument extraction", Argument, _ask_eae, EXACT_F1, "Roles", ("schema", "event")),
    "ere": Task(
        "event relation extraction",
        Triple,
        _ask_pairs("first", "second"),
        EXACT_F1,
        "Relations",
        ("schema", "first", "second"),
    ),
    "openie": Task("open information extraction", Extraction, _ask_openie, CARB_F1),
    "odie": Task("on-demand information extraction", Table, _ask_odie, TABLE_ROUGE_L, instructed=True),
}
CLOSED_TASKS = tuple([name for name, task in TASKS.items() if task.closed])

# The task of rows of general chat data, which have no gold answer.
GENERAL = "general"


def title_of(task: str) -> str:
    """Return the title of a task in prose; `general` for rows of general chat data.

    >>> title_of("re")
    'relation extraction'
    """
    return TASKS[task].title if task in TASKS else task
