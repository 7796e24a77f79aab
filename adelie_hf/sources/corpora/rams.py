"""RAMS 1.0 (Ebner et al., 2020): arguments of one event in a window of five sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Schema
from adelie_hf.sources.label_sets import schemas_of, shared_roles, with_roles
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines, read_lines

_ROLE_PREFIX = re.compile(r"^evt\d+arg\d+")
_ROLES_FILE = "event_role_multiplicities.txt"
_ROLES_FILES = (_ROLES_FILE, f"scorer/{_ROLES_FILE}", f"../scorer/{_ROLES_FILE}")


def _units(file: Path) -> Iterator[tuple[int, tuple[dict[str, Any], StrictDict[Schema]]]]:
    definitions = {label.raw: label.definition for label in schemas_of("rams")["eae"]}
    known = shared_roles("rams")
    of_type: StrictDict[Schema] = StrictDict()
    for event_type, raw_roles in _roles(file):
        name = _name(event_type)
        label = Label(name, event_type, definitions.get(name, ""))
        of_type[event_type] = (with_roles(label, tuple(known.get(raw) or Label(raw, raw) for raw in raw_roles)),)
    for number, window in read_json_lines(file):
        yield number, (window, of_type)


def _roles(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Event type and roles, from the table that comes with the release: `type role count role count ...`."""
    table = next((file.parent / place for place in _ROLES_FILES if (file.parent / place).is_file()), None)
    if table is None:
        raise InputError(f"{file.parent / _ROLES_FILE}: missing; RAMS defines the roles of its events in it (scorer/)")
    for number, line in read_lines(table):
        event_type, *rest = line.split() or ("",)
        roles, counts = rest[::2], rest[1::2]
        if len(roles) != len(counts) or not all(count.isdecimal() for count in counts):
            raise InputError(f"{table}:{number}: not a type with its roles and their counts; fetch the file again")
        if event_type:
            yield event_type, tuple(roles)


def _name(event_type: str) -> str:
    """The first two of the three levels, as the paper uses them: `life.die.n/a` is `life.die`."""
    return ".".join(event_type.split(".")[:2])


def _records(unit: tuple[dict[str, Any], StrictDict[Schema]], split: str, where: int) -> Iterator[Record | Dropped]:
    window, of_type = unit
    text = TokenText(list(chain.from_iterable(map(string_list, window["sentences"]))))
    ((start, end, ((event_type, *_), *_)),) = window["evt_triggers"]
    arguments = [
        (text.mention(arg_start, arg_end + 1), _ROLE_PREFIX.sub("", role))
        for _, (arg_start, arg_end), role in window["gold_evt_links"]
    ]
    (label,) = of_type[event_type]
    names = {role.raw: role.name for role in label.role_labels}
    if not {raw for _, raw in arguments} <= names.keys():
        yield Dropped("an argument has a role that its event type does not have")
        return
    yield Record(
        id=window["doc_key"],
        source="rams",
        split=split,
        group=window.get("source_url") or window["doc_key"],
        text=text.text,
        schemas={"eae": of_type[event_type]},
        events=(
            Event(
                text.mention(start, end + 1),
                label.name,
                tuple((mention, names[raw]) for mention, raw in arguments),
            ),
        ),
    )


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
            recognise=lambda head: {"evt_triggers", "gold_evt_links"} <= json_keys(head),
            raw_examples=_units,
            records=_records,
            companions=_ROLES_FILES,
        ),
    ),
    counts={"train": {"records": 7_329}, "validation": {"records": 924}, "test": {"records": 871}},
)
