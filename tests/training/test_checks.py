"""What would stop a training late is found before its first step."""

from __future__ import annotations

import json
import logging
import shutil
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from adelie_hf.errors import InputError
from adelie_hf.training import checks
from adelie_hf.training.checks import bytes_to_write, check_reporters
from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train


@pytest.fixture
def sft(run_script, model, instruct_build, tmp_path):
    """A function that runs a few steps of SFT and returns its output folder."""

    def run(**options):
        out = tmp_path / "sft"
        options = FEW_STEPS | options
        run_script("sft", model_name_or_path=model, dataset_name=instruct_build, output_dir=out, **options)
        return out

    return run


def test_a_full_disk_is_found_before_the_first_step(sft, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(InputError, match=r"sft: checkpoints and model need about .* GiB, but 0.0 GiB are free"):
        sft()
    assert not list(tmp_path.glob("sft/checkpoint-*")) and "step 1 of" not in caplog.text


@pytest.mark.parametrize("options", [{}, LORA], ids=["all weights", "an adapter"])
def test_what_training_writes_is_what_was_expected(sft, monkeypatch, options):
    expected = []

    def remember(*args):
        expected.append(bytes_to_write(*args))
        return expected[-1]

    monkeypatch.setattr(checks, "bytes_to_write", remember)
    # The adapter is as large as possible beside the settings of a checkpoint.
    options = options | ({"lora_r": 512} if options else {})
    out = sft(max_steps=3, save_steps=1, save_total_limit=2, **options)
    assert len(list(out.glob("checkpoint-*"))) == 2
    weights = "adapter_model.safetensors" if options else "model.safetensors"
    one = sum((out / "checkpoint-3" / name).stat().st_size for name in (weights, "optimizer.pt"))
    model = (out / "model" / weights).stat().st_size
    assert expected == [pytest.approx(3 * one + model, rel=0.1)]


def args(**options):
    defaults = {
        "save_strategy": "steps",
        "save_total_limit": None,
        "load_best_model_at_end": False,
        "save_only_model": False,
        "optim": "adamw_torch",
    }
    return SimpleNamespace(**defaults | options)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"save_strategy": "no"}, 1),
        ({"save_total_limit": 1}, 3 * 2 + 1),
        ({"save_total_limit": 1, "load_best_model_at_end": True}, 3 * 3 + 1),
        ({"save_total_limit": 99}, 3 * 4 + 1),
        ({}, 3 * 4 + 1),
        ({"save_only_model": True}, 4 + 1),
        ({"optim": "adamw_8bit"}, 4 + 1),
        ({"optim": "sgd"}, 4 + 1),
        ({"save_strategy": "epoch"}, 3 * 2 + 1),
    ],
)
def test_the_bytes_depend_on_the_checkpoints_that_are_kept(options, numbers):
    import torch

    model = torch.nn.Linear(10, 10, bias=False)
    state = SimpleNamespace(max_steps=8, save_steps=2, num_train_epochs=2)
    assert bytes_to_write(model, args(**options), state) == numbers * 400


def test_an_unknown_reporter_is_named():
    with pytest.raises(InputError, match=r"report_to: unknown 'tensorbord'; did you mean 'tensorboard'\?"):
        check_reporters(SimpleNamespace(report_to=["tensorbord"]))


@pytest.mark.parametrize("name", ["tensorboard", "trackio", "wandb"])
def test_a_reporter_without_its_package_is_named_before_anything_is_loaded(run_script, tmp_path, monkeypatch, name):
    monkeypatch.setattr(checks, "find_spec", lambda package: None)
    options = FEW_STEPS | {"report_to": name}
    with pytest.raises(InputError, match=f"report_to: {name} needs the package {name}: pip install {name}"):
        run_script("sft", model_name_or_path="none", dataset_name="none", output_dir=tmp_path / "sft", **options)


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_gets_the_losses(sft):
    out = sft(report_to="tensorboard")
    assert list(out.rglob("events.out.tfevents.*"))
    assert "loss" in json.loads((out / "log.json").read_text())[0]
