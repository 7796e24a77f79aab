"""The accelerate configuration that a recipe folder names."""

from __future__ import annotations

import pytest
import yaml

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.run_settings import Launch, accelerate_file, find_launch


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


@pytest.fixture
def folder(tmp_path):
    """A recipe folder that names one process on the CPU."""
    (tmp_path / "align.yaml").write_text("accelerate: cpu")
    return tmp_path


def test_a_launch_is_the_recipes_or_the_callers(folder):
    (folder / "mine.yaml").write_text("distributed_type: FSDP\nnum_processes: 8")
    cpu, two = (bundled("recipes", "accelerate", f"{name}.yaml") for name in ("cpu", "cpu-2"))
    assert find_launch(folder) == Launch(cpu, 1)
    assert find_launch(folder, "cpu-2") == Launch(two, 2)
    assert find_launch(folder, "cpu-2", 5) == Launch(two, 5)
    assert find_launch(folder, folder / "mine.yaml") == Launch(folder / "mine.yaml", 8)
    assert find_launch(folder, folder / "mine.yaml", 2).command[-4:] == [
        "--config_file",
        str(folder / "mine.yaml"),
        "--num_processes",
        "2",
    ]


@pytest.mark.parametrize(
    ("content", "nproc", "message"),
    [
        (None, None, "no accelerate configuration 'cpu-3'; did you mean 'cpu-2'"),
        ("distributed_type: 'NO'", 2, "has distributed_type NO, with which accelerate starts one process, not 2"),
        ("distributed_type: 'NO'\nnum_processes: 2", None, "has distributed_type NO"),
        ("distributed_type: MULTI_GPU", None, "num_processes is None; give a whole number"),
        ("distributed_type: FSDP\nnum_processes: 16\nnum_machines: 2", None, "is for several machines"),
        ("- 1", None, "has a list"),
    ],
)
def test_a_launch_that_would_be_another_is_refused(folder, monkeypatch, content, nproc, message):
    monkeypatch.chdir(folder)
    if content is not None:
        (folder / "cpu-3").write_text(content)
    with pytest.raises(InputError, match=message):
        find_launch(folder, "cpu-3", nproc)
