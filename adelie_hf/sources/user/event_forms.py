"""Rows with events as one value, in the forms of RAMS, WikiEvents and OneIE.

`FORMS` has the keys by which a row of each is recognised, and the function that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Event, Mention, Relation
from adelie_hf.sources.readers.drop_reasons import (
    ARGUMENT_LACKS_MENTION,
    EVENT_LACKS_TRIGGER,
    OTHER_WORDS,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.readers.oneie import read_oneie
from adelie_hf.sources.readers.rams import read_window
from adelie_hf.sources.user.annotated import Annotated
from adelie_hf.sources.user.row_forms import Row, document_name, form


def _rams(row: Row) -> Iterator[Annotated]:
    text, events = read_window(row)  # type: ignore[arg-type]  # it checks the values
    yield Annotated(
        text,
        ("eae",),
        events=tuple(Event(trigger, label, tuple(arguments)) for trigger, label, arguments in events),
        group=document_name(row.get("source_url") or row["doc_key"]),
    )


def _oneie(row: Row) -> Iterator[Annotated]:
    found = read_oneie(row)  # type: ignore[arg-type]  # it checks the values
    dropped: list[str] = []
    entities: dict[str, Mention] = {}
    for raw in row["entity_mentions"]:
        mention = found.entities[raw["id"]]
        if _reads(mention, raw):
            entities[raw["id"]] = mention
        else:
            dropped.append(OTHER_WORDS)
    relations = []
    for relation in found.relations:
        if relation.head in entities and relation.tail in entities:
            relations.append(Relation(entities[relation.head], relation.type, entities[relation.tail]))
        else:
            dropped.append(RELATION_LACKS_MENTION)
    events = []
    for event, raw in zip(found.events, row["event_mentions"], strict=True):
        if not _reads(event.trigger, raw["trigger"]):
            dropped.append(EVENT_LACKS_TRIGGER)
            continue
        arguments = tuple((entities[id], role) for id, role in event.arguments if id in entities)
        dropped += [ARGUMENT_LACKS_MENTION] * (len(event.arguments) - len(arguments))
        events.append(Event(event.trigger, event.type, arguments))
    yield Annotated(
        found.text,
        ("ner", "re", "ee", "eae") if "relation_mentions" in row else ("ner", "ee", "eae"),
        tuple(entities.values()),
        tuple(relations),
        tuple(events),
        group=document_name(row["doc_id"]) if "doc_id" in row else "",
        dropped=tuple(dropped),
    )


def _reads(mention: Mention, raw: Row) -> bool:
    """Return whether a mention reads as the row says, if it does; white space apart."""
    return "text" not in raw or "".join(raw["text"].split()) == "".join(mention.text.split())


FORMS = (
    form("RAMS", "doc_key sentences evt_triggers gold_evt_links", _rams),
    form("WikiEvents", "tokens entity_mentions event_mentions", _oneie),
)
