"""What to extract: a task with its categories, as Python values, as YAML, or from a data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Schema
from adelie_hf.settings import nearest, read_yaml
from adelie_hf.sources import get_source
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.tasks import TASKS

# Category -> its definition, or None where the name says enough.
Categories = Mapping[str, str | None] | Sequence[str]

# Event type -> its roles, or a mapping with `definition` and `roles`.
EventTypes = Mapping[str, Sequence[str] | Mapping[str, Any]]

# Key of a schema file -> task.
_KEYS = {"entities": "ner", "relations": "re", "events": "ee", "triples": "openie", "table": "odie"}


@dataclass(frozen=True, slots=True)
class ExtractionSchema:
    """A task and the categories of its answers.

    Args:
        task: one of `TASKS`.
        labels: the categories, with definitions and roles; empty for open IE and tables.
        instruction: for a table, what it should contain.

    Raises:
        InputError: for an unknown task, a closed task without categories, a category twice, and a table without
            an instruction.

    >>> ExtractionSchema("ner", (Label("person"), Label("organization"))).names
    ('person', 'organization')
    """

    task: str
    labels: Schema = ()
    instruction: str = ""

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise InputError(
                f"unknown task {self.task!r}{nearest(self.task, TASKS)}; the tasks are {', '.join(TASKS)}"
            )
        task = TASKS[self.task]
        if task.schema_title and not self.labels:
            raise InputError(f"the schema for {task.title} is empty; give at least one category", parameter="schema")
        if task.instructed and not self.instruction.strip():
            raise InputError("a table needs an instruction: say what it should contain", parameter="instruction")
        _refuse_doubles(self.names, f"the schema for {task.title}")
        for label in self.labels:
            _refuse_doubles(label.roles, f"the event type {label.name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the categories."""
        return tuple(label.name for label in self.labels)

    def without_definitions(self) -> ExtractionSchema:
        """Return the schema with names alone, as the plain rows of IEInstruct show it."""
        return replace(self, labels=tuple(replace(label, definition="") for label in self.labels))

    def to_yaml(self) -> str:
        """Return the YAML text that `load_schema` reads."""
        key = next((key for key, task in _KEYS.items() if task == self.task), None)
        content: dict[str, Any]
        if self.task == "odie":
            content = {"table": self.instruction}
        elif self.task == "openie":
            content = {"triples": True}
        elif self.task == "ee":
            content = {
                "events": {
                    label.name: {"definition": label.definition, "roles": list(label.roles)}
                    if label.definition
                    else list(label.roles)
                    for label in self.labels
                }
            }
        elif key is not None:
            content = {key: {label.name: label.definition or None for label in self.labels}}
        else:
            raise InputError(f"a schema file has no key for {TASKS[self.task].title}; it has {', '.join(_KEYS)}")
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def entity_schema(types: Categories) -> ExtractionSchema:
    """Return a schema of entity types.

    >>> entity_schema({"organization": "a company or an institution", "person": None}).labels[0].definition
    'a company or an institution'
    """
    return ExtractionSchema("ner", _labels(types))


def relation_schema(relations: Categories) -> ExtractionSchema:
    """Return a schema of relations between two mentions that the model finds itself."""
    return ExtractionSchema("re", _labels(relations))


def event_schema(types: EventTypes) -> ExtractionSchema:
    """Return a schema of event types with the roles of their arguments.

    >>> event_schema({"attack": ["attacker", "place"]}).labels[0].roles
    ('attacker', 'place')
    """
    if not isinstance(types, Mapping):
        raise InputError("event types are a mapping from a type to its roles", parameter="schema")
    return ExtractionSchema("ee", tuple(_event_label(name, value) for name, value in types.items()))


def triple_schema() -> ExtractionSchema:
    """Return the schema of open IE, which has no categories."""
    return ExtractionSchema("openie")


def table_schema(instruction: str) -> ExtractionSchema:
    """Return the schema of a table that a sentence describes."""
    return ExtractionSchema("odie", instruction=instruction)


def load_schema(path: str | Path) -> ExtractionSchema:
    """Read a schema from a YAML file with one key: `entities`, `relations`, `events`, `triples` or `table`.

    Raises:
        InputError: for a file that cannot be read or has another form.

    Example of a file:
        entities:
          organization: a company or an institution
          person:
    """
    return _schema_of_keys(read_yaml(path), str(path))


def read_schema(text: str) -> ExtractionSchema:
    """Return the schema of the text of such a file; a list of names, by commas or lines, is one of entity types.

    Raises:
        InputError: for text of another form.

    >>> read_schema("person, organization").names
    ('person', 'organization')
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"the schema is no YAML: {error}", parameter="schema") from None
    if isinstance(content, str):
        content = [name.strip() for name in re.split("[,\n]", text) if name.strip()]
    if isinstance(content, list):
        return entity_schema(content)
    if not isinstance(content, dict):
        raise InputError(f"give a list of names, or YAML with one of the keys {', '.join(_KEYS)}", parameter="schema")
    return _schema_of_keys(content, "the schema")


def _schema_of_keys(content: Mapping[str, Any], owner: str) -> ExtractionSchema:
    unknown = [key for key in content if key not in _KEYS]
    if unknown or len(content) != 1:
        found = f"unknown key {unknown[0]!r}{nearest(str(unknown[0]), _KEYS)}" if unknown else f"{len(content)} keys"
        raise InputError(f"{owner}: {found}; a schema file has one of the keys {', '.join(_KEYS)}")
    ((key, value),) = content.items()
    try:
        return _SCHEMA_OF_KEY[key](value)
    except InputError as error:
        raise InputError(f"{owner}, {key}: {error}") from None


def schema_of(source: str, task: str | None = None) -> ExtractionSchema:
    """Return the categories of a published data set, with their definitions.

    Args:
        source: the name of a source, such as `scierc`.
        task: one of its tasks; its first one for None.

    Raises:
        InputError: for an unknown source, a task that it does not have, and categories that only its files contain.

    >>> schema_of("mit-restaurant").task
    'ner'
    """
    tasks, schemas = get_source(source).tasks, _published_schemas(source)
    chosen = task or next((name for name in tasks if name in schemas), tasks[0])
    if chosen not in tasks:
        raise InputError(f"{source} has no task {chosen!r}; its tasks are {', '.join(tasks)}", parameter="task")
    if TASKS[chosen].schema_title and chosen not in schemas:
        raise InputError(
            f"the categories of {source} are in its files alone; write them as a schema", parameter="task"
        )
    return ExtractionSchema(chosen, schemas.get(chosen, ()))


def _published_schemas(source: str) -> Mapping[str, Schema]:
    try:
        return load_schemas(source)
    except FileNotFoundError:  # a source whose categories are those of its files, or that has none
        return {}


def _triples(value: object) -> ExtractionSchema:
    if value is not True:
        raise InputError("open IE has no categories; write `triples: true`")
    return triple_schema()


def _table(value: object) -> ExtractionSchema:
    if not isinstance(value, str):
        raise InputError("give one sentence that says what the table should contain")
    return table_schema(value)


_SCHEMA_OF_KEY: dict[str, Callable[[Any], ExtractionSchema]] = {
    "entities": entity_schema,
    "relations": relation_schema,
    "events": event_schema,
    "triples": _triples,
    "table": _table,
}


def _labels(categories: Categories) -> Schema:
    if isinstance(categories, str) or not isinstance(categories, Mapping | Sequence):
        raise InputError("categories are a list of names, or a mapping from a name to its definition or null")
    if not isinstance(categories, Mapping):
        categories = _without_doubles(categories)
    return tuple(_label(name, definition) for name, definition in categories.items())


def _without_doubles(names: Sequence[str]) -> dict[str, None]:
    _refuse_doubles(names, "the schema")
    return dict.fromkeys(names)


def _label(name: object, definition: object, roles: Sequence[str] = ()) -> Label:
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"the category {name!r} is no name; give a string that is not empty")
    if definition is not None and not isinstance(definition, str):
        raise InputError(f"the definition of {name!r} is no text: {definition!r}")
    return Label(name, definition=definition or "", roles=tuple(roles))


def _event_label(name: object, value: object) -> Label:
    definition: object = None
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in ("definition", "roles")]
        if unknown:
            raise InputError(f"the event type {name!r} has the key {unknown[0]!r}; it takes definition and roles")
        definition, value = value.get("definition"), value.get("roles", [])
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError(f"the roles of {name!r} are no list: {value!r}")
    if bad := [role for role in value if not isinstance(role, str) or not role.strip()]:
        raise InputError(f"a role of {name!r} is no name: {bad[0]!r}")
    return _label(name, definition, value)


def _refuse_doubles(names: Sequence[str], owner: str) -> None:
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise InputError(f"{owner} has {twice[0]!r} twice; give each name once", parameter="schema")
