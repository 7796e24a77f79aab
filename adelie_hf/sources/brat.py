"""Users' own annotations of brat: a text in `.txt` and what is marked in it in an `.ann` of the same name.

Entities, relations and events are read; a folder has the categories that its training files use. Attributes,
normalisations, equivalences and notes are left aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.own import UNSEEN, split_files, split_of
from adelie_hf.sources.reading import lines, named
from adelie_hf.sources.source import Dropped, Shape, Source

_SKIPPED = ("*", "A", "M", "N", "#")
_ANY = re.compile(r"(?:[TRE]\S+|[AMN#*]\S*)\t")


@dataclass(slots=True)
class _Marks:
    """The annotations of a document by id, as they stand there."""

    entities: dict[str, Mention] = field(default_factory=dict)
    relations: dict[str, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)  # type, (role, id)
    events: dict[str, tuple[str, str, list[tuple[str, str]]]] = field(
        default_factory=dict
    )  # type, trigger, (role, id)

    @property
    def triggers(self) -> set[str]:
        return {trigger for _, trigger, _ in self.events.values()}


def _marks(file: Path, text: str | None = None) -> _Marks:
    """What is marked, in that text if it is given.

    Raises InputError naming the file and the line, for a line that is no annotation of the text.
    """
    marks = _Marks()
    if not file.read_bytes().strip(b"\xef\xbb\xbf\r\n "):
        return marks  # nothing is marked
    for number, line in lines(file):
        if line.strip() and not line.startswith(_SKIPPED):
            try:
                _read_mark(line, marks, text)
            except (LookupError, ValueError) as error:
                raise InputError(
                    f"{file}:{number}: {named(line)!r} is not an annotation of brat ({named(str(error))}); mend it"
                ) from None
    return marks


def _read_mark(line: str, marks: _Marks, text: str | None) -> None:
    id, about, *rest = line.split("\t")
    type, *words = about.split(" ")
    words = [word for word in words if word]
    if id in marks.entities or id in marks.relations or id in marks.events:
        raise ValueError(f"{id} occurs twice")
    if line.startswith("T"):
        places = [place.split(" ") for place in " ".join(words).split(";")]
        mention = Mention(rest[0], tuple((int(start), int(end)) for start, end in places), type)
        if text is not None:
            parts = [Mention.at(text, start, end).text for start, end in mention.fragments]
            if (found := " ".join(parts)) != mention.text:
                raise ValueError(f"the text reads {found!r} there")
        marks.entities[id] = mention
    elif line.startswith("R"):
        marks.relations[id] = (type, [_pair(word) for word in words])
        if len(words) != 2:
            raise ValueError("a relation has two arguments")
    elif line.startswith("E"):
        kind, trigger = _pair(type)
        roles = [_pair(word) for word in words]
        used = {role for role, _ in roles}
        # The second of a role is numbered: Theme, Theme2.
        marks.events[id] = (
            kind,
            trigger,
            [(bare if (bare := role.rstrip("0123456789")) in used else role, of) for role, of in roles],
        )
    else:
        raise ValueError("it begins with none of T, R, E, A, M, N, * and #")


def _pair(word: str) -> tuple[str, str]:
    role, _, id = word.partition(":")
    if not role or not id:
        raise ValueError(f"{word!r} is not a name and an id")
    return role, id


def _schemas(file: Path) -> dict[str, Schema]:
    """The categories of the training files that a file belongs to."""
    folder = file.parent
    if split_of(folder.name) and (training := folder.with_name("train")).is_dir():
        folder = training
    files = sorted(folder.glob("*.ann")) or [file]
    return _used(tuple((each, (about := each.stat()).st_mtime_ns, about.st_size) for each in files))


@lru_cache(maxsize=4)
def _used(files: tuple[tuple[Path, int, int], ...]) -> dict[str, Schema]:
    """Task -> what the files use. They are the same while their times and sizes are: one reading serves a folder."""
    return _schemas_of(_marks(file) for file, *_ in files)


def _categories(schemas: dict[str, Schema]) -> set[tuple[str, str, str]]:
    """Task, category and role (or none) of all that the schemas have."""
    return {
        (task, label.name, role) for task, schema in schemas.items() for label in schema for role in ("", *label.roles)
    }


def _schemas_of(documents: Iterable[_Marks]) -> dict[str, Schema]:
    entities: set[str] = set()
    relations: set[str] = set()
    roles: dict[str, set[str]] = {}
    for marks in documents:
        triggers = marks.triggers
        entities.update(mention.type for id, mention in marks.entities.items() if id not in triggers)
        relations.update(type for type, _ in marks.relations.values())
        for type, _, arguments in marks.events.values():
            roles.setdefault(type, set()).update(role for role, _ in arguments)
    schemas = {
        "ner": tuple(Label(type, type) for type in sorted(entities)),
        "re": tuple(Label(type, type) for type in sorted(relations)),
        "ee": tuple(Label(type, type, roles=tuple(sorted(of_type))) for type, of_type in sorted(roles.items())),
    }
    return {task: schema for task, schema in schemas.items() if schema}


def _units(file: Path) -> Iterator[tuple[int, tuple[str, str, _Marks, dict[str, Schema]]]]:
    beside = file.with_suffix(".txt")
    if not beside.is_file():
        raise InputError(f"{beside}: missing; brat keeps the text of {file.name} in it")
    text = "\n".join(line for _, line in lines(beside))
    yield 1, (file.stem, text, _marks(file, text), _schemas(file))


def _records(unit: tuple[str, str, _Marks, dict[str, Schema]], split: str, where: int) -> Iterator[Record | Dropped]:
    stem, text, marks, schemas = unit
    triggers = marks.triggers
    if not _categories(_schemas_of([marks])) <= _categories(schemas):
        yield Dropped(UNSEEN)
        return

    def mention(id: str) -> Mention:
        """What an id stands for: of an event, its trigger."""
        found = marks.events[id][1] if id in marks.events else id
        if found not in marks.entities:
            raise ValueError(f"{id} is not defined")
        return marks.entities[found]

    yield Record(
        id=f"{split}-{stem}",
        source="brat",
        split=split,
        group=stem,
        text=text,
        schemas=schemas,
        mentions=tuple(
            sorted(
                (each for id, each in marks.entities.items() if id not in triggers),
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
    shapes=(
        Shape(
            name="standoff",
            files={
                split: (*patterns, *(("*.ann",) if split == "train" else ()))
                for split, patterns in split_files("{}/*.ann").items()
            },
            recognise=lambda head: not head.strip() or _ANY.match(head.lstrip()) is not None,
            units=_units,
            records=_records,
            beside=("*.txt", "train/*.ann", "*/*.txt"),
        ),
    ),
)
