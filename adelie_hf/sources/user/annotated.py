"""Texts of users' own rows with their annotations, and what all such forms share.

A form says which rows it has and reads a row (`ReadRow`); here are the categories that the training files use, and the
records, without annotations of other categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.drop_reasons import ARGUMENT_LACKS_MENTION, RELATION_LACKS_MENTION
from adelie_hf.sources.source import Dropped, Noted, OwnFile, OwnReader, Training
from adelie_hf.sources.unreadable import RAW_ERRORS
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, FileVersions, ReadRows, file_versions, user_labels
from adelie_hf.text_files import excerpt

NO_TASK = "nothing is annotated in it that the training part has categories of"

_RELATION_TASKS = ("re", "rc")
_EVENT_TASKS = ("ee", "eae")


class Annotated(NamedTuple):
    """A text with annotations in a user's own categories.

    Args:
        text: the text.
        tasks: the tasks whose answers the annotations are: a row without a list of relations may have some.
        mentions: the entities; where `ner` is none of the tasks, the mentions that the other annotations are about.
        relations: the relations.
        events: the events.
        pairs: the pairs that `rc` asks about.
        group: the document that the text is part of; empty for the text itself.
        part: distinguishes the texts of one row.
        remarks: what a user has to know of the text.
        dropped: the reasons for which annotations were left out.
    """

    text: str
    tasks: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    events: tuple[Event, ...] = ()
    pairs: tuple[tuple[Mention, Mention], ...] = ()
    group: str = ""
    part: str = ""
    remarks: tuple[Noted, ...] = ()
    dropped: tuple[str, ...] = ()


# Yields the texts of a row, and a `Dropped` for what its annotators do not stand by. Raises `RAW_ERRORS`.
ReadRow = Callable[[Any], Iterator[Annotated | Dropped]]
Schemas = Mapping[str, Schema]


class RawExample(NamedTuple):
    """A row of a file, and the categories of its set by task."""

    file: OwnFile
    row: Any
    schemas: Schemas


class AnnotatedRows(NamedTuple):
    """The functions of a layout of users' own rows.

    Args:
        source: name of the format.
        read_rows: yields the rows of a file.
        read_row: yields the texts of a row.
    """

    source: str
    read_rows: ReadRows
    read_row: ReadRow

    def own_reader(self, training: Training) -> OwnReader[RawExample]:
        """Return the function that reads a file, for `Layout.own_reader`."""
        if not (schemas := _training_schemas(self, file_versions(training.files))):
            raise InputError(f"{training.files[0]}: no row has an annotation; give a file with annotations")

        def raw_examples(file: OwnFile) -> Iterator[tuple[int, RawExample | UnreadableRecord]]:
            for number, row in self.read_rows(file.path):
                yield number, row if isinstance(row, UnreadableRecord) else RawExample(file, row, schemas)

        return raw_examples

    def records(self, raw_example: RawExample, split: str, number: int) -> Iterator[Record | Dropped | Noted]:
        """Yield the records of a row, for `Layout.records`: of all its texts, or an error."""
        file, row, schemas = raw_example
        for result in list(_checked(self.read_row, row)):
            if isinstance(result, Annotated):
                yield from _records(result, schemas, self.source, split, file.key(number))
            else:
                yield result

    def has_annotations(self, rows: Iterable[object]) -> bool:
        """Return whether some row can be read and has an annotation."""
        return any(used_schemas([text]) for text in _readable(self.read_row, rows))


@lru_cache(maxsize=4)
def _training_schemas(form: AnnotatedRows, files: FileVersions) -> Schemas:
    rows = (row for file, *_ in files for _, row in form.read_rows(file))
    return used_schemas(_readable(form.read_row, rows))


def _readable(read_row: ReadRow, rows: Iterable[object]) -> Iterator[Annotated]:
    """Yield the annotated texts of rows that can be read."""
    for row in rows:
        try:
            results = list(_checked(read_row, row))
        except RAW_ERRORS:
            continue  # it is dropped, or an error, when it is read as a record
        yield from (result for result in results if isinstance(result, Annotated))


def _checked(read_row: ReadRow, row: object) -> Iterator[Annotated | Dropped]:
    """Yield the texts of a row. Raises ValueError for a category that is no name."""
    for result in read_row(row):
        if isinstance(result, Annotated):
            _check_names(result)
        yield result


def _check_names(found: Annotated) -> None:
    for name in _names(found):
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{excerpt(repr(name))} is not a label")


def _names(found: Annotated) -> Iterator[object]:
    """Yield all labels of a text. A mention may have an empty one, where it is not known to be an entity."""
    if "ner" in found.tasks:
        yield from (mention.type for mention in found.mentions)
    others = [*found.mentions, *(end for relation in found.relations for end in (relation.head, relation.tail))]
    others += [mention for event in found.events for mention, _ in event.arguments]
    yield from (mention.type for mention in others if mention.type != "")
    yield from (relation.type for relation in found.relations)
    for event in found.events:
        yield event.type
        yield from (role for _, role in event.arguments)


# ---- categories -----------------------------------------------------------------------------------


def used_schemas(texts: Iterable[Annotated]) -> Schemas:
    """Return the categories that texts use, by task; only the tasks that have some."""
    names: dict[str, set[str]] = {"ner": set(), "re": set(), "rc": set()}
    roles: dict[str, dict[str, set[str]]] = {"ee": {}, "eae": {}}
    for text in texts:
        for task in text.tasks:
            if task == "ner":
                names[task].update(mention.type for mention in text.mentions)
            elif task in _RELATION_TASKS:
                names[task].update(relation.type for relation in text.relations)
            else:
                for event in text.events:
                    roles[task].setdefault(event.type, set()).update(role for _, role in event.arguments)
    if not any(roles["eae"].values()):
        roles["eae"] = {}  # of events without arguments, none can be asked for
    schemas = {task: user_labels(sorted(types)) for task, types in names.items()}
    schemas |= {
        task: tuple(Label(name, name, roles=tuple(sorted(used))) for name, used in sorted(types.items()))
        for task, types in roles.items()
    }
    return {task: schema for task, schema in schemas.items() if schema}


def _records(
    found: Annotated, schemas: Schemas, source: str, split: str, key: str
) -> Iterator[Record | Dropped | Noted]:
    """Yield the record of a text, and what there is to say of its annotations."""
    offered = {task: schemas[task] for task in schemas if task in found.tasks}
    kept, dropped = _expressible(found, offered)
    asks_pairs = "rc" in offered and len(offered) == 1
    if offered and (kept.pairs or not asks_pairs):
        yield Record(
            id=f"{split}-{key}-{found.part}" if found.part else f"{split}-{key}",
            source=source,
            split=split,
            group=found.group or found.text,
            text=found.text,
            schemas=offered,
            mentions=tuple(sorted(kept.mentions, key=_place)),
            relations=kept.relations,
            events=kept.events,
            pairs=kept.pairs,
        )
    if not offered:
        dropped = [*dropped, NO_TASK]
    yield from map(Dropped, dropped)
    yield from found.remarks


def _place(mention: Mention) -> tuple[bool, int, int]:
    """Return by what mentions are in the order of the text; those without a place come last."""
    ((start, _), *_) = mention.fragments or ((0, 0),)
    return not mention.fragments, start, -(mention.fragments[-1][1] if mention.fragments else 0)


def _expressible(found: Annotated, schemas: Schemas) -> tuple[Annotated, list[str]]:
    """Return a text without the annotations that the schemas cannot express, and a reason for each of those.

    An annotation that refers to one that is left out is left out as well. A pair whose relation is left out is no pair
    without a relation, so that it is left out, too.
    """
    dropped = list(found.dropped)
    entities_count = "ner" in found.tasks
    types = {label.raw for label in schemas.get("ner", ())}
    relation_types = {label.raw for task in _RELATION_TASKS for label in schemas.get(task, ())}
    roles = {label.raw: label.roles for task in _EVENT_TASKS for label in schemas.get(task, ())}

    def is_there(mention: Mention) -> bool:
        return not entities_count or mention.type in types or not mention.type

    all_mentions = dict.fromkeys(found.mentions)
    mentions = [mention for mention in all_mentions if not entities_count or mention.type in types]
    dropped += [UNSEEN_CATEGORY] * (len(all_mentions) - len(mentions))
    relations, lost = [], set()
    for relation in dict.fromkeys(found.relations):
        if relation.type not in relation_types:
            dropped.append(UNSEEN_CATEGORY)
            lost.add(frozenset((relation.head, relation.tail)))
        elif not (is_there(relation.head) and is_there(relation.tail)):
            dropped.append(RELATION_LACKS_MENTION)
        else:
            relations.append(relation)
    events = []
    for event in found.events:
        if event.type not in roles:
            dropped.append(UNSEEN_CATEGORY)
            continue
        known = [(mention, role) for mention, role in event.arguments if role in roles[event.type]]
        dropped += [UNSEEN_CATEGORY] * (len(event.arguments) - len(known))
        arguments = tuple((mention, role) for mention, role in known if is_there(mention))
        dropped += [ARGUMENT_LACKS_MENTION] * (len(known) - len(arguments))
        events.append(Event(event.trigger, event.type, arguments))
    pairs = tuple(pair for pair in found.pairs if frozenset(pair) not in lost)
    return found._replace(
        mentions=tuple(mentions), relations=tuple(relations), events=tuple(events), pairs=pairs
    ), dropped
