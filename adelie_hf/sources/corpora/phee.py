"""PHEE (Sun et al., 2022): adverse and therapeutic effects of drugs in case reports, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, Required, TypedDict

from adelie_hf.records import Event, Mention, Record
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.standoff import Standoff, check_surfaces, is_standoff, read_standoff, read_standoff_text
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_lines

_Argument = Literal["Subject", "Treatment", "Effect"]
_SubArgument = Literal[
    "Age", "Gender", "Population", "Race", "Disorder", "Drug", "Dosage", "Route", "Freq", "Duration", "Time_elapsed"
]
# Arguments and their sub-arguments (paper, Table 2).
_SUB_ARGUMENTS: dict[_Argument, tuple[_SubArgument, ...]] = {
    "Subject": ("Age", "Gender", "Population", "Race", "Disorder"),
    "Treatment": ("Drug", "Dosage", "Route", "Freq", "Duration", "Time_elapsed", "Disorder"),
    "Effect": (),
}
_COMBINATION_ROLE = "treatment combination drug"
_ROLE_ORDER = load_schemas("phee")["ee"][0].roles


# ---- the JSON files -------------------------------------------------------------------------------


class _Spans(TypedDict, total=False):
    """Spans of a role, each a list of fragments: their texts, and their first characters; and sub-arguments."""

    text: Required[list[list[str]]]
    start: Required[list[list[int]]]
    Age: _Spans
    Gender: _Spans
    Population: _Spans
    Race: _Spans
    Disorder: _Spans
    Drug: _Spans
    Dosage: _Spans
    Route: _Spans
    Freq: _Spans
    Duration: _Spans
    Time_elapsed: _Spans
    Combination: list[_Combination]


class _Combination(TypedDict):
    """Drugs that are given together."""

    Drug: _Spans


class _Event(TypedDict, total=False):
    event_type: Required[str]
    Trigger: Required[_Spans]
    Subject: _Spans
    Treatment: _Spans
    Effect: _Spans


class _Annotation(TypedDict):
    events: list[_Event]


class PheeRow(TypedDict):
    """A line of a file."""

    id: str
    context: str
    annotations: list[_Annotation]


def _json_records(row: PheeRow, split: str, number: int) -> Iterator[Record]:
    events = [event for annotation in row["annotations"] for event in annotation["events"]]
    type_names = label_names("phee", "ee")
    yield Record(
        id=row["id"],
        source="phee",
        split=split,
        group=row["id"].split("_")[0],  # the case report
        text=row["context"],
        schemas=load_schemas("phee"),
        events=tuple(
            Event(_mentions(event["Trigger"])[0], type_names[event["event_type"]], tuple(_arguments(event)))
            for event in events
        ),
    )


def _arguments(event: _Event) -> Iterator[tuple[Mention, str]]:
    for argument, sub_arguments in _SUB_ARGUMENTS.items():
        if argument not in event:
            continue
        spans = event[argument]
        yield from ((mention, readable_label(argument)) for mention in _mentions(spans))
        for sub_argument in sub_arguments:
            if sub_argument in spans:
                role = f"{readable_label(argument)} {readable_label(sub_argument)}"
                yield from ((mention, role) for mention in _mentions(spans[sub_argument]))
        for combination in spans.get("Combination", ()):
            yield from ((mention, _COMBINATION_ROLE) for mention in _mentions(combination["Drug"]))


def _mentions(spans: _Spans) -> list[Mention]:
    return [
        Mention(
            " ".join(string_list(texts)),
            tuple((start, start + len(text)) for text, start in zip(texts, starts, strict=True)),
        )
        for texts, starts in zip(spans["text"], spans["start"], strict=True)
    ]


# ---- the brat files -------------------------------------------------------------------------------


class _BratDocument(NamedTuple):
    name: str
    text: str
    annotations: Standoff


# Label of a sub-argument -> the argument that it refines, and the sub-argument.
_BRAT_SUB_ARGUMENTS: dict[str, tuple[str, str]] = {
    sub_argument: (argument, sub_argument)
    for argument, sub_arguments in _SUB_ARGUMENTS.items()
    for sub_argument in sub_arguments
    if sub_argument != "Disorder"
} | {
    "Sub-Disorder": ("Subject", "Disorder"),
    "Treat-Disorder": ("Treatment", "Disorder"),
}


def _brat_documents(file: Path) -> Iterator[tuple[int, _BratDocument]]:
    text = read_standoff_text(file).replace("\n", " ").rstrip()
    annotations = read_standoff(file)
    check_surfaces(annotations, text)
    yield 1, _BratDocument(file.stem, text, annotations)


def _brat_records(document: _BratDocument, split: str, number: int) -> Iterator[Record]:
    name, text, annotations = document
    mentions, type_names = annotations.mentions, label_names("phee", "ee")
    raw_events = [event for event in annotations.events.values() if event.type != "Combination"]
    combinations = [
        {id for _, id in event.arguments} for event in annotations.events.values() if event.type == "Combination"
    ]
    is_only_event = len(raw_events) == 1
    events = []
    for event_type, trigger, linked_arguments in raw_events:
        # The only event of a text has all arguments in the text. Of several events, each is linked to its arguments.
        has_all = is_only_event or not linked_arguments
        linked_ids = set(mentions) if has_all else {id for _, id in linked_arguments}
        arguments = list(_brat_arguments(annotations, linked_ids, is_only_event))
        for drugs in combinations:
            if is_only_event or drugs & {id for id, _ in arguments}:
                arguments += [(id, _COMBINATION_ROLE) for id in sorted(drugs)]
        arguments.sort(key=lambda argument: _ROLE_ORDER.index(argument[1]))
        events.append(
            Event(
                _without_type(mentions[trigger]),
                type_names[event_type],
                tuple((_without_type(mentions[id]), role) for id, role in arguments),
            )
        )
    yield Record(
        id=name,
        source="phee",
        split=split,
        group=name.split("_")[0],
        text=text,
        schemas=load_schemas("phee"),
        events=tuple(events),
    )


def _brat_arguments(annotations: Standoff, linked_ids: set[str], is_only_event: bool) -> Iterator[tuple[str, str]]:
    """Yield id and role of an event's arguments, and of the sub-arguments in one of them or related to one."""
    arguments = [
        (id, mention)
        for id, mention in annotations.mentions.items()
        if id in linked_ids and mention.type in _SUB_ARGUMENTS
    ]
    yield from ((id, readable_label(mention.type)) for id, mention in arguments)
    related_ids = {(relation.head[1], relation.tail[1]) for relation in annotations.relations.values()}
    for id, mention in annotations.mentions.items():
        if mention.type in _BRAT_SUB_ARGUMENTS:
            argument_type, sub_argument = _BRAT_SUB_ARGUMENTS[mention.type]
            if is_only_event or any(
                argument.type == argument_type and ((argument_id, id) in related_ids or _is_inside(mention, argument))
                for argument_id, argument in arguments
            ):
                yield id, readable_label(f"{argument_type}_{sub_argument}")


def _is_inside(inner: Mention, outer: Mention) -> bool:
    return outer.fragments[0][0] <= inner.fragments[0][0] and inner.fragments[-1][1] <= outer.fragments[-1][1]


def _without_type(mention: Mention) -> Mention:
    """Return a mention as trigger or argument: the type in brat is its role."""
    return replace(mention, type="")


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
            recognise=lambda head: {"context", "annotations"} <= head.json_keys,
            raw_examples=read_json_lines,
            records=_json_records,
        ),
        Layout(
            name="brat",
            files={
                "train": ("clean/train/*.ann",),
                "validation": ("clean/dev/*.ann",),
                "test": ("clean/test/*.ann",),
            },
            recognise=is_standoff,
            raw_examples=_brat_documents,
            records=_brat_records,
            companions=("clean/*/*.txt",),
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 2_898}, "validation": {"records": 961}, "test": {"records": 968}},
    notes=(
        "Sub-arguments such as a subject's age are arguments with roles such as `subject age`.",
        "Speculation, negation and severity are attributes of an event and are not read.",
        "Arguments can be discontinuous.",
        "In the brat layout, the only event of a text has all annotated arguments; of several events, each has the "
        "arguments linked to it, and the sub-arguments within them or related to them.",
        "In the brat layout, events that share an argument share its sub-arguments; the JSON gives them to one event "
        "(27 of 4,827 texts).",
    ),
)
