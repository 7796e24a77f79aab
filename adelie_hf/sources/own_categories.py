"""The categories of a user's own data as their `schema.yaml` has them: names, definitions, roles, instructions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Event, Label, Mention, Record, Relation, Schema, role_schema
from adelie_hf.sources.schema_file import KEY_OF_TASK, TASKS_OF_KEY, SchemaFile, read_schema_file
from adelie_hf.sources.source import Noted

_TITLES = {"entities": "entity types", "relations": "relations", "events": "event types"}
_NAMED = 10  # categories in a remark
_SCHEMAS = 1_000  # kept at a time: the records of a set may each have their own

Names = Mapping[str, str]  # category in the data -> its name in requests and answers


@dataclass
class OwnCategories:
    """The names and definitions of one file, and which of the categories of the data they were given to.

    Args:
        file: the file.
        content: what it says.
    """

    file: Path
    content: SchemaFile
    _found: dict[str, dict[str, None]] = field(default_factory=dict, init=False)  # key -> categories of the data
    _tasks: set[str] = field(default_factory=set, init=False)  # of the records
    _schemas: dict[tuple[str, Schema], Schema] = field(default_factory=dict, init=False)

    @cached_property
    def _labels(self) -> dict[str, dict[str, Label]]:
        return {
            key: {label.raw or label.name: label for label in schema} for key, schema in self.content.schemas.items()
        }

    @cached_property
    def _names(self) -> dict[str, Names]:
        """Key -> the categories that have another name; roles by their event type."""
        return {key: _other_names(labels.values()) for key, labels in self._labels.items()}

    def __call__(self, record: Record) -> Record:
        """Return a record with the names and definitions of the file.

        Raises:
            InputError: for a name that two categories would have.
        """
        self._tasks.update(record.schemas)
        schemas = {task: self._schema(task, schema) for task, schema in record.schemas.items()}
        entities, relations, events = (self._names.get(key, {}) for key in TASKS_OF_KEY)
        if not (entities or relations or events or any(map(self._role_names, self._labels.get("events", ())))):
            return replace(record, schemas=schemas)

        def mention(found: Mention) -> Mention:
            return replace(found, type=entities[found.type]) if found.type in entities else found

        def event(found: Event) -> Event:
            roles = self._role_names(found.type)
            arguments = tuple((mention(argument), roles.get(role, role)) for argument, role in found.arguments)
            return Event(mention(found.trigger), events.get(found.type, found.type), arguments)

        return replace(
            record,
            schemas=schemas,
            mentions=tuple(map(mention, record.mentions)),
            relations=tuple(
                Relation(mention(found.head), relations.get(found.type, found.type), mention(found.tail))
                for found in record.relations
            ),
            pairs=tuple((mention(first), mention(second)) for first, second in record.pairs),
            events=tuple(map(event, record.events)),
        )

    def remarks(self) -> Iterator[Noted]:
        """Yield what is in the file alone, and what is in the data alone, once the training data are read."""
        for key, labels in self._labels.items():
            found = self._found.get(key, {})
            yield from self._differences(_TITLES[key], labels, found)
            for name, label in labels.items():
                if key == "events" and label.roles and name in found:
                    roles = {role.raw or role.name: role for role in role_schema(label)}
                    yield from self._differences(f"roles of {name}", roles, self._found.get(f"events/{name}", {}))

        for tasks in TASKS_OF_KEY.values():
            instructed = [task for task in tasks if task in self.content.instructions]
            if instructed and self._tasks.isdisjoint(instructed):
                yield Noted(f"instruction of {self.file.name} for {', '.join(instructed)}, a task that no record has")

    def _differences(self, title: str, listed: Iterable[str], found: Iterable[str]) -> Iterator[Noted]:
        listed, found = dict.fromkeys(listed), dict.fromkeys(found)
        if missing := [name for name in found if name not in listed]:
            yield Noted(f"{title} that {self.file.name} does not have, kept as they are: {_named(missing)}")
        if unused := [name for name in listed if name not in found]:
            yield Noted(f"{title} of {self.file.name} that the data do not have: {_named(unused)}")

    def _schema(self, task: str, schema: Schema) -> Schema:
        labels = self._labels.get(KEY_OF_TASK.get(task, ""))
        if labels is None:
            return schema
        known = self._schemas.get((task, schema))
        if known is None:
            if len(self._schemas) > _SCHEMAS:
                self._schemas.clear()
            known = self._schemas[task, schema] = tuple(self._label(task, label, labels) for label in schema)
            self._check_names([label.name for label in known])
        return known

    def _label(self, task: str, label: Label, labels: Mapping[str, Label]) -> Label:
        key = KEY_OF_TASK[task]
        self._found.setdefault(key, {})[label.name] = None
        said = labels.get(label.name)
        if said is None:
            return label
        roles = role_schema(label)
        if task in ("ee", "eae"):
            self._found.setdefault(f"events/{label.name}", {}).update(dict.fromkeys(label.roles))
            said_roles = {role.raw or role.name: role for role in role_schema(said)}
            roles = tuple(_defined(role, said_roles.get(role.name)) for role in roles)
            self._check_names([role.name for role in roles])
        return replace(
            _defined(label, said),
            roles=tuple(role.name for role in roles),
            role_labels=tuple(role for role in roles if role.definition or role.raw),
        )

    def _role_names(self, event_type: str) -> Names:
        label = self._labels.get("events", {}).get(event_type)
        return {} if label is None else _other_names(label.role_labels)

    def _check_names(self, names: list[str]) -> None:
        if twice := [name for number, name in enumerate(names) if name in names[:number]]:
            raise InputError(
                f"{self.file}: two categories of the data would have the name {twice[0]!r}; give one another name"
            )


def _defined(label: Label, said: Label | None) -> Label:
    """Return a category of the data with the name and the definition that the file gives it."""
    if said is None:
        return label
    return replace(label, name=said.name, raw=label.raw or label.name, definition=said.definition or label.definition)


def _other_names(labels: Iterable[Label]) -> Names:
    return {label.raw: label.name for label in labels if label.raw}


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def own_categories(file: Path | None) -> OwnCategories | None:
    """Return the names and definitions of a file; None without one. Raises InputError as `read_schema_file`."""
    return None if file is None else OwnCategories(file, read_schema_file(file))


def own_instructions(file: Path | None) -> Mapping[str, str]:
    """Return task -> instruction; none without a file. Raises InputError as `read_schema_file`."""
    return {} if file is None else read_schema_file(file).instructions


def describe_schema_file(file: Path) -> str:
    """Return what a file gives, for `adelie-hf sources check`. Raises InputError as `read_schema_file`."""
    content = read_schema_file(file)
    parts = [f"{len(schema):,} {_TITLES[key]}" for key, schema in content.schemas.items()]
    if content.instructions:
        parts.append(f"the instruction for {', '.join(content.instructions)}")
    return f"{file}: {', '.join(parts) or 'nothing in it'}"
