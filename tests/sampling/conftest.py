"""A small build, whose prompts are sent to an endpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.training.conftest import CONFIG


@pytest.fixture(scope="session")
def build_of_six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the embedded sample with six training rows for each source and task."""
    from adelie_hf.build import build
    from adelie_hf.ieinstruct import Recipe, plan

    folder = tmp_path_factory.mktemp("build") / "ieinstruct"
    complete = plan("sample", recipe=Recipe(cap=6))
    build(replace(complete, units={"train": complete.units["train"]}), folder)
    return folder


@pytest.fixture(scope="session")
def tiny(build_of_six: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, list[Any]]:
    """A model with large random weights, so that answers depend on their prompts, its tokenizer, and four rows."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from adelie_hf.rows import read_build
    from adelie_hf.training import build_tiny_llama

    _, rows = read_build(build_of_six, "train")
    folder = tmp_path_factory.mktemp("tiny") / "model"
    build_tiny_llama((turn["content"] for row in rows for turn in row["prompt"]), folder, CONFIG, seed=1)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    return model, AutoTokenizer.from_pretrained(folder), [rows[0], rows[20], rows[40], rows[-1]]
