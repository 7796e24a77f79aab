"""Recipes: every bad key or value is one clear line."""

from __future__ import annotations

import pytest

from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.iefeedback import load_recipe as load_feedback_recipe
from adelie_hf.ieinstruct import Recipe, load_recipe
from adelie_hf.settings import read_yaml


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
        ("sead: 1", "unknown key 'sead'; did you mean 'seed'?; the keys are seed, cap"),
        ("json: 1.5", "json is 1.5: input should be less than or equal to 1"),
        ("json: .nan", "json is nan: input should be"),
        ("cap: -1", "cap is -1: input should be greater than or equal to 1"),
        ("cap: true", "cap is True: input should be a valid integer"),
        ("cap: many", "cap is 'many': input should be a valid integer"),
        ("cap: null", "cap is None: input should be a valid integer"),
        ("- a", "has a list where `key: value` lines are expected"),
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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cap": -3}, "cap is -3: input should be greater than or equal to 1"),
        ({"no_answer": 7.5}, "no_answer is 7.5: input should be less than or equal to 1"),
        ({"json": "x"}, "json is 'x': input should be a valid number"),
        ({"capp": 3}, "unknown key 'capp'; did you mean 'cap'"),
    ],
)
def test_a_recipe_made_in_python_is_checked_as_a_file_is(values, message):
    with pytest.raises(InputError) as error:
        Recipe(**values)
    assert message in str(error.value)


def test_every_key_is_described():
    for recipe in (Recipe, FeedbackRecipe):
        assert all(field.description for field in recipe.model_fields.values())


def test_half_a_surrogate_pair_is_no_text(tmp_path):
    (tmp_path / "a.yaml").write_text('name: "\\ud800"\n')
    with pytest.raises(InputError, match=r"a\.yaml: contains an unpaired surrogate"):
        read_yaml(tmp_path / "a.yaml")
