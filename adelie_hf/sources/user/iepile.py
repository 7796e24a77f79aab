"""Own data in the input form of IEPile (Gui et al., 2024): JSON lines, and beside them a schema of three lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Relation, Schema
from adelie_hf.sources.readers.offsets import located
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines

_SCHEMA_FILE = "schema.json"


class _Schemas(NamedTuple):
    """The categories of a task by what a row calls its annotations."""

    entity: Schema
    relation: Schema
    event: Schema


def _units(file: Path) -> Iterator[tuple[int, tuple[dict[str, Any], _Schemas]]]:
    schemas = _schemas(file.parent / _SCHEMA_FILE)
    for number, row in read_json_lines(file):
        yield number, (row, schemas)


def _schemas(file: Path) -> _Schemas:
    """A list of types, a list of roles, and the roles of each type; relations may be in either of the lists."""
    if not file.is_file():
        raise InputError(f"{file}: missing; put the types, the roles and the roles of each type there, a line each")
    try:
        (_, types), (_, roles), (_, roles_of) = read_json_lines(file)
        string_list(types), string_list(roles)
        by_type = {each: tuple(dict.fromkeys(string_list(of))) for each, of in roles_of.items()}
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"{file}: not three lines with a list of types, a list of roles and the roles of each type; mend it"
        ) from None
    return _Schemas(
        _labels(types or roles),
        _labels(roles or types),
        tuple(Label(each, each, roles=by_type.get(each, ())) for each in dict.fromkeys(by_type or types)),
    )


def _labels(raw: Iterable[str]) -> Schema:
    return tuple(Label(each, each) for each in dict.fromkeys(raw))


def _records(unit: tuple[dict[str, Any], _Schemas], split: str, where: int) -> Iterator[Record]:
    row, schemas = unit
    text = row["text"]
    served = {
        task: schema
        for task, key, schema in zip(("ner", "re", "ee"), _Schemas._fields, schemas, strict=True)
        if key in row
    }
    if not served:
        raise ValueError(f"a row has none of the fields {', '.join(_Schemas._fields)}")
    types, links, kinds = (StrictDict({label.name: label for label in schema}) for schema in schemas)
    events = []
    for event in row.get("event", ()):
        kind = kinds[event["event_type"]]
        roles = StrictDict({role: role for role in kind.roles})
        arguments = tuple(
            (located(text, each["argument"]), roles[each["role"]]) for each in event.get("arguments", ())
        )
        events.append(Event(located(text, event["event_trigger"]), kind.name, arguments))
    yield Record(
        id=f"{split}-{where}",
        source="iepile",
        split=split,
        group=text,
        text=text,
        schemas=served,
        mentions=tuple(
            located(text, each["entity"], types[each["entity_type"]].name) for each in row.get("entity", ())
        ),
        relations=tuple(
            Relation(located(text, each["head"]), links[each["relation"]].name, located(text, each["tail"]))
            for each in row.get("relation", ())
        ),
        events=tuple(events),
    )


SOURCE = Source(
    name="iepile",
    title="IEPile's input form",
    tasks=("ner", "re", "ee"),
    role="own",
    domain="the user's own, English or Chinese",
    licence="the user's own",
    url="https://github.com/zjunlp/IEPile",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.json", "sample.json"), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: (
                "text" in (keys := json_keys(head)) and not keys.isdisjoint(("entity", "relation", "event"))
            ),
            raw_examples=_units,
            records=_records,
            companions=(_SCHEMA_FILE,),
        ),
    ),
)
