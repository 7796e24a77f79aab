"""IEInstruct: records become chat rows (paper, section 3).

`plan` says which parts a data set has, split by split; `rows` makes the rows of one part. A part is
one task of one split, and knows all that its rows depend on: parts can be made anywhere, in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.category_batches import category_batches
from adelie_hf.ieinstruct.choose import choose_queries
from adelie_hf.ieinstruct.extras import load_extras
from adelie_hf.ieinstruct.general import General, general_part, general_rows
from adelie_hf.ieinstruct.length import within_length
from adelie_hf.ieinstruct.recipe import Recipe, find_recipe_file, load_recipe, recipe_settings
from adelie_hf.ieinstruct.row import augmented_row, iepile_row, plain_row
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.sources import Discovered, find_sources, get_source

__all__ = [
    "SAMPLE",
    "BuildUnit",
    "General",
    "Recipe",
    "find_recipe_file",
    "inputs",
    "load_recipe",
    "plan",
    "recipe_settings",
    "rows",
]

# Counted where a source has not enough other documents to demonstrate from.
FEWER = "with fewer demonstrations than drawn"

# The embedded sample corpus, in the native formats of nine sources.
SAMPLE = Path(str(files("adelie_hf"))) / "sample" / "data"


def plan(
    config: str = "sample",
    data_dir: str | Path | None = None,
    recipe: Recipe | None = None,
    names: tuple[str, ...] = (),
) -> dict[str, list[BuildUnit]]:
    """The parts of a data set, by split.

    Args:
        config: `sample` (the embedded corpus: train and test); `mixture` (the training splits of all training
            sources below `data_dir`, and the recipe's general data); `align` (for every source below `data_dir` a
            training and a held-out part: train and test); or a source's name (its published splits, whole).
        data_dir: the folder with the raw files; none for the sample.
        recipe: how rows are made; the default recipe where it is not given.
        names: for `mixture` and `align`, only these sources.

    Raises:
        InputError: for a missing folder or files, or an unknown configuration.
    """
    recipe = recipe or Recipe()
    if config == "sample":
        if data_dir is not None:
            raise InputError("the sample reads no data_dir; name `mixture` or a source instead")
        sample = plan("align", SAMPLE, recipe, names)
        return {split: [replace(part, prefix="sample-") for part in parts] for split, parts in sample.items()}
    if data_dir is None:
        raise InputError(f"the configuration {config!r} needs data_dir, the folder that holds the raw files")
    if config == "align":
        both = [_sides(found, recipe) for found in find_sources(data_dir, names).values()]
        return {"train": [p for train, _ in both for p in train], "test": [p for _, test in both for p in test]}
    if config == "mixture":
        of_training = [found for found in find_sources(data_dir, names).values() if found.source.role == "training"]
        parts = [
            BuildUnit(task, found.splits["train"], recipe, "train")
            for found in of_training
            if "train" in found.splits
            for task in found.source.tasks
        ]
        if not parts:
            raise InputError(f"{data_dir}: no training split of a training source{_of_others(data_dir, names)}")
        return {"train": [*parts, *([general_part(recipe, tuple(parts))] if recipe.general else [])]}
    found = find_sources(data_dir, (get_source(config).name,))[config]
    return {
        name: [BuildUnit(task, split, recipe) for task in found.source.tasks] for name, split in found.splits.items()
    }


def inputs(parts: Mapping[str, Iterable[BuildUnit]], recipe: Recipe, path: str | Path | None = None) -> list[Path]:
    """Every file that the rows of parts depend on: raw files, what is read beside them, the recipe and what it names.

    Args:
        path: the recipe's file, or its name, where it has one.
    """
    splits = {part.split for of_split in parts.values() for part in of_split}
    files = {file for split in splits for file in (*split.files, *split.companions)}
    own = find_recipe_file(path)
    return sorted({*files, *recipe.files, *([own] if own else [])})


def _of_others(data_dir: str | Path, names: tuple[str, ...]) -> str:
    """What a folder without a training source holds instead, and the mend."""
    own = [name for name, found in find_sources(data_dir, names).items() if found.source.role == "own"]
    return f"; build your own data by its format: {', '.join(own)}" if own else "; see `adelie-hf sources list`"


def _sides(found: Discovered, recipe: Recipe) -> tuple[list[BuildUnit], list[BuildUnit]]:
    """A source's training and held-out parts.

    Held out is the test split, or else the validation split. A source without a training split is cut
    by document instead: its validation split where it has one, so that the test split stays untouched.
    """
    last = "test" if "test" in found.splits else "validation"
    own = "train" not in found.splits or last not in found.splits
    once = next(split for split in ("train", "validation", "test") if split in found.splits)
    train, held_out = (found.splits[name] for name in ((once, once) if own else ("train", last)))
    return (
        [BuildUnit(task, train, recipe, "train", own) for task in found.source.tasks],
        [BuildUnit(task, held_out, recipe, "held-out", own) for task in found.source.tasks],
    )


def rows(part: BuildUnit, counts: Counter[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a part, in the order of its files.

    Args:
        counts: counts queries as `read` and `dropped: <reason>`, records as `dropped: <reason>`, rows as `kept`, and
            those of them that have fewer demonstrations than were drawn for them.

    Raises:
        InputError: for a file that cannot be read.
    """
    counts = Counter() if counts is None else counts
    made = general_rows(part, counts) if isinstance(part, General) else _made(part, counts)
    if part.recipe.tokenizer:
        made = within_length(made, part.recipe.tokenizer, part.recipe.max_tokens, counts)
    yield from made


def _has_fewer(choices: dict[str, Any]) -> bool:
    return len(choices.get("demonstrations", ())) < choices.get("demonstrations_drawn", 0)


def _made(part: BuildUnit, counts: Counter[str]) -> Iterator[dict[str, Any]]:
    extras = load_extras(part.recipe)
    queries, pool = choose_queries(part, counts)
    for query in queries:
        if part.recipe.iepile:
            made = [iepile_row(batch, part) for batch in category_batches(query, part.recipe, extras.hard_negatives)]
        else:
            made = [augmented_row(query, part, pool, extras) if part.augmented else plain_row(query, part)]
        counts["kept"] += len(made)
        if any(_has_fewer(row["choices"]) for row in made):
            counts[FEWER] += 1
        yield from made
