"""What is loaded: safetensors, and no code of a model's own unless asked."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from adelie_hf.errors import InputError
from adelie_hf.models import check_model, check_prompts, load_adapter, load_model, load_tokenizer
from adelie_hf.rows import message

pytestmark = pytest.mark.train

CODE = """
import pathlib
from transformers import LlamaConfig, LlamaForCausalLM

pathlib.Path(__file__).with_name("ran").touch()
pathlib.Path(TRACE).touch()

class OwnConfig(LlamaConfig):
    model_type = "own"

class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def model(tmp_path):
    """The folder of a tiny Llama."""
    from adelie_hf.training import build_tiny_llama

    config = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    build_tiny_llama(["Find the names in Oslo."], tmp_path / "model", {"vocab_size": 300, **config}, seed=1)
    return tmp_path / "model"


@pytest.fixture
def pickled(model):
    """The same with a pickle as its weights."""
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(model / "model.safetensors"), model / "pytorch_model.bin")
    (model / "model.safetensors").unlink()
    return model


def test_pickled_weights_are_not_loaded_and_converted_ones_are(pickled):
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(str(pickled))
    with pytest.raises(InputError, match=r"pytorch_model.bin only, a pickle.*save_pretrained"):
        load_model(str(pickled), tokenizer)
    AutoModelForCausalLM.from_pretrained(pickled, use_safetensors=False).save_pretrained(pickled)
    assert load_model(str(pickled), tokenizer).config.vocab_size == len(tokenizer)


def test_a_pickled_adapter_or_base_is_not_loaded(model, tmp_path):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    adapter = tmp_path / "adapter"
    base = AutoModelForCausalLM.from_pretrained(model)
    get_peft_model(base, LoraConfig(target_modules="all-linear")).save_pretrained(adapter)
    check_model(str(adapter))
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(InputError, match="adapter_model.bin only, a pickle"):
        check_model(str(adapter))
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        load_adapter(str(adapter))


@pytest.fixture
def own_code(model):
    """A model with code of its own, and the file that appears when the code runs."""
    trace = model.parent / "trace"
    (model / "own.py").write_text(CODE.replace("TRACE", repr(str(trace))))
    config = json.loads((model / "config.json").read_text())
    config |= {
        "model_type": "own",
        "architectures": ["OwnModel"],
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"},
    }
    (model / "config.json").write_text(json.dumps(config))
    return model, trace


def test_code_of_a_model_runs_only_where_it_is_asked_for(own_code):
    model, trace = own_code
    with pytest.raises(InputError, match="code of its own.*trust_remote_code: true") as error:
        check_model(str(model))
    assert error.value.parameter == "trust_remote_code"
    tokenizer = load_tokenizer(str(shutil.copytree(model, model.parent / "tokenizer", ignore=_no_config)))
    with pytest.raises(InputError, match="code of its own"):
        load_model(str(model), tokenizer)
    assert not trace.exists()
    check_model(str(model), trust_remote_code=True)
    tokenizer = load_tokenizer(str(model), trust_remote_code=True)
    loaded = load_model(str(model), tokenizer, trust_remote_code=True)
    assert type(loaded).__name__ == "OwnModel" and trace.exists()


def _no_config(folder: str, names: list[str]) -> set[str]:
    return {"config.json", "own.py"} & set(names)


@pytest.mark.parametrize("name", ["sft", "dpo", "sample"])
def test_the_scripts_run_no_code_unless_asked(own_code, tmp_path, name):
    from importlib import import_module

    from adelie_hf.training import parse_arguments

    model, trace = own_code
    row: dict[str, Any] = {"id": "a/1", "source": "a", "task": "ner", "format": "text", "text": "Oslo", "answer": "[]"}
    texts = {"completion": "[Answer]: (Oslo; place);", "chosen": "[Answer]: (Oslo; place);", "rejected": "none"}
    row |= {name: [message("assistant", text)] for name, text in texts.items()} | {"prompt": [message("user", "Find")]}
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "train.jsonl").write_text(json.dumps(row) + "\n")
    script = import_module(f"adelie_hf.recipes.{name}")
    options = f"--model_name_or_path {model} --dataset_name {tmp_path / 'rows'}"
    if name == "sample":
        options += f" --output_file {tmp_path / 'samples.jsonl'} --n 1 --max_new_tokens 1 --temperature 0"
    else:
        options += f" --output_dir {tmp_path / 'out'} --max_steps 1 --use_cpu true --bf16 false --report_to none"
        options += " --gradient_checkpointing false --save_strategy no"
    with pytest.raises(InputError, match="trust_remote_code: true"):
        script.main(*parse_arguments(script.ARGUMENTS, options.split()))
    assert not trace.exists()
    script.main(*parse_arguments(script.ARGUMENTS, [*options.split(), "--trust_remote_code", "true"]))
    assert trace.exists()


@pytest.mark.parametrize("name", ["sft", "dpo"])
def test_training_starts_from_no_pickle(pickled, tmp_path, name):
    from types import SimpleNamespace

    from adelie_hf.training import prepare_model

    names = SimpleNamespace(
        model_name_or_path=str(pickled), model_revision=None, attn_implementation=None, dtype="float32"
    )
    with pytest.raises(InputError, match="a pickle"):
        prepare_model(names, SimpleNamespace(model_init_kwargs=None))


def test_prompts_may_have_only_tokens_that_the_model_has(model):
    tokenizer = load_tokenizer(str(model))
    prompts = [[message("user", "Find the names.")]] * 3
    check_prompts(prompts, tokenizer, len(tokenizer))
    with pytest.raises(InputError, match="embedding ends at 9;"):
        check_prompts(prompts, tokenizer, 10)
