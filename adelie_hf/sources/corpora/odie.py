"""INSTRUCTIE and the ODIE test set (Jiao et al., 2023): tables that a user asks for in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.answers import Table
from adelie_hf.prompts.markdown import read_table
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import record_id
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_array

_PLAIN, _EXPLAINED = "training_data.json", "training_data_cot.json"


class _Request(NamedTuple):
    row: dict[str, Any]
    explained: dict[str, str]
    seen: Counter[str]


def _units(file: Path) -> Iterator[tuple[int, _Request]]:
    """Requests, with what is known of the others: the training set comes in two files, without and with explanations.

    A request has the same id in both, so that it is kept once.
    """
    explained = _explanations(file.with_name(_EXPLAINED)) if file.name == _PLAIN else {}
    seen: Counter[str] = Counter()
    for number, row in read_json_array(file):
        yield number, _Request(row, explained, seen)


def _explanations(file: Path) -> dict[str, str]:
    """Id -> explanation. Rows of another shape are passed over: the file is read, and refused, in its own turn."""
    if not file.is_file():
        return {}
    explained = {}
    for _, row in read_json_array(file):
        match row:
            case {"instruction": str(), "text": str(), "explanation": str(explanation)}:
                explained[_id(row)] = explanation
    return explained


def _id(row: dict[str, Any]) -> str:
    return record_id(str(row["instruction"]), str(row["text"]))


def _records(request: _Request, split: str, where: int) -> Iterator[Record | Dropped]:
    row, explained, seen = request
    id = _id(row)
    seen[id] += 1
    table = next(iter(read_table(row["table"]).items), None)
    if not isinstance(table, Table):
        yield Dropped("the gold table is not a Markdown table")
        return
    yield Record(
        id=f"{split}-{id}" if seen[id] == 1 else f"{split}-{id}-{seen[id]}",
        source="odie",
        split=split,
        group=row["text"],
        text=row["text"],
        schemas={"odie": ()},
        instruction=row["instruction"],
        table=table,
        explanation=row.get("explanation", explained.get(id, "")),
    )


SOURCE = Source(
    name="odie",
    title="On-Demand IE",
    tasks=("odie",),
    role="training",
    domain="many",
    licence="not stated",
    url="https://github.com/yzjiao/On-Demand-IE",
    layouts=(
        Layout(
            name="native",
            files={"train": (_PLAIN, _EXPLAINED), "test": ("test_data.json",)},
            recognise=lambda head: {"instruction", "text", "table"} <= json_keys(head),
            raw_examples=_units,
            records=_records,
            companions=(_EXPLAINED,),
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 14_579}, "test": {"records": 150}},
)
