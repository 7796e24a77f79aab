"""ACE 2005 (Walker et al., 2006): entities, relations and events in news, conversations and web texts, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict
from xml.etree.ElementTree import Element

from adelie_hf.records import Event, Mention, Record, Relation, Schema
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label, shared_roles, with_roles
from adelie_hf.sources.readers import dygie, omnievent, oneie
from adelie_hf.sources.readers.drop_reasons import (
    EVENTS_BY_SENTENCE,
    RELATION_CROSSES_SENTENCES,
    RELATION_LACKS_MENTION,
    UNKNOWN_ROLE,
)
from adelie_hf.sources.readers.known_labels import LabelPath, has_known_labels, labels_at
from adelie_hf.sources.readers.oneie import OneIeRow, read_oneie
from adelie_hf.sources.readers.raw_values import StrictDict, parse_offset
from adelie_hf.sources.readers.sentences import RecordBuilder, SentenceSpan, split_marked_up_sentences
from adelie_hf.sources.readers.xml import read_elements
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.text_files import read_json_lines, read_lines

_NOT_LISTED = "the document is not in any of the lists of documents"
_METONYMY = "a relation has the type METONYMY, which no task uses"

_TIMES = ("Within", "Holds", "Starting", "Ending", "Before", "After", "At-Beginning", "At-End")
# Arguments that are values and not entities. OneIE's and DyGIE++'s preprocessing omits them, and times.
_VALUE_ROLES = {"crime", "sentence", "position", "price", "money"}
_LIST_STEMS = {"train": ("train",), "validation": ("dev", "valid"), "test": ("test",)}
_LIST_ENDINGS = (".doc.txt", ".filelist", ".txt")
_LIST_FOLDERS = ("", "../", "../../", "../../../")  # relative to a file such as English/nw/timex2norm/x.apf.xml
_APF, _SGM = ".apf.xml", ".sgm"


@cache
def _schemas(entities_only: bool) -> dict[str, Schema]:
    """Return the schemas of a layout.

    Args:
        entities_only: whether the layout annotates no roles of values and times.
    """
    schemas = load_schemas("ace2005")
    times = tuple(shared_roles("ace2005")[f"Time-{time}"] for time in _TIMES)

    def annotated(roles: Schema) -> Schema:
        return tuple(role for role in roles if role.name not in _VALUE_ROLES) if entities_only else roles + times

    events = tuple(with_roles(label, annotated(label.role_labels)) for label in schemas["eae"])
    return schemas | {"ee": events, "eae": events}


@cache
def _unified_labels() -> omnievent.UnifiedLabels:
    event_schemas = {task: schema for task, schema in _schemas(False).items() if task in ("ed", "ee", "eae")}
    return omnievent.unified_labels(event_schemas)


@cache
def _roles_by_type(entities_only: bool) -> dict[str, set[str]]:
    return {label.name: set(label.roles) for label in _schemas(entities_only)["eae"]}


@cache
def _all_roles() -> StrictDict[str]:
    roles = {role for roles_of_type in _roles_by_type(False).values() for role in roles_of_type}
    return StrictDict({role: role for role in sorted(roles)})


def _event_type(raw: str) -> str:
    return label_names("ace2005", "ed")[raw.replace(":", ".")]


def _relation_type(raw: str) -> str:
    """Return the name of a relation type without its subtype."""
    return label_names("ace2005", "re")[raw.replace(":", ".").split(".")[0]]


# ---- the release: .sgm and .apf.xml ---------------------------------------------------------------


class _ApfDocument(NamedTuple):
    element: Element
    file: Path


def _listed_split(file: Path) -> str | None:
    """Return the split whose list contains a document: empty if it is in no list, None if there are no lists."""
    name = file.name.removesuffix(_APF)
    for folder in _LIST_FOLDERS:
        lists = {
            split: path
            for split, stems in _LIST_STEMS.items()
            for stem in stems
            for ending in _LIST_ENDINGS
            if (path := file.parent / f"{folder}{stem}{ending}").is_file()
        }
        if lists:
            return next((split for split, path in lists.items() if name in _listed_names(path)), "")
    return None


def _listed_names(file: Path) -> set[str]:
    """Return the documents in a list, whose lines may include a folder and an ending."""
    entries = (line.strip().rsplit("/", 1)[-1] for _, line in read_lines(file))
    return {entry.removesuffix(_APF).removesuffix(_SGM) for entry in entries}


def _apf_documents(file: Path) -> Iterator[tuple[int, _ApfDocument]]:
    for line, element in read_elements(file, "document"):
        yield line, _ApfDocument(element, file)


def _apf_records(document: _ApfDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    element, file = document
    if _listed_split(file) == "":
        yield Dropped(_NOT_LISTED)
        return
    text = "\n".join(line for _, line in read_lines(file.with_name(file.name.removesuffix(_APF) + _SGM)))
    sentences = list(split_marked_up_sentences(text, ("TEXT",), offsets_count_tags=False))
    builder = RecordBuilder(sentences, escaped=True)
    spans = _add_entities(builder, element)
    _add_relations(builder, element, spans)
    spans |= _value_spans(builder, element)
    _add_events(builder, element, spans)
    yield from builder.build(element.attrib["DOCID"], "ace2005", split, _schemas(False))


def _add_entities(builder: RecordBuilder, document: Element) -> StrictDict[SentenceSpan | None]:
    """Add the entity mentions, and return their spans by id.

    The span is the mention's head, as in the derived layouts; its extent can be an entire relative clause.
    """
    type_names = label_names("ace2005", "ner")
    spans: StrictDict[SentenceSpan | None] = StrictDict()
    for entity in document.iter("entity"):
        for mention in entity.iter("entity_mention"):
            span = _span(builder, mention, "head", type_names[entity.attrib["TYPE"]])
            spans[mention.attrib["ID"]] = span
            if span:
                builder.add_mention(span)
    return spans


def _add_relations(builder: RecordBuilder, document: Element, spans: StrictDict[SentenceSpan | None]) -> None:
    for relation in document.iter("relation"):
        for mention in relation.iter("relation_mention"):
            if relation.attrib["TYPE"] == "METONYMY":
                builder.drop(_METONYMY)
                continue
            arguments = {
                argument.attrib["ROLE"]: argument.attrib["REFID"]
                for argument in mention.iter("relation_mention_argument")
            }
            relation_type = _relation_type(relation.attrib["TYPE"])
            builder.add_relation(spans[arguments["Arg-1"]], relation_type, spans[arguments["Arg-2"]])


def _value_spans(builder: RecordBuilder, document: Element) -> dict[str, SentenceSpan | None]:
    """Return the spans of values and times by id, of those that are arguments of an event."""
    spans: dict[str, SentenceSpan | None] = {}
    argument_ids = {argument.attrib["REFID"] for argument in document.iter("event_mention_argument")}
    for tag in ("value_mention", "timex2_mention"):
        mentions = {mention.attrib["ID"]: mention for mention in document.iter(tag)}
        spans |= {id: _span(builder, mention, "extent") for id, mention in mentions.items() if id in argument_ids}
    return spans


def _add_events(builder: RecordBuilder, document: Element, spans: StrictDict[SentenceSpan | None]) -> None:
    for event in document.iter("event"):
        event_type = _event_type(f"{event.attrib['TYPE']}.{event.attrib['SUBTYPE']}")
        for mention in event.iter("event_mention"):
            arguments = []
            for argument in mention.iter("event_mention_argument"):
                role = _all_roles()[readable_label(argument.attrib["ROLE"])]
                if role in _roles_by_type(False)[event_type]:
                    arguments.append((spans[argument.attrib["REFID"]], role))
                else:
                    builder.drop(UNKNOWN_ROLE)
            builder.add_event(_span(builder, mention, "anchor"), event_type, arguments)


def _span(builder: RecordBuilder, mention: Element, part: str, type: str = "") -> SentenceSpan | None:
    """Return the span of a part of a mention. Its offsets skip tags, and its end is the last character."""
    sequence = mention.find(f"{part}/charseq")
    if sequence is None:
        raise ValueError(f"a {mention.tag} has no {part} with a charseq")
    first, last = parse_offset(sequence.attrib["START"]), parse_offset(sequence.attrib["END"])
    return builder.span(first, last + 1, sequence.text or "", type)


# ---- derived layouts ------------------------------------------------------------------------------


class AceDygieDocument(TypedDict):
    """A document of DyGIE++'s preprocessing, with one list per sentence; positions are tokens of the document."""

    doc_key: str
    sentences: list[list[str]]
    ner: list[list[dygie.DygieEntity]]
    relations: NotRequired[list[list[dygie.DygieRelation]]]
    events: list[list[dygie.DygieEvent]]


def _oneie_records(row: OneIeRow, split: str, number: int) -> Iterator[Record | Dropped]:
    found, type_names = read_oneie(row), label_names("ace2005", "ner")
    entities = StrictDict(
        {id: replace(mention, type=type_names[mention.type]) for id, mention in found.entities.items()}
    )
    relations = [
        Relation(entities[relation.head], _relation_type(relation.type), entities[relation.tail])
        for relation in found.relations
    ]
    events = [
        dygie.RawEvent(event.trigger, event.type, [(entities[id], role) for id, role in event.arguments])
        for event in found.events
    ]
    sentence_id = row.get("sent_id") or row["wnd_id"]
    yield from _record(sentence_id, row["doc_id"], split, found.text, [*entities.values()], relations, events)


def _dygie_records(document: AceDygieDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    document_id = document["doc_key"]
    sentences = dygie.read_sentences(
        document["sentences"],
        document["ner"],
        document.get("relations"),
        document["events"],
        label_names("ace2005", "ner").__getitem__,
        _relation_type,
    )
    for index, sentence in enumerate(sentences):
        mentions = {mention.fragments: mention for mention in sentence.mentions}  # one for each span
        yield from _record(
            f"{document_id}-{index}",
            document_id,
            split,
            sentence.text,
            [*mentions.values()],
            sentence.relations,
            sentence.events,
        )


def _record(
    id: str,
    group: str,
    split: str,
    text: str,
    mentions: list[Mention],
    relations: list[Relation],
    raw_events: list[dygie.RawEvent],
) -> Iterator[Record | Dropped]:
    events = []
    for trigger, raw_type, raw_arguments in raw_events:
        event_type = _event_type(raw_type)
        arguments = [(mention, _all_roles()[readable_label(role)]) for mention, role in raw_arguments]
        kept = tuple((mention, role) for mention, role in arguments if role in _roles_by_type(True)[event_type])
        yield from [Dropped(UNKNOWN_ROLE)] * (len(arguments) - len(kept))
        events.append(Event(trigger, event_type, kept))
    yield Record(
        id=id,
        source="ace2005",
        split=split,
        group=group,
        text=text,
        schemas=_schemas(True),
        mentions=tuple(mentions),
        relations=tuple(relations),
        events=tuple(events),
    )


def are_ace_types(event_types: set[str]) -> bool:
    """Return whether event types are ACE's, and not those of Rich ERE, which are in lower case or include others."""
    known = omnievent.types_by_letters(load_schemas("ace2005")["ed"])
    return bool(event_types) and all(
        omnievent.label_letters(event_type) in known and not event_type.islower() for event_type in event_types
    )


def _has_ace_types(head: Head, path: LabelPath) -> bool:
    """Return whether a file has event types of ACE; those of entities are common, so that they tell nothing."""

    def types(row: object) -> Iterator[str]:
        return (raw.replace(":", ".") for raw in labels_at(row, path))

    return has_known_labels(head, types, label_names("ace2005", "ed"))


SOURCE = Source(
    name="ace2005",
    title="ACE 2005",
    tasks=("ner", "re", "ed", "ee", "eae"),
    role="training",
    domain="news, conversations and web texts",
    licence="LDC User Agreement",
    url="https://catalog.ldc.upenn.edu/LDC2006T06",
    licensed="Linguistic Data Consortium (LDC2006T06)",
    layouts=(
        Layout(
            name="native",
            files={"train": (f"**/*{_APF}",), "validation": (), "test": ()},
            recognise=lambda head: "<source_file" in head.text and "<document" in head.text,
            raw_examples=_apf_documents,
            records=_apf_records,
            companions=(
                f"**/*{_SGM}",
                *(f"**/{stem}{end}" for stems in _LIST_STEMS.values() for stem in stems for end in _LIST_ENDINGS),
            ),
            split_of=lambda file: _listed_split(file) or "train",
        ),
        Layout(
            name="OneIE",
            files={
                "train": ("train.oneie.json", "train.sentence.json"),
                "validation": ("dev.oneie.json", "dev.sentence.json"),
                "test": ("test.oneie.json", "test.sentence.json"),
            },
            recognise=lambda head: (
                {"tokens", "entity_mentions", "event_mentions"} <= head.json_keys
                and _has_ace_types(head, oneie.EVENT_TYPES)
            ),
            raw_examples=read_json_lines,
            records=_oneie_records,
        ),
        Layout(
            name="OmniEvent",
            files=omnievent.UNIFIED_FILES,
            recognise=lambda head: are_ace_types(omnievent.event_types_in(head)),
            raw_examples=read_json_lines,
            records=lambda row, split, number: omnievent.unified_records(row, split, "ace2005", _unified_labels()),
        ),
        Layout(
            name="DyGIE++",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: (
                {"sentences", "ner", "events"} <= head.json_keys and _has_ace_types(head, dygie.EVENT_TYPES)
            ),
            raw_examples=read_json_lines,
            records=_dygie_records,
        ),
    ),
    notes=(
        "The release has no splits: a document belongs to the split whose list of documents (such as `train.doc.txt`, "
        "`dev.filelist`, `test.txt`) contains its name, and without any list all documents are training data.",
        "The release is read by sentence, and annotations that cross sentences are dropped.",
        "The mention of an entity is its head, as in OneIE and DyGIE++, not its extent.",
        "Relations have the six main types, without subtypes.",
        "Only the native and OmniEvent layouts have arguments that are values or times; OneIE and DyGIE++ omit them, "
        "and their records do not offer these roles.",
    ),
    drops=(
        _NOT_LISTED,
        _METONYMY,
        RELATION_LACKS_MENTION,
        RELATION_CROSSES_SENTENCES,
        *EVENTS_BY_SENTENCE,
        UNKNOWN_ROLE,
    ),
)
