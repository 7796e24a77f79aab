"""What to extract: a task with its categories, as Python values, as YAML, or from a data set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from adelie_hf.errors import InputError
from adelie_hf.records import Schema
from adelie_hf.settings import nearest, read_yaml
from adelie_hf.sources import get_source
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.schema_file import (
    INSTRUCTION,
    TASKS_OF_KEY,
    Categories,
    EventTypes,
    as_yaml_values,
    event_labels,
    event_yaml_values,
    instructions_of,
    labels,
    labels_of_key,
    refuse_doubles,
)
from adelie_hf.tasks import TASKS

# Key of a schema file -> task.
_KEYS = {**{key: tasks[0] for key, tasks in TASKS_OF_KEY.items()}, "triples": "openie", "table": "odie"}


@dataclass(frozen=True, slots=True)
class ExtractionSchema:
    """A task and the categories of its answers.

    Args:
        task: one of `TASKS`.
        labels: the categories, with definitions and roles; empty for open IE and tables.
        instruction: for a table, what it should contain; for another task, what replaces the task description.

    Raises:
        InputError: for an unknown task, a closed task without categories, a category twice, and a table without
            an instruction.

    >>> from adelie_hf.records import Label
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
        refuse_doubles(self.names, f"the schema for {task.title}")
        for label in self.labels:
            refuse_doubles(label.roles, f"the event type {label.name!r}")

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
        if key is None:
            raise InputError(f"a schema file has no key for {TASKS[self.task].title}; it has {', '.join(_KEYS)}")
        values: dict[str, Any] = {
            "odie": self.instruction,
            "openie": True,
            "ee": event_yaml_values(self.labels),
        }
        content = {key: values.get(self.task, as_yaml_values(self.labels))}
        if self.instruction and key in TASKS_OF_KEY:
            content[INSTRUCTION] = {self.task: self.instruction}
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def entity_schema(types: Categories) -> ExtractionSchema:
    """Return a schema of entity types.

    >>> entity_schema({"organization": "a company or an institution", "person": None}).labels[0].definition
    'a company or an institution'
    """
    return ExtractionSchema("ner", labels(types))


def relation_schema(relations: Categories) -> ExtractionSchema:
    """Return a schema of relations between two mentions that the model finds itself."""
    return ExtractionSchema("re", labels(relations))


def event_schema(types: EventTypes) -> ExtractionSchema:
    """Return a schema of event types with the roles of their arguments.

    >>> event_schema({"attack": ["attacker", "place"]}).labels[0].roles
    ('attacker', 'place')
    """
    return ExtractionSchema("ee", event_labels(types))


def triple_schema() -> ExtractionSchema:
    """Return the schema of open IE, which has no categories."""
    return ExtractionSchema("openie")


def table_schema(instruction: str) -> ExtractionSchema:
    """Return the schema of a table that a sentence describes."""
    return ExtractionSchema("odie", instruction=instruction)


def load_schema(path: str | Path, task: str | None = None) -> ExtractionSchema:
    """Read a schema from a YAML file with the key `entities`, `relations`, `events`, `triples` or `table`.

    A file with several keys, such as the `schema.yaml` of a set of own data, has a schema for each. The key
    `instruction` has what replaces the task description.

    Args:
        path: the file.
        task: which of several schemas: `ner`, `re` or `ee`.

    Raises:
        InputError: for a file that cannot be read or has another form, and for several keys without a task.

    Example of a file:
        entities:
          organization: a company or an institution
          person:
    """
    return _schema_of_keys(read_yaml(path), str(path), task)


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


def _schema_of_keys(content: Mapping[str, Any], owner: str, task: str | None = None) -> ExtractionSchema:
    keys = [key for key in content if key != INSTRUCTION]
    known = (*_KEYS, INSTRUCTION)
    if unknown := [key for key in keys if key not in _KEYS]:
        raise InputError(
            f"{owner}: unknown key {unknown[0]!r}{nearest(str(unknown[0]), known)}; "
            f"a schema file has the keys {', '.join(known)}"
        )
    key_of_task = {_KEYS[key]: key for key in keys}
    if task is not None and task not in key_of_task:
        found = ", ".join(key_of_task)
        raise InputError(f"{owner}: has no categories for the task {task!r}, but for {found}", parameter="task")
    if task is None and len(keys) != 1:
        found = f"has {', '.join(keys)}" if keys else f"has none of the keys {', '.join(_KEYS)}"
        raise InputError(f"{owner}: {found}; an extraction has one of them: name its task", parameter="task")
    task = task or _KEYS[keys[0]]
    key = key_of_task[task]
    try:
        if key == "triples":
            return _triples(content[key])
        if key == "table":
            return _table(content[key])
        instruction = instructions_of(content.get(INSTRUCTION), keys).get(task, "")
        return ExtractionSchema(task, labels_of_key(key, content[key]), instruction)
    except InputError as error:
        raise InputError(f"{owner}: {error}") from None


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
