"""Our own records, as `write_records` or `load_dataset("adelie_hf/records", ...)` puts them into files.

A record keeps the source that it names. Its split must be the one that its file is named after: who shows that a
test part was not trained on relies on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.answers import EventItem
from adelie_hf.queries import queries
from adelie_hf.record_columns import from_columns
from adelie_hf.records import Record
from adelie_hf.sources.source import Layout, Source
from adelie_hf.sources.user.common import parquet_rows, split_files
from adelie_hf.tasks import CLOSED_TASKS, TASKS
from adelie_hf.text_files import json_keys, read_json_lines


def _records(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    record = from_columns(row | {"split": row.get("split") or split})
    if record.split != split:
        raise ValueError(f"its split is {record.split!r}, its file's {split!r}")
    for task in record.schemas:
        _check(record, task)
    yield record


def _check(record: Record, task: str) -> None:
    """Raises ValueError for what no question could ask: a category twice or not offered, a relation of no pair."""
    categories = [label.name for label in record.schemas[task]]
    if len(set(categories)) < len(categories):
        raise ValueError(f"its schema for {task} has a category twice")
    if task in ("rc", "ere") and "re" not in record.schemas:
        asked = {*record.pairs, *(pair[::-1] for pair in record.pairs if task == "ere")}
        for relation in record.relations:
            if (relation.head, relation.tail) not in asked:
                between = f"{relation.head.text!r} and {relation.tail.text!r}"
                raise ValueError(
                    f"the relation between {between} is none of the pairs that {task} asks about; "
                    "its mentions have to be the same there, types and offsets included"
                )
    for query in queries(record, task) if task in CLOSED_TASKS else ():
        offered = {label.name for label in query.schema}
        for item in query.answer:
            if item[1] not in offered:
                raise ValueError(f"{item[1]!r} is none of the categories of its schema for {task}")
            if isinstance(item, EventItem):
                roles = {role for label in query.schema if label.name == item.type for role in label.roles}
                if other := {argument.role for argument in item.arguments} - roles:
                    raise ValueError(f"{min(other)!r} is none of the roles of {item.type!r} in its schema")


SOURCE = Source(
    name="records",
    title="records of your own",
    tasks=tuple(TASKS),
    role="own",
    domain="yours",
    licence="yours",
    url="dataset_scripts/records/README.md",
    layouts=(
        Layout(
            name="json-lines",
            files=split_files("{}.jsonl", "{}.json"),
            recognise=lambda head: {"id", "text", "schemas"} <= json_keys(head) and head.lstrip().startswith("{"),
            raw_examples=read_json_lines,
            records=_records,
        ),
        Layout(
            name="parquet",
            files=split_files("{}.parquet", "{}-*.parquet"),
            recognise=lambda head: head.startswith("PAR1") and "schemas" in head and "mentions" in head,
            raw_examples=parquet_rows,
            records=_records,
            numbered_by="record",
        ),
    ),
)
