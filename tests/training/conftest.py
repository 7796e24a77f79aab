"""A tiny Llama and the rows that its tokenizer is trained on."""

from __future__ import annotations

import pytest

from adelie_hf.ieinstruct import make_rows, plan

CONFIG = {
    "vocab_size": 600,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


@pytest.fixture(scope="session")
def train_rows():
    return [row for unit in plan().units["train"] for row in list(make_rows(unit))[:20]]


@pytest.fixture(scope="session")
def build_model(train_rows):
    """A function that builds a tiny Llama in a folder."""
    from adelie_hf.training import build_tiny_llama

    def build(folder, seed, **size):
        texts = [turn["content"] for row in train_rows for turn in row["prompt"] + row["completion"]]
        build_tiny_llama(texts, folder, CONFIG | size, seed)
        return folder

    return build


@pytest.fixture(scope="session")
def model(tmp_path_factory, build_model):
    return build_model(tmp_path_factory.mktemp("scratch") / "model", seed=1)


@pytest.fixture(scope="session")
def tokenizer(model):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)


# Options of a training script for a few steps on a CPU.
FEW_STEPS = {
    "max_steps": 2,
    "per_device_train_batch_size": 2,
    "learning_rate": 0.01,
    "max_length": 1024,
    "bf16": False,
    "gradient_checkpointing": False,
    "use_cpu": True,
    "logging_steps": 1,
    "save_steps": 2,
    "report_to": "none",
    "disable_tqdm": True,
}

# trl's options for a new adapter.
LORA = {"use_peft": True, "lora_r": 4, "lora_target_modules": "all-linear"}


@pytest.fixture(scope="session")
def instruct_build(tmp_path_factory):
    """A build of IEInstruct with two training rows of each source and task."""
    from adelie_hf.build import build
    from adelie_hf.ieinstruct import Recipe

    folder = tmp_path_factory.mktemp("build") / "ieinstruct"
    build(plan(recipe=Recipe(cap=2, held_out_cap=1, guidelines=0, demonstrations=0, text=1)), folder)
    return folder


@pytest.fixture(scope="session")
def pairs_build(instruct_build, tmp_path_factory):
    """The same rows as preference pairs, each against one wrong answer."""
    from datasets import Dataset

    rows = Dataset.from_parquet(str(instruct_build / "train.parquet")).select_columns(["prompt", "completion"])
    wrong = [[{"role": "assistant", "content": "[Answer]: nothing at all"}]] * len(rows)
    folder = tmp_path_factory.mktemp("pairs")
    rows.rename_column("completion", "chosen").add_column("rejected", wrong).to_parquet(str(folder / "train.parquet"))
    return folder


@pytest.fixture(scope="session")
def run_script():
    """A function that runs a script of `recipes/` in this process, with options as keyword arguments."""
    from importlib import import_module

    from adelie_hf.training import parse_arguments

    def run(name, **options):
        script = import_module(f"adelie_hf.recipes.{name}")
        arguments = [text for option, value in options.items() for text in (f"--{option}", str(value))]
        script.main(*parse_arguments(script.ARGUMENTS, arguments))

    return run


@pytest.fixture(scope="session")
def sft_adapter(run_script, model, instruct_build, tmp_path_factory):
    """The stage folder of an adapter after two steps of SFT."""
    out = tmp_path_factory.mktemp("sft") / "sft"
    run_script("sft", model_name_or_path=model, dataset_name=instruct_build, output_dir=out, **FEW_STEPS, **LORA)
    return out
