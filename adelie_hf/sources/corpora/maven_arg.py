"""MAVEN-Arg (Wang et al., 2024): arguments of events in Wikipedia articles, by document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, NotRequired, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Mention, Record, Schema
from adelie_hf.sources.label_sets import load_schemas, readable_label, shared_roles, with_roles
from adelie_hf.sources.readers.offsets import DocumentText, locate_surface
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_array, read_json_lines

_NOT_IN_TRAINING = "an event has a type or a role that the training file does not have"

_DEFINITIONS_FILE = "English_EventSchema.json"
_SurfaceField = Literal["mention", "trigger_word", "content"]


class _RawMention(TypedDict, total=False):
    """A mention of an entity or event, or an argument.

    The layout `native` has `offset`, characters [start, end) of the document. The layout `tokens` has `sent_id` and
    `offset`, tokens [start, end) of the sentence, or only a surface.
    """

    mention: str  # surface of an entity mention
    trigger_word: str  # surface of an event mention
    content: str  # surface of an argument
    offset: tuple[int, int]
    sent_id: int
    entity_id: str  # of an argument that is an entity, instead of the other fields


class _Entity(TypedDict):
    id: str
    type: str
    mention: list[_RawMention]


class _Event(TypedDict):
    type: str
    mention: list[_RawMention]
    argument: dict[str, list[_RawMention]]  # by role


class MavenArgDocument(TypedDict):
    """A line of a file."""

    id: str
    document: NotRequired[str]  # the text, in the layout `native`
    tokens: NotRequired[list[list[str]]]  # the text, in the layout `tokens`
    entities: list[_Entity]
    events: list[_Event]


class _RawExample(NamedTuple):
    document: MavenArgDocument
    schema: Schema


_ToMention = Callable[[_RawMention, _SurfaceField, str], Mention]  # raw mention, field of its surface, type
_Records = Callable[[_RawExample, str, int], Iterator[Record | Dropped]]


def _documents(file: Path) -> Iterator[tuple[int, _RawExample]]:
    schema = _read_schema(file)
    for number, document in read_json_lines(file):
        yield number, _RawExample(document, schema)


def _read_schema(file: Path) -> Schema:
    """Return the event types and roles of the training file, in which every role of a type occurs, if only empty."""
    training_file = file.parent / "train.jsonl"
    schema_file = training_file if training_file.is_file() else file
    roles: dict[str, set[str]] = {}
    for number, document in read_json_lines(schema_file):
        try:
            for event in document["events"]:
                (event_type,) = string_list([event["type"]])
                roles.setdefault(event_type, set()).update(string_list(list(event["argument"])))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"{schema_file}:{number}: not a document of MAVEN-Arg ({error}); download the file again"
            ) from None
    type_definitions = {label.raw: label.definition for label in load_schemas("maven")["ed"]}  # the same event types
    role_definitions = _read_role_definitions(file.with_name(_DEFINITIONS_FILE))
    return tuple(
        with_roles(
            Label(readable_label(raw), raw, type_definitions.get(raw, "")),
            _role_labels(raw, type_roles, role_definitions),
        )
        for raw, type_roles in sorted(roles.items())
    )


def _role_labels(event_type: str, roles: set[str], published_definitions: Mapping[tuple[str, str], str]) -> Schema:
    """Return the roles of an event type; two spellings of a role are one role."""
    own_definitions = {raw: role.definition for raw, role in shared_roles("maven-arg").items()}
    labels: dict[str, Label] = {}
    for raw in sorted(roles):
        definition = published_definitions.get((event_type, raw)) or own_definitions.get(raw, "")
        labels.setdefault(readable_label(raw), Label(readable_label(raw), raw, definition))
    return tuple(labels.values())


def _read_role_definitions(file: Path) -> dict[tuple[str, str], str]:
    """Return (event type, role) -> published definition; empty if the file does not exist."""
    if not file.is_file():
        return {}
    try:
        return {
            (event_type["type"], role): " ".join(definition.split())
            for _, event_type in read_json_array(file)
            for role, definition in event_type["argument_role"].items()
        }
    except (AttributeError, LookupError, TypeError) as error:
        raise InputError(
            f"{file}: not a list of event types with definitions of their roles ({error}); "
            "download it again or delete it"
        ) from None


def _native_records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    text = raw_example.document["document"]

    def to_mention(raw: _RawMention, surface_field: _SurfaceField, type: str) -> Mention:
        start, end = raw["offset"]
        return Mention(raw[surface_field], ((start, end),), type)

    yield from _records(raw_example, split, text, to_mention)


def _token_records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    text = DocumentText(raw_example.document["tokens"])

    def to_mention(raw: _RawMention, surface_field: _SurfaceField, type: str) -> Mention:
        if "sent_id" not in raw:
            return locate_surface(text.text, raw[surface_field], type)
        start, end = raw["offset"]
        return text.mention_in_sentence(raw["sent_id"], start, end, type)

    yield from _records(raw_example, split, text.text, to_mention)


def _records(raw_example: _RawExample, split: str, text: str, to_mention: _ToMention) -> Iterator[Record | Dropped]:
    document, schema = raw_example
    entities = StrictDict(
        {
            entity["id"]: [to_mention(raw, "mention", readable_label(entity["type"])) for raw in entity["mention"]]
            for entity in document["entities"]
        }
    )
    roles_by_type = {label.raw: set(label.roles) for label in schema}
    events: list[Event] = []
    for event in document["events"]:
        arguments = tuple(dict.fromkeys(_arguments(event["argument"], entities, to_mention)))
        if not {readable_label(role) for role in event["argument"]} <= roles_by_type.get(event["type"], set()):
            yield Dropped(_NOT_IN_TRAINING)
        else:
            event_type = readable_label(event["type"])
            events += (Event(to_mention(raw, "trigger_word", ""), event_type, arguments) for raw in event["mention"])
    yield Record(
        id=document["id"],
        source="maven-arg",
        split=split,
        group=document["id"],
        text=text,
        schemas={"eae": schema},
        mentions=tuple(dict.fromkeys(mention for mentions in entities.values() for mention in mentions)),
        events=tuple(sorted(events, key=lambda event: event.trigger.fragments)),
    )


def _arguments(
    arguments_by_role: dict[str, list[_RawMention]], entities: StrictDict[list[Mention]], to_mention: _ToMention
) -> Iterator[tuple[Mention, str]]:
    """Yield each argument with its role; an entity is represented by all of its mentions, as in the paper."""
    for role, arguments in arguments_by_role.items():
        for argument in arguments:
            if "entity_id" in argument:
                mentions = entities[argument["entity_id"]]
            else:
                mentions = [to_mention(argument, "content", "")]
            yield from ((mention, readable_label(role)) for mention in mentions)


def _layout(name: str, text_field: str, records: _Records) -> Layout[_RawExample]:
    return Layout(
        name=name,
        files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},
        recognise=lambda head: {text_field, "events", "entities"} <= head.json_keys,
        raw_examples=_documents,
        records=records,
        companions=("train.jsonl", _DEFINITIONS_FILE),
    )


SOURCE = Source(
    name="maven-arg",
    title="MAVEN-Arg",
    tasks=("eae",),
    role="training",
    domain="Wikipedia",
    licence="not stated",
    url="https://github.com/THU-KEG/MAVEN-Argument",
    layouts=(_layout("native", "document", _native_records), _layout("tokens", "tokens", _token_records)),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
    notes=(
        "The test split is published without gold answers and is not read.",
        "The roles of an event type are those in the training file, so it has to be in the same folder.",
        "Definitions of roles are the published ones if `English_EventSchema.json` is in the folder, otherwise those "
        "of this library.",
        "An argument that is an entity is represented by all mentions of the entity, as in the paper.",
        "In the layout `tokens` arguments without offsets are located in the text if they occur there exactly once.",
    ),
    drops=(_NOT_IN_TRAINING,),
)
