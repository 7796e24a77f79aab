"""General chat data beside IEInstruct, so that the model keeps its other skills (paper, sections 3.1 and 6.1).

The paper mixes in Tulu 2 (`allenai/tulu-v2-sft-mixture`). A conversation becomes one row: its last assistant
turn is the completion and all before it the prompt. TRL trains on the completion, so earlier assistant turns
are read and not trained on.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adelie_hf.draws import SmallestK, draw
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.choose import survey
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.sources import Split
from adelie_hf.tasks import GENERAL
from adelie_hf.text_files import read_json_lines

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class General(BuildUnit):
    """The general part of a mixture: as many rows as give the other parts, `others`, the recipe's share."""

    others: tuple[BuildUnit, ...] = ()

    def wanted(self) -> int:
        """How many rows: those of the other parts are counted as they are chosen, before the length filter."""
        surveys = (survey(part, Counter()) for part in self.others)
        rows = sum(len(each.chosen) for each in surveys if each and each.chosen is not None)
        return round(rows * (1 - self.recipe.ie_share) / self.recipe.ie_share)


def general_part(recipe: Recipe, others: tuple[BuildUnit, ...]) -> General:
    """The part of a recipe's general data."""
    file = Path(str(recipe.general))
    source = file.name if file.exists() else str(file)
    split = Split(source, layout="", name="train", files=(file,) if file.is_file() else ())
    return General(GENERAL, split, recipe, others=others)


def general_rows(part: General, counts: Counter[str]) -> Iterator[dict[str, Any]]:
    """The conversations with the lowest lots, in the order of the data. Raises InputError for what is no chat data."""
    recipe, name = part.recipe, str(part.recipe.general)
    wanted = part.wanted()
    lowest = SmallestK[int](wanted)
    for at, (_, messages) in enumerate(_conversations(name)):
        counts["read"] += 1
        if reason := _unusable(messages):
            counts[f"dropped: {reason}"] += 1
        else:
            lowest.add(draw(recipe.seed, _identity(messages), "general"), "", at)
    chosen = {at for *_, at in lowest.entries()}
    counts["dropped: more than the share of general data"] += (
        counts["read"] - len(chosen) - sum(number for reason, number in counts.items() if reason.startswith("dropped"))
    )
    if len(chosen) < wanted:
        counts["missing for the share of general data"] = wanted - len(chosen)
    for at, (_, messages) in enumerate(_conversations(name)):
        if at in chosen:
            counts["kept"] += 1
            yield {
                "id": f"general/{_identity(messages)}",
                "source": part.split.source,
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


def _conversations(name: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The place and the messages of each conversation."""
    if Path(name).is_file():
        for number, row in read_json_lines(Path(name)):
            yield f"{name}:{number}", _messages(row, f"{name}:{number}")
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
        yield f"{name}, row {number}", _messages(row, f"{name}, row {number}")


def _messages(row: Any, place: str) -> list[dict[str, str]]:
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or not all(
        isinstance(turn, dict) and turn.get("role") in _ROLES and isinstance(turn.get("content"), str)
        for turn in messages
    ):
        raise InputError(
            f"{place}: no list of `messages`, each with a role of {', '.join(_ROLES)} and a content; mend it"
        )
    return [{"role": turn["role"], "content": turn["content"]} for turn in messages]


def _unusable(messages: list[dict[str, str]]) -> str:
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        return "the conversation does not end with an answer"
    if not messages[-1]["content"].strip():
        return "the last answer is empty"
    return ""


def _identity(messages: list[dict[str, str]]) -> str:
    return hashlib.sha256(json.dumps(messages).encode()).hexdigest()[:16]
