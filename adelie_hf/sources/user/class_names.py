"""Names of class numbers: from the description of a data set's columns, or from a file that only numbers the names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from adelie_hf.errors import InputError
from adelie_hf.text_files import UNPAIRED_SURROGATE, excerpt, has_unpaired_surrogate, read_lines

_CARDS = ("README.md", "dataset_infos.json", "dataset_info.json")
_LABEL_FILES = ("label.json", "labels.json", "label2id.json", "id2label.json")
# Relative to the folder of a data file.
DESCRIPTION_FILES = tuple(f"{folder}{file}" for folder in ("", "../", "../../") for file in (*_CARDS, *_LABEL_FILES))
WHERE_NAMES_ARE = f"{', '.join(_CARDS)} or {_LABEL_FILES[0]}"

_YAML_HEADER = re.compile(r"---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)


def class_names_beside(file: Path, column: str) -> tuple[str, ...]:
    """Return the class names of a column of a data file from the files near it; empty if none has them.

    Raises:
        InputError: naming a file that cannot be read, or that does not number the names from 0.
    """
    for path in (file.parent / name for name in DESCRIPTION_FILES):
        if path != file and path.is_file():
            content = _content(path)
            names = _numbered_names(content, path) if path.name in _LABEL_FILES else ()
            if names := names or described_class_names(content, column):
                return names
    return ()


def parse_description(text: str, file: Path) -> object:
    """Return the JSON that describes the columns of a data set. Raises InputError if it is none."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: its description of the columns is not JSON ({error}); download it again") from None
    _check_text(value, text, file)
    return value


def described_class_names(description: object, column: str) -> tuple[str, ...]:
    """Return the class names of a column from a description of features, at any depth; empty if it has none."""
    features = [value for value in _dicts(description) if value.get("name") == column]
    features += [{column: value[column]} for value in _dicts(description) if column in value]
    names: object = next((value["names"] for feature in features for value in _dicts(feature) if "names" in value), ())
    if isinstance(names, dict):  # in a card: class number -> name
        names = [names[number] for number in sorted(names, key=lambda number: int(str(number)))]
    if not isinstance(names, Iterable):
        raise TypeError(f"the class names of {column} are not a list")
    return tuple(map(str, names))


def _content(file: Path) -> object:
    text = "\n".join(line for _, line in read_lines(file))
    return parse_description(text, file) if file.suffix == ".json" else _yaml_header(text, file)


def _yaml_header(text: str, file: Path) -> object:
    """Return the YAML header of a card; None if it has none."""
    header = _YAML_HEADER.match(text)
    try:
        value: object = yaml.safe_load(header[1]) if header else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: its header is not YAML ({excerpt(str(error))}); fix it") from None
    _check_text(value, text, file)
    return value


def _check_text(value: object, source: str, file: Path) -> None:
    if has_unpaired_surrogate(value, source):
        raise InputError(f"{file}: {UNPAIRED_SURROGATE}; fix the escape")


def _numbered_names(content: object, file: Path) -> tuple[str, ...]:
    """Return the names in a list, in {name: number} or in {number: name}, which may be in another object.

    >>> _numbered_names({"O": 0, "B-tool": 1}, Path("label.json"))
    ('O', 'B-tool')
    """
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return tuple(content)
    for value in _dicts(content):
        if value and all(type(number) is int for number in value.values()):
            numbers = {int(f"{number}"): name for name, number in value.items()}
        elif value and all(f"{number}".isdecimal() and isinstance(name, str) for number, name in value.items()):
            numbers = {int(number): f"{name}" for number, name in value.items()}
        else:
            continue
        if sorted(numbers) != list(range(len(value))):
            raise InputError(f"{file}: does not number its {len(value)} names from 0 upwards; fix the numbers")
        return tuple(numbers[number] for number in range(len(value)))
    return ()


def _dicts(value: object) -> Iterator[dict[str, object]]:
    """Yield all dicts in a value, the outer before the inner; one that YAML references repeat is yielded once."""
    visited: set[int] = set()
    queue = [value]
    while queue:
        item = queue.pop(0)
        if isinstance(item, dict | list) and id(item) not in visited:
            visited.add(id(item))
            if isinstance(item, dict):
                yield item
            queue += item.values() if isinstance(item, dict) else item
