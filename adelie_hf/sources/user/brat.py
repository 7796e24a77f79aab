"""Users' own brat annotations: a text in a `.txt` file and its annotations in an `.ann` file of the same name.

Entities, relations and events are read; attributes, normalisations, equivalences and notes are ignored. The categories
of a folder are those that its training files use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.standoff import Standoff, is_standoff, read_standoff, read_standoff_text
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, split_files, split_named, user_labels


def _training_schemas(file: Path) -> dict[str, Schema]:
    """Return the schemas of the training files that belong to an annotation file."""
    folder = file.parent
    if split_named(folder.name) and (training_folder := folder.with_name("train")).is_dir():
        folder = training_folder
    training_files = sorted(folder.glob("*.ann")) or [file]
    stats = [(path, path.stat()) for path in training_files]
    return _cached_schemas(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats))


@lru_cache(maxsize=4)
def _cached_schemas(files: tuple[tuple[Path, int, int], ...]) -> dict[str, Schema]:
    """Return the schemas of annotation files, given as (path, modification time, size) to read each folder once."""
    return _used_schemas(read_standoff(file) for file, *_ in files)


def _categories(schemas: dict[str, Schema]) -> set[tuple[str, str, str]]:
    """Return all (task, category, role) of schemas; the role is empty for the category itself."""
    return {
        (task, label.name, role) for task, schema in schemas.items() for label in schema for role in ("", *label.roles)
    }


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
    name: str  # of the file
    text: str
    annotations: Standoff
    schemas: dict[str, Schema]


def _raw_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    text = read_standoff_text(file)
    yield 1, _RawExample(file.stem, text, read_standoff(file, text), _training_schemas(file))


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    name, text, annotations, schemas = raw_example
    if not _categories(_used_schemas([annotations])) <= _categories(schemas):
        yield Dropped(UNSEEN_CATEGORY)
        return
    trigger_ids = annotations.trigger_ids

    def mention(key: str) -> Mention:
        """Return the mention with an id, or the trigger of the event with that id."""
        return annotations.mentions[annotations.events[key].trigger if key in annotations.events else key]

    yield Record(
        id=f"{split}-{name}",
        source="brat",
        split=split,
        group=name,
        text=text,
        schemas=schemas,
        mentions=tuple(
            sorted(
                (entity for key, entity in annotations.mentions.items() if key not in trigger_ids),
                key=lambda entity: (entity.fragments[0][0], -entity.fragments[-1][1]),
            )
        ),
        relations=tuple(
            Relation(mention(relation.head[1]), relation.type, mention(relation.tail[1]))
            for relation in annotations.relations.values()
        ),
        events=tuple(
            Event(mention(event.trigger), event.type, tuple((mention(key), role) for role, key in event.arguments))
            for event in annotations.events.values()
        ),
    )


SOURCE = Source(
    name="brat",
    title="brat stand-off annotations",
    tasks=("ner", "re", "ee"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://brat.nlplab.org/standoff.html",
    drops=(UNSEEN_CATEGORY,),
    layouts=(
        Layout(
            name="standoff",
            files={
                split: (*patterns, *(("*.ann",) if split == "train" else ()))
                for split, patterns in split_files("{}/*.ann").items()
            },
            recognise=lambda head: not head.text.strip() or is_standoff(head),
            raw_examples=_raw_examples,
            records=_records,
            companions=("*.txt", "train/*.ann", "*/*.txt"),
        ),
    ),
)
