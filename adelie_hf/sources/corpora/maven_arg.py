"""MAVEN-Arg (Wang et al., 2024): arguments of events in Wikipedia articles, by document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Mention, Record, Schema
from adelie_hf.sources.label_sets import readable_label, schemas_of, shared_roles, with_roles
from adelie_hf.sources.readers.offsets import DocumentText, located
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_array, read_json_lines

_DEFINITIONS = "English_EventSchema.json"
_Place = Callable[[dict[str, Any], str, str], Mention]  # raw mention, the field of its surface, its type


def _units(file: Path) -> Iterator[tuple[int, tuple[dict[str, Any], Schema]]]:
    schema = _schema(file)
    for number, document in read_json_lines(file):
        yield number, (document, schema)


def _schema(file: Path) -> Schema:
    """The event types and roles of the training file: a role of a type is there without arguments."""
    training = file.parent / "train.jsonl"
    typed = training if training.is_file() else file
    roles: dict[str, set[str]] = {}
    for number, document in read_json_lines(typed):
        try:
            for event in document["events"]:
                (event_type,) = string_list([event["type"]])
                roles.setdefault(event_type, set()).update(string_list(list(event["argument"])))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"{typed}:{number}: not a document of MAVEN-Arg ({error}); fetch the file again"
            ) from None
    definitions = {label.raw: label.definition for label in schemas_of("maven")["ed"]}  # the same types
    published = _published(file.with_name(_DEFINITIONS))
    return tuple(
        with_roles(Label(readable_label(raw), raw, definitions.get(raw, "")), _role_labels(raw, of_type, published))
        for raw, of_type in sorted(roles.items())
    )


def _role_labels(event_type: str, roles: set[str], published: Mapping[tuple[str, str], str]) -> Schema:
    """The roles of an event type, by name: one that is spelled in two ways is one role."""
    ours = {raw: role.definition for raw, role in shared_roles("maven-arg").items()}
    labels: dict[str, Label] = {}
    for raw in sorted(roles):
        definition = published.get((event_type, raw)) or ours.get(raw, "")
        labels.setdefault(readable_label(raw), Label(readable_label(raw), raw, definition))
    return tuple(labels.values())


def _published(file: Path) -> dict[tuple[str, str], str]:
    """Event type and role -> its published definition; nothing where the file of definitions is not there."""
    if not file.is_file():
        return {}
    try:
        return {
            (of_type["type"], role): " ".join(definition.split())
            for _, of_type in read_json_array(file)
            for role, definition in of_type["argument_role"].items()
        }
    except (AttributeError, LookupError, TypeError) as error:
        raise InputError(
            f"{file}: not a list of event types with definitions of their roles ({error}); "
            "fetch it again, or take it away"
        ) from None


def _native(unit: tuple[dict[str, Any], Schema], split: str, where: int) -> Iterator[Record | Dropped]:
    text = unit[0]["document"]

    def place(of: dict[str, Any], surface: str, type: str) -> Mention:
        start, end = of["offset"]  # characters of the document, end exclusive
        return Mention(of[surface], ((start, end),), type)

    yield from _records(unit, split, text, place)


def _tokens(unit: tuple[dict[str, Any], Schema], split: str, where: int) -> Iterator[Record | Dropped]:
    """The variant that keeps the tokens of MAVEN: a mention names its sentence and tokens, an argument its surface."""
    text = DocumentText(unit[0]["tokens"])

    def place(of: dict[str, Any], surface: str, type: str) -> Mention:
        if "sent_id" not in of:
            return located(text.text, of[surface], type)
        start, end = of["offset"]
        return text.within(of["sent_id"], start, end, type)

    yield from _records(unit, split, text.text, place)


def _records(unit: tuple[dict[str, Any], Schema], split: str, text: str, place: _Place) -> Iterator[Record | Dropped]:
    document, schema = unit
    entities = StrictDict(
        {
            entity["id"]: [place(each, "mention", readable_label(entity["type"])) for each in entity["mention"]]
            for entity in document["entities"]
        }
    )
    roles_of = {label.raw: set(label.roles) for label in schema}
    events: list[Event] = []
    for event in document["events"]:
        raw = event["type"]
        arguments = tuple(dict.fromkeys(_arguments(event["argument"], entities, place)))
        if not {readable_label(role) for role in event["argument"]} <= roles_of.get(raw, set()):
            yield Dropped("an event has a type or a role that the training file does not have")
        else:
            events += (
                Event(place(each, "trigger_word", ""), readable_label(raw), arguments) for each in event["mention"]
            )
    yield Record(
        id=document["id"],
        source="maven-arg",
        split=split,
        group=document["id"],
        text=text,
        schemas={"eae": schema},
        mentions=tuple(dict.fromkeys(mention for of_entity in entities.values() for mention in of_entity)),
        events=tuple(sorted(events, key=lambda event: event.trigger.fragments)),
    )


def _arguments(
    by_role: dict[str, list[dict[str, Any]]], entities: StrictDict[list[Mention]], place: _Place
) -> Iterator[tuple[Mention, str]]:
    """Each argument with its role. An entity stands there with all of its mentions, as the paper uses it."""
    for role, fillers in by_role.items():
        for filler in fillers:
            mentions = entities[filler["entity_id"]] if "entity_id" in filler else [place(filler, "content", "")]
            yield from ((mention, readable_label(role)) for mention in mentions)


def _shape(name: str, text: str, records: Callable[..., Iterator[Record | Dropped]]) -> Layout:
    return Layout(
        name=name,
        files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},  # the test file has no gold answers
        recognise=lambda head: {text, "events", "entities"} <= json_keys(head),
        raw_examples=_units,
        records=records,
        companions=("train.jsonl", _DEFINITIONS),
    )


SOURCE = Source(
    name="maven-arg",
    title="MAVEN-Arg",
    tasks=("eae",),
    role="training",
    domain="Wikipedia",
    licence="not stated",
    url="https://github.com/THU-KEG/MAVEN-Argument",
    layouts=(_shape("native", "document", _native), _shape("tokens", "tokens", _tokens)),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
)
