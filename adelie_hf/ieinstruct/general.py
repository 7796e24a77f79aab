"""General chat data beside IEInstruct, so that the model keeps its other skills (paper, sections 3.1 and 6.1).

The paper mixes in Tulu 2 (`allenai/tulu-v2-sft-mixture`). A conversation becomes one row: its last assistant
turn is the completion, everything before it the prompt. TRL trains on the completion, so earlier assistant turns
are context and not trained on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from adelie_hf.draws import SmallestK, draw
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.choose import survey
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.ieinstruct.units import BuildUnit, GeneralUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow, Message, message
from adelie_hf.sources import Split
from adelie_hf.tasks import GENERAL
from adelie_hf.text_files import read_json_lines

_ROLES = ("system", "user", "assistant")


def general_unit(recipe: Recipe, others: tuple[BuildUnit, ...]) -> GeneralUnit:
    """Return the unit of a recipe's general data, beside the IE units of the mixture."""
    file = Path(str(recipe.general))
    source = file.name if file.exists() else str(file)
    split = Split(source, layout="", name="train", files=(file,) if file.is_file() else ())
    return GeneralUnit(GENERAL, split, recipe, others=others)


def general_rows(unit: GeneralUnit, counts: Counts) -> Iterator[InstructRow]:
    """Yield the conversations with the smallest draws, in the order of the data.

    Raises:
        InputError: for data that are not conversations.
    """
    recipe, name = unit.recipe, str(unit.recipe.general)
    wanted = _number_of_rows(unit)
    smallest = SmallestK[int](wanted)
    usable = 0
    for position, messages in enumerate(_conversations(name)):
        counts.read += 1
        if reason := _unusable(messages):
            counts.dropped[reason] += 1
        else:
            usable += 1
            smallest.add(draw(recipe.seed, _digest(messages), "general"), "", position)
    chosen = {position for *_, position in smallest.entries()}
    counts.dropped["more than the share of general data"] += usable - len(chosen)
    counts.noted["missing for the share of general data"] += wanted - len(chosen)
    for position, messages in enumerate(_conversations(name)):
        if position in chosen:
            counts.kept["rows"] += 1
            yield {
                "id": f"general/{_digest(messages)}",
                "source": unit.split.source,
                "task": GENERAL,
                "prompt": messages[:-1],
                "completion": messages[-1:],
                "format": "",
                "schema": [],
                "text": "",
                "label_map": {},
                "answer": [],
                "choices": {"seed": recipe.seed},
            }


def _number_of_rows(unit: GeneralUnit) -> int:
    """Return how many rows the recipe's share needs; IE rows count as they are chosen, before the length filter."""
    surveys = (survey(other, Counts()) for other in unit.others)
    rows = sum(len(surveyed.positions) for surveyed in surveys if surveyed and surveyed.positions is not None)
    return round(rows * (1 - unit.recipe.ie_share) / unit.recipe.ie_share)


def _conversations(name: str) -> Iterator[list[Message]]:
    if Path(name).is_file():
        for number, row in read_json_lines(Path(name)):
            yield _messages(row, f"{name}:{number}")
        return
    import datasets

    try:
        rows = datasets.load_dataset(name, split="train", streaming=not Path(name).is_dir())
    except (FileNotFoundError, ValueError, ConnectionError, datasets.exceptions.DatasetNotFoundError) as error:
        raise InputError(
            f"general data {name!r}: neither a file nor a data set ({str(error).splitlines()[0]}); give a JSON-lines "
            "file, a folder or a data set's name"
        ) from None
    for number, row in enumerate(rows, 1):
        yield _messages(row, f"{name}, row {number}")


def _messages(row: object, place: str) -> list[Message]:
    messages = row.get("messages") if isinstance(row, Mapping) else None
    if not isinstance(messages, list) or not all(
        isinstance(turn, Mapping) and turn.get("role") in _ROLES and isinstance(turn.get("content"), str)
        for turn in messages
    ):
        raise InputError(
            f"{place}: no list of `messages`, each with a role of {', '.join(_ROLES)} and a content; fix this row"
        )
    return [message(turn["role"], turn["content"]) for turn in messages]


def _unusable(messages: list[Message]) -> str:
    """Return why a conversation cannot become a row; empty where it can."""
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        return "the conversation does not end with an answer"
    if not messages[-1]["content"].strip():
        return "the last answer is empty"
    return ""


def _digest(messages: list[Message]) -> str:
    return hashlib.sha256(json.dumps(messages).encode()).hexdigest()[:16]
