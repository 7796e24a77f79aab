"""RAMS 1.0 (Ebner et al., 2020): arguments of one event in a window of five sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Record, Schema
from adelie_hf.sources.reading import TokenText, json_keys, json_lines, lines
from adelie_hf.sources.source import Source

_ROLE_PREFIX = re.compile(r"^evt\d+arg\d+")
_ROLES_FILE = "event_role_multiplicities.txt"


def _units(file: Path) -> Iterator[tuple[int, tuple[dict[str, Any], dict[str, Schema]]]]:
    schemas = {event_type: (Label(_name(event_type), event_type, roles=roles),) for event_type, roles in _roles(file)}
    for number, window in json_lines(file):
        yield number, (window, schemas)


def _roles(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Event type and roles, from the table that comes with the release: `type role count role count ...`."""
    places = (file.parent, file.parent / "scorer", file.parent.parent / "scorer")
    table = next((place / _ROLES_FILE for place in places if (place / _ROLES_FILE).is_file()), None)
    if table is None:
        raise InputError(f"{file.parent / _ROLES_FILE}: missing; RAMS defines the roles of its events in it (scorer/)")
    for _, line in lines(table):
        if line.strip():
            event_type, *rest = line.split()
            yield event_type, tuple(rest[::2])


def _name(event_type: str) -> str:
    """The first two of the three levels, as the paper uses them: `life.die.n/a` is `life.die`."""
    return ".".join(event_type.split(".")[:2])


def _records(unit: tuple[dict[str, Any], dict[str, Schema]], split: str, where: int) -> Iterator[Record]:
    window, schemas = unit
    text = TokenText(list(chain.from_iterable(window["sentences"])))
    ((start, end, types),) = window["evt_triggers"]
    event_type = types[0][0]
    arguments = tuple(
        (text.mention(arg_start, arg_end + 1), _ROLE_PREFIX.sub("", role))
        for _, (arg_start, arg_end), role in window["gold_evt_links"]
    )
    yield Record(
        id=window["doc_key"],
        source="rams",
        split=split,
        group=window.get("source_url") or window["doc_key"],
        text=text.text,
        schemas={"eae": schemas[event_type]},
        events=(Event(text.mention(start, end + 1), _name(event_type), arguments),),
    )


SOURCE = Source(
    name="rams",
    title="RAMS",
    tasks=("eae",),
    role="training",
    domain="news",
    licence="CC BY-SA 4.0",
    url="https://nlp.jhu.edu/rams/",
    files={"train": ("train.jsonlines",), "validation": ("dev.jsonlines",), "test": ("test.jsonlines",)},
    recognise=lambda head: {"evt_triggers", "gold_evt_links"} <= json_keys(head),
    units=_units,
    records=_records,
    counted="windows",
    counts={"train": 7_329, "validation": 924, "test": 871},
)
