"""MIT-Restaurant (Liu et al., 2013): named entities in spoken restaurant queries in lower case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import iob2_spans
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_lines


def _blocks(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield blocks of `tag<TAB>token` lines between blank lines, with the number of the first line."""
    start = 0
    block: list[str] = []
    for number, line in read_lines(file):
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            yield start, block
            block = []
    if block:
        yield start, block


def _records(block: list[str], split: str, number: int) -> Iterator[Record]:
    rows = [line.split("\t") for line in block]
    if any(len(row) != 2 for row in rows):
        raise ValueError("a line does not contain a label, a tab and a token")
    type_names = label_names("mit-restaurant", "ner")
    text = TokenText([token for _, token in rows])
    spans = iob2_spans([tag for tag, _ in rows])
    yield Record(
        id=f"{split}-{number}",
        source="mit-restaurant",
        split=split,
        group=text.text,  # a query can occur several times
        text=text.text,
        schemas=load_schemas("mit-restaurant"),
        mentions=tuple(text.mention(start, end, type_names[raw]) for start, end, raw in spans),
    )


SOURCE = Source(
    name="mit-restaurant",
    title="MIT-Restaurant",
    tasks=("ner",),
    role="training",
    domain="restaurant queries",
    licence="not stated",
    url="https://groups.csail.mit.edu/sls/downloads/restaurant/",
    layouts=(
        Layout(
            name="native",
            files={
                "train": ("restauranttrain.bio",),
                "validation": ("restaurantvalid.bio",),
                "test": ("restauranttest.bio",),
            },
            recognise=lambda head: head.text.lstrip()[:2] in ("O\t", "B-", "I-"),
            raw_examples=_blocks,
            records=_records,
        ),
    ),
    counts={"train": {"records": 7_660}, "validation": {"records": 815}, "test": {"records": 706}},
    notes=(
        "The publisher has one test file of 1,521 queries; copies with three files split it into validation (815) and "
        "test (706).",
        "Queries are transcribed speech: lower case without punctuation, and some occur several times.",
    ),
)
