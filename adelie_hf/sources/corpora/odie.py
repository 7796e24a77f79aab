"""INSTRUCTIE and the ODIE test set (Jiao et al., 2023): tables that a user requests in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.answers import Table
from adelie_hf.prompts.formats.markdown import read_table
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import record_id
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_array

_NO_TABLE = "the gold table is not a Markdown table"

_PLAIN_FILE, _EXPLAINED_FILE = "training_data.json", "training_data_cot.json"


class OdieRow(TypedDict):
    """An element of a file."""

    instruction: str
    text: str
    table: str  # Markdown
    explanation: NotRequired[str]


class _RawExample(NamedTuple):
    """A request, the explanations of the other training file by id, and how often each id occurred so far."""

    row: OdieRow
    explanations: dict[str, str]
    occurrences: Counter[str]


def _raw_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    explanations = _read_explanations(file.with_name(_EXPLAINED_FILE)) if file.name == _PLAIN_FILE else {}
    occurrences: Counter[str] = Counter()
    for number, row in read_json_array(file):
        yield number, _RawExample(row, explanations, occurrences)


def _read_explanations(file: Path) -> dict[str, str]:
    """Return id -> explanation. Malformed rows are ignored here and reported when the file itself is read."""
    if not file.is_file():
        return {}
    explanations = {}
    for _, row in read_json_array(file):
        match row:
            case {"instruction": str(), "text": str(), "explanation": str(explanation)}:
                explanations[_content_id(row)] = explanation
    return explanations


def _content_id(row: OdieRow) -> str:
    """Return an id that a request has in both training files, so that it is read once."""
    return record_id(str(row["instruction"]), str(row["text"]))


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    row, explanations, occurrences = raw_example
    id = _content_id(row)
    occurrences[id] += 1
    table = next(iter(read_table(row["table"]).items), None)
    if not isinstance(table, Table):
        yield Dropped(_NO_TABLE)
        return
    yield Record(
        id=f"{split}-{id}" if occurrences[id] == 1 else f"{split}-{id}-{occurrences[id]}",
        source="odie",
        split=split,
        group=row["text"],
        text=row["text"],
        schemas={"odie": ()},
        instruction=row["instruction"],
        table=table,
        explanation=row.get("explanation", explanations.get(id, "")),
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
            files={"train": (_PLAIN_FILE, _EXPLAINED_FILE), "test": ("test_data.json",)},
            recognise=lambda head: {"instruction", "text", "table"} <= head.json_keys,
            raw_examples=_raw_examples,
            records=_records,
            companions=(_EXPLAINED_FILE,),
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 14_579}, "test": {"records": 150}},
    notes=(
        "The training data are published in two files, without and with explanations; a request that is in both is "
        "one record, with its explanation.",
        "A request that one file contains twice is two records.",
    ),
    drops=(_NO_TABLE,),
)
