"""The plan of a build of IEFeedback."""

from __future__ import annotations

import pytest

from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe, load_recipe, plan


def test_a_plan_has_one_unit_of_all_samples_files(tmp_path):
    for name in ("b.jsonl", "a.jsonl", ".hidden.jsonl", "notes.txt"):
        (tmp_path / name).write_text("")
    recipe_file = tmp_path / "recipe.yaml"
    recipe_file.write_text("cap: 5")
    pairs = plan(tmp_path, load_recipe(recipe_file, seed=3), recipe_file)
    (unit,) = pairs.units["train"]
    assert [file.name for file in unit.files] == ["a.jsonl", "b.jsonl"]
    assert unit.entry() == {"file": "a.jsonl, b.jsonl"}
    assert list(pairs.inputs) == ["a.jsonl", "b.jsonl", "recipe.yaml"]
    assert pairs.settings == FeedbackRecipe(seed=3, cap=5).model_dump()
    assert FeedbackRecipe(**pairs.settings) == unit.recipe


def test_folders_without_samples_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no samples file"):
        plan(tmp_path)
    with pytest.raises(InputError, match="needs data_dir") as caught:
        plan(None)
    assert caught.value.parameter == "data_dir"
