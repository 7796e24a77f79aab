"""The arguments of a script: the command line over the YAML file of a recipe, by the fields of dataclasses."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args, get_origin, get_type_hints

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from adelie_hf.errors import InputError
from adelie_hf.settings import nearest, read_yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_CONFIG = "--config"


def parse_arguments(
    classes: Sequence[type[DataclassInstance]], arguments: Iterable[str] | None = None
) -> tuple[Any, ...]:
    """Return one instance of each dataclass.

    As `trl.TrlParser.parse_args_and_config`, with recipes that extend others and errors of one line.

    Args:
        classes: their fields are the options of the command line and the keys of the YAML file.
        arguments: the command line without the name of the script; the process's own where it is not given.

    Raises:
        InputError: for a file that cannot be read, a key or option that no class has, a value of another type, and
            values that a class refuses.
    """
    from trl import TrlParser

    hints = {name: hint for cls in classes for name, hint in get_type_hints(cls).items()}  # the parser changes some
    parser = TrlParser(classes)
    parser.error = _refuse
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    place = ""
    if _CONFIG in arguments[:-1]:
        position = arguments.index(_CONFIG)
        _, path = arguments[position : position + 2]
        del arguments[position : position + 2]
        place = f"{path}: "
        values = read_yaml(path)
        _check_values(values, classes, hints, place)
        parser.set_defaults_with_config(**values)
    try:
        *instances, unknown = parser.parse_args_into_dataclasses(arguments, return_remaining_strings=True)
    except InputError:
        raise
    except (ValueError, ImportError) as error:  # values that exclude each other, or that need another package
        raise InputError(place + " ".join(str(error).split())) from None
    if unknown:
        raise InputError(f"unknown option {unknown[0]!r}{nearest(unknown[0], [f'--{name}' for name in hints])}")
    return tuple(instances)


def _refuse(message: str) -> NoReturn:
    """Raise, where argparse would print all options and exit."""
    raise InputError(message)


def _check_values(
    values: Mapping[str, object],
    classes: Sequence[type[DataclassInstance]],
    hints: Mapping[str, object],
    place: str,
) -> None:
    """Raise InputError for an unknown key and for a value of another type: the parser takes any that is no string."""
    known = {field.name: field for cls in classes for field in fields(cls) if field.init}
    for key, value in values.items():
        if key not in known:
            raise InputError(f"{place}unknown key {key!r}{nearest(str(key), known)}")
        choices = known[key].metadata.get("choices")
        if choices and value not in choices:
            raise InputError(f"{place}{key} is {value!r}; it is one of {', '.join(map(str, choices))}")
        if not _is_of_type(value, hints[key]):
            hint = hints[key]
            kind = hint.__name__ if isinstance(hint, type) else str(hint)
            note = ""
            if isinstance(value, bool):
                note = "; YAML reads a bare yes, no, on or off as true or false: put it in quotes"
            raise InputError(f"{place}{key} is {value!r}, which is not of the type {kind}{note}")


def _is_of_type(value: object, hint: Any) -> bool:
    """Return whether a value, or a text that stands for one, is of a type; a text may stand for a list of one."""
    kinds = get_args(hint) or (hint,)
    if isinstance(value, bool):  # pydantic would take it for a number
        return any(kind is bool or (get_origin(kind) is Literal and value in get_args(kind)) for kind in kinds)
    if isinstance(value, str) and value.lower() in ("none", "null") and type(None) in kinds:
        return True
    try:
        adapter: TypeAdapter[object] = TypeAdapter(hint)
    except PydanticUserError:  # a class that pydantic does not know; the dataclass checks it
        return True
    return any(_is_valid(candidate, adapter) for candidate in (value, [value]))


def _is_valid(value: object, adapter: TypeAdapter[object]) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
