"""IEInstruct: records become chat rows (paper, section 3).

`plan` says which parts a data set has, split by split; `rows` makes the rows of one part. A part is
one task of one split, and knows all that its rows depend on: parts can be made anywhere, in any order.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.lots import lot, pick, shuffled
from adelie_hf.ieinstruct.recipe import Recipe, load_recipe
from adelie_hf.prompts import FORMATS, descriptions, request, write
from adelie_hf.records import Query, Record, queries
from adelie_hf.sources import Found, Split, find, read, source

__all__ = ["SAMPLE", "Part", "Recipe", "inputs", "load_recipe", "plan", "rows"]

# The embedded sample corpus, in the native formats of nine sources.
SAMPLE = Path(str(files("adelie_hf"))) / "sample" / "data"


@dataclass(frozen=True, slots=True)
class Part:
    """One task of one split of a source, and how its rows are made.

    `side` is `train` or `held-out` where the recipe's filters apply, and empty where a split is taken
    as published. `own_split` says that the side is cut out of the split by document.
    """

    task: str
    split: Split
    recipe: Recipe
    side: str = ""
    own_split: bool = False
    prefix: str = ""

    def described(self) -> dict[str, str]:
        """What a manifest says of it."""
        files = self.split.files
        file = files[0].name if len(files) == 1 else f"{len(files)} files"
        said = {"source": f"{self.prefix}{self.split.source}", "task": self.task, "side": self.side, "file": file}
        return {name: value for name, value in said.items() if value}


def plan(
    config: str = "sample",
    data_dir: str | Path | None = None,
    recipe: Recipe | None = None,
    names: tuple[str, ...] = (),
) -> dict[str, list[Part]]:
    """The parts of a data set, by split.

    Args:
        config: `sample` (the embedded corpus: train and test); `mixture` (the training splits of all training
            sources below `data_dir`); `align` (for every source below `data_dir` a training and a held-out part:
            train and test); or a source's name (its published splits, whole).
        data_dir: the folder with the raw files; none for the sample.
        recipe: how rows are made; the default recipe where it is not given.
        names: for `mixture` and `align`, only these sources.

    Raises:
        InputError: for a missing folder or files, or an unknown configuration.
    """
    recipe = recipe or Recipe()
    if config == "sample":
        sample = plan("align", SAMPLE, recipe, names)
        return {split: [replace(part, prefix="sample-") for part in parts] for split, parts in sample.items()}
    if data_dir is None:
        raise InputError(f"the configuration {config!r} needs data_dir, the folder that holds the raw files")
    if config == "align":
        both = [_sides(found, recipe) for found in find(data_dir, names).values()]
        return {"train": [p for train, _ in both for p in train], "test": [p for _, test in both for p in test]}
    if config == "mixture":
        of_training = [found for found in find(data_dir, names).values() if found.source.role == "training"]
        parts = [part for found in of_training if "train" in found.splits for part in _sides(found, recipe)[0]]
        if not parts:
            raise InputError(f"{data_dir}: no training split of a training source; see `adelie-hf sources list`")
        return {"train": parts}
    found = find(data_dir, (source(config).name,))[config]
    return {name: [Part(task, split, recipe) for task in found.source.tasks] for name, split in found.splits.items()}


def inputs(
    config: str,
    data_dir: str | Path | None,
    recipe: str | Path | None = None,
    names: tuple[str, ...] = (),
) -> list[Path]:
    """Every file that the rows of a configuration depend on: raw files, what is read beside them, and the recipe."""
    splits = {part.split for parts in plan(config, data_dir, names=names).values() for part in parts}
    files = {file for split in splits for file in (*split.files, *split.beside)}
    recipes = {Path(recipe)} if recipe is not None else set()
    return sorted(files | recipes)


def _sides(found: Found, recipe: Recipe) -> tuple[list[Part], list[Part]]:
    """A source's training and held-out parts.

    Held out is the test split, or else the validation split. A source without a training split is cut
    by document instead: its validation split where it has one, so that the test split stays untouched.
    """
    last = "test" if "test" in found.splits else "validation"
    own = "train" not in found.splits or last not in found.splits
    once = next(split for split in ("train", "validation", "test") if split in found.splits)
    train, held_out = (found.splits[name] for name in ((once, once) if own else ("train", last)))
    return (
        [Part(task, train, recipe, "train", own) for task in found.source.tasks],
        [Part(task, held_out, recipe, "held-out", own) for task in found.source.tasks],
    )


def rows(part: Part, counts: Counter[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a part, in the order of its files.

    Args:
        counts: counts queries as `read`, `kept` and `dropped: <reason>`, and records as `dropped: <reason>`.

    Raises:
        InputError: for a file that cannot be read.
    """
    counts = Counter() if counts is None else counts
    cap = {"train": part.recipe.cap, "held-out": part.recipe.held_out_cap}.get(part.side)
    chosen = _eligible(part, counts)
    for query in chosen if cap is None else _lowest(chosen, cap, part.recipe.seed, counts):
        counts["kept"] += 1
        yield _row(query, part)


def _eligible(part: Part, counts: Counter[str]) -> Iterator[Query]:
    seed = part.recipe.seed
    for record in read(part.split):
        if not isinstance(record, Record):
            counts[f"dropped: {record.reason}"] += 1
            continue
        if part.own_split:
            held_out = lot(seed, f"{record.source}/{record.group}", "own split") < part.recipe.own_split
            if held_out != (part.side == "held-out"):
                continue
        if part.task not in record.schemas:  # a record may serve only some of its source's tasks
            continue
        for query in queries(record, part.task):
            counts["read"] += 1
            if part.side == "train" and not query.answer and lot(seed, query.id, "no answer") >= part.recipe.no_answer:
                counts["dropped: no answer"] += 1
            else:
                yield query


def _lowest(eligible: Iterator[Query], cap: int, seed: int, counts: Counter[str]) -> list[Query]:
    """The `cap` queries with the lowest lots, in the order of the file."""
    kept: list[tuple[float, int, Query]] = []  # a heap of the highest lots first
    for at, query in enumerate(eligible):
        heapq.heappush(kept, (-lot(seed, query.id, "cap"), -at, query))
        if len(kept) > cap:
            heapq.heappop(kept)
            counts["dropped: over the cap"] += 1
    return [query for _, _, query in sorted(kept, key=lambda entry: -entry[1])]


def _row(query: Query, part: Part) -> dict[str, Any]:
    """One chat row. Held-out rows ask for the text format, as the paper's evaluation does (appendix C.1)."""
    seed = part.recipe.seed
    wording = descriptions(query.task)
    number = pick(range(len(wording)), seed, query.id, "description") if wording else None
    description = "" if number is None else wording[number]
    as_json = part.side != "held-out" and lot(seed, query.id, "format") < part.recipe.json
    format = FORMATS[as_json]
    schema = tuple(shuffled(query.schema, seed, query.id, "schema"))
    return {
        "id": f"{part.prefix}{query.id}",
        "source": f"{part.prefix}{query.source}",
        "task": query.task,
        "prompt": [{"role": "user", "content": request(query, description, format, schema)}],
        "completion": [{"role": "assistant", "content": write(query.answer, query.task, format)}],
        "format": format,
        "schema": [{"name": label.name, "roles": list(label.roles)} for label in schema],
        "text": query.text,
        "label_map": {label.name: label.raw or label.name for label in schema},
        "answer": [list(item) for item in query.answer],
        "choices": {"seed": seed, "description": number, "format": format, "own_split": part.own_split},
    }
