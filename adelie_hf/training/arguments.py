"""The arguments of a script: the command line over the YAML file of a recipe, by the fields of dataclasses."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.settings import nearest, read_yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_CONFIG = "--config"


def parse_arguments(
    classes: Sequence[type[DataclassInstance]], arguments: Iterable[str] | None = None
) -> tuple[Any, ...]:
    """Return one instance of each dataclass.

    As `trl.TrlParser.parse_args_and_config`, with recipes that extend others and an error that names the right key.

    Args:
        classes: their fields are the options of the command line and the keys of the YAML file.
        arguments: the command line without the name of the script; the process's own where it is not given.

    Raises:
        InputError: for a file that cannot be read, and for a key that no class has.
    """
    from trl import TrlParser

    parser = TrlParser(classes)
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if _CONFIG in arguments[:-1]:
        position = arguments.index(_CONFIG)
        _, path = arguments[position : position + 2]
        del arguments[position : position + 2]
        values = read_yaml(path)
        known = {field.name for cls in classes for field in fields(cls) if field.init}
        for key in values:
            if key not in known:
                raise InputError(f"{path}: unknown key {key!r}{nearest(str(key), known)}")
        parser.set_defaults_with_config(**values)
    return tuple(parser.parse_args_into_dataclasses(arguments))
