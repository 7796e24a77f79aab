"""GRPO takes the rows of IEInstruct and the library's rewards."""

from __future__ import annotations

import json

import pytest

from adelie_hf.manifest import ModelManifest
from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train

OPTIONS = {name: value for name, value in FEW_STEPS.items() if name != "max_length"} | {
    "per_device_train_batch_size": 4,
    "num_generations": 2,
    "max_completion_length": 8,
}


@pytest.mark.parametrize("options", [pytest.param({}, id="all weights"), pytest.param(LORA, id="a new adapter")])
def test_rewards_are_logged_and_the_model_is_saved(run_script, model, instruct_build, tmp_path, options):
    out = tmp_path / "grpo"
    run_script("grpo", model_name_or_path=model, dataset_name=instruct_build, output_dir=out, **OPTIONS, **options)
    steps = [entry for entry in json.loads((out / "log.json").read_text()) if "loss" in entry]
    assert len(steps) == 2
    assert all(f"rewards/{name}/mean" in steps[0] for name in ("task_f1", "well_formed", "in_schema", "grounded"))
    manifest = ModelManifest.load(out / "model" / "manifest.json")
    assert manifest.method == "GRPO" and (manifest.hyperparameters or {})["num_generations"] == 2
    assert json.loads((out / "rows.json").read_text())["read"] > 0


def test_weights_are_one_a_reward(run_script, model, instruct_build, tmp_path):
    with pytest.raises(ValueError, match="reward"):
        run_script(
            "grpo",
            model_name_or_path=model,
            dataset_name=instruct_build,
            output_dir=tmp_path,
            reward_weights="1.0",
            **OPTIONS,
        )
