"""The typed record: a text with its annotations, and the queries that it yields. No I/O.

A `Record` is what a reader in `sources` makes of one sentence, window or document. `queries` turns
it into `Query` objects, one for each question that a task asks of the text (the whole text for NER,
an entity pair for RC, a trigger for EAE, an event pair for ERE). A query's gold answer is a multiset
of plain items, the same items that the parsers of `prompts` read out of a model's output.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# Task -> its name in prose. Closed tasks are scored by exact match (paper, appendix C.1).
TASKS = {
    "ner": "named entity recognition",
    "rc": "relation classification",
    "re": "relation extraction",
    "ed": "event detection",
    "ee": "event extraction",
    "eae": "event argument extraction",
    "ere": "event relation extraction",
    "openie": "open information extraction",
    "odie": "on-demand information extraction",
}
CLOSED_TASKS = tuple(task for task in TASKS if task not in ("openie", "odie"))

# What stands in a task's place in rows of chat data, which have no gold answer.
GENERAL = "general"


# ---- answers: plain typed items, equal to plain tuples of the same strings ------------------------


class Entity(NamedTuple):
    """NER: a mention and its type."""

    mention: str
    type: str


class Triple(NamedTuple):
    """RC, RE and ERE: a directed relation between two mentions."""

    head: str
    relation: str
    tail: str


class Trigger(NamedTuple):
    """ED: an event trigger and its type."""

    trigger: str
    type: str


class Argument(NamedTuple):
    """EAE, and inside `EventItem`: an argument and its role."""

    argument: str
    role: str


class EventItem(NamedTuple):
    """EE: an event with its arguments."""

    trigger: str
    type: str
    arguments: tuple[Argument, ...]


class Extraction(NamedTuple):
    """Open IE: a predicate and its arguments (subject, object, then what else there is)."""

    predicate: str
    arguments: tuple[str, ...]


class Table(NamedTuple):
    """On-demand IE: a header and rows of the same width. An answer holds at most one table."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Item = Entity | Triple | Trigger | Argument | EventItem | Extraction | Table
Answer = tuple[Item, ...]


def label_of(item: Item) -> str:
    """The category of an item of a closed task: a type, a relation or a role."""
    return str(item[1])


def relabelled(item: Item, label: str) -> Item:
    """The same item of another category."""
    first, _, *rest = item
    kind: Any = type(item)
    return kind(first, label, *rest)


def meaning(answer: Iterable[Any], task: str) -> Counter[str]:
    """What an answer says: its items, which are in no order, and neither are an event's arguments.

    Args:
        answer: items, or the lists that a row's `answer` has in their place.
    """
    if task == "ee":
        answer = ([*event[:2], *map(sorted, event[2:])] for event in answer)
    return Counter(map(json.dumps, answer))


# ---- annotations ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a text.

    `fragments` are [start, end) offsets in code points, more than one where the mention is
    discontinuous, none where the source gives a surface that its text does not hold.
    `text` is the surface: the fragments joined by one space.
    """

    text: str
    fragments: tuple[tuple[int, int], ...] = ()
    type: str = ""

    @classmethod
    def at(cls, text: str, start: int, end: int, type: str = "") -> Mention:
        """The mention `text[start:end]`. Raises ValueError when the offsets lie outside the text."""
        if not 0 <= start < end <= len(text):
            raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(text)} characters")
        return cls(text[start:end], ((start, end),), type)


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed relation between two mentions of the record (entities, or event triggers)."""

    head: Mention
    type: str
    tail: Mention


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger, its event type, and its arguments as (mention, role)."""

    trigger: Mention
    type: str
    arguments: tuple[tuple[Mention, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A category as it is shown (`name`), as the source spells it (`raw`), and what it means.

    An event type has `roles`, by their names. Where more is known of a role than its name, `role_labels` has it.

    Raises ValueError without a name.
    """

    name: str
    raw: str = ""
    definition: str = ""
    roles: tuple[str, ...] = ()
    role_labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not self.name.strip():
            raise ValueError("a category has no name")


Schema = tuple[Label, ...]


def role_schema(event_type: Label) -> Schema:
    """The roles of an event type as categories: those that its arguments may have."""
    known = {role.name: role for role in event_type.role_labels}
    return tuple(known.get(role) or Label(role) for role in event_type.roles)


@dataclass(frozen=True, slots=True)
class Record:
    """One text of a source with its annotations.

    Args:
        id: unique within the source and stable: every random choice downstream is drawn from it.
        source: the source's name, as in `adelie-hf sources list`.
        split: `train`, `validation` or `test`, as published.
        group: what a held-out part must not share with a training part (usually the document).
        text: the text that all offsets refer to.
        schemas: task -> the categories that the task may answer with, in the source's order. Its keys
            are the tasks that the record serves; open IE and on-demand tables have an empty schema.
        pairs: for RC and ERE, the mention pairs that are asked about, related or not.
        instruction, table: for on-demand IE, the user's request and the gold table.
        explanation: how the answer follows from the text, where the source says so.

    Raises:
        ValueError: when a mention's fragments do not spell its surface or lie outside the text, and when
            the id or a mention is empty or one of the strings is not a string.
    """

    id: str
    source: str
    split: str
    group: str
    text: str
    schemas: Mapping[str, Schema]
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    pairs: tuple[tuple[Mention, Mention], ...] = ()
    events: tuple[Event, ...] = ()
    extractions: tuple[Extraction, ...] = ()
    instruction: str = ""
    table: Table | None = None
    explanation: str = ""

    def __post_init__(self) -> None:
        # Raw JSON decides what arrives here: a text that is no string would fail far from its file.
        strings = (self.id, self.source, self.split, self.group, self.text, self.instruction, self.explanation)
        if {*map(type, strings)} != {str}:
            for name in ("id", "source", "split", "group", "text", "instruction", "explanation"):
                if not isinstance(value := getattr(self, name), str):
                    raise ValueError(f"{name} is not a string but {type(value).__name__}")
        if not self.id:
            raise ValueError("the id is empty")
        for mention in self.all_mentions():
            # Python reads a negative offset from the end of the text, where the surface may occur as well.
            for start, end in mention.fragments:
                if not 0 <= start < end <= len(self.text):
                    raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(self.text)} characters")
            if not mention.text:
                raise ValueError("a mention is empty")
            surface = " ".join(self.text[start:end] for start, end in mention.fragments)
            if mention.fragments and surface != mention.text:
                raise ValueError(f"mention {mention.text!r} at {mention.fragments} reads {surface!r} in the text")

    def all_mentions(self) -> Iterator[Mention]:
        """Every mention of the record, those of relations, pairs and events included."""
        yield from self.mentions
        for relation in self.relations:
            yield relation.head
            yield relation.tail
        for pair in self.pairs:
            yield from pair
        for event in self.events:
            yield event.trigger
            for mention, _ in event.arguments:
                yield mention


# ---- queries --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """One question about one text, with its gold answer.

    `focus` names the mentions that the question is about: `(("head", m), ("tail", m))` for RC,
    `(("event", m),)` for EAE, `(("first", m), ("second", m))` for ERE, nothing for whole-text tasks.
    `event_type` is the type of the event whose arguments EAE asks for. `explanation` leads to the answer.
    """

    id: str
    source: str
    task: str
    split: str
    group: str
    text: str
    schema: Schema
    answer: Answer
    focus: tuple[tuple[str, Mention], ...] = ()
    event_type: str = ""
    instruction: str = field(default="", repr=False)
    explanation: str = field(default="", repr=False)

    def narrowed(self, schema: Schema, answer: Answer) -> Query:
        """The same question with other categories and their answer. (`dataclasses.replace` takes twice as long.)"""
        return Query(
            self.id,
            self.source,
            self.task,
            self.split,
            self.group,
            self.text,
            schema,
            answer,
            self.focus,
            self.event_type,
            self.instruction,
            self.explanation,
        )


def queries(record: Record, task: str) -> Iterator[Query]:
    """The questions that `task` asks of a record, in the order of the text.

    Raises:
        ValueError: when the record does not serve the task.
    """
    if task not in record.schemas:
        raise ValueError(f"record {record.id} of {record.source} serves {', '.join(record.schemas)}, not {task}")
    schema = record.schemas[task]
    for number, (answer, details) in enumerate(_ASK[task](record)):
        fields: dict[str, Any] = {"schema": schema} | details
        yield Query(
            id=f"{record.source}/{record.id}/{task}/{number}",
            source=record.source,
            task=task,
            split=record.split,
            group=record.group,
            text=record.text,
            answer=tuple(answer),
            **fields,
        )


# A query's answer, and those of its fields that are not the same for all queries of the record.
_Asked = Iterator[tuple[Iterable[Item], dict[str, Any]]]


def _ask_ner(record: Record) -> _Asked:
    yield (Entity(m.text, m.type) for m in record.mentions), {}


def _ask_re(record: Record) -> _Asked:
    yield (Triple(r.head.text, r.type, r.tail.text) for r in record.relations), {}


def _ask_pairs(first: str, second: str) -> Callable[[Record], _Asked]:
    """One query a pair; its answer is every relation between the two, in either direction."""

    def ask(record: Record) -> _Asked:
        related: dict[frozenset[Mention], list[Triple]] = {}
        for r in record.relations:
            related.setdefault(frozenset((r.head, r.tail)), []).append(Triple(r.head.text, r.type, r.tail.text))
        for head, tail in record.pairs:
            yield related.get(frozenset((head, tail)), ()), {"focus": ((first, head), (second, tail))}

    return ask


def _ask_ed(record: Record) -> _Asked:
    yield (Trigger(e.trigger.text, e.type) for e in record.events), {}


def _ask_ee(record: Record) -> _Asked:
    yield (
        (
            EventItem(e.trigger.text, e.type, tuple(Argument(m.text, role) for m, role in e.arguments))
            for e in record.events
        ),
        {},
    )


def _ask_eae(record: Record) -> _Asked:
    types = {label.name: label for label in record.schemas["eae"]}
    for event in record.events:
        answer = (Argument(m.text, role) for m, role in event.arguments)
        schema = role_schema(types[event.type]) if event.type in types else ()
        yield answer, {"focus": (("event", event.trigger),), "event_type": event.type, "schema": schema}


def _ask_openie(record: Record) -> _Asked:
    yield record.extractions, {}


def _ask_odie(record: Record) -> _Asked:
    asked = {"instruction": record.instruction, "explanation": record.explanation}
    yield (() if record.table is None else (record.table,)), asked


_ASK: dict[str, Callable[[Record], _Asked]] = {
    "ner": _ask_ner,
    "rc": _ask_pairs("head", "tail"),
    "re": _ask_re,
    "ed": _ask_ed,
    "ee": _ask_ee,
    "eae": _ask_eae,
    "ere": _ask_pairs("first", "second"),
    "openie": _ask_openie,
    "odie": _ask_odie,
}
