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
    """Open IE: a predicate and its arguments (subject, object, then all others)."""

    predicate: str
    arguments: tuple[str, ...]


class Table(NamedTuple):
    """On-demand IE: a header and rows of its width. An answer has at most one table."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Item = Entity | Triple | Trigger | Argument | EventItem | Extraction | Table
Answer = tuple[Item, ...]

# An item as JSON: a list of strings and of such lists.
JsonItem = Sequence["str | JsonItem"]


def label_of(item: Item) -> str:
    """Return the category of an item of a closed task: a type, a relation or a role.

    >>> label_of(Triple("Acme", "owns", "Globex"))
    'owns'
    """
    return str(item[1])


def with_label(item: Item, label: str) -> Item:
    """Return the item with another category.

    >>> with_label(Entity("Acme", "organization"), "company")
    Entity(mention='Acme', type='company')
    """
    first, _, *others = item
    return type(item)._make((first, label, *others))


def mentions(item: Item) -> Sequence[str]:
    """Return the mentions of an item: those of an event include its arguments, those of an extraction its predicate.

    A table has none, because its cells need not occur in the text.

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
    """Count the items of an answer; the counts of two answers are equal if the answers mean the same.

    The order of items has no meaning, nor has that of an event's arguments.

    Args:
        items: items, or their JSON lists.

    >>> item_counts([["Acme", "organization"]], "ner") == item_counts((Entity("Acme", "organization"),), "ner")
    True
    """
    if task == "ee":
        items = ([*event[:2], *(sorted(arguments) for arguments in event[2:])] for event in cast(Iterable[Any], items))
    return Counter(map(json.dumps, items))


def to_json(answer: Answer) -> list[JsonItem]:
    """Return an answer as the lists of a row.

    >>> to_json((Entity("Acme", "organization"),))
    [['Acme', 'organization']]
    """
    return [cast(JsonItem, list(item)) for item in answer]


def from_json(items: Iterable[JsonItem], item_type: type[Item]) -> Answer:
    """Return the answer of the lists that `to_json` returns.

    Args:
        item_type: the type of the task's items (`TASKS[task].item`).

    Raises:
        TypeError, ValueError: for lists that are not items of that type.

    >>> from_json([["attacked", "attack", [["Paris", "place"]]]], EventItem)
    (EventItem(trigger='attacked', type='attack', arguments=(Argument(argument='Paris', role='place'),)),)
    """
    return tuple([_item(item_type, item) for item in items])


def _item(item_type: type[Item], fields: JsonItem) -> Item:
    if item_type is EventItem:
        trigger, event_type, arguments = cast("tuple[str, str, list[list[str]]]", fields)
        return EventItem(trigger, event_type, tuple(map(Argument._make, arguments)))
    if item_type is Extraction:
        return Extraction(cast(str, fields[0]), tuple(cast("list[str]", fields[1])))
    if item_type is Table:
        return Table(tuple(cast("list[str]", fields[0])), tuple(map(tuple, cast("list[list[str]]", fields[1]))))
    return item_type._make(fields)
