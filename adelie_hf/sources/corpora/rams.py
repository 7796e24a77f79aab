"""RAMS 1.0 (Ebner et al., 2020): arguments of one event in a window of five sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Schema
from adelie_hf.sources.label_sets import load_schemas, shared_roles, with_roles
from adelie_hf.sources.readers.drop_reasons import UNKNOWN_ROLE
from adelie_hf.sources.readers.known_labels import has_known_labels, labels_at
from adelie_hf.sources.readers.rams import EVENT_TYPES, RamsWindow, read_window
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.text_files import read_json_lines, read_lines

_ROLES_FILE = "event_role_multiplicities.txt"
_ROLES_FILES = (_ROLES_FILE, f"scorer/{_ROLES_FILE}", f"../scorer/{_ROLES_FILE}")


class _RawExample(NamedTuple):
    window: RamsWindow
    schemas: StrictDict[Schema]  # raw event type -> the event type with its roles, the only category of a window


def _windows(file: Path) -> Iterator[tuple[int, _RawExample]]:
    definitions = {label.raw: label.definition for label in load_schemas("rams")["eae"]}
    roles = shared_roles("rams")
    schemas: StrictDict[Schema] = StrictDict()
    for raw_type, raw_roles in _read_roles(file):
        name = _type_name(raw_type)
        label = Label(name, raw_type, definitions.get(name, ""))
        schemas[raw_type] = (with_roles(label, tuple(roles.get(raw) or Label(raw, raw) for raw in raw_roles)),)
    for number, window in read_json_lines(file):
        yield number, _RawExample(window, schemas)


def _read_roles(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield event types and their roles from the table in the release, with lines `type role count role count ...`."""
    table = _roles_table(file)
    if table is None:
        raise InputError(
            f"{file.parent / _ROLES_FILE}: missing; it defines the roles of the events, and is in the folder `scorer` "
            "of the release"
        )
    for number, line in read_lines(table):
        event_type, *rest = line.split() or ("",)
        roles, counts = rest[::2], rest[1::2]
        if len(roles) != len(counts) or not all(count.isdecimal() for count in counts):
            raise InputError(f"{table}:{number}: not a type with its roles and their counts; download the file again")
        if event_type:
            yield event_type, tuple(roles)


def _roles_table(file: Path) -> Path | None:
    return next((file.parent / path for path in _ROLES_FILES if (file.parent / path).is_file()), None)


def _type_name(event_type: str) -> str:
    """Return the first two of the three levels of a type, as in the paper: `life.die` of `life.die.n/a`."""
    return ".".join(event_type.split(".")[:2])


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    window, schemas = raw_example
    text, ((trigger, raw_type, arguments),) = read_window(window)
    (event_type,) = schemas[raw_type]
    role_names = {role.raw: role.name for role in event_type.role_labels}
    if not {raw for _, raw in arguments} <= role_names.keys():
        yield Dropped(UNKNOWN_ROLE)
        return
    yield Record(
        id=window["doc_key"],
        source="rams",
        split=split,
        group=window.get("source_url") or window["doc_key"],
        text=text,
        schemas={"eae": schemas[raw_type]},
        events=(
            Event(
                trigger,
                event_type.name,
                tuple((mention, role_names[raw]) for mention, raw in arguments),
            ),
        ),
    )


def _recognise(head: Head) -> bool:
    if not {"evt_triggers", "gold_evt_links"} <= head.json_keys:
        return False
    known = {label.raw for label in load_schemas("rams")["eae"]}
    if _roles_table(head.file):  # it says what the event types are, also others than those of the release
        known |= {_type_name(raw_type) for raw_type, _ in _read_roles(head.file)}
    return has_known_labels(head, lambda row: map(_type_name, labels_at(row, EVENT_TYPES)), known)


SOURCE = Source(
    name="rams",
    title="RAMS",
    tasks=("eae",),
    role="training",
    domain="news",
    licence="CC BY-SA 4.0",
    url="https://nlp.jhu.edu/rams/",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.jsonlines",), "validation": ("dev.jsonlines",), "test": ("test.jsonlines",)},
            recognise=_recognise,
            raw_examples=_windows,
            records=_records,
            companions=_ROLES_FILES,
        ),
    ),
    counts={"train": {"records": 7_329}, "validation": {"records": 924}, "test": {"records": 871}},
    notes=(
        "Event types have the first two of their three levels, as in the paper: `life.die.n/a` is `life.die`.",
        "The roles of an event type are those in `event_role_multiplicities.txt` of the release (in the folder "
        "`scorer`), which has to be in the folder of the data or in `scorer` in it or next to it.",
        "The windows of one article are grouped by its URL.",
        "A file with event types of another data set is not read as RAMS, unless that table has them.",
    ),
    drops=(UNKNOWN_ROLE,),
)
