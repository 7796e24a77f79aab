"""The accelerate configuration that a recipe folder names."""

from __future__ import annotations

import pytest
import yaml

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.run_settings import accelerate_file


@pytest.mark.parametrize("name", ["tiny", "tiny-data", "llama-2-7b"])
def test_the_recipes_of_the_library_name_one(name):
    file = accelerate_file(bundled("recipes", name))
    assert file.parent.name == "accelerate" and yaml.safe_load(file.read_text())["num_processes"] >= 1


def test_the_default_is_one_gpu(tmp_path):
    (tmp_path / "align.yaml").write_text("")
    assert accelerate_file(tmp_path) == bundled("recipes", "accelerate", "gpu.yaml")


def test_a_recipe_may_have_a_configuration_of_its_own(tmp_path):
    (tmp_path / "align.yaml").write_text("accelerate: cluster.yaml")
    (tmp_path / "cluster.yaml").write_text("num_processes: 4")
    assert accelerate_file(tmp_path) == tmp_path / "cluster.yaml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "accelerate: gpu-9",
            "align.yaml: no accelerate configuration 'gpu-9'; "
            "give one of cpu, cpu-2, ddp-8, fsdp-2x8, fsdp-8, gpu, zero2-8, zero3-8, or a YAML file",
        ),
        ("accelerate: 2", "align.yaml: accelerate is 2"),
        ("accelerator: gpu", "unknown key 'accelerator'; did you mean 'accelerate'"),
    ],
)
def test_unusable_settings_are_named(tmp_path, content, message):
    (tmp_path / "align.yaml").write_text(content)
    with pytest.raises(InputError, match=message):
        accelerate_file(tmp_path)
