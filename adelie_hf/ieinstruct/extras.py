"""What a recipe's own files hold: further task descriptions, explanations, hard negatives. Read once a part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.prompts import MARKER, check_descriptions
from adelie_hf.settings import read_yaml
from adelie_hf.text_files import read_json_lines


class Explanation(NamedTuple):
    """A text, and the answer that it leads to, as a row's `answer` holds it."""

    text: str
    answer: list[Any]


@dataclass(frozen=True, slots=True)
class Extras:
    """Task -> descriptions, row id -> explanation, and category -> categories that are easily taken for it."""

    descriptions: Mapping[str, list[str]] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    hard_negatives: Mapping[str, list[str]] | None = None


def load_extras(recipe: Recipe) -> Extras:
    """Reads the files. Raises InputError naming the file and the place of what cannot be used."""
    return Extras(
        _descriptions(recipe.descriptions) if recipe.descriptions else {},
        _explanations(Path(recipe.explanations)) if recipe.explanations else {},
        _hard_negatives(recipe.hard_negatives) if recipe.hard_negatives else None,
    )


def _descriptions(file: str) -> dict[str, list[str]]:
    wording = read_yaml(file)
    try:
        check_descriptions(wording, file)
    except ValueError as error:
        raise InputError(f"{error}; mend it") from None
    return wording


def _explanations(file: Path) -> dict[str, Explanation]:
    found = {}
    for number, value in read_json_lines(file):
        try:
            identity, text = value["id"], value["explanation"].strip()
            answer = [list(item) for item in value["answer"]]
        except (AttributeError, KeyError, TypeError):
            raise InputError(
                f"{file}:{number}: no JSON object with an id, an explanation and an answer; mend it"
            ) from None
        if MARKER in text:
            raise InputError(f"{file}:{number}: an explanation holds {MARKER!r}, where an answer begins; take it out")
        found[identity] = Explanation(text, answer)
    return found


def _hard_negatives(file: str) -> dict[str, list[str]]:
    """A mapping of categories, or IEPile's own: task -> data set -> category -> categories."""
    try:
        values = yaml.safe_load(_text(Path(file)))
    except yaml.YAMLError as error:
        raise InputError(f"{file}: neither YAML nor JSON ({' '.join(str(error).split())})") from None
    found: dict[str, list[str]] = {}

    def take(value: Any) -> None:
        if not isinstance(value, dict):
            shown = json.dumps(value, default=str)[:60]
            raise InputError(f"{file}: holds {shown} where a mapping of categories is expected")
        for name, of_name in value.items():
            if isinstance(of_name, list) and all(isinstance(each, str) for each in of_name):
                found.setdefault(str(name), []).extend(of_name)
            else:
                take(of_name)

    take(values)
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); check the path") from None
