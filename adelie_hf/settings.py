"""Settings read from YAML files and validated by pydantic: a model's fields are the only keys."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.text_files import UNPAIRED_SURROGATE, has_unpaired_surrogate

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]

_EXTENDS = "extends"  # the key of the file that a YAML file builds on


class Settings(BaseModel):
    """Settings that cannot be changed. Raises InputError for an unknown key and for a value of another kind.

    A field's docstring is its description in the documentation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    def __init__(self, **values: Any):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InputError(_explanation(error, type(self))) from None


SettingsT = TypeVar("SettingsT", bound=Settings)


def _explanation(error: ValidationError, model: type[Settings]) -> str:
    """Return one line on the first problem, with the nearest key for a misspelt one."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        keys = [field.alias or name for name, field in model.model_fields.items()]
        return f"unknown key {key!r}{nearest(key, keys)}; the keys are {', '.join(keys)}"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    reason = first["msg"][0].lower() + first["msg"][1:]
    return f"{key} is {first['input']!r}: {reason}"


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'cap'?` for a name that is nearly one of the names, else nothing."""
    near = get_close_matches(name, sorted(names), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Return the mapping of a YAML file, with the keys that it lacks from the file that it extends.

    A line `extends: llama-2-7b/sft.yaml` names that file: its path from the folder of this one, or else its name
    among the library's recipes.

    Raises:
        InputError: for a file that cannot be read or has another form, and for files that extend each other.
    """
    values: dict[str, Any] = {}
    for file in reversed(yaml_files(path)):
        values |= _read_mapping(file)
    values.pop(_EXTENDS, None)
    return values


def yaml_files(path: str | Path) -> list[Path]:
    """Return a YAML file and the files that it extends, directly or through another one. Raises as `read_yaml`."""
    files = [Path(path)]
    while (name := _read_mapping(files[-1]).get(_EXTENDS)) is not None:
        base = _find_extended(files[-1], name)
        if any(base.samefile(file) for file in files):
            raise InputError(f"{base}: extends itself; remove a line `{_EXTENDS}`")
        files.append(base)
    return files


def _find_extended(file: Path, name: object) -> Path:
    places = (file.parent, bundled("recipes"))
    for place in places if isinstance(name, str) else ():
        if (place / str(name)).is_file():
            return place / str(name)
    raise InputError(f"{file}: extends {name!r}, which is neither a path from its folder nor a recipe of the library")


def _read_mapping(path: str | Path) -> dict[str, Any]:
    try:
        text = Path(path).read_text(encoding="utf-8")
        values = yaml.safe_load(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if has_unpaired_surrogate(values, text):
        raise InputError(f"{path}: {UNPAIRED_SURROGATE}; fix the escape")
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: has a {type(values).__name__} where `key: value` lines are expected")
    return values


def find_recipe_file(path: str | Path | None, kind: str) -> Path | None:
    """Return the file of a recipe given by path or name.

    Args:
        path: a YAML file, or the name of one of the library's.
        kind: `ieinstruct` or `iefeedback`, the folder below `recipes/`.

    Raises:
        InputError: for an unknown name.
    """
    if path is None or Path(path).is_file() or Path(path).suffix in (".yaml", ".yml"):
        return None if path is None else Path(path)
    named = {file.stem: file for file in sorted(bundled("recipes", kind).glob("*.yaml"))}
    if str(path) not in named:
        raise InputError(f"no recipe {str(path)!r}; give a YAML file, or one of {', '.join(named)}")
    return named[str(path)]


def read_settings(model: type[SettingsT], path: str | Path | None = None, **overrides: object) -> SettingsT:
    """Return the settings of a file, or the defaults without one; overrides that are not None win.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value of another kind.
    """
    values = {} if path is None else read_yaml(path)
    if wrong := [key for key in values if not isinstance(key, str)]:
        raise InputError(f"{path}: the key {wrong[0]!r} is not a string")
    try:
        return model(**values | {key: value for key, value in overrides.items() if value is not None})
    except InputError as error:
        raise InputError(f"{path}: {error}" if path is not None else str(error)) from None
