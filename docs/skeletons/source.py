"""Skeleton of a source: copy it to `adelie_hf/sources/corpora/<name>.py` and adapt it; no other file has to change.

It reads `train.jsonl` and `test.jsonl` with lines such as

    {"id": "d1-0", "document": "d1", "tokens": ["Ann", "left", "Lima"], "entities": [[0, 1, "PER"], [2, 3, "LOC"]]}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from adelie_hf.records import Label, Record
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_lines

_UNANNOTATED = "the sentence is not annotated"
# Name, label in the files, definition. A label set can also be a file (`adelie_hf.sources.label_sets.load_schemas`).
_SCHEMA = (Label("person", "PER", "the name of a person"), Label("place", "LOC", "the name of a place"))
_TYPE_NAMES = StrictDict({label.raw: label.name for label in _SCHEMA})


class Row(TypedDict):
    """One line of a file. An entity is [first token, token after the last, type]."""

    id: str
    document: str
    tokens: list[str]
    entities: list[tuple[int, int, str]] | None


def _records(row: Row, split: str, number: int) -> Iterator[Record | Dropped]:
    if row["entities"] is None:
        yield Dropped(_UNANNOTATED)
        return
    text = TokenText(row["tokens"])
    yield Record(
        id=row["id"],
        source="my-corpus",
        split=split,
        group=row["document"],  # a held-out part never shares a group with a training part
        text=text.text,
        schemas={"ner": _SCHEMA},
        mentions=tuple(text.mention(start, end, _TYPE_NAMES[raw]) for start, end, raw in row["entities"]),
    )


SOURCE = Source(
    name="my-corpus",
    title="My Corpus",
    tasks=("ner",),
    role="training",
    domain="travel reports",
    licence="CC BY 4.0",
    url="https://example.org/my-corpus",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.jsonl",), "test": ("test.jsonl",)},
            recognise=lambda head: {"document", "tokens", "entities"} <= head.json_keys,
            raw_examples=read_json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"records": 1_000}, "test": {"records": 200}},
    notes=("Sentences whose `entities` are null have not been annotated, and are dropped.",),
    drops=(_UNANNOTATED,),
)
