"""Users' own annotations of brat: a text in `.txt` and what is marked in it in an `.ann` of the same name.

Entities, relations and events are read; a folder has the categories that its training files use. Attributes,
normalisations, equivalences and notes are left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.standoff import Standoff, is_standoff, read_standoff, text_beside
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, split_files, split_named


def _schemas(file: Path) -> dict[str, Schema]:
    """The categories of the training files that a file belongs to."""
    folder = file.parent
    if split_named(folder.name) and (training := folder.with_name("train")).is_dir():
        folder = training
    files = sorted(folder.glob("*.ann")) or [file]
    return _used(tuple((each, (about := each.stat()).st_mtime_ns, about.st_size) for each in files))


@lru_cache(maxsize=4)
def _used(files: tuple[tuple[Path, int, int], ...]) -> dict[str, Schema]:
    """Task -> what the files use. They are the same while their times and sizes are: one reading serves a folder."""
    return _schemas_of(read_standoff(file) for file, *_ in files)


def _categories(schemas: dict[str, Schema]) -> set[tuple[str, str, str]]:
    """Task, category and role (or none) of all that the schemas have."""
    return {
        (task, label.name, role) for task, schema in schemas.items() for label in schema for role in ("", *label.roles)
    }


def _schemas_of(documents: Iterable[Standoff]) -> dict[str, Schema]:
    entities: set[str] = set()
    relations: set[str] = set()
    roles: dict[str, set[str]] = {}
    for marks in documents:
        triggers = marks.triggers
        entities.update(mention.type for id, mention in marks.mentions.items() if id not in triggers)
        relations.update(type for type, _ in marks.relations.values())
        for type, _, arguments in marks.events.values():
            roles.setdefault(type, set()).update(role for role, _ in arguments)
    schemas = {
        "ner": tuple(Label(type, type) for type in sorted(entities)),
        "re": tuple(Label(type, type) for type in sorted(relations)),
        "ee": tuple(Label(type, type, roles=tuple(sorted(of_type))) for type, of_type in sorted(roles.items())),
    }
    return {task: schema for task, schema in schemas.items() if schema}


def _units(file: Path) -> Iterator[tuple[int, tuple[str, str, Standoff, dict[str, Schema]]]]:
    text = text_beside(file)
    yield 1, (file.stem, text, read_standoff(file, text), _schemas(file))


def _records(unit: tuple[str, str, Standoff, dict[str, Schema]], split: str, where: int) -> Iterator[Record | Dropped]:
    stem, text, marks, schemas = unit
    triggers = marks.triggers
    if not _categories(_schemas_of([marks])) <= _categories(schemas):
        yield Dropped(UNSEEN_CATEGORY)
        return

    def mention(id: str) -> Mention:
        """What an id stands for: of an event, its trigger."""
        found = marks.events[id][1] if id in marks.events else id
        return marks.mentions[found]

    yield Record(
        id=f"{split}-{stem}",
        source="brat",
        split=split,
        group=stem,
        text=text,
        schemas=schemas,
        mentions=tuple(
            sorted(
                (each for id, each in marks.mentions.items() if id not in triggers),
                key=lambda each: (each.fragments[0][0], -each.fragments[-1][1]),
            )
        ),
        relations=tuple(
            Relation(mention(head), type, mention(tail)) for type, ((_, head), (_, tail)) in marks.relations.values()
        ),
        events=tuple(
            Event(mention(trigger), type, tuple((mention(id), role) for role, id in arguments))
            for type, trigger, arguments in marks.events.values()
        ),
    )


SOURCE = Source(
    name="brat",
    title="annotations of your own (brat)",
    tasks=("ner", "re", "ee"),
    role="own",
    domain="yours",
    licence="yours",
    url="https://brat.nlplab.org/standoff.html",
    layouts=(
        Layout(
            name="standoff",
            files={
                split: (*patterns, *(("*.ann",) if split == "train" else ()))
                for split, patterns in split_files("{}/*.ann").items()
            },
            recognise=lambda head: not head.strip() or is_standoff(head),
            raw_examples=_units,
            records=_records,
            companions=("*.txt", "train/*.ann", "*/*.txt"),
        ),
    ),
)
