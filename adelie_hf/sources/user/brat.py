"""Users' own brat annotations: a text in a `.txt` file and its annotations in an `.ann` file of the same name.

BioNLP's shared tasks have the entities in an `.a1` file instead, and triggers, events and relations in an `.a2` file.
Entities, relations and events are read; attributes, normalisations, equivalences and notes are ignored. The categories
of a set are those that its training files use; an annotation with another one is dropped. Offsets may count UTF-16
units, bytes or the CR of line ends: each document is read in the first unit in which all its surfaces agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import UnreadableRecord
from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.drop_reasons import ARGUMENT_LACKS_MENTION, OTHER_WORDS, RELATION_LACKS_MENTION
from adelie_hf.sources.readers.offset_units import (
    Fragments,
    Placed,
    Surface,
    SurfaceDiffers,
    place_surfaces,
    strip_fragment,
)
from adelie_hf.sources.readers.standoff import (
    Standoff,
    check_references,
    is_standoff,
    read_standoff,
    read_standoff_text,
)
from adelie_hf.sources.source import Dropped, Layout, Noted, OwnFile, OwnReader, Source, Training
from adelie_hf.sources.user.annotated import NO_TASK
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, FileVersions, file_versions, user_labels

# Of BioNLP. A document without the second file, as in its test parts, has entities alone.
_ENTITIES, _EVENTS = ".a1", ".a2"


@lru_cache(maxsize=4)
def _cached_schemas(files: FileVersions) -> dict[str, Schema]:
    """Return the schemas of annotation files; cached, so that a set is read once for all its splits and tasks."""
    return _used_schemas(_readable(file for file, *_ in files))


def _readable(files: Iterable[Path]) -> Iterator[Standoff]:
    for file in files:
        with suppress(UnreadableRecord):  # it is dropped, or an error, when it is read as a record
            yield _read(file)


def _read(file: Path) -> Standoff:
    """Return the annotations of a document: of an `.a1` file together with those of its `.a2`."""
    return read_standoff(file, file.with_suffix(_EVENTS)) if _has_events(file) else read_standoff(file)


def _has_events(file: Path) -> bool:
    return file.suffix.lower() == _ENTITIES and file.with_suffix(_EVENTS).is_file()


def _used_schemas(documents: Iterable[Standoff]) -> dict[str, Schema]:
    """Return the categories that documents use, by task."""
    entities: set[str] = set()
    relations: set[str] = set()
    roles: dict[str, set[str]] = {}
    for document in documents:
        trigger_ids = document.trigger_ids
        entities.update(mention.type for key, mention in document.mentions.items() if key not in trigger_ids)
        relations.update(relation.type for relation in document.relations.values())
        for event in document.events.values():
            roles.setdefault(event.type, set()).update(role for role, _ in event.arguments)
    schemas = {
        "ner": user_labels(sorted(entities)),
        "re": user_labels(sorted(relations)),
        "ee": tuple(Label(name, name, roles=tuple(sorted(role_names))) for name, role_names in sorted(roles.items())),
    }
    return {task: schema for task, schema in schemas.items() if schema}


class _RawExample(NamedTuple):
    file: OwnFile
    schemas: dict[str, Schema]


def _reader(training: Training) -> OwnReader[_RawExample]:
    schemas = _cached_schemas(file_versions(file for file in training.files if file.with_suffix(".txt").is_file()))
    return lambda file: iter([(1, _RawExample(file, schemas))])


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped | Noted]:
    file, schemas = raw_example
    annotations = _read(file.path)
    if file.path.suffix.lower() == _ENTITIES and not _has_events(file.path):
        schemas = {task: schema for task, schema in schemas.items() if task == "ner"}
        if not schemas:
            yield Dropped(NO_TASK)
            return
    check_references(annotations)
    text, placed = _placed(annotations)
    mentions = {
        key: _mention(text, fragments, mention.type)
        for (key, mention), fragments in zip(annotations.mentions.items(), placed.spans, strict=True)
    }
    kept, dropped = _expressible(annotations, schemas)

    def mention(key: str) -> Mention:
        """Return the mention with an id, or the trigger of the event with that id."""
        return mentions[annotations.events[key].trigger if key in annotations.events else key]

    yield Record(
        id=f"{split}-{file.prefix}",
        source="brat",
        split=split,
        group=file.prefix,
        text=text,
        schemas=schemas,
        mentions=tuple(
            sorted(
                (mentions[key] for key in kept.mentions if key not in annotations.trigger_ids),
                key=lambda entity: (entity.fragments[0][0], -entity.fragments[-1][1]),
            )
        ),
        relations=tuple(
            Relation(mention(relation.head[1]), relation.type, mention(relation.tail[1]))
            for relation in kept.relations.values()
        ),
        events=tuple(
            Event(mention(event.trigger), event.type, tuple((mention(key), role) for role, key in event.arguments))
            for event in kept.events.values()
        ),
    )
    yield from map(Dropped, dropped)
    yield from placed.remarks()


def _placed(annotations: Standoff) -> tuple[str, Placed]:
    """Return the text of a document, and the spans of its mentions."""
    text_file = annotations.file.with_suffix(".txt")
    is_empty = text_file.is_file() and not text_file.stat().st_size
    text = "" if is_empty else read_standoff_text(annotations.file)
    surfaces = [Surface(mention.fragments, mention.text) for mention in annotations.mentions.values()]
    try:
        return text, place_surfaces(surfaces, text, lambda: text_file.read_bytes().decode("utf-8-sig"))
    except SurfaceDiffers as error:
        id = list(annotations.mentions)[error.number]
        raise annotations.unreadable(id, str(error), OTHER_WORDS) from None


def _mention(text: str, fragments: Fragments, type: str) -> Mention:
    """Return a mention that has one fragment for each line, as brat writes it since its version 1.3."""
    lines = tuple(line for start, end in fragments for line in _lines(text, start, end))
    return Mention(" ".join(text[start:end] for start, end in lines), lines, type)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for line in text[start:end].split("\n"):
        if line.strip():
            yield strip_fragment(text, start, start + len(line))
        start += len(line) + 1


def _expressible(annotations: Standoff, schemas: Mapping[str, Schema]) -> tuple[Standoff, list[str]]:
    """Return the annotations whose categories the schemas have, and a reason for each that is left out.

    An annotation that refers to one that is left out is left out as well.
    """
    roles = {task: {label.name: label.roles for label in schema} for task, schema in schemas.items()}
    entities, relations, events = (roles.get(task, {}) for task in ("ner", "re", "ee"))
    kept = Standoff(annotations.file)
    dropped: list[str] = []
    trigger_ids = annotations.trigger_ids
    for id, mention in annotations.mentions.items():
        if id in trigger_ids or mention.type in entities:
            kept.mentions[id] = mention
        else:
            dropped.append(UNSEEN_CATEGORY)
    known_events = {id: event for id, event in annotations.events.items() if event.type in events}
    dropped += [UNSEEN_CATEGORY] * (len(annotations.events) - len(known_events))
    kept_ids = kept.mentions.keys() | known_events.keys()
    for id, event in known_events.items():
        arguments = [(role, key) for role, key in event.arguments if role in events[event.type]]
        dropped += [UNSEEN_CATEGORY] * (len(event.arguments) - len(arguments))
        kept_arguments = [(role, key) for role, key in arguments if key in kept_ids]
        dropped += [ARGUMENT_LACKS_MENTION] * (len(arguments) - len(kept_arguments))
        kept.events[id] = event._replace(arguments=kept_arguments)
    for id, relation in annotations.relations.items():
        if relation.type not in relations:
            dropped.append(UNSEEN_CATEGORY)
        elif relation.head[1] in kept_ids and relation.tail[1] in kept_ids:
            kept.relations[id] = relation
        else:
            dropped.append(RELATION_LACKS_MENTION)
    return kept, dropped


SOURCE = Source(
    name="brat",
    title="stand-off annotations (brat, BioNLP)",
    tasks=("ner", "re", "ee"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://brat.nlplab.org/standoff.html",
    drops=(UNSEEN_CATEGORY, RELATION_LACKS_MENTION, ARGUMENT_LACKS_MENTION, NO_TASK),
    notes=(
        "Attributes, normalisations, equivalences and notes are not read.",
        "A document is read in the first unit (code points, UTF-16 units, bytes, the CR of line ends) in which all "
        "its surfaces agree with the text.",
        "Of BioNLP, entities are in `.a1` files, and triggers, events and relations in `.a2` files beside them; a "
        "document without `.a2` has entities alone.",
    ),
    layouts=(
        Layout(
            name="standoff",
            endings=("ann",),
            documents=True,
            expects="stand-off annotations, such as `T1`, a tab, `Person 0 3`, a tab, `Ida`",
            recognise=lambda head: not head.text.strip() or is_standoff(head),
            own_reader=_reader,
            records=_records,
            companions=("./*.txt",),
        ),
        Layout(
            name="bionlp",
            endings=("a1",),
            documents=True,
            expects="stand-off annotations of entities, beside `.a2` with those of events",
            recognise=lambda head: not head.text.strip() or is_standoff(head),
            own_reader=_reader,
            records=_records,
            companions=("./*.txt", "./*.a2"),
        ),
    ),
)
