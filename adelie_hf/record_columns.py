"""Records as rows of plain columns, and files of records.

`to_columns` and `from_columns` convert one record; `write_records` writes a file that
`adelie_hf.sources.load_records("records", folder)` reads. All columns are described in
`dataset_scripts/records/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict

from adelie_hf.answers import Extraction, Table
from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.tasks import TASKS
from adelie_hf.text_files import excerpt

TEXT_COLUMNS = ("id", "source", "split", "group", "text", "instruction", "explanation")
JSON_COLUMNS = ("schemas", "mentions", "relations", "pairs", "events", "extractions", "table")

_ROW_GROUP = 200  # records of a row group of a Parquet file


class RoleColumns(TypedDict):
    """A role of an event type: the columns of a `Label` without roles of its own."""

    name: str
    raw: str
    definition: str


class LabelColumns(RoleColumns):
    """A `Label`: a category of a schema."""

    roles: list[str]
    role_labels: list[RoleColumns]


class MentionColumns(TypedDict):
    """A `Mention`; `fragments` are [start, end) offsets in code points of the record's text."""

    text: str
    type: str
    fragments: list[list[int]]


class RelationColumns(TypedDict):
    """A `Relation`."""

    head: MentionColumns
    type: str
    tail: MentionColumns


class ArgumentColumns(TypedDict):
    """An argument of an `Event`."""

    mention: MentionColumns
    role: str


class EventColumns(TypedDict):
    """An `Event`."""

    trigger: MentionColumns
    type: str
    arguments: list[ArgumentColumns]


class ExtractionColumns(TypedDict):
    """An `Extraction`."""

    predicate: str
    arguments: list[str]


class TableColumns(TypedDict):
    """A `Table`."""

    header: list[str]
    rows: list[list[str]]


class RecordColumns(TypedDict):
    """A `Record`; `table` is None if the record has no gold table."""

    id: str
    source: str
    split: str
    group: str
    text: str
    instruction: str
    explanation: str
    schemas: dict[str, list[LabelColumns]]
    mentions: list[MentionColumns]
    relations: list[RelationColumns]
    pairs: list[list[MentionColumns]]
    events: list[EventColumns]
    extractions: list[ExtractionColumns]
    table: TableColumns | None


# ---- records to columns ---------------------------------------------------------------------------


def to_columns(record: Record) -> RecordColumns:
    """Return the columns of a record: strings, and values that JSON can represent.

    >>> bob = Mention("Bob", ((0, 3),), "person")
    >>> to_columns(Record("1", "mine", "train", "1", "Bob left.", {}, mentions=(bob,)))["mentions"]
    [{'text': 'Bob', 'type': 'person', 'fragments': [[0, 3]]}]
    """
    return {
        "id": record.id,
        "source": record.source,
        "split": record.split,
        "group": record.group,
        "text": record.text,
        "instruction": record.instruction,
        "explanation": record.explanation,
        "schemas": {task: [_label_columns(label) for label in schema] for task, schema in record.schemas.items()},
        "mentions": [_mention_columns(mention) for mention in record.mentions],
        "relations": [_relation_columns(relation) for relation in record.relations],
        "pairs": [[_mention_columns(mention) for mention in pair] for pair in record.pairs],
        "events": [_event_columns(event) for event in record.events],
        "extractions": [
            {"predicate": predicate, "arguments": list(arguments)} for predicate, arguments in record.extractions
        ],
        "table": None
        if record.table is None
        else {"header": list(record.table.header), "rows": [list(row) for row in record.table.rows]},
    }


def _label_columns(label: Label) -> LabelColumns:
    return {
        "name": label.name,
        "raw": label.raw,
        "definition": label.definition,
        "roles": list(label.roles),
        "role_labels": [
            {"name": role.name, "raw": role.raw, "definition": role.definition} for role in label.role_labels
        ],
    }


def _mention_columns(mention: Mention) -> MentionColumns:
    return {"text": mention.text, "type": mention.type, "fragments": [list(span) for span in mention.fragments]}


def _relation_columns(relation: Relation) -> RelationColumns:
    return {
        "head": _mention_columns(relation.head),
        "type": relation.type,
        "tail": _mention_columns(relation.tail),
    }


def _event_columns(event: Event) -> EventColumns:
    return {
        "trigger": _mention_columns(event.trigger),
        "type": event.type,
        "arguments": [{"mention": _mention_columns(mention), "role": role} for mention, role in event.arguments],
    }


# ---- columns to records ---------------------------------------------------------------------------


def from_columns(row: Mapping[str, object]) -> Record:
    """Return the record of a row that `to_columns` returned or that a user wrote.

    Args:
        row: `id`, `text` and `schemas` are required. A JSON column may be given as its JSON text, as Parquet
            files have it.

    Raises:
        KeyError: for a missing column or field.
        ValueError: for a value of another type or form, and as `Record`.
    """
    columns = {name: _parsed(row.get(name)) for name in JSON_COLUMNS}
    if columns["schemas"] is None:
        raise KeyError("schemas")
    lists = {name: _list(columns[name] or []) for name in JSON_COLUMNS if name not in ("schemas", "table")}
    record_id = _text("id", row["id"])
    return Record(
        id=record_id,
        source=_text("source", row.get("source") or "records"),
        split=_text("split", row.get("split") or "train"),
        group=_text("group", row.get("group") or record_id),
        text=_text("text", row["text"]),
        schemas={
            _task(task): tuple(map(_label, _list(schema)))
            for task, schema in _object(columns["schemas"]).items()
            if schema is not None
        },
        mentions=tuple(map(_mention, lists["mentions"])),
        relations=tuple(map(_relation, lists["relations"])),
        pairs=tuple(map(_pair, lists["pairs"])),
        events=tuple(map(_event, lists["events"])),
        extractions=tuple(map(_extraction, lists["extractions"])),
        instruction=_text("instruction", row.get("instruction") or ""),
        explanation=_text("explanation", row.get("explanation") or ""),
        table=None if columns["table"] is None else _table(columns["table"]),
    )


def _parsed(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    try:
        value: object = json.loads(cell)
        json.dumps(value, ensure_ascii=False).encode()  # refuses an unpaired surrogate, which is not text
    except ValueError:
        raise ValueError(f"{excerpt(repr(cell))} is not JSON") from None
    return value


def _task(name: str) -> str:
    if name not in TASKS:
        raise ValueError(f"the task {name!r} is none of {', '.join(TASKS)}")
    return name


def _label(value: object) -> Label:
    columns = _object(value)
    name, roles = _string(columns["name"]), _strings(columns.get("roles", []))
    role_labels = tuple(map(_label, _list(columns.get("role_labels", []))))
    if unknown := {role.name for role in role_labels} - set(roles):
        raise ValueError(f"{min(unknown)!r} is in the role_labels of {name!r}, but not in its roles")
    return Label(name, _string(columns.get("raw", "")), _string(columns.get("definition", "")), roles, role_labels)


def _mention(value: object) -> Mention:
    columns = _object(value)
    spans = tuple(map(_span, _list(columns.get("fragments", []))))
    return Mention(_string(columns["text"]), spans, _string(columns.get("type", "")))


def _span(value: object) -> tuple[int, int]:
    match value:
        case [start, end] if type(start) is int and type(end) is int:  # `type`, since bool is a subclass of int
            return start, end
    raise ValueError(f"the offsets {value!r} are not two integers")


def _relation(value: object) -> Relation:
    columns = _object(value)
    return Relation(_mention(columns["head"]), _string(columns["type"]), _mention(columns["tail"]))


def _pair(value: object) -> tuple[Mention, Mention]:
    first, second = _list(value)
    return _mention(first), _mention(second)


def _event(value: object) -> Event:
    columns = _object(value)
    arguments = tuple(map(_argument, _list(columns.get("arguments", []))))
    return Event(_mention(columns["trigger"]), _string(columns["type"]), arguments)


def _argument(value: object) -> tuple[Mention, str]:
    columns = _object(value)
    return _mention(columns["mention"]), _string(columns["role"])


def _extraction(value: object) -> Extraction:
    columns = _object(value)
    return Extraction(_string(columns["predicate"]), _strings(columns["arguments"]))


def _table(value: object) -> Table:
    columns = _object(value)
    header, rows = _strings(columns["header"]), tuple(map(_strings, _list(columns["rows"])))
    if not header or any(len(row) != len(header) for row in rows):
        raise ValueError("the table has no header, or rows of another width than its header")
    return Table(header, rows)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a string but {'null' if value is None else type(value).__name__}")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    return value


def _strings(value: object) -> tuple[str, ...]:
    return tuple(map(_string, _list(value)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a JSON object")
    return value


# ---- files ----------------------------------------------------------------------------------------


def write_records(file: str | Path, records: Iterable[Record]) -> int:
    """Write records as JSON lines (`.jsonl`, `.json`) or Parquet (`.parquet`); return their number.

    The file appears when it is complete. `load_records("records", folder)` reads it if it is named after a split:
    `train.jsonl`, `validation.parquet` and so on.

    Raises:
        InputError: for another file name extension, or if the path is a folder.
    """
    file = Path(file)
    if file.suffix not in (".jsonl", ".json", ".parquet"):
        raise InputError(f"{file}: records are written as .jsonl or .parquet; choose one of these extensions")
    if file.is_dir():
        raise InputError(f"{file}: is a folder; choose another name")
    with atomic_write(file) as partial:
        return (_write_parquet if file.suffix == ".parquet" else _write_json_lines)(partial, records)


def _write_json_lines(file: Path, records: Iterable[Record]) -> int:
    number = 0
    with open(file, "w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            stream.write(json.dumps(to_columns(record), ensure_ascii=False) + "\n")
            number += 1
    return number


def _write_parquet(file: Path, records: Iterable[Record]) -> int:
    import pyarrow
    import pyarrow.parquet

    number = 0
    schema = pyarrow.schema([(name, pyarrow.string()) for name in (*TEXT_COLUMNS, *JSON_COLUMNS)])
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for batch in batched(records, _ROW_GROUP):
            rows = [_parquet_row(to_columns(record)) for record in batch]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
            number += len(rows)
    return number


def _parquet_row(columns: RecordColumns) -> dict[str, object]:
    return {
        name: json.dumps(value, ensure_ascii=False) if name in JSON_COLUMNS else value
        for name, value in columns.items()
    }
