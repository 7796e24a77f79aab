"""Answers: multisets of plain typed items, equal to plain tuples of the same strings. No I/O."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast


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

# An item as JSON holds it: a list of strings and of such lists.
JsonItem = Sequence["str | JsonItem"]


def label_of(item: Item) -> str:
    """The category of an item of a closed task: a type, a relation or a role."""
    return str(item[1])


def with_label(item: Item, label: str) -> Item:
    """The same item with another category."""
    first, _, *rest = item
    item_type: Any = type(item)
    return item_type(first, label, *rest)


def mentions(item: Item) -> Sequence[str]:
    """The mentions that an item names: for an event with those of its arguments, for an extraction all of it.

    A table has none: its cells need not be stretches of the text.

    >>> mentions(Triple("Acme", "owns", "Globex"))
    ('Acme', 'Globex')
    """
    match item:
        case EventItem():
            return (item.trigger, *(argument for argument, _ in item.arguments))
        case Extraction():
            return (item.predicate, *item.arguments)
        case Triple():
            return (item.head, item.tail)
        case Table():
            return ()
        case _:
            return (item[0],)


def item_counts(items: Iterable[JsonItem | Item], task: str) -> Counter[str]:
    """The items of an answer with their numbers, equal for two answers that mean the same.

    Items have no order, and neither have the arguments of an event.

    Args:
        items: items, or the lists that JSON has in their place.
    """
    if task == "ee":
        items = ([*event[:2], *(sorted(arguments) for arguments in event[2:])] for event in cast(Iterable[Any], items))
    return Counter(map(json.dumps, items))


def to_json(answer: Answer) -> list[JsonItem]:
    """An answer as a row holds it.

    >>> to_json((Entity("Acme", "organization"),))
    [['Acme', 'organization']]
    """
    return [cast(JsonItem, list(item)) for item in answer]


def from_json(items: Iterable[JsonItem], item_type: type[Item]) -> Answer:
    """The answer that `to_json` gave.

    Args:
        item_type: the type of the task's items (`TASKS[task].item`).

    Raises:
        TypeError, ValueError: for items of another form.

    >>> from_json([["attacked", "attack", [["Paris", "place"]]]], EventItem)
    (EventItem(trigger='attacked', type='attack', arguments=(Argument(argument='Paris', role='place'),)),)
    """
    return tuple([_item(item_type, *item) for item in items])


def _item(item_type: type[Item], *fields: Any) -> Item:
    if item_type is EventItem:
        trigger, event_type, arguments = fields
        return EventItem(trigger, event_type, tuple([Argument(*argument) for argument in arguments]))
    if item_type is Extraction:
        return Extraction(fields[0], tuple(fields[1]))
    if item_type is Table:
        return Table(tuple(fields[0]), tuple(map(tuple, fields[1])))
    return item_type(*fields)
