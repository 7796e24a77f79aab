"""Records in the columns of `adelie_hf.record_columns`.

`adelie_hf.record_columns.write_records` (also in `adelie_hf.sources`) writes such files, and so does exporting
`load_dataset("adelie_hf/records", ...)`. A record keeps its source. Its split must be that of the file name, because
the separation of training and test data relies on both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adelie_hf.answers import EventItem, label_of
from adelie_hf.queries import queries
from adelie_hf.record_columns import from_columns
from adelie_hf.records import Record
from adelie_hf.sources.source import Layout, Source
from adelie_hf.sources.user.arrow_files import parquet_rows
from adelie_hf.tasks import CLOSED_TASKS, TASKS
from adelie_hf.text_files import try_json_lines


def _records(row: Mapping[str, object], split: str, number: int) -> Iterator[Record]:
    record = from_columns({**row, "split": row.get("split") or split})
    if record.split != split:
        raise ValueError(f"its split is {record.split!r}, its file's {split!r}")
    for task in record.schemas:
        _check_schema(record, task)
        if task in ("rc", "ere") and "re" not in record.schemas:
            _check_pairs(record, task)
        if task in CLOSED_TASKS:
            _check_answers(record, task)
    yield record


def _check_schema(record: Record, task: str) -> None:
    """Raise ValueError for a category that occurs twice."""
    categories = [label.name for label in record.schemas[task]]
    if len(set(categories)) < len(categories):
        raise ValueError(f"its schema for {task} has a category twice")


def _check_pairs(record: Record, task: str) -> None:
    """Raise ValueError for a relation that no query of the task asks for."""
    pairs = {*record.pairs, *(pair[::-1] for pair in record.pairs if task == "ere")}
    for relation in record.relations:
        if (relation.head, relation.tail) not in pairs:
            raise ValueError(
                f"the relation between {relation.head.text!r} and {relation.tail.text!r} is not one of the pairs of "
                f"{task}; the mentions in `pairs` must be equal to those of the relation, with types and offsets"
            )


def _check_answers(record: Record, task: str) -> None:
    """Raise ValueError for a category or role in an answer that the schema of the query does not have."""
    for query in queries(record, task):
        roles = {label.name: label.roles for label in query.schema}
        for item in query.answer:
            category = label_of(item)
            if category not in roles:
                raise ValueError(f"{category!r} is not one of the categories of its schema for {task}")
            arguments = item.arguments if isinstance(item, EventItem) else ()
            if unknown := {argument.role for argument in arguments}.difference(roles[category]):
                raise ValueError(f"{min(unknown)!r} is not one of the roles of {category!r} in its schema")


SOURCE = Source(
    name="records",
    title="adelie_hf records",
    tasks=tuple(TASKS),
    role="own",
    domain="any",
    licence="the user's",
    url="dataset_scripts/records/README.md",
    layouts=(
        Layout(
            name="json-lines",
            endings=("jsonl", "json"),
            expects="a JSON object per line with `id`, `text` and `schemas`",
            recognise=lambda head: {"id", "text", "schemas"} <= head.json_keys and head.text.lstrip().startswith("{"),
            raw_examples=try_json_lines,
            records=_records,
        ),
        Layout(
            name="parquet",
            endings=("parquet",),
            expects="Parquet with the columns of records",
            recognise=lambda head: {"schemas", "mentions"} <= set(head.columns),
            raw_examples=parquet_rows,
            records=_records,
            numbered_by="record",
        ),
    ),
)
