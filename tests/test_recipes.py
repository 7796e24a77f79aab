"""Every recipe folder loads: each key belongs to the class that reads its file; documentation names what exists."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from adelie_hf import iefeedback, ieinstruct
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.run_settings import accelerate_file, check_script_settings
from adelie_hf.settings import read_yaml, yaml_files
from adelie_hf.training import parse_arguments

ROOT = Path(__file__).parent.parent
RECIPES = {file.parent.name: file.parent for file in sorted(bundled("recipes").glob("*/sft.yaml"))}
FILES = ("ieinstruct", "sft", "sample", "iefeedback", "dpo", "evaluate", "align")

# The script that reads a file, and the options that it needs besides.
LOOP_SCRIPTS = ("sft", "dpo", "sample", "evaluate")
SCRIPTS = {
    "grpo": ("grpo", "--use_cpu true"),
    "sft": ("sft", "--use_cpu true"),
    "dpo": ("dpo", "--use_cpu true"),
    "sample": ("sample", "--model_name_or_path m --dataset_name d --output_file f"),
    "evaluate": ("sample", "--model_name_or_path m --dataset_name d --output_file f"),
}


def test_the_recipes_are_those_of_the_documentation():
    models = {"llama-2-7b", "llama-3.2-3b", "qwen2.5-1.5b", "qwen3-0.6b", "smollm2-135m"}
    assert set(RECIPES) == models | {"smollm2-demo", "smollm2-mixture", "tiny", "tiny-data"}
    guide = (ROOT / "docs" / "guides" / "train.md").read_text(encoding="utf-8")
    assert all(f"(../recipes/{name}.md)" in guide for name in RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_all_files(name):
    assert {f"{file}.yaml" for file in FILES} | {"README.md"} <= {file.name for file in RECIPES[name].iterdir()}
    assert accelerate_file(RECIPES[name]).is_file()
    ieinstruct.load_recipe(RECIPES[name] / "ieinstruct.yaml")
    iefeedback.load_recipe(RECIPES[name] / "iefeedback.yaml")


# Each recipe has the files of the loop; some have one of a script besides.
GRPO = [(name, "grpo") for name in RECIPES if (RECIPES[name] / "grpo.yaml").is_file()]


@pytest.mark.train
@pytest.mark.parametrize(("name", "file"), [*((name, file) for name in RECIPES for file in LOOP_SCRIPTS), *GRPO])
def test_the_script_of_a_file_takes_every_key(name, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script, needed = SCRIPTS[file]
    module = import_module(f"adelie_hf.recipes.{script}")
    path = RECIPES[name] / f"{file}.yaml"
    instances = parse_arguments(module.ARGUMENTS, ["--config", str(path), *needed.split()])
    for key, value in read_yaml(path).items():
        (parsed,) = (getattr(instance, key) for instance in instances if hasattr(instance, key))
        assert str(getattr(parsed, "value", parsed)) == str(value) or key == "report_to", key


@pytest.mark.train
@pytest.mark.parametrize("name", [name for name in RECIPES if (RECIPES[name] / "model.yaml").is_file()])
def test_the_size_of_a_model_from_scratch_has_keys_of_its_class(name):
    from transformers import LlamaConfig

    values = read_yaml(RECIPES[name] / "model.yaml")
    assert {key: getattr(LlamaConfig(**values), key) for key in values} == values


@pytest.fixture(scope="module")
def check_settings():
    """The check that `align` makes before its first stage, in this process."""
    return import_module("adelie_hf.recipes.check_settings").main


@pytest.mark.train
@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("sft", "learning_rat: 1.0e-4", "sft.yaml: unknown key 'learning_rat'; did you mean 'learning_rate'?"),
        ("sft", "save_strategy: no", "sft.yaml: save_strategy is False, which is not of the type"),
        ("sft", "lr_scheduler_type: cosin", "sft.yaml: cosin is not a valid SchedulerType"),
        ("dpo", "betta: 0.1", "dpo.yaml: unknown key 'betta'; did you mean 'beta'?"),
        ("sample", "temprature: 1.0", "sample.yaml: unknown key 'temprature'; did you mean 'temperature'?"),
        ("evaluate", "n: one", "evaluate.yaml: n is 'one', which is not of the type int"),
        ("model", "hiden_size: 8", "model.yaml: unknown key 'hiden_size'; did you mean 'hidden_size'?"),
        ("model", "hidden_size: wide", "model.yaml: Validation error for field 'hidden_size'"),
    ],
)
def test_a_wrong_line_of_any_file_is_named_before_the_first_stage(check_settings, tmp_path, file, line, message):
    folder = shutil.copytree(RECIPES["tiny"], tmp_path / "mine")
    names = ["sft", "sample", "dpo", "evaluate", "model"]
    check_settings(folder, names)
    with open(folder / f"{file}.yaml", "a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(InputError, match=re.escape(message)):
        check_settings(folder, names)


@pytest.mark.train
def test_the_check_of_a_recipe_is_a_script_whose_error_is_one_line(tmp_path):
    check_script_settings(RECIPES["tiny"], ["sample"])
    (tmp_path / "evaluate.yaml").write_text("temprature: 0")
    with pytest.raises(InputError, match=r"^/[^:]*evaluate.yaml: unknown key 'temprature'; did you mean '\w+'\?$"):
        check_script_settings(tmp_path, ["evaluate"])


def test_no_file_repeats_another_one():
    """A file that says the same as another one extends it instead."""
    seen: dict[str, Path] = {}
    for file in sorted(file for folder in RECIPES.values() for file in folder.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if content.keys() == {"extends"}:
            continue
        other = seen.setdefault(f"{file.name} {content}", file)
        assert other == file, f"{file} repeats {other}"


def test_a_copied_recipe_still_finds_what_it_extends(tmp_path):
    file = tmp_path / "sft.yaml"
    file.write_text((RECIPES["qwen2.5-1.5b"] / "sft.yaml").read_text(encoding="utf-8"))
    assert read_yaml(file) == read_yaml(RECIPES["qwen2.5-1.5b"] / "sft.yaml")
    assert [path.parent.name for path in yaml_files(file)[1:]] == ["llama-2-7b"]


def named_in_documentation() -> Iterator[tuple[str, str]]:
    """Yield (place, name) for every file of `recipes/` and every recipe that a command names."""
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("recipes/**/*.*")]
    for file in files:
        if file.suffix in (".md", ".py", ".yaml"):
            text = file.read_text(encoding="utf-8")
            for match in re.finditer(r"\brecipes/([\w.-]+/)?[\w-]+\.(py|yaml)\b", text):
                yield str(file.relative_to(ROOT)), match[0]
            for match in re.finditer(r"adelie-hf align [^\n]*--recipe ([\w.-]+)[ \n]", text):
                yield str(file.relative_to(ROOT)), f"recipes/{match[1]}/sft.yaml"


def test_the_documentation_names_recipes_that_exist():
    names = list(named_in_documentation())
    assert len(names) > 20
    missing = [place for place in names if not (ROOT / place[1]).is_file() and "NAME" not in place[1]]
    assert not missing


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.yaml": "extends: none.yaml"}, "a.yaml: extends 'none.yaml', which is neither"),
        ({"a.yaml": "extends: [b.yaml]"}, r"a.yaml: extends \['b.yaml'\], which is neither"),
        ({"a.yaml": "extends: b.yaml", "b.yaml": "extends: a.yaml"}, "a.yaml: extends itself"),
        ({"a.yaml": "extends: b.yaml", "b.yaml": "- 1"}, "b.yaml: has a list"),
    ],
)
def test_a_file_that_cannot_be_extended_is_named(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_yaml(tmp_path / "a.yaml")
