"""ACE 2005 (Walker et al., 2006): entities, relations and events of news, talk and web texts, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from adelie_hf.records import Event, Mention, Record, Relation, Schema
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of, shared_roles, with_roles
from adelie_hf.sources.readers import omnievent
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.readers.sentences import Document, Span, marked_up, whole
from adelie_hf.sources.readers.xml import elements
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines, read_lines

_TIMES = ("Within", "Holds", "Starting", "Ending", "Before", "After", "At-Beginning", "At-End")
# The arguments that are values, not entities: OneIE's and DyGIE++'s preparation leaves them out, as it does times.
_VALUE_ROLES = {"crime", "sentence", "position", "price", "money"}
_LISTS = {"train": ("train",), "validation": ("dev", "valid"), "test": ("test",)}
_ENDINGS = (".doc.txt", ".filelist", ".txt")
_UP = ("", "../", "../../", "../../../")  # of English/nw/timex2norm/x.apf.xml: where lists are looked for
_APF, _SGM = ".apf.xml", ".sgm"


@cache
def _schemas(entities_only: bool) -> dict[str, Schema]:
    """The schemas, with the roles that a shape annotates."""
    given = schemas_of("ace2005")
    times = tuple(shared_roles("ace2005")[f"Time-{each}"] for each in _TIMES)

    def annotated(roles: Schema) -> Schema:
        return tuple(role for role in roles if role.name not in _VALUE_ROLES) if entities_only else roles + times

    events = tuple(with_roles(label, annotated(label.role_labels)) for label in given["eae"])
    return given | {"ee": events, "eae": events}


@cache
def _unified() -> omnievent.Labels:
    return omnievent.labels({task: schema for task, schema in _schemas(False).items() if task in ("ed", "ee", "eae")})


@cache
def _roles(entities_only: bool) -> dict[str, set[str]]:
    return {label.name: set(label.roles) for label in _schemas(entities_only)["eae"]}


@cache
def _all_roles() -> StrictDict[str]:
    given = {role for roles in _roles(False).values() for role in roles}
    return StrictDict({role: role for role in sorted(given)})


def _event_type(raw: str) -> str:
    return names_of("ace2005", "ed")[raw.replace(":", ".")]


def _relation_type(raw: str) -> str:
    """The type without its subtype."""
    return names_of("ace2005", "re")[raw.replace(":", ".").split(".")[0]]


# ---- the release: .sgm and .apf.xml ---------------------------------------------------------------


def _listed(file: Path) -> str | None:
    """The split whose list of documents has a document on it; empty where it is on none, None without any list."""
    name = file.name.removesuffix(_APF)
    for up in _UP:
        found = {
            split: place
            for split, stems in _LISTS.items()
            for stem in stems
            for ending in _ENDINGS
            if (place := file.parent / f"{up}{stem}{ending}").is_file()
        }
        if found:
            return next((split for split, place in found.items() if name in _names(place)), "")
    return None


def _names(file: Path) -> set[str]:
    """The documents on a list, which may name a folder and an ending with them."""
    entries = (line.strip().rsplit("/", 1)[-1] for _, line in read_lines(file))
    return {entry.removesuffix(_APF).removesuffix(_SGM) for entry in entries}


def _units(file: Path) -> Iterator[tuple[int, tuple[Element, Path]]]:
    for line, element in elements(file, "document"):
        yield line, (element, file)


def _records(unit: tuple[Element, Path], split: str, where: int) -> Iterator[Record | Dropped]:
    element, file = unit
    if _listed(file) == "":
        yield Dropped("the document is on none of the lists beside it")
        return
    text = "\n".join(line for _, line in read_lines(file.with_name(file.name.removesuffix(_APF) + _SGM)))
    # An entity's mention is its head, as in the derived formats; its extent may be a whole relative clause.
    document = Document(list(marked_up(text, ("TEXT",), counted=False)), escaped=True)
    types = names_of("ace2005", "ner")
    spans: StrictDict[Span | None] = StrictDict()
    for entity in element.iter("entity"):
        for mention in entity.iter("entity_mention"):
            span = spans[mention.attrib["ID"]] = _span(document, mention, "head", types[entity.attrib["TYPE"]])
            if span:
                document.mention(span)
    for relation in element.iter("relation"):
        for mention in relation.iter("relation_mention"):
            if relation.attrib["TYPE"] == "METONYMY":
                document.dropped.append(Dropped("a relation is of the type METONYMY, which no task uses"))
                continue
            ends = {each.attrib["ROLE"]: each.attrib["REFID"] for each in mention.iter("relation_mention_argument")}
            type = _relation_type(relation.attrib["TYPE"])
            document.relation(spans[ends["Arg-1"]], type, spans[ends["Arg-2"]])
    for kind in ("value_mention", "timex2_mention"):
        others = {mention.attrib["ID"]: mention for mention in element.iter(kind)}
        used = {argument.attrib["REFID"] for argument in element.iter("event_mention_argument")}
        spans |= {id: _span(document, mention, "extent") for id, mention in others.items() if id in used}
    for event in element.iter("event"):
        type = _event_type(f"{event.attrib['TYPE']}.{event.attrib['SUBTYPE']}")
        for mention in event.iter("event_mention"):
            arguments = []
            for argument in mention.iter("event_mention_argument"):
                role = _all_roles()[readable_label(argument.attrib["ROLE"])]
                if role in _roles(False)[type]:
                    arguments.append((spans[argument.attrib["REFID"]], role))
                else:
                    document.dropped.append(Dropped(omnievent.FOREIGN_ROLE))
            document.event(_span(document, mention, "anchor"), type, arguments)
    yield from document.records(element.attrib["DOCID"], source="ace2005", split=split, schemas=_schemas(False))


def _span(document: Document, mention: Element, part: str, type: str = "") -> Span | None:
    """What a part of a mention marks: its characters are counted in the text without tags, the last one included."""
    marked = mention.find(f"{part}/charseq")
    if marked is None:
        raise ValueError(f"a {mention.tag} has no {part} with a charseq")
    start, last = whole(marked.attrib["START"]), whole(marked.attrib["END"])
    return document.span(start, last + 1, marked.text or "", type)


# ---- derived formats ------------------------------------------------------------------------------


def _oneie(row: dict[str, Any], split: str, where: int) -> Iterator[Record | Dropped]:
    """Token offsets of the sentence, ends exclusive."""
    text, types = TokenText(row["tokens"]), names_of("ace2005", "ner")
    entities = StrictDict(
        {
            each["id"]: text.mention(each["start"], each["end"], types[each["entity_type"]])
            for each in row["entity_mentions"]
        }
    )
    relations = []
    for relation in row.get("relation_mentions", ()):
        head, tail = sorted(relation["arguments"], key=lambda argument: argument["role"])
        type = _relation_type(relation["relation_type"])
        relations.append(Relation(entities[head["entity_id"]], type, entities[tail["entity_id"]]))
    events = []
    for event in row["event_mentions"]:
        arguments = [(entities[each["entity_id"]], each["role"]) for each in event["arguments"]]
        trigger = text.mention(event["trigger"]["start"], event["trigger"]["end"])
        events.append((trigger, event["event_type"], arguments))
    yield from _record(
        row.get("sent_id") or row["wnd_id"], row["doc_id"], split, text, [*entities.values()], relations, events
    )


def _dygie(document: dict[str, Any], split: str, where: int) -> Iterator[Record | Dropped]:
    """Token offsets of the document, ends inclusive."""
    types = names_of("ace2005", "ner")
    sentences = document["sentences"]
    first = 0
    annotated = zip(
        sentences,
        document["ner"],
        document.get("relations", [[]] * len(sentences)),
        document["events"],
        strict=True,
    )
    for number, (tokens, entities, links, marked) in enumerate(annotated):
        text = TokenText(tokens)

        def mention(start: int, end: int, type: str = "", text: TokenText = text, first: int = first) -> Mention:
            return text.mention(start - first, end - first + 1, type)

        # A list may end in numbers of confidence.
        typed = {(start, end): mention(start, end, types[raw]) for start, end, raw, *_ in entities}
        relations = [
            Relation(typed.get((a, b)) or mention(a, b), _relation_type(raw), typed.get((c, d)) or mention(c, d))
            for a, b, c, d, raw, *_ in links
        ]
        events = []
        for (at, *rest), *arguments in marked:
            *end, type = rest  # the trigger is one token, in some copies given as a span
            given = [(typed.get((start, last)) or mention(start, last), role) for start, last, role, *_ in arguments]
            events.append((mention(at, end[0] if end else at), type, given))
        id = document["doc_key"]
        yield from _record(f"{id}-{number}", id, split, text, [*typed.values()], relations, events)
        first += len(tokens)


def _record(
    id: str,
    group: str,
    split: str,
    text: TokenText,
    mentions: list[Mention],
    relations: list[Relation],
    events: list[tuple[Mention, str, list[tuple[Mention, str]]]],
) -> Iterator[Record | Dropped]:
    kept = []
    for trigger, raw, given in events:
        type = _event_type(raw)
        arguments = [(mention, _all_roles()[readable_label(role)]) for mention, role in given]
        known = tuple((mention, role) for mention, role in arguments if role in _roles(True)[type])
        yield from [Dropped(omnievent.FOREIGN_ROLE)] * (len(arguments) - len(known))
        kept.append(Event(trigger, type, known))
    yield Record(
        id=id,
        source="ace2005",
        split=split,
        group=group,
        text=text.text,
        schemas=_schemas(True),
        mentions=tuple(mentions),
        relations=tuple(relations),
        events=tuple(kept),
    )


def is_ace(types: set[str]) -> bool:
    """Whether event types are ACE's, and not those of Rich ERE, which spells them in small letters or has others."""
    known = omnievent.by_letters(schemas_of("ace2005")["ed"])
    return bool(types) and all(omnievent.letters(type) in known and not type.islower() for type in types)


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
            recognise=lambda head: "<source_file" in head and "<document" in head,
            raw_examples=_units,
            records=_records,
            companions=(
                f"**/*{_SGM}",
                *(f"**/{stem}{end}" for stems in _LISTS.values() for stem in stems for end in _ENDINGS),
            ),
            split_of=lambda file: _listed(file) or "train",
        ),
        Layout(
            name="OneIE",
            files={
                "train": ("train.oneie.json", "train.sentence.json"),
                "validation": ("dev.oneie.json", "dev.sentence.json"),
                "test": ("test.oneie.json", "test.sentence.json"),
            },
            recognise=lambda head: {"tokens", "entity_mentions", "event_mentions"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_oneie,
        ),
        Layout(
            name="OmniEvent",
            files=omnievent.FILES,
            recognise=lambda head: is_ace(omnievent.event_types(head)),
            raw_examples=read_json_lines,
            records=lambda row, split, where: omnievent.records(row, split, "ace2005", _unified()),
        ),
        Layout(
            name="DyGIE++",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: {"sentences", "ner", "events"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_dygie,
        ),
    ),
)
