"""Settings read from a YAML file into a dataclass whose fields are the only keys."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from adelie_hf.errors import InputError

Settings = TypeVar("Settings")

# The type of a field as its dataclass spells it -> what its values are, for people.
_EXPECTED = {
    "int": "a whole number from 0",
    "float": "a share between 0 and 1",
    "bool": "true or false",
    "str": "a text",
    "Mapping[str, int]": "a mapping of names to whole numbers from 0",
}


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping that a YAML file holds. Raises InputError when it cannot be read or holds something else."""
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds a {type(values).__name__} where `key: value` lines are expected")
    return values


def read_settings(kind: type[Settings], path: str | Path | None = None, **overrides: Any) -> Settings:
    """Settings from a file, or the defaults without one; overrides that are not None win.

    Shares (fields of type float) lie between 0 and 1, counts (int) are not negative.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value of another kind.
    """
    values = {} if path is None else read_yaml(path)
    known = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    for key, value in values.items():
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}; the keys are {', '.join(known)}")
        bare = known[key].removesuffix(" | None")
        if not _is(bare, value) and not (value is None and bare != known[key]):
            raise InputError(f"{path}: {key} is {value!r} where {_EXPECTED[bare]} is expected")
    return kind(**values | {key: value for key, value in overrides.items() if value is not None})


def _is(kind: str, value: Any) -> bool:
    if kind == "Mapping[str, int]":
        return isinstance(value, dict) and all(isinstance(key, str) and _is("int", of) for key, of in value.items())
    if kind in ("bool", "str"):
        return isinstance(value, {"bool": bool, "str": str}[kind])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= 1 if kind == "float" else isinstance(value, int) and value >= 0
