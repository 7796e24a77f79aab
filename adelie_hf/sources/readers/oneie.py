"""The JSON form of OneIE, which WikiEvents has too: tokens, and entities, relations and events that refer to them."""

from __future__ import annotations

from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.records import Mention
from adelie_hf.sources.readers.known_labels import EACH
from adelie_hf.sources.readers.offsets import TokenText

# Where a row has its labels (see `known_labels`).
EVENT_TYPES = ("event_mentions", EACH, "event_type")

IdAndRole = tuple[str, str]


class _Entity(TypedDict):
    id: str
    start: int
    end: int
    entity_type: str
    text: NotRequired[str]


class _Argument(TypedDict):
    entity_id: str
    role: str


class _Relation(TypedDict):
    relation_type: str
    arguments: tuple[_Argument, _Argument]


class _Trigger(TypedDict):
    start: int
    end: int


class _Event(TypedDict):
    event_type: str
    trigger: _Trigger
    arguments: list[_Argument]


class OneIeRow(TypedDict):
    """A row: a sentence, in WikiEvents a document. Positions are tokens [start, end)."""

    doc_id: str
    sent_id: NotRequired[str]
    wnd_id: NotRequired[str]
    tokens: list[str]
    entity_mentions: list[_Entity]
    relation_mentions: NotRequired[list[_Relation]]
    event_mentions: list[_Event]


class OneIeRelation(NamedTuple):
    """A relation between entities, by their ids."""

    head: str
    type: str
    tail: str


class OneIeEvent(NamedTuple):
    """An event, whose arguments are entities by their ids."""

    trigger: Mention
    type: str
    arguments: list[IdAndRole]


class OneIeText(NamedTuple):
    """A text; its entities by id, with the types of the file."""

    text: str
    entities: dict[str, Mention]
    relations: list[OneIeRelation]
    events: list[OneIeEvent]


def read_oneie(row: OneIeRow) -> OneIeText:
    """Return the text of a row, with the labels of the file. The head of a relation has the first role by name."""
    text = TokenText(row["tokens"])
    entities = {
        entity["id"]: text.mention(entity["start"], entity["end"], entity["entity_type"])
        for entity in row["entity_mentions"]
    }
    relations = []
    for relation in row.get("relation_mentions", ()):
        head, tail = sorted(relation["arguments"], key=lambda argument: argument["role"])
        relations.append(OneIeRelation(head["entity_id"], relation["relation_type"], tail["entity_id"]))
    events = [
        OneIeEvent(
            text.mention(event["trigger"]["start"], event["trigger"]["end"]),
            event["event_type"],
            [(argument["entity_id"], argument["role"]) for argument in event["arguments"]],
        )
        for event in row["event_mentions"]
    ]
    return OneIeText(text.text, entities, relations, events)
