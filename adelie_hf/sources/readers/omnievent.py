"""OmniEvent's unified format: JSON lines with a text, its events at character offsets, and their arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.records import Event, Mention, Record, Schema
from adelie_hf.sources.readers.drop_reasons import OTHER_WORDS, UNKNOWN_ROLE
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Head

UNIFIED_FILES = {
    "train": ("train.unified.jsonl",),
    "validation": ("valid.unified.jsonl", "dev.unified.jsonl"),
    "test": ("test.unified.jsonl",),
}
_EVENT_TYPE = re.compile(r'"type"\s*:\s*"(\w+[.:][\w-]+)"')


class _ArgumentMention(TypedDict):
    mention: str
    position: tuple[int, int]


class _Argument(TypedDict):
    role: str
    mentions: list[_ArgumentMention]


class _Trigger(TypedDict):
    trigger_word: str
    position: tuple[int, int]
    arguments: list[_Argument]


class _Event(TypedDict):
    type: str
    triggers: list[_Trigger]


class UnifiedRow(TypedDict):
    """One line of a file: a sentence or window. Positions are characters [start, end) of `text`."""

    id: str
    doc_id: NotRequired[str]
    text: str
    events: list[_Event]


class UnifiedLabels(NamedTuple):
    """The schemas of a source, and its event types and roles by their letters (see `label_letters`)."""

    schemas: Mapping[str, Schema]
    event_types: StrictDict[str]
    roles: Mapping[str, Mapping[str, str]]


def label_letters(label: str) -> str:
    """Return the letters of a label in lower case, by which its spellings agree: `Life:Be-Born`, `life.beborn`."""
    return re.sub(r"[^a-z]", "", label.lower())


def types_by_letters(schema: Schema) -> StrictDict[str]:
    """Return the letters of each event type -> its name."""
    return StrictDict({label_letters(label.raw): label.name for label in schema})


def unified_labels(schemas: Mapping[str, Schema]) -> UnifiedLabels:
    """Return the labels of a source whose schemas include `eae`."""
    roles = {label.name: {label_letters(role): role for role in label.roles} for label in schemas["eae"]}
    return UnifiedLabels(schemas, types_by_letters(schemas["eae"]), roles)


def event_types_in(head: Head) -> set[str]:
    """Return the raw event types that occur in the head of a file; none if it has another format."""
    if not {"text", "events"} <= head.json_keys or '"triggers"' not in head.text:
        return set()
    return set(_EVENT_TYPE.findall(head.text))


def unified_records(row: UnifiedRow, split: str, source: str, labels: UnifiedLabels) -> Iterator[Record | Dropped]:
    """Yield the record of one row. All coreferent mentions of an argument are arguments, as they are scored."""
    text = row["text"]
    events: list[Event] = []
    for event in row["events"]:
        event_type = labels.event_types[label_letters(event["type"])]
        for trigger in event["triggers"]:
            arguments: list[tuple[Mention, str]] = []
            for argument in trigger["arguments"]:
                if role := labels.roles[event_type].get(label_letters(argument["role"])):
                    mentions = [_mention(text, raw["position"], raw["mention"]) for raw in argument["mentions"]]
                    arguments += [(mention, role) for mention in mentions if mention]
                    yield from (Dropped(OTHER_WORDS) for mention in mentions if not mention)
                else:
                    yield Dropped(UNKNOWN_ROLE)
            if mention := _mention(text, trigger["position"], trigger["trigger_word"]):
                events.append(Event(mention, event_type, tuple(arguments)))
            else:
                yield Dropped(OTHER_WORDS)
    yield Record(
        id=row["id"],
        source=source,
        split=split,
        group=row.get("doc_id") or row["id"],
        text=text,
        schemas=labels.schemas,
        events=tuple(sorted(events, key=lambda event: event.trigger.fragments)),
    )


def _mention(text: str, position: tuple[int, int], surface: str) -> Mention | None:
    start, end = position
    mention = Mention.at(text, start, end)
    return mention if mention.text == surface else None
