"""MAVEN (Wang et al., 2020): event detection in Wikipedia articles, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Schema
from adelie_hf.sources.label_sets import load_schemas, readable_label
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, item_at
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_document, read_json_lines

_TYPES_FILE = "label2id.json"


class _Sentence(TypedDict):
    tokens: list[str]


class _EventMention(TypedDict):
    sent_id: int
    offset: tuple[int, int]  # tokens [start, end) of the sentence


class _Event(TypedDict):
    type: str
    mention: list[_EventMention]


class MavenDocument(TypedDict):
    """A line of a file."""

    id: str
    content: list[_Sentence]
    events: list[_Event]


class _RawExample(NamedTuple):
    document: MavenDocument
    schema: Schema


def _documents(file: Path) -> Iterator[tuple[int, _RawExample]]:
    schema = _read_schema(file.with_name(_TYPES_FILE))
    for number, document in read_json_lines(file):
        yield number, _RawExample(document, schema)


def _read_schema(file: Path) -> Schema:
    """Return the event types in a list, if it exists, otherwise the published ones."""
    published = load_schemas("maven")["ed"]
    if not file.is_file():
        return published
    types = read_json_document(file)
    if not isinstance(types, dict) or not types or "" in types:
        raise InputError(f"{file}: not an object with event types as keys; download it again or delete it")
    if types.keys() == {label.raw for label in published}:
        return published
    known = {label.raw: label for label in published}
    return tuple(known.get(raw) or Label(readable_label(raw), raw) for raw in sorted(types))


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record]:
    document, schema = raw_example
    type_names = StrictDict({label.raw: label.name for label in schema})
    texts = [TokenText(sentence["tokens"]) for sentence in document["content"]]
    events: list[list[Event]] = [[] for _ in texts]
    for event in document["events"]:
        for mention in event["mention"]:
            start, end = mention["offset"]
            trigger = item_at(texts, mention["sent_id"]).mention(start, end)
            events[mention["sent_id"]].append(Event(trigger, type_names[event["type"]]))
    for index, (text, sentence_events) in enumerate(zip(texts, events, strict=True)):
        yield Record(
            id=f"{document['id']}-{index}",
            source="maven",
            split=split,
            group=document["id"],
            text=text.text,
            schemas={"ed": schema},
            events=tuple(sorted(sentence_events, key=lambda event: event.trigger.fragments)),
        )


SOURCE = Source(
    name="maven",
    title="MAVEN",
    tasks=("ed",),
    role="training",
    domain="Wikipedia",
    licence="MIT",
    url="https://github.com/THU-KEG/MAVEN-dataset",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},
            recognise=lambda head: {"content", "events"} <= head.json_keys,
            raw_examples=_documents,
            records=_records,
            companions=(_TYPES_FILE,),
        ),
    ),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
    notes=(
        "The test split is published without gold answers and is not read.",
        "The 168 event types are the published ones, unless `label2id.json` lists others, as for a corpus of your own "
        "in this format.",
    ),
)
