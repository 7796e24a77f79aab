"""The input format of IEPile (Gui et al., 2024): JSON lines, and in the same folder a schema of three lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.drop_reasons import (
    ABSENT,
    ARGUMENT_LACKS_MENTION,
    EVENT_LACKS_TRIGGER,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.readers.offsets import is_absent, locate_surface
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.source import Dropped, Layout, OwnFile, OwnReader, Source, Training
from adelie_hf.text_files import read_json_lines, try_json_lines

_SCHEMA_FILE = "schema.json"
_NOT_IN_SCHEMA = f"an annotation has a category that {_SCHEMA_FILE} does not have"
_NO_ROLES = f"an argument, since {_SCHEMA_FILE} has event types without roles, for event detection"


class _Entity(TypedDict):
    entity: str
    entity_type: str


class _Relation(TypedDict):
    head: str
    relation: str
    tail: str


class _Argument(TypedDict):
    argument: str
    role: str


class _EventRequired(TypedDict):
    event_trigger: str
    event_type: str


class _Event(_EventRequired, total=False):
    arguments: list[_Argument]


class _Row(TypedDict, total=False):
    """A line of a data file: a text with the annotations of one task or several."""

    text: str
    entity: list[_Entity]
    relation: list[_Relation]
    event: list[_Event]


class _Schemas(NamedTuple):
    """The schemas by the field of a row that has their annotations."""

    entity: Schema
    relation: Schema
    event: Schema


class _RawExample(NamedTuple):
    file: OwnFile
    row: _Row
    schemas: _Schemas


def _reader(training: Training) -> OwnReader[_RawExample]:
    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        schemas = _read_schemas(_schema_file(file.path))
        for number, row in try_json_lines(file.path):
            yield number, row if isinstance(row, UnreadableRecord) else _RawExample(file, row, schemas)

    return raw_examples


def _schema_file(file: Path) -> Path:
    """Return the schema beside a file, or above it where each split has a folder of its own."""
    beside, above = (folder / _SCHEMA_FILE for folder in (file.parent, file.parent.parent))
    return above if above.is_file() and not beside.is_file() else beside


def _read_schemas(file: Path) -> _Schemas:
    """Read the list of types, the list of roles, and the roles of each type; relations may be in either list."""
    if not file.is_file():
        raise InputError(
            f"{file}: missing; write the types, the roles and the roles of each type into it, a line each"
        )
    try:
        (_, types), (_, roles), (_, roles_by_type) = read_json_lines(file)
        string_list(types), string_list(roles)
        role_names = {name: tuple(dict.fromkeys(string_list(names))) for name, names in roles_by_type.items()}
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"{file}: not three lines with a list of types, a list of roles and the roles of each type; fix it"
        ) from None
    return _Schemas(
        _schema(types or roles),
        _schema(roles or types),
        tuple(Label(name, name, roles=role_names.get(name, ())) for name in dict.fromkeys(role_names or types)),
    )


def _schema(names: Iterable[str]) -> Schema:
    return tuple(Label(name, name) for name in dict.fromkeys(names))


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    file, row, schemas = raw_example
    text = row["text"]
    # Without any role, events are those of event detection (IEPile's EET), whose rows may have arguments.
    detection = not any(label.roles for label in schemas.event)
    tasks = ("ner", "re", "ed" if detection else "ee")
    schemas_by_task = {
        task: schema for task, field, schema in zip(tasks, _Schemas._fields, schemas, strict=True) if field in row
    }
    if not schemas_by_task:
        raise ValueError(f"a row has none of the fields {', '.join(_Schemas._fields)}")
    drops: list[str] = []
    yield Record(
        id=f"{split}-{file.key(number)}",
        source="iepile",
        split=split,
        group=text,
        text=text,
        schemas=schemas_by_task,
        mentions=tuple(_mentions(text, row.get("entity", ()), schemas.entity, drops)),
        relations=tuple(_relations(text, row.get("relation", ()), schemas.relation, drops)),
        events=tuple(_events(text, row.get("event", ()), schemas.event, detection, drops)),
    )
    yield from map(Dropped, drops)


def _mentions(text: str, entities: Iterable[_Entity], schema: Schema, drops: list[str]) -> Iterator[Mention]:
    """Yield the mentions of entities; add to `drops` the reason for each that is left out."""
    types = {label.name for label in schema}
    for entity in entities:
        if entity["entity_type"] not in types:
            drops.append(_NOT_IN_SCHEMA)
        elif is_absent(text, mention := locate_surface(text, entity["entity"], entity["entity_type"])):
            drops.append(ABSENT)
        else:
            yield mention


def _relations(text: str, relations: Iterable[_Relation], schema: Schema, drops: list[str]) -> Iterator[Relation]:
    types = {label.name for label in schema}
    for relation in relations:
        if relation["relation"] not in types:
            drops.append(_NOT_IN_SCHEMA)
            continue
        head, tail = locate_surface(text, relation["head"]), locate_surface(text, relation["tail"])
        if is_absent(text, head) or is_absent(text, tail):
            drops.append(RELATION_LACKS_MENTION)
        else:
            yield Relation(head, relation["relation"], tail)


def _events(text: str, events: Iterable[_Event], schema: Schema, detection: bool, drops: list[str]) -> Iterator[Event]:
    roles = {label.name: label.roles for label in schema}
    for event in events:
        if event["event_type"] not in roles:
            drops.append(_NOT_IN_SCHEMA)
        elif is_absent(text, trigger := locate_surface(text, event["event_trigger"])):
            drops.append(EVENT_LACKS_TRIGGER)
        else:
            arguments = event.get("arguments", ())
            if detection:
                drops += [_NO_ROLES] * len(arguments)
                arguments = ()
            kept = tuple(_arguments(text, arguments, roles[event["event_type"]], drops))
            yield Event(trigger, event["event_type"], kept)


def _arguments(
    text: str, arguments: Iterable[_Argument], roles: Iterable[str], drops: list[str]
) -> Iterator[tuple[Mention, str]]:
    for argument in arguments:
        if argument["role"] not in roles:
            drops.append(_NOT_IN_SCHEMA)
        elif is_absent(text, mention := locate_surface(text, argument["argument"])):
            drops.append(ARGUMENT_LACKS_MENTION)
        else:
            yield mention, argument["role"]


SOURCE = Source(
    name="iepile",
    title="IEPile input format",
    tasks=("ner", "re", "ed", "ee"),
    role="own",
    domain="any, English or Chinese",
    licence="the user's",
    url="https://github.com/zjunlp/IEPile",
    drops=(
        _NOT_IN_SCHEMA,
        _NO_ROLES,
        ABSENT,
        RELATION_LACKS_MENTION,
        EVENT_LACKS_TRIGGER,
        ARGUMENT_LACKS_MENTION,
    ),
    layouts=(
        Layout(
            name="native",
            endings=("json", "jsonl"),
            expects="a JSON object per line with `text` and `entity`, `relation` or `event`",
            recognise=lambda head: (
                "text" in head.json_keys and not head.json_keys.isdisjoint(("entity", "relation", "event"))
            ),
            own_reader=_reader,
            records=_records,
            companions=(f"./{_SCHEMA_FILE}", f"./../{_SCHEMA_FILE}"),
        ),
    ),
)
