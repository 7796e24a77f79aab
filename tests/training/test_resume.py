"""A resumed training is the one that was not interrupted, and a seed decides everything."""

from __future__ import annotations

import json

import pytest

from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train

SIX_STEPS = FEW_STEPS | {"max_steps": 6, "save_steps": 2, "gradient_accumulation_steps": 2}


class PowerCut(Exception):
    """The end of a training at any point."""


@pytest.fixture
def losses(run_script, model, instruct_build, pairs_build):
    """A function that trains into a folder and returns the losses, step by step."""

    def run(script, out, **options):
        rows = {"sft": instruct_build, "dpo": pairs_build}[script]
        run_script(script, model_name_or_path=model, dataset_name=rows, output_dir=out, **SIX_STEPS | options)
        history = json.loads((out / "log.json").read_text())
        return [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]

    return run


def cut_power(monkeypatch, calls):
    """Make training fail at its given call of a forward and backward pass."""
    from transformers import Trainer

    step, number = Trainer.training_step, 0

    def training_step(*args, **kwargs):
        nonlocal number
        number += 1
        if number == calls:
            raise PowerCut
        return step(*args, **kwargs)

    monkeypatch.setattr(Trainer, "training_step", training_step)


@pytest.mark.parametrize(
    ("script", "options"),
    [
        pytest.param("sft", {}, id="sft"),
        pytest.param("sft", {"packing": True, "max_length": 512}, id="sft packed"),
        pytest.param("sft", {"train_sampling_strategy": "group_by_length"}, id="sft by length"),
        pytest.param("sft", LORA, id="sft adapter with dropout"),
        pytest.param("dpo", {}, id="dpo"),
        pytest.param("dpo", LORA | {"precompute_ref_log_probs": True}, id="dpo adapter, precomputed"),
    ],
)
def test_a_resumed_training_has_the_losses_of_an_uninterrupted_one(losses, tmp_path, monkeypatch, script, options):
    expected = losses(script, tmp_path / "whole", **options)
    assert [step for step, _ in expected] == [1, 2, 3, 4, 5, 6]
    with monkeypatch.context() as patch:
        cut_power(patch, calls=2 * 3 + 2)  # in the middle of the fourth step; the checkpoint is of the second one
        with pytest.raises(PowerCut):
            losses(script, tmp_path / "cut", **options)
    assert (tmp_path / "cut" / "checkpoint-2").is_dir() and not (tmp_path / "cut" / "model").exists()
    assert losses(script, tmp_path / "cut", **options) == expected
    weights = [next((tmp_path / name / "model").glob("*model.safetensors")).read_bytes() for name in ("whole", "cut")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("script", ["sft", "dpo"])
def test_a_seed_decides_the_losses(losses, tmp_path, script):
    first = losses(script, tmp_path / "first", seed=7, **LORA)
    assert losses(script, tmp_path / "second", seed=7, **LORA) == first
    assert losses(script, tmp_path / "third", seed=8, **LORA) != first
