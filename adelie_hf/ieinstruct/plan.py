"""The plan of a build of IEInstruct: which units each split has, and which files they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from adelie_hf.build import BuildPlan, name_files
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.general import general_unit
from adelie_hf.ieinstruct.held_out import HeldOutPart
from adelie_hf.ieinstruct.recipe import Recipe, recipe_settings
from adelie_hf.ieinstruct.unit_rows import make_rows
from adelie_hf.ieinstruct.units import BuildUnit, GeneralUnit
from adelie_hf.rows import instruct_features
from adelie_hf.settings import find_recipe_file, yaml_files
from adelie_hf.sources import Discovered, Split, find_sources
from adelie_hf.sources.discovery import said_splits, search, skipped_lines
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice

# The embedded sample corpus, in the native formats of nine sources.
SAMPLE = Path(str(files("adelie_hf"))) / "sample" / "data"

Units = dict[str, list[BuildUnit]]


def plan(
    config: str = "sample",
    data_dir: str | Path | None = None,
    recipe: Recipe | None = None,
    sources: tuple[str, ...] = (),
    recipe_file: str | Path | None = None,
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> BuildPlan[BuildUnit]:
    """Plan a build of IEInstruct.

    Args:
        config: `sample` (the embedded corpus: train and test); `mixture` (the training splits of all training
            sources and of all own data below `data_dir`, and the recipe's general data); `align` (for every source
            below `data_dir` a training and a held-out part: train and test; the recipe's general data are in train);
            `benchmark` (as `align`, but a published test split is held out complete, also where it is all there is);
            or the name of a source, of a set of own data or of a format (its splits, complete). All but the last have
            a split `feedback` where the recipe keeps a share.
        data_dir: the folder with the raw files; none for the sample.
        recipe: how rows are made; the default recipe where it is not given.
        sources: for `mixture`, `align` and `benchmark`, only these sources.
        recipe_file: the recipe's file or name, where it has one; it becomes an input of the build.
        splits: of own data, file or folder below `data_dir` -> split, where names do not tell it.
        columns: of own tagged tokens, what the columns have, where it is not found out.

    Raises:
        InputError: for a missing folder or files, or an unknown configuration.

    >>> list(plan("sample").units)
    ['train', 'test']
    """
    recipe = recipe or Recipe()
    _check_caps(recipe, data_dir, splits, columns)
    units = plan_units(config, data_dir, recipe, sources, splits, columns)
    root = SAMPLE if data_dir is None else Path(data_dir)
    inputs = name_files(_inputs(units, recipe, find_recipe_file(recipe_file, "ieinstruct")), root)
    said = {file.relative_to(root).as_posix(): split for file, split in said_splits(root, splits or {}).items()}
    settings = recipe_settings(recipe)
    return BuildPlan(
        "ieinstruct", instruct_features, units, make_rows, inputs, settings, dict(sorted(said.items())), f"{columns}"
    )


def hold_out_more(build: BuildPlan[BuildUnit], units: Iterable[BuildUnit], root: Path) -> BuildPlan[BuildUnit]:
    """Return a build whose training rows are not about the texts of other held-out units either.

    Args:
        build: a plan with the configuration `align`.
        units: held-out units, such as those of a benchmark.
        root: the folder with the raw files.
    """
    parts = tuple(dict.fromkeys(map(_held_out_part, units)))
    more = {
        split: [unit if unit.partition == "held_out" else _without_texts(unit, parts) for unit in units_of_split]
        for split, units_of_split in build.units.items()
    }
    files = sorted(_raw_files(part.split for part in parts))
    return replace(build, units=more, inputs={**build.inputs, **name_files(files, root)})


def _without_texts(unit: BuildUnit, parts: tuple[HeldOutPart, ...]) -> BuildUnit:
    held_out = (*unit.held_out, *parts)
    if isinstance(unit, GeneralUnit):
        return replace(unit, held_out=held_out, others=tuple(_without_texts(other, parts) for other in unit.others))
    return replace(unit, held_out=held_out)


def _check_caps(
    recipe: Recipe, data_dir: str | Path | None, splits: Mapping[str, str] | None, columns: ColumnChoice
) -> None:
    """Raise InputError for a name in the recipe's caps that is neither that of a source nor of a set of own data."""
    try:
        recipe.check_caps({})
    except ValueError as error:
        found = {} if data_dir is None else search(data_dir, splits=splits, columns=columns).discovered
        try:
            recipe.check_caps({name: source.source.tasks for name, source in found.items()})
        except ValueError:
            raise InputError(f"{error}") from None


def plan_units(
    config: str,
    data_dir: str | Path | None,
    recipe: Recipe,
    sources: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> Units:
    """Return the units of a build by split; arguments and errors are those of `plan`."""
    if config == "sample":
        if data_dir is not None or splits or any(columns):
            raise InputError("the sample reads no data_dir; name `mixture` or a source instead")
        sample = plan_units("align", SAMPLE, recipe, sources)
        return {
            split: [unit if isinstance(unit, GeneralUnit) else replace(unit, prefix="sample-") for unit in units]
            for split, units in sample.items()
        }
    if data_dir is None:
        raise InputError(
            f"the configuration {config!r} needs data_dir, the folder that has the raw files", parameter="data_dir"
        )
    if config in ("align", "benchmark"):
        cut = _partitions if config == "align" else _benchmark_partitions
        partitions = [
            cut(discovered, recipe) for discovered in find_sources(data_dir, sources, splits, columns).values()
        ]
        held_out_units = [unit for _, held_out in partitions for unit in held_out]
        parts = tuple(dict.fromkeys(map(_held_out_part, held_out_units)))
        training_units = [replace(unit, held_out=parts) for train, _ in partitions for unit in train]
        return _training_splits(training_units, recipe) | {"test": held_out_units}
    if config == "mixture":
        return _training_splits(_mixture(data_dir, recipe, sources, splits, columns), recipe)
    units: Units = {}
    for discovered in find_sources(data_dir, (config,), splits, columns).values():
        for name, split in discovered.splits.items():
            units.setdefault(name, []).extend(BuildUnit(task, split, recipe) for task in discovered.source.tasks)
    return units


def _mixture(
    data_dir: str | Path,
    recipe: Recipe,
    sources: tuple[str, ...],
    splits: Mapping[str, str] | None,
    columns: ColumnChoice,
) -> list[BuildUnit]:
    discovered = find_sources(data_dir, sources, splits, columns)
    tests = [source.splits["test"] for source in discovered.values() if "test" in source.splits]
    held_out = tuple(HeldOutPart(test, 1.0, recipe.seed, recipe.cut) for test in tests)
    units = [
        BuildUnit(task, source.splits["train"], recipe, "train", in_mixture=True, held_out=held_out)
        for source in discovered.values()
        if source.source.role in ("training", "own") and "train" in source.splits
        for task in source.source.tasks
    ]
    if not units:
        found = "; ".join(f"{name} has {', '.join(source.splits)}" for name, source in discovered.items())
        skipped = "".join(f"; {line}" for source in discovered.values() for line in skipped_lines(source))
        raise InputError(
            f"{data_dir}: no training split of a training source or of your own data; {found}{skipped}; "
            "see `adelie-hf sources list`"
        )
    return units


def _held_out_part(unit: BuildUnit) -> HeldOutPart:
    """Return the part of its source that a held-out unit asks about."""
    return HeldOutPart(unit.split, unit.recipe.own_split if unit.own_split else 1.0, unit.recipe.seed, unit.recipe.cut)


def _training_splits(units: list[BuildUnit], recipe: Recipe) -> Units:
    """Return the split `train`, with the recipe's general data, and `feedback` where the recipe keeps a share."""
    splits = {"train": [*units, general_unit(recipe, tuple(units))] if recipe.general else units}
    if recipe.feedback_share:
        splits["feedback"] = [replace(unit, partition="feedback") for unit in units]
    return splits


def _partitions(discovered: Discovered, recipe: Recipe) -> tuple[list[BuildUnit], list[BuildUnit]]:
    """Return a source's training and held-out units.

    Held out is the test split, or else the validation split. A source without a training split is cut by document
    instead: its validation split where it has one, so that the test split stays untouched.
    """
    splits = discovered.splits
    published = "test" if "test" in splits else "validation"
    own_split = "train" not in splits or published not in splits
    cut = next(name for name in ("train", "validation", "test") if name in splits)
    train, held_out = (splits[name] for name in ((cut, cut) if own_split else ("train", published)))
    tasks = discovered.source.tasks
    training = [BuildUnit(task, train, recipe, "train", own_split) for task in tasks]
    shots = recipe.held_out_demonstrations
    return training, [
        BuildUnit(unit.task, held_out, recipe, "held_out", own_split, demonstrated_by=(unit,) if shots else ())
        for unit in training
    ]


def _benchmark_partitions(discovered: Discovered, recipe: Recipe) -> tuple[list[BuildUnit], list[BuildUnit]]:
    """Return a source's training units, none where it has no training split, and its held-out units.

    Demonstrations are of the training split, or else of the validation split, or else of other documents of the split
    that is held out.
    """
    splits = discovered.splits
    published = next((name for name in ("test", "validation") if name in splits), None)
    if published is None:
        return _partitions(discovered, recipe)
    tasks = discovered.source.tasks
    training = [BuildUnit(task, splits["train"], recipe, "train") for task in tasks] if "train" in splits else []
    shown = dict.fromkeys(name for name in ("train", "validation", published) if name in splits)
    return training, [
        BuildUnit(
            task,
            splits[published],
            recipe,
            "held_out",
            demonstrated_by=tuple(
                BuildUnit(task, splits[name], recipe, "train") for name in shown if recipe.held_out_demonstrations
            ),
        )
        for task in tasks
    ]


def _inputs(units: Mapping[str, Iterable[BuildUnit]], recipe: Recipe, recipe_file: Path | None) -> list[Path]:
    """Return every file that rows depend on: raw files and their companions, the recipe, and the files it names."""
    all_units = [unit for split_units in units.values() for unit in split_units]
    all_units += [shown for unit in all_units for shown in unit.demonstrated_by]
    splits = {unit.split for unit in all_units} | {part.split for unit in all_units for part in unit.held_out}
    return sorted({*_raw_files(splits), *recipe.files, *(yaml_files(recipe_file) if recipe_file else ())})


def _raw_files(splits: Iterable[Split]) -> set[Path]:
    return {file for split in splits for file in (*split.files, *split.companions)}
