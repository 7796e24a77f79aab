"""DPO starts where its reference model is: the first step's margin is 0 and its loss is log 2."""

from __future__ import annotations

import json
import math

import pytest

from adelie_hf.manifest import ModelManifest
from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train


@pytest.fixture
def dpo(run_script, pairs_build, tmp_path):
    """A function that runs two steps of DPO and returns the log entries of both."""

    def run(start, **options):
        run_script("dpo", model_name_or_path=start, dataset_name=pairs_build, output_dir=tmp_path / "dpo", **options)
        return [entry for entry in json.loads((tmp_path / "dpo" / "log.json").read_text()) if "loss" in entry]

    return run


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="a reference model"),
        pytest.param(LORA, id="a new adapter, disabled for the reference"),
        pytest.param({"precompute_ref_log_probs": True}, id="precomputed log-probabilities"),
        pytest.param(LORA | {"precompute_ref_log_probs": True}, id="precomputed without the adapter"),
    ],
)
def test_dpo_of_a_model_starts_at_its_reference(dpo, model, options):
    first, second = dpo(model, **FEW_STEPS, **options)
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-5)
    assert abs(second["rewards/margins"]) > 1e-4


@pytest.mark.parametrize("precompute", [False, True])
def test_dpo_of_an_adapter_starts_at_that_adapter(dpo, sft_adapter, precompute):
    first, second = dpo(sft_adapter / "model", precompute_ref_log_probs=precompute, **FEW_STEPS)
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-5)
    assert abs(second["rewards/margins"]) > 1e-4


def test_the_default_loss_is_sigmoid_with_beta_01(dpo, model, tmp_path):
    dpo(model, **FEW_STEPS)
    settings = ModelManifest.load(tmp_path / "dpo" / "model" / "manifest.json").hyperparameters or {}
    assert settings["loss_type"] == ["sigmoid"] and settings["beta"] == 0.1


@pytest.mark.parametrize("loss", ["ipo", "hinge", "robust", "apo_zero"])
def test_other_losses_are_an_option_of_trl(dpo, model, tmp_path, loss):
    entries = dpo(model, loss_type=loss, label_smoothing=0.1 if loss == "robust" else 0, **FEW_STEPS)
    assert all(math.isfinite(entry["loss"]) for entry in entries)
    settings = ModelManifest.load(tmp_path / "dpo" / "model" / "manifest.json").hyperparameters or {}
    assert settings["loss_type"] == [loss]
