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

    def build(folder, seed):
        texts = [turn["content"] for row in train_rows for turn in row["prompt"] + row["completion"]]
        build_tiny_llama(texts, folder, CONFIG, seed)
        return folder

    return build


@pytest.fixture(scope="session")
def model(tmp_path_factory, build_model):
    return build_model(tmp_path_factory.mktemp("scratch") / "model", seed=1)


@pytest.fixture(scope="session")
def tokenizer(model):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)
