"""MIT-Restaurant (Liu et al., 2013): named entities in spoken restaurant queries, all lower-case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import bio_spans
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_lines


def _units(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Blocks of `label<TAB>token` lines between blank lines, numbered by their first line."""
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


def _records(block: list[str], split: str, where: int) -> Iterator[Record]:
    columns = [line.split("\t") for line in block]
    if any(len(column) != 2 for column in columns):
        raise ValueError("a line does not hold a label, a tab and a token")
    types = names_of("mit-restaurant", "ner")
    text = TokenText([token for _, token in columns])
    spans = bio_spans([tag for tag, _ in columns])
    yield Record(
        id=f"{split}-{where}",
        source="mit-restaurant",
        split=split,
        group=text.text,  # a query may be asked twice
        text=text.text,
        schemas=schemas_of("mit-restaurant"),
        mentions=tuple(text.mention(start, end, types[raw]) for start, end, raw in spans),
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
            recognise=lambda head: head.lstrip()[:2] in ("O\t", "B-", "I-"),
            raw_examples=_units,
            records=_records,
        ),
    ),
    # The publisher has one test file of 1,521 queries; the copies in three files cut it in two.
    counts={"train": {"records": 7_660}, "validation": {"records": 815}, "test": {"records": 706}},
)
