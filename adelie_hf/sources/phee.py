"""PHEE (Sun et al., 2022): adverse and therapeutic effects of drugs in case reports, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.records import Event, Label, Mention, Record
from adelie_hf.sources.reading import Known, json_keys, json_lines, readable, strings
from adelie_hf.sources.source import Shape, Source

# Main arguments and their sub-arguments (paper, Table 2). Speculation, negation and severity are
# properties of the event, not arguments, and are not read.
_ROLES = {
    "Subject": ("Age", "Gender", "Population", "Race", "Disorder"),
    "Treatment": ("Drug", "Dosage", "Route", "Freq", "Duration", "Time_elapsed", "Disorder"),
    "Effect": (),
}
_COMBINATION = "treatment combination drug"
_ROLE_NAMES = tuple(
    name
    for main, parts in _ROLES.items()
    for name in (readable(main), *(f"{readable(main)} {readable(part)}" for part in parts))
) + (_COMBINATION,)
_SCHEMA = tuple(
    Label(readable(raw), raw, roles=_ROLE_NAMES) for raw in ("Adverse_event", "Potential_therapeutic_event")
)
_TYPES = Known({label.raw: label.name for label in _SCHEMA})


def _records(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    events = [event for annotation in row["annotations"] for event in annotation["events"]]
    yield Record(
        id=row["id"],
        source="phee",
        split=split,
        group=row["id"].split("_")[0],  # the case report
        text=row["context"],
        schemas={"ee": _SCHEMA},
        events=tuple(
            Event(_mentions(event["Trigger"])[0], _TYPES[event["event_type"]], tuple(_arguments(event)))
            for event in events
        ),
    )


def _arguments(event: dict[str, Any]) -> Iterator[tuple[Mention, str]]:
    for main, parts in _ROLES.items():
        if main not in event:
            continue
        argument = event[main]
        yield from ((mention, readable(main)) for mention in _mentions(argument))
        for part in parts:
            if part in argument:
                role = f"{readable(main)} {readable(part)}"
                yield from ((mention, role) for mention in _mentions(argument[part]))
        for combination in argument.get("Combination", ()):
            yield from ((mention, _COMBINATION) for mention in _mentions(combination["Drug"]))


def _mentions(argument: dict[str, Any]) -> list[Mention]:
    """Several spans, each a list of fragments with character offsets."""
    return [
        Mention(
            " ".join(strings(texts)),
            tuple((start, start + len(text)) for text, start in zip(texts, starts, strict=True)),
        )
        for texts, starts in zip(argument["text"], argument["start"], strict=True)
    ]


SOURCE = Source(
    name="phee",
    title="PHEE",
    tasks=("ee",),
    role="training",
    domain="biomedical case reports",
    licence="MIT",
    url="https://github.com/ZhaoyueSun/PHEE",
    shapes=(
        Shape(
            name="native",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: {"context", "annotations"} <= json_keys(head),
            units=json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"records": 2_898}, "validation": {"records": 961}, "test": {"records": 968}},
)
