"""A record as plain columns, strings and lists and dicts that JSON can hold, and back; files of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from adelie_hf.answers import Extraction, Table
from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.tasks import TASKS

T = TypeVar("T")

TEXT_COLUMNS = ("id", "source", "split", "group", "text", "instruction", "explanation")
JSON_COLUMNS = ("schemas", "mentions", "relations", "pairs", "events", "extractions", "table")


def to_columns(record: Record) -> dict[str, Any]:
    """The columns of a record. Offsets are in code points of `text`; `table` is None where there is no gold table."""
    return {name: getattr(record, name) for name in TEXT_COLUMNS} | {
        "schemas": {task: [_label(label) for label in schema] for task, schema in record.schemas.items()},
        "mentions": [_mention(mention) for mention in record.mentions],
        "relations": [_relation(relation) for relation in record.relations],
        "pairs": [[_mention(mention) for mention in pair] for pair in record.pairs],
        "events": [_event(event) for event in record.events],
        "extractions": [
            {"predicate": each.predicate, "arguments": list(each.arguments)} for each in record.extractions
        ],
        "table": record.table
        and {"header": list(record.table.header), "rows": [list(row) for row in record.table.rows]},
    }


def _label(label: Label) -> dict[str, Any]:
    known = [{"name": role.name, "raw": role.raw, "definition": role.definition} for role in label.role_labels]
    return {
        "name": label.name,
        "raw": label.raw,
        "definition": label.definition,
        "roles": list(label.roles),
        "role_labels": known,
    }


def _mention(mention: Mention) -> dict[str, Any]:
    return {"text": mention.text, "type": mention.type, "fragments": [list(span) for span in mention.fragments]}


def _relation(relation: Relation) -> dict[str, Any]:
    return {"head": _mention(relation.head), "type": relation.type, "tail": _mention(relation.tail)}


def _event(event: Event) -> dict[str, Any]:
    return {
        "trigger": _mention(event.trigger),
        "type": event.type,
        "arguments": [{"mention": _mention(mention), "role": role} for mention, role in event.arguments],
    }


def from_columns(row: Mapping[str, Any]) -> Record:
    """The record that `columns` gave, or one that a user wrote: `id`, `text` and `schemas` are enough.

    A column of JSON may be given as a string that holds it, as it stands in Parquet.

    Raises:
        KeyError: for a column or field that is missing.
        ValueError, TypeError: for one of another type, and for what `Record` refuses.
    """
    given = {name: _value(row.get(name)) for name in JSON_COLUMNS}
    lists = {name: _list(given[name]) for name in JSON_COLUMNS if name not in ("schemas", "table") and given[name]}
    if given["schemas"] is None:
        raise KeyError("schemas")
    return Record(
        id=row["id"],
        source=row.get("source") or "records",
        split=row.get("split") or "train",
        group=row.get("group") or row["id"],
        text=row["text"],
        schemas={
            _task(task): tuple(map(_label_of, _list(schema)))
            for task, schema in given["schemas"].items()
            if schema is not None
        },
        mentions=tuple(map(_mention_of, lists.get("mentions", ()))),
        relations=tuple(
            Relation(_mention_of(each["head"]), _string(each["type"]), _mention_of(each["tail"]))
            for each in lists.get("relations", ())
        ),
        pairs=tuple((_mention_of(first), _mention_of(second)) for first, second in map(_list, lists.get("pairs", ()))),
        events=tuple(
            Event(
                _mention_of(each["trigger"]),
                _string(each["type"]),
                tuple((_mention_of(of["mention"]), _string(of["role"])) for of in _list(each.get("arguments", []))),
            )
            for each in lists.get("events", ())
        ),
        extractions=tuple(
            Extraction(_string(each["predicate"]), _strings(each["arguments"]))
            for each in lists.get("extractions", ())
        ),
        instruction=row.get("instruction") or "",
        table=None if given["table"] is None else _table_of(given["table"]),
    )


def _table_of(table: Mapping[str, Any]) -> Table:
    header, rows = _strings(table["header"]), tuple(map(_strings, _list(table["rows"])))
    if not header or any(len(row) != len(header) for row in rows):
        raise ValueError("the table has no header, or rows of another width than its header")
    return Table(header, rows)


def _value(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    value = json.loads(cell)
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    return value


def _label_of(label: Mapping[str, Any]) -> Label:
    roles, known = _strings(label.get("roles", [])), tuple(map(_label_of, _list(label.get("role_labels", []))))
    if other := {role.name for role in known} - set(roles):
        raise ValueError(f"{min(other)!r} is among the role_labels of {label['name']!r}, but not among its roles")
    return Label(
        _string(label["name"]), _string(label.get("raw", "")), _string(label.get("definition", "")), roles, known
    )


def _mention_of(mention: Mapping[str, Any]) -> Mention:
    spans = [(start, end) for start, end in map(_list, _list(mention.get("fragments", [])))]
    if any(type(at) is not int for span in spans for at in span):  # true is an int for isinstance
        raise ValueError(f"the offsets {spans} are not all whole numbers")
    return Mention(_string(mention["text"]), tuple(spans), _string(mention.get("type", "")))


def _task(name: str) -> str:
    if name not in TASKS:
        raise ValueError(f"the task {name!r} is none of {', '.join(TASKS)}")
    return name


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(map(_string, _list(value)))


def write_records(file: str | Path, records: Iterable[Record]) -> int:
    """Writes records as JSON lines or, where the file's name ends in `.parquet`, as Parquet; gives their number.

    The file stands there when it is whole. `load_records("records", folder)` reads it where it is called
    `train.jsonl`, `validation.parquet` or the like.
    """
    file = Path(file)
    if file.suffix not in (".jsonl", ".json", ".parquet"):
        raise InputError(f"{file}: records are written as .jsonl or .parquet; name the file so")
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        number = (_write_parquet if file.suffix == ".parquet" else _write_lines)(unfinished, records)
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    return number


def _write_lines(file: Path, records: Iterable[Record]) -> int:
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
        for some in _batched(records, 200):
            rows = [_in_strings(to_columns(record)) for record in some]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
            number += len(rows)
    return number


def _in_strings(row: dict[str, Any]) -> dict[str, str]:
    return row | {name: json.dumps(row[name], ensure_ascii=False) for name in JSON_COLUMNS}


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
