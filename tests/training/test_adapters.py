"""An adapter goes through the stages of the loop: SFT, samples, DPO from the adapter, a manifest and a card."""

from __future__ import annotations

import json
import shutil

import pytest

from adelie_hf.files import read_json, write_json
from adelie_hf.manifest import ModelManifest, environment
from adelie_hf.models import is_adapter, load_adapter, tokenizer_home
from adelie_hf.training import public_base
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def dpo_adapter(run_script, sft_adapter, pairs_build, tmp_path_factory):
    """The stage folder of the same adapter after four steps of DPO."""
    out = tmp_path_factory.mktemp("dpo") / "dpo"
    options = FEW_STEPS | {"max_steps": 4}
    run_script("dpo", model_name_or_path=sft_adapter / "model", dataset_name=pairs_build, output_dir=out, **options)
    return out


def test_sft_saves_an_adapter_with_tokenizer_and_template(sft_adapter, model):
    names = {path.name for path in (sft_adapter / "model").iterdir()}
    assert {"adapter_model.safetensors", "tokenizer.json", "chat_template.jinja"} <= names
    assert "model.safetensors" not in names
    assert is_adapter(str(sft_adapter / "model")) and not is_adapter(str(model))


def test_the_manifest_of_an_adapter_has_its_settings(sft_adapter):
    manifest = ModelManifest.load(sft_adapter / "model" / "manifest.json")
    assert (manifest.kind, manifest.method, manifest.base) == ("adapter", "SFT", "scratch")
    settings = manifest.hyperparameters or {}
    assert settings["lora_r"] == 4 and "q_proj" in settings["lora_target_modules"] and "lora_dropout" in settings


def test_dpo_trains_the_adapter_of_sft_and_keeps_no_second_one(dpo_adapter, sft_adapter):
    from safetensors.torch import load_file

    assert not (dpo_adapter / "model" / "ref").exists()
    before, after = (load_file(stage / "model" / "adapter_model.safetensors") for stage in (sft_adapter, dpo_adapter))
    assert before.keys() == after.keys()
    assert any((before[name] != after[name]).any() for name in before)


def test_a_resumed_dpo_of_an_adapter_compares_with_the_adapter_of_sft(
    dpo_adapter, sft_adapter, pairs_build, run_script, tmp_path
):
    options = {"model_name_or_path": sft_adapter / "model", "dataset_name": pairs_build, "output_dir": tmp_path}
    options |= FEW_STEPS | {"max_steps": 4}
    shutil.copytree(dpo_adapter / "checkpoint-2", tmp_path / "checkpoint-2")
    run_script("dpo", **options)
    losses = [
        [entry["loss"] for entry in json.loads((stage / "log.json").read_text()) if "loss" in entry]
        for stage in (dpo_adapter, tmp_path)
    ]
    assert losses[1] == pytest.approx(losses[0], abs=1e-6) and len(losses[0]) == 4


def test_sft_goes_on_from_an_adapter_and_from_a_checkpoint(sft_adapter, instruct_build, run_script, tmp_path):
    for name in ("model", "checkpoint-2"):
        options = {"model_name_or_path": sft_adapter / name, "dataset_name": instruct_build}
        run_script("sft", output_dir=tmp_path / name, **options, **FEW_STEPS)
        manifest = ModelManifest.load(tmp_path / name / "model" / "manifest.json")
        assert manifest.kind == "adapter" and (manifest.hyperparameters or {})["lora_r"] == 4


def test_samples_are_those_of_the_adapter_and_not_of_its_base(
    sft_adapter, instruct_build, model, run_script, tmp_path
):
    import torch
    from transformers import AutoModelForCausalLM

    text = torch.arange(5, 25)[None]
    models = [
        AutoModelForCausalLM.from_pretrained(sft_adapter / "model"),  # as recipes/sample.py loads it
        load_adapter(str(sft_adapter / "model")),
        AutoModelForCausalLM.from_pretrained(model),
    ]
    with torch.inference_mode():
        sampled, adapted, base = (loaded.eval()(text).logits for loaded in models)
    assert torch.equal(sampled, adapted) and not torch.allclose(sampled, base, atol=1e-3)

    file = tmp_path / "samples.jsonl"
    options = {"model_name_or_path": sft_adapter / "model", "dataset_name": instruct_build, "output_file": file}
    run_script("sample", **options, n=2, prompts=3, max_new_tokens=4)
    assert [len(json.loads(line)["samples"]) for line in file.read_text().splitlines()] == [2, 2, 2]


def test_an_adapter_without_a_tokenizer_uses_that_of_its_base(sft_adapter, model, tmp_path):
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / name).write_bytes((sft_adapter / "model" / name).read_bytes())
    assert tokenizer_home(str(tmp_path)) == (str(model), None)
    assert tokenizer_home(str(sft_adapter / "model")) == (str(sft_adapter / "model"), None)
    assert tokenizer_home(str(model), "main") == (str(model), "main")


def test_an_adapter_on_a_model_that_was_trained_here_has_no_public_base(tmp_path):
    ModelManifest(kind="model", method="SFT", base="someone/base", environment=environment()).save(
        tmp_path / "manifest.json"
    )
    assert public_base(str(tmp_path)) == "someone/base" and public_base(str(tmp_path), adapter=True) is None


def test_the_card_of_an_adapter_has_its_settings(sft_adapter, tmp_path):
    from adelie_hf.hub.model import model_tree

    folder = tmp_path / "sft" / "model"
    shutil.copytree(sft_adapter / "model", folder)
    write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {"base": "someone/base"})
    tree = model_tree("adapter", folder, "user/adapter")
    assert {"adapter_model.safetensors", "tokenizer.json", "chat_template.jinja"} <= tree.keys()
    settings, card = (tree[name] for name in ("adapter_config.json", "README.md"))
    assert isinstance(settings, bytes) and json.loads(settings)["base_model_name_or_path"] == "someone/base"
    assert isinstance(card, bytes) and "| lora_r | 4 |" in card.decode()
