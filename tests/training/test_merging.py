"""A merged adapter is a plain model with the same answers; QLoRA is merged into the base's own weights."""

from __future__ import annotations

import json
import shutil

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.manifest import ModelManifest
from adelie_hf.models import load_adapter
from adelie_hf.training import merge_adapter
from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def merged(sft_adapter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("merged") / "model"
    merge_adapter(sft_adapter / "model", folder)
    return folder


def test_a_merged_adapter_gives_the_same_logits_and_greedy_answers(merged, sft_adapter):
    import torch
    from transformers import AutoModelForCausalLM

    model, adapter = AutoModelForCausalLM.from_pretrained(merged), load_adapter(str(sft_adapter / "model")).eval()
    prompts = torch.arange(5, 125).reshape(6, 20)
    with torch.inference_mode():
        assert (model(prompts).logits - adapter(prompts).logits).abs().max() < 1e-4
        answers = [each.generate(input_ids=prompts, do_sample=False, max_new_tokens=20) for each in (model, adapter)]
    assert torch.equal(*answers)


def test_a_merged_model_is_complete(merged):
    names = {path.name for path in merged.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja", "manifest.json"} <= names
    assert not {"adapter_config.json", "adapter_model.safetensors"} & names


def test_the_manifest_of_a_merged_model_has_the_training_and_the_difference(merged):
    manifest = ModelManifest.load(merged / "manifest.json")
    assert (manifest.kind, manifest.method, manifest.base, manifest.system) == ("model", "SFT", "scratch", "sft")
    assert manifest.merge is not None and not manifest.merge.quantized
    assert manifest.merge.difference is not None and manifest.merge.difference < 1e-4


def test_the_command_prints_the_difference(sft_adapter, tmp_path, capsys):
    arguments = ["merge", str(sft_adapter / "model"), "--out", str(tmp_path / "merged")]
    assert main(arguments) == 0
    assert "logits differ by at most" in capsys.readouterr().out
    assert main(arguments) == 2 and "merged: exists already" in capsys.readouterr().err
    assert main([*arguments[:-1], str(tmp_path / "again"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"quantized", "prompts", "difference"}


def test_a_model_that_is_no_adapter_is_refused(model, tmp_path):
    for name in (model, tmp_path / "no" / "such" / "folder", "some-one/adapter"):
        with pytest.raises(InputError, match="no adapter_config.json there"):
            merge_adapter(name, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_missing_base_is_named(sft_adapter, tmp_path):
    adapter = shutil.copytree(sft_adapter / "model", tmp_path / "adapter")
    settings = json.loads((adapter / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = str(tmp_path / "gone")
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    with pytest.raises(InputError, match="its base cannot be loaded .*gone"):
        merge_adapter(adapter, tmp_path / "merged")


@pytest.fixture(scope="module")
def quantized(run_script, build_model, instruct_build, pairs_build, tmp_path_factory):
    """The stage folders of an adapter on a base in 4 bits, after SFT and after DPO.

    The rows of the base's matrices are whole blocks of 64: bitsandbytes cannot generate from others.
    """
    pytest.importorskip("bitsandbytes", reason="QLoRA needs bitsandbytes (extra `qlora`)")
    folder = tmp_path_factory.mktemp("qlora")
    model = build_model(folder / "base", 1, hidden_size=64, intermediate_size=64)
    options = {"load_in_4bit": True, **FEW_STEPS}
    sft = {"model_name_or_path": model, "dataset_name": instruct_build, "output_dir": folder / "sft"}
    run_script("sft", **sft, **options, **LORA)
    dpo = {"model_name_or_path": folder / "sft" / "model", "dataset_name": pairs_build, "output_dir": folder / "dpo"}
    run_script("dpo", **dpo, **options)
    return folder


def test_qlora_trains_and_is_recorded(quantized):
    for stage in ("sft", "dpo"):
        settings = ModelManifest.load(quantized / stage / "model" / "manifest.json").hyperparameters or {}
        assert settings["load_in_4bit"] is True and settings["bnb_4bit_quant_type"] == "nf4"


def test_dpo_on_a_quantized_base_starts_at_its_reference(quantized):
    first = json.loads((quantized / "dpo" / "log.json").read_text())[0]
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-2)  # the copy is in float32, the adapter in bfloat16


def test_qlora_is_merged_into_the_full_base_and_the_difference_is_reported(quantized, tmp_path):
    from safetensors.torch import load_file

    entry = merge_adapter(quantized / "dpo" / "model", tmp_path / "merged")
    assert entry.quantized and entry.difference is not None and entry.difference > 1e-4
    assert {str(weights.dtype) for weights in load_file(tmp_path / "merged" / "model.safetensors").values()} == {
        "torch.float32"
    }
    assert "quantization_config" not in json.loads((tmp_path / "merged" / "config.json").read_text())
