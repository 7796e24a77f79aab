"""PHEE (Sun et al., 2022): adverse and therapeutic effects of drugs in case reports, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from adelie_hf.records import Event, Mention, Record
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.standoff import Standoff, is_standoff, read_standoff, text_beside
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines

# Main arguments and their sub-arguments (paper, Table 2). Speculation, negation and severity are
# properties of the event, not arguments, and are not read.
_ROLES = {
    "Subject": ("Age", "Gender", "Population", "Race", "Disorder"),
    "Treatment": ("Drug", "Dosage", "Route", "Freq", "Duration", "Time_elapsed", "Disorder"),
    "Effect": (),
}
_COMBINATION = "treatment combination drug"
_ORDER = schemas_of("phee")["ee"][0].roles
# The brat files' labels of sub-arguments -> the argument that they refine, and the role.
_PARTS = {part: (main, part) for main, parts in _ROLES.items() for part in parts if part != "Disorder"} | {
    "Sub-Disorder": ("Subject", "Disorder"),
    "Treat-Disorder": ("Treatment", "Disorder"),
}


def _records(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    events = [event for annotation in row["annotations"] for event in annotation["events"]]
    yield Record(
        id=row["id"],
        source="phee",
        split=split,
        group=row["id"].split("_")[0],  # the case report
        text=row["context"],
        schemas=schemas_of("phee"),
        events=tuple(
            Event(
                _mentions(event["Trigger"])[0], names_of("phee", "ee")[event["event_type"]], tuple(_arguments(event))
            )
            for event in events
        ),
    )


def _arguments(event: dict[str, Any]) -> Iterator[tuple[Mention, str]]:
    for main, parts in _ROLES.items():
        if main not in event:
            continue
        argument = event[main]
        yield from ((mention, readable_label(main)) for mention in _mentions(argument))
        for part in parts:
            if part in argument:
                role = f"{readable_label(main)} {readable_label(part)}"
                yield from ((mention, role) for mention in _mentions(argument[part]))
        for combination in argument.get("Combination", ()):
            yield from ((mention, _COMBINATION) for mention in _mentions(combination["Drug"]))


def _mentions(argument: dict[str, Any]) -> list[Mention]:
    """Several spans, each a list of fragments with character offsets."""
    return [
        Mention(
            " ".join(string_list(texts)),
            tuple((start, start + len(text)) for text, start in zip(texts, starts, strict=True)),
        )
        for texts, starts in zip(argument["text"], argument["start"], strict=True)
    ]


def _units(file: Path) -> Iterator[tuple[int, tuple[str, str, Standoff]]]:
    text = text_beside(file).replace("\n", " ").rstrip()
    yield 1, (file.stem, text, read_standoff(file, text))


def _brat(unit: tuple[str, str, Standoff], split: str, where: int) -> Iterator[Record]:
    name, text, document = unit
    spans, types = document.mentions, names_of("phee", "ee")
    events = [each for each in document.events.values() if each[0] != "Combination"]
    combined = [{id for _, id in roles} for type, _, roles in document.events.values() if type == "Combination"]
    kept = []
    for type, trigger, given in events:
        # The only event of a text has all that is annotated there; of several, each is linked with its arguments.
        alone = len(events) == 1
        owned = list(_owned(document, set(spans) if alone or not given else {id for _, id in given}, alone))
        for drugs in combined:
            if alone or drugs & {id for id, _ in owned}:
                owned += [(id, _COMBINATION) for id in sorted(drugs)]
        owned.sort(key=lambda each: _ORDER.index(each[1]))
        arguments = tuple((_mention(spans[id]), role) for id, role in owned)
        kept.append(Event(_mention(spans[trigger]), types[type], arguments))
    yield Record(
        id=name,
        source="phee",
        split=split,
        group=name.split("_")[0],
        text=text,
        schemas=schemas_of("phee"),
        events=tuple(kept),
    )


def _owned(document: Standoff, linked: set[str], alone: bool) -> Iterator[tuple[str, str]]:
    """Id and role of the arguments among the spans linked, and of the sub-arguments in or related to one of them."""
    main = [(id, mention) for id, mention in document.mentions.items() if id in linked and mention.type in _ROLES]
    yield from ((id, readable_label(mention.type)) for id, mention in main)
    related = {(head, tail) for _, ((_, head), (_, tail)) in document.relations.values()}
    for id, mention in document.mentions.items():
        if mention.type in _PARTS:
            of, part = _PARTS[mention.type]
            if alone or any(m.type == of and ((each, id) in related or _inside(mention, m)) for each, m in main):
                yield id, readable_label(f"{of}_{part}")


def _inside(inner: Mention, outer: Mention) -> bool:
    return outer.fragments[0][0] <= inner.fragments[0][0] and inner.fragments[-1][1] <= outer.fragments[-1][1]


def _mention(span: Mention) -> Mention:
    """An argument has a role and no type."""
    return replace(span, type="")


SOURCE = Source(
    name="phee",
    title="PHEE",
    tasks=("ee",),
    role="training",
    domain="biomedical case reports",
    licence="MIT",
    url="https://github.com/ZhaoyueSun/PHEE",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: {"context", "annotations"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_records,
        ),
        Layout(
            name="brat",
            files={
                "train": ("clean/train/*.ann",),
                "validation": ("clean/dev/*.ann",),
                "test": ("clean/test/*.ann",),
            },
            recognise=is_standoff,
            raw_examples=_units,
            records=_brat,
            companions=("clean/*/*.txt",),
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 2_898}, "validation": {"records": 961}, "test": {"records": 968}},
)
