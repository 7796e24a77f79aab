"""CASIE (Satyapanich et al., 2020): cyber attacks and vulnerabilities in news, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.readers.sentences import Document, Span, sentences, whole
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_document


def _units(file: Path) -> Iterator[tuple[int, tuple[str, dict[str, Any]]]]:
    yield 1, (file.stem, read_json_document(file))


def _records(unit: tuple[str, dict[str, Any]], split: str, where: int) -> Iterator[Record | Dropped]:
    name, row = unit
    text = row["content"]
    document = Document(list(sentences(text)))
    types = names_of("casie", "ee")
    roles = {label.name: StrictDict({role: role for role in label.roles}) for label in schemas_of("casie")["ee"]}
    for group in row["cyberevent"]["hopper"]:
        for event in group["events"]:
            type = types[event["subtype"]]
            document.event(
                _span(document, text, event["nugget"]),
                type,
                [
                    (_span(document, text, argument), roles[type][readable_label(argument["role"]["type"])])
                    for argument in event.get("argument", ())
                ],
            )
    yield from document.records(name, source="casie", split=split, schemas=schemas_of("casie"))


def _span(document: Document, text: str, span: dict[str, Any]) -> Span | None:
    """A span at its offsets.

    The release trims `content` after the offsets were taken: where the recorded words do not stand at their
    offsets they stand one character before, and at the very end of the text the last of them may be gone.
    """
    start, end, surface = whole(span["startOffset"]), whole(span["endOffset"]), span["text"]
    if text[start:end] != surface:
        if start and text[start - 1 : end - 1] == surface:
            start, end = start - 1, end - 1
        elif start < len(text) < end and surface.startswith(text[start:]):
            end, surface = len(text), text[start:]
    return document.span(start, end, surface)


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
            files={"train": ("annotation/*.json",)},  # no split is published
            recognise=lambda head: {"content", "cyberevent"} <= json_keys(head),
            raw_examples=_units,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"train": {"groups": 1_000}},
)
