"""MAVEN (Wang et al., 2020): event detection in Wikipedia articles, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Schema
from adelie_hf.sources.label_sets import readable_label, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, item_at
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_document, read_json_lines

_TYPES_FILE = "label2id.json"


def _units(file: Path) -> Iterator[tuple[int, tuple[dict[str, Any], Schema]]]:
    schema = _schema(file.with_name(_TYPES_FILE))
    for number, document in read_json_lines(file):
        yield number, (document, schema)


def _schema(file: Path) -> Schema:
    """The published types, or those of a list of others: a corpus of one's own in this format has its own."""
    published = schemas_of("maven")["ed"]
    if not file.is_file():
        return published
    types = read_json_document(file)
    if not isinstance(types, dict) or not types or "" in types:
        raise InputError(f"{file}: does not number event types by name; fetch it again, or take it away")
    if types.keys() == {label.raw for label in published}:
        return published
    known = {label.raw: label for label in published}
    return tuple(known.get(raw) or Label(readable_label(raw), raw) for raw in sorted(types))


def _records(unit: tuple[dict[str, Any], Schema], split: str, where: int) -> Iterator[Record]:
    document, schema = unit
    names = StrictDict({label.raw: label.name for label in schema})
    texts = [TokenText(sentence["tokens"]) for sentence in document["content"]]
    events: list[list[Event]] = [[] for _ in texts]
    for event in document["events"]:
        for mention in event["mention"]:
            start, end = mention["offset"]
            trigger = item_at(texts, mention["sent_id"]).mention(start, end)
            events[mention["sent_id"]].append(Event(trigger, names[event["type"]]))
    for number, (text, of_sentence) in enumerate(zip(texts, events, strict=True)):
        yield Record(
            id=f"{document['id']}-{number}",
            source="maven",
            split=split,
            group=document["id"],
            text=text.text,
            schemas={"ed": schema},
            events=tuple(sorted(of_sentence, key=lambda event: event.trigger.fragments)),
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
            files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},  # the test file has no gold answers
            recognise=lambda head: {"content", "events"} <= json_keys(head),
            raw_examples=_units,
            records=_records,
            companions=(_TYPES_FILE,),
        ),
    ),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
)
