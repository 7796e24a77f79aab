"""The plan of a build of IEFeedback."""

from __future__ import annotations

from pathlib import Path

from adelie_hf.build import BuildPlan, name_files
from adelie_hf.errors import InputError
from adelie_hf.iefeedback.feedback_rows import FEATURES, make_rows
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.settings import find_recipe_file, yaml_files


def plan(
    data_dir: str | Path | None, recipe: FeedbackRecipe | None = None, recipe_file: str | Path | None = None
) -> BuildPlan[FeedbackUnit]:
    """Plan a build of IEFeedback: one unit, of all samples files in a folder.

    Args:
        data_dir: the folder with the samples files (`*.jsonl`).
        recipe: how pairs are chosen; the default recipe where it is not given.
        recipe_file: the recipe's file or its name, where it has one; it becomes an input of the build.

    Raises:
        InputError: without a folder, and for a folder without a samples file.
    """
    if data_dir is None:
        raise InputError(
            "IEFeedback needs data_dir, a folder with samples files; recipes/sample.py writes them",
            parameter="data_dir",
        )
    files = sorted(Path(data_dir).glob("[!.]*.jsonl"))
    if not files:
        raise InputError(f"{data_dir}: no samples file (*.jsonl) in this folder; write one with recipes/sample.py")
    recipe = recipe or FeedbackRecipe()
    found = find_recipe_file(recipe_file, "iefeedback")
    inputs = name_files([*files, *(yaml_files(found) if found else ())], Path(data_dir))
    units = {"train": [FeedbackUnit(tuple(files), recipe)]}
    return BuildPlan("iefeedback", FEATURES[recipe.shape], units, make_rows, inputs, recipe.model_dump())
