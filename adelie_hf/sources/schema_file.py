"""Categories in a YAML file: their names, definitions and roles, and the instruction of a task.

One form serves both sides: what the categories of a set of a user's own data mean, and what an `Extractor` extracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Schema
from adelie_hf.settings import nearest, read_yaml, yaml_files

SCHEMA_FILES = ("schema.yaml", "schema.yml")

# Key of a file -> the tasks whose categories it has; the first one is that of an extraction.
TASKS_OF_KEY = {"entities": ("ner",), "relations": ("re", "rc", "ere"), "events": ("ee", "ed", "eae")}
KEY_OF_TASK = {task: key for key, tasks in TASKS_OF_KEY.items() for task in tasks}
INSTRUCTION = "instruction"
_KEYS = (*TASKS_OF_KEY, INSTRUCTION)

# A definition, None where the name says enough, or a mapping with `definition` and the `name` in requests and answers.
Definition = str | None | Mapping[str, str | None]

# Category -> its definition.
Categories = Mapping[str, Definition] | Sequence[str]

# Event type -> its roles, or a mapping with `definition`, `name` and `roles`.
EventTypes = Mapping[str, Sequence[str] | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """The content of a file: key -> categories, and task -> instruction.

    A category that has another name in requests and answers than in the file has the latter as `Label.raw`.
    """

    schemas: Mapping[str, Schema] = field(default_factory=dict)
    instructions: Mapping[str, str] = field(default_factory=dict)


def find_schema_file(folder: Path, root: Path) -> Path | None:
    """Return the file in a folder, or else in the nearest folder above it, up to `root`. None where there is none.

    Raises:
        InputError: for a folder that has it under both names.
    """
    for place in (folder, *folder.parents):
        found = [place / name for name in SCHEMA_FILES if (place / name).is_file()]
        if len(found) > 1:
            raise InputError(f"{found[0]}: {found[1].name} is there, too; keep one of the two")
        if found:
            return found[0]
        if place == root:
            break
    return None


def other_schema_files(folders: Iterable[Path], used: Path | None) -> list[Path]:
    """Return the files in folders that are not used, although a file above or beside them may be."""
    there = (folder / name for folder in sorted(folders) for name in SCHEMA_FILES)
    return [file for file in there if file != used and file.is_file()]


def read_schema_file(file: Path) -> SchemaFile:
    """Read the file of a set of own data.

    Raises:
        InputError: for a file that cannot be read, an unknown key, and values of another form.
    """
    try:
        if len(yaml_files(file)) > 1:
            raise InputError("a schema file extends no other; write all categories into it")
        return schema_of_keys(read_yaml(file))
    except InputError as error:
        # What cannot be read has the name of the file already.
        raise InputError(f"{file}: {str(error).removeprefix(f'{file}: ')}") from None


def schema_of_keys(content: Mapping[str, Any]) -> SchemaFile:
    """Return the schema of the keys and values of a file. Raises InputError as `read_schema_file`."""
    if unknown := [key for key in content if key not in _KEYS]:
        raise InputError(
            f"unknown key {unknown[0]!r}{nearest(str(unknown[0]), _KEYS)}; the keys are {', '.join(_KEYS)}"
        )
    schemas = {key: labels_of_key(key, value) for key, value in content.items() if key != INSTRUCTION}
    return SchemaFile(schemas, instructions_of(content.get(INSTRUCTION), schemas))


def labels_of_key(key: str, value: Any) -> Schema:
    """Return the categories of one key. Raises InputError for a value of another form."""
    try:
        found = event_labels(value) if key == "events" else labels(value)
        refuse_doubles([label.name for label in found], "the schema")
        refuse_doubles([label.raw or label.name for label in found], "the schema")
    except InputError as error:
        raise InputError(f"{key}: {error}") from None
    return found


def instructions_of(value: object, keys: Iterable[str]) -> dict[str, str]:
    """Return task -> instruction: of a text for the tasks of the only key, or of a mapping from tasks.

    Raises:
        InputError: for a value of another form, an unknown task, and a text where there is not one key.
    """
    if value is None:
        return {}
    known = list(KEY_OF_TASK)
    if isinstance(value, str):
        keys = list(keys)
        if len(keys) != 1:
            raise InputError(f"{INSTRUCTION}: say of which task it is, as in `{INSTRUCTION}: {{ner: ...}}`")
        value = dict.fromkeys(TASKS_OF_KEY[keys[0]], value)
    if not isinstance(value, Mapping):
        raise InputError(f"{INSTRUCTION}: {value!r} is neither a text nor a mapping from tasks to texts")
    for task, text in value.items():
        if task not in known:
            raise InputError(
                f"{INSTRUCTION}: unknown task {task!r}{nearest(str(task), known)}; the tasks are {', '.join(known)}"
            )
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"{INSTRUCTION}: that of {task} is no text: {text!r}")
    return {task: " ".join(text.split()) for task, text in value.items()}


# ---- categories -----------------------------------------------------------------------------------


def labels(categories: Categories) -> Schema:
    """Return categories. Raises InputError for a value of another form, and for a name that occurs twice."""
    if isinstance(categories, str) or not isinstance(categories, Mapping | Sequence):
        raise InputError("categories are a list of names, or a mapping from a name to its definition or null")
    if not isinstance(categories, Mapping):
        refuse_doubles(categories, "the schema")
        return tuple(_label(name, None) for name in categories)
    return tuple(_label(name, value) for name, value in categories.items())


def event_labels(types: EventTypes) -> Schema:
    """Return event types with the roles of their arguments. Raises InputError as `labels`."""
    if not isinstance(types, Mapping):
        raise InputError("event types are a mapping from a type to its roles", parameter="schema")
    return tuple(_event_label(name, value) for name, value in types.items())


def as_yaml_values(schema: Schema) -> dict[str, Any]:
    """Return the value of the key of a schema: that from which `labels` or `event_labels` makes it."""
    return {label.raw or label.name: _yaml_value(label) for label in schema}


def _yaml_value(label: Label) -> Any:
    fields = {
        "name": label.name if label.raw not in ("", label.name) else "",
        "definition": label.definition,
    }
    fields = {name: value for name, value in fields.items() if value}
    return fields if "name" in fields else label.definition or None


def event_yaml_values(schema: Schema) -> dict[str, Any]:
    """Return the value of the key `events`."""
    values: dict[str, Any] = {}
    for label in schema:
        details = {role.name: role for role in label.role_labels}
        roles = as_yaml_values(tuple(details.get(role, Label(role)) for role in label.roles))
        plain: Any = roles if any(roles.values()) else list(roles)
        value = _yaml_value(label)
        fields = value if isinstance(value, dict) else {"definition": value} if value else {}
        values[label.raw or label.name] = {**fields, "roles": plain} if fields or isinstance(plain, dict) else plain
    return values


def refuse_doubles(names: Sequence[str], owner: str) -> None:
    """Raise InputError for a name that occurs twice."""
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise InputError(f"{owner} has {twice[0]!r} twice; give each name once", parameter="schema")


def _label(raw: object, value: object, roles: Schema = ()) -> Label:
    if not isinstance(raw, str) or not raw.strip():
        raise InputError(
            f"the category {raw!r} is no name; give a string that is not empty, in quotes where it is a number or yes"
        )
    name: object = raw
    if isinstance(value, Mapping):
        _refuse_unknown(raw, value, ("name", "definition"))
        name, value = value.get("name", raw), value.get("definition")
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"the name of {raw!r} is no text: {name!r}")
    if value is not None and not isinstance(value, str):
        raise InputError(f"the definition of {raw!r} is no text: {value!r}")
    return Label(
        name,
        raw if name != raw else "",
        value or "",
        tuple(role.name for role in roles),
        tuple(role for role in roles if role.raw or role.definition),
    )


def _event_label(name: object, value: object) -> Label:
    fields: dict[str, object] = {}
    roles = value
    if isinstance(value, Mapping):
        _refuse_unknown(name, value, ("name", "definition", "roles"))
        fields = {key: value[key] for key in ("name", "definition") if key in value}
        roles = value.get("roles")
    roles = [] if roles is None else roles
    if isinstance(roles, str) or not isinstance(roles, Mapping | Sequence):
        raise InputError(f"the roles of {name!r} are no list: {roles!r}")
    if bad := [role for role in roles if not isinstance(role, str) or not role.strip()]:
        raise InputError(f"a role of {name!r} is no name: {bad[0]!r}")
    if not isinstance(roles, Mapping):
        refuse_doubles(roles, f"the event type {name!r}")
        roles = dict.fromkeys(roles)
    found = labels(roles)
    refuse_doubles([role.name for role in found], f"the event type {name!r}")
    return _label(name, fields or None, found)


def _refuse_unknown(owner: object, value: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    if unknown := [key for key in value if key not in known]:
        raise InputError(
            f"{owner!r} has the key {unknown[0]!r}{nearest(str(unknown[0]), known)}; it takes {', '.join(known)}"
        )
