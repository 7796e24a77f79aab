"""OmniEvent's unified format: JSON lines of a text, its events with character offsets, and their arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from adelie_hf.records import Event, Mention, Record, Schema
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped
from adelie_hf.text_files import json_keys

FILES = {
    "train": ("train.unified.jsonl",),
    "validation": ("valid.unified.jsonl", "dev.unified.jsonl"),
    "test": ("test.unified.jsonl",),
}
FOREIGN_ROLE = "an argument has a role that its event type does not have"
_OTHER_WORDS = "a span does not give the words that are recorded with it"
_TYPE = re.compile(r'"type"\s*:\s*"(\w+[.:][\w-]+)"')


def letters(label: str) -> str:
    """What the spellings of a label have in common: `Life:Be-Born`, `life.beborn`."""
    return re.sub(r"[^a-z]", "", label.lower())


def by_letters(schema: Schema) -> StrictDict[str]:
    """Event types, by their letters."""
    return StrictDict({letters(label.raw): label.name for label in schema})


class Labels(NamedTuple):
    """The schemas of a source, and what its labels' letters stand for."""

    schemas: Mapping[str, Schema]
    types: StrictDict[str]
    roles: Mapping[str, Mapping[str, str]]


def labels(schemas: Mapping[str, Schema]) -> Labels:
    """The labels of schemas, that of EAE among them."""
    roles = {label.name: {letters(role): role for role in label.roles} for label in schemas["eae"]}
    return Labels(schemas, by_letters(schemas["eae"]), roles)


def event_types(head: str) -> set[str]:
    """The event types that can be seen in the head of a file; none where it is of another format."""
    return set(_TYPE.findall(head)) if {"text", "events"} <= json_keys(head) and '"triggers"' in head else set()


def records(row: dict[str, Any], split: str, source: str, known: Labels) -> Iterator[Record | Dropped]:
    """The record of one line. An argument's mentions are all of its coreferent ones, as they are scored."""
    text, events = row["text"], []
    for event in row["events"]:
        type = known.types[letters(event["type"])]
        for trigger in event["triggers"]:
            arguments = []
            for argument in trigger["arguments"]:
                if role := known.roles[type].get(letters(argument["role"])):
                    found = [_mention(text, each["position"], each["mention"]) for each in argument["mentions"]]
                    arguments += [(mention, role) for mention in found if mention]
                    yield from (Dropped(_OTHER_WORDS) for mention in found if not mention)
                else:
                    yield Dropped(FOREIGN_ROLE)
            if mention := _mention(text, trigger["position"], trigger["trigger_word"]):
                events.append(Event(mention, type, tuple(arguments)))
            else:
                yield Dropped(_OTHER_WORDS)
    yield Record(
        id=row["id"],
        source=source,
        split=split,
        group=row.get("doc_id") or row["id"],
        text=text,
        schemas=known.schemas,
        events=tuple(sorted(events, key=lambda event: event.trigger.fragments)),
    )


def _mention(text: str, position: list[int], surface: str) -> Mention | None:
    start, end = position
    mention = Mention.at(text, start, end)
    return mention if mention.text == surface else None
