"""The card of a model: every variable of its template is given, whatever is known of the model."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jinja2
import pytest
import yaml

from adelie_hf.errors import InputError
from adelie_hf.hub.model_card import model_card
from adelie_hf.hub.trained_model import TrainedModel, find_trained_model
from adelie_hf.manifest import ModelManifest


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an unknown variable of a template an error."""
    monkeypatch.setattr(jinja2, "Template", partial(jinja2.Template, undefined=jinja2.StrictUndefined))


def changed(model: Path, **changes: object) -> TrainedModel:
    """Return the model with other values in its manifest."""
    ModelManifest.load(model / "manifest.json").model_copy(update=changes).save(model / "manifest.json")
    return find_trained_model(model)


def test_a_model_outside_a_run(model):
    text = model_card(find_trained_model(model), "model", "user/m", [])
    assert "from [someone/base](https://huggingface.co/someone/base). Trained by supervised fine-tuning" in text
    assert "- It was not scored on held-out texts.\n- The licence and the limits of the base model" in text
    assert "The training data is not known" in text and "## Scores" not in text
    assert "SFT: 3 steps on a device, 1 process, 1.5 minutes." in text
    assert "\n\n\n" not in text and text.endswith("2405.05008)\n")
    data = yaml.safe_load(text.split("---")[1])
    assert data["base_model"] == "someone/base" and "license" not in data and "model-index" not in data


def test_a_base_that_is_not_on_the_hub(model):
    scratch = model_card(changed(model, base="scratch"), "model", "user/m", [])
    assert "from random weights: it is a small model" in scratch and "base_model" not in scratch
    local = model_card(changed(model, base=None), "adapter", "user/m", [])
    assert "An adapter for information extraction" in local and "from a model that is not on the Hub." in local
    assert "AutoPeftModelForCausalLM.from_pretrained" in local and "limits of the base model" not in local


def test_a_cell_is_escaped(model):
    text = model_card(changed(model, hyperparameters={"betas": [0.9, 0.99], "a|b": "c|d"}), "model", "user/m", [])
    assert "| hyper-parameter | SFT |\n| --- | --- |\n| betas | 0.9, 0.99 |\n| a\\|b | c\\|d |\n\n" in text


def test_only_a_trained_model_has_a_card(model):
    with pytest.raises(InputError, match="manifest.json: does not describe how the model was trained"):
        changed(model, training=None)
    (model / "manifest.json").write_text('{"kind": "model", "parts": []}')
    with pytest.raises(InputError, match="manifest.json: not a manifest of this version"):
        find_trained_model(model)
