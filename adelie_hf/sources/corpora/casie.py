"""CASIE (Satyapanich et al., 2020): cyber attacks and vulnerabilities in news, by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.drop_reasons import EVENTS_BY_SENTENCE
from adelie_hf.sources.readers.raw_values import StrictDict, parse_offset
from adelie_hf.sources.readers.sentences import RecordBuilder, SentenceSpan, split_sentences
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_document

_MOST_TRIMMED = 20  # characters by which offsets may be too high


class _Span(TypedDict):
    """A span at characters [startOffset, endOffset) of the document."""

    startOffset: int
    endOffset: int
    text: str


class _Role(TypedDict):
    type: str


class _Argument(_Span):
    role: _Role


class _Event(TypedDict):
    subtype: str
    nugget: _Span
    argument: NotRequired[list[_Argument]]


class _Hopper(TypedDict):
    """A group of coreferent events."""

    events: list[_Event]


class _CyberEvents(TypedDict):
    hopper: list[_Hopper]


class CasieDocument(TypedDict):
    """The content of a file."""

    content: str
    cyberevent: _CyberEvents


class _NamedDocument(NamedTuple):
    name: str
    document: CasieDocument


def _documents(file: Path) -> Iterator[tuple[int, _NamedDocument]]:
    yield 1, _NamedDocument(file.stem, read_json_document(file))


def _records(raw_example: _NamedDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    name, document = raw_example
    text = document["content"]
    builder = RecordBuilder(list(split_sentences(text)))
    type_names = label_names("casie", "ee")
    roles = {label.name: StrictDict({role: role for role in label.roles}) for label in load_schemas("casie")["ee"]}
    for hopper in document["cyberevent"]["hopper"]:
        for event in hopper["events"]:
            event_type = type_names[event["subtype"]]
            builder.add_event(
                _span(builder, text, event["nugget"]),
                event_type,
                [
                    (_span(builder, text, argument), roles[event_type][readable_label(argument["role"]["type"])])
                    for argument in event.get("argument", ())
                ],
            )
    yield from builder.build(name, "casie", split, load_schemas("casie"))


def _span(builder: RecordBuilder, text: str, span: _Span) -> SentenceSpan | None:
    """Return the span at its offsets.

    In the release `content` was trimmed after annotation. If the recorded words are not at their offsets, they are one
    character before, and at the end of the text the last characters may be missing. Where more was trimmed, they are
    further before: read there if they occur once on the way.
    """
    start, end, surface = parse_offset(span["startOffset"]), parse_offset(span["endOffset"]), span["text"]
    if text[start:end] != surface:
        if start and text[start - 1 : end - 1] == surface:
            start, end = start - 1, end - 1
        elif start < len(text) < end and surface.startswith(text[start:]):
            end, surface = len(text), text[start:]
        elif len(before := _starts_before(text, surface, start)) == 1:
            start, end = before[0], before[0] + len(surface)
    return builder.span(start, end, surface)


def _starts_before(text: str, surface: str, start: int) -> list[int]:
    """Return where a surface begins as whole words in the last characters before an offset."""
    first = max(0, start - _MOST_TRIMMED)
    found = re.finditer(rf"(?<!\w){re.escape(surface)}(?!\w)", text[first : start + len(surface)])
    return [first + match.start() for match in found if surface]


SOURCE = Source(
    name="casie",
    title="CASIE",
    tasks=("ed", "ee", "eae"),
    role="training",
    domain="cybersecurity news",
    licence="not stated",
    url="https://github.com/Ebiquity/CASIE",
    layouts=(
        Layout(
            name="native",
            files={"train": ("annotation/*.json",)},
            recognise=lambda head: {"content", "cyberevent"} <= head.json_keys,
            raw_examples=_documents,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"train": {"groups": 1_000}},
    notes=(
        "No splits are published: all documents are training data.",
        "Documents are read by sentence; of the 1,250 events with 3,425 arguments in 187 of the documents no event is "
        "dropped, but 78 arguments are, which are in another sentence than their trigger.",
        "The published texts were trimmed after annotation, so some offsets are too high, mostly by one; the reader "
        "uses the recorded words to correct them, where they occur once in the characters before.",
    ),
    drops=EVENTS_BY_SENTENCE,
)
