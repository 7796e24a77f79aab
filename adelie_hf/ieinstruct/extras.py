"""The files that a recipe names: further task descriptions, explanations, hard negatives. Read once per unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import yaml

from adelie_hf.answers import Answer, JsonItem, from_json
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.prompts import MARKER, check_descriptions
from adelie_hf.settings import read_yaml
from adelie_hf.tasks import TASKS
from adelie_hf.text_files import read_json_lines


class Explanation(NamedTuple):
    """The text of an explanation, and the answer that it leads to."""

    text: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Extras:
    """Task -> descriptions, row id -> explanation, and category -> categories that are easily taken for it."""

    descriptions: Mapping[str, list[str]] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    hard_negatives: Mapping[str, list[str]] | None = None


def load_extras(recipe: Recipe) -> Extras:
    """Read the files that a recipe names. Raises InputError naming the file and the place of an unusable entry."""
    return Extras(
        _descriptions(recipe.descriptions) if recipe.descriptions else {},
        _explanations(Path(recipe.explanations)) if recipe.explanations else {},
        _hard_negatives(recipe.hard_negatives) if recipe.hard_negatives else None,
    )


def _descriptions(file: str) -> dict[str, list[str]]:
    descriptions = read_yaml(file)
    try:
        check_descriptions(descriptions, file)
    except ValueError as error:
        raise InputError(f"{error}; fix this entry") from None
    return descriptions


def _explanations(file: Path) -> dict[str, Explanation]:
    explanations = {}
    for number, value in read_json_lines(file):
        try:
            row_id, text, answer = value["id"], value["explanation"].strip(), _answer(value["id"], value["answer"])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise InputError(
                f"{file}:{number}: not a JSON object with the id of a row, an explanation and an answer; fix this line"
            ) from None
        if MARKER in text:
            raise InputError(
                f"{file}:{number}: the explanation contains {MARKER!r}, where an answer begins; remove it"
            )
        explanations[row_id] = Explanation(text, answer)
    return explanations


def _answer(row_id: str, items: list[JsonItem]) -> Answer:
    """Return the typed answer of a row; its id ends in the task and the number of the query: `scierc/12/ner/0`."""
    return from_json(items, TASKS[row_id.split("/")[-2]].item)


def _hard_negatives(file: str) -> dict[str, list[str]]:
    """Read a mapping of categories, or IEPile's own: task -> data set -> category -> categories."""
    try:
        values = yaml.safe_load(_text(Path(file)))
    except yaml.YAMLError as error:
        raise InputError(f"{file}: neither YAML nor JSON ({' '.join(str(error).split())})") from None
    negatives: dict[str, list[str]] = {}

    def collect(value: object) -> None:
        if not isinstance(value, dict):
            excerpt = json.dumps(value, default=str)[:60]
            raise InputError(f"{file}: has {excerpt} where a mapping of categories is expected")
        for name, entry in value.items():
            if isinstance(entry, list) and all(isinstance(category, str) for category in entry):
                negatives.setdefault(str(name), []).extend(entry)
            else:
                collect(entry)

    collect(values)
    return negatives


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); check the path") from None
