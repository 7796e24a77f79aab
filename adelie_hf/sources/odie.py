"""INSTRUCTIE and the ODIE test set (Jiao et al., 2023): tables that a user asks for in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.prompts.markdown import read_table
from adelie_hf.records import Record, Table
from adelie_hf.sources.reading import json_array, json_keys
from adelie_hf.sources.source import Dropped, Shape, Source


def _records(row: dict[str, Any], split: str, where: int) -> Iterator[Record | Dropped]:
    table = next(iter(read_table(row["table"]).items), None)
    if not isinstance(table, Table):
        yield Dropped("the gold table is not a Markdown table")
        return
    yield Record(
        id=f"{split}-{where}",
        source="odie",
        split=split,
        group=row["text"],
        text=row["text"],
        schemas={"odie": ()},
        instruction=row["instruction"],
        table=table,
    )


SOURCE = Source(
    name="odie",
    title="On-Demand IE",
    tasks=("odie",),
    role="training",
    domain="many",
    licence="not stated",
    url="https://github.com/yzjiao/On-Demand-IE",
    shapes=(
        Shape(
            name="native",
            files={"train": ("training_data.json",), "test": ("test_data.json",)},
            recognise=lambda head: {"instruction", "text", "table"} <= json_keys(head),
            units=json_array,
            records=_records,
            numbered="record",
        ),
    ),
    counts={"train": {"records": 14_579}, "test": {"records": 150}},
)
