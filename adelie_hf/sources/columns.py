"""A record as plain columns: strings, and lists and dicts that JSON can hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from adelie_hf.records import Event, Mention, Record, Relation

TEXT_COLUMNS = ("id", "source", "split", "group", "text", "instruction", "explanation")
JSON_COLUMNS = ("schemas", "mentions", "relations", "pairs", "events", "extractions", "table")


def columns(record: Record) -> dict[str, Any]:
    """The columns of a record. Offsets are in code points of `text`; `table` is None where there is no gold table."""
    return {name: getattr(record, name) for name in TEXT_COLUMNS} | {
        "schemas": {
            task: [asdict(label) | {"roles": list(label.roles)} for label in schema]
            for task, schema in record.schemas.items()
        },
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
