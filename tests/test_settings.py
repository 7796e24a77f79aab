"""Recipes: every bad key or value is one clear line."""

from __future__ import annotations

import pytest

from adelie_hf.errors import InputError
from adelie_hf.iefeedback import load_recipe as load_feedback_recipe
from adelie_hf.ieinstruct import Recipe, load_recipe


def write(tmp_path, text: str, encoding: str = "utf-8"):
    file = tmp_path / "recipe.yaml"
    file.write_bytes(text.encode(encoding))
    return file


def test_defaults_and_overrides(tmp_path):
    assert load_recipe() == Recipe()
    file = write(tmp_path, "seed: 7\ncap: 10\nheld_out_cap: null\njson: 1\n")
    assert load_recipe(file) == Recipe(seed=7, cap=10, json=1)
    assert load_recipe(file, seed=9).seed == 9
    assert load_recipe(write(tmp_path, "")) == Recipe()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sead: 1", "unknown key 'sead'; the keys are seed, cap"),
        ("json: 1.5", "json is 1.5 where a share between 0 and 1 is expected"),
        ("json: .nan", "json is nan where a share"),
        ("cap: -1", "cap is -1 where a whole number from 0 is expected"),
        ("cap: true", "cap is True where a whole number"),
        ("cap: many", "cap is 'many' where a whole number"),
        ("cap: null", "cap is None where a whole number"),
        ("- a", "holds a list where `key: value` lines are expected"),
        ("a: [", "not valid YAML"),
    ],
)
def test_bad_recipes(tmp_path, text, message):
    file = write(tmp_path, text)
    with pytest.raises(InputError) as error:
        load_recipe(file)
    assert str(file) in str(error.value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_recipe_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(InputError, match=r"none.yaml: cannot be read"):
        load_recipe(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="not valid YAML"):
        load_recipe(write(tmp_path, "seed: é", "latin-1"))


def test_the_feedback_recipe_is_read_the_same_way(tmp_path):
    assert load_feedback_recipe(write(tmp_path, "gap: 0.2"), seed=3).gap == 0.2
    with pytest.raises(InputError, match="unknown key 'gab'"):
        load_feedback_recipe(write(tmp_path, "gab: 0.2"))
