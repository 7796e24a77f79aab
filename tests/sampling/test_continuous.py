"""Sampling by continuous batching gives the answers of ordinary generation."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sampling import continuous_sampler, transformers_sampler

pytestmark = pytest.mark.train


def test_the_most_likely_answers_are_those_of_ordinary_generation(tiny):
    model, tokenizer, rows = tiny
    settings = {"n": 1, "temperature": 0, "max_new_tokens": 12, "seed": 1}
    expected = transformers_sampler(model, tokenizer, **settings)(rows, 0)
    assert continuous_sampler(model, tokenizer, **settings)(rows, 0) == expected
    assert transformers_sampler(model, tokenizer, **settings)(rows, 0) == expected  # the model is as it was
    assert len({sample.text for (sample,) in expected}) > 1


def test_the_same_seed_gives_the_same_samples_and_each_batch_has_its_own(tiny):
    model, tokenizer, rows = tiny
    sampler = continuous_sampler(model, tokenizer, n=3, temperature=1.0, max_new_tokens=8, seed=1)
    first = sampler(rows, 0)
    assert [len(samples) for samples in first] == [3] * 4 and len({text for one in first for text, _ in one}) > 9
    assert sampler(rows, 0) == first != sampler(rows, 1)


def test_a_version_without_it_is_named(tiny, monkeypatch):
    model, tokenizer, _ = tiny
    monkeypatch.setitem(sys.modules, "transformers", ModuleType("transformers"))
    with pytest.raises(InputError, match="no continuous batching; pip install -U transformers"):
        continuous_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=1, seed=1)


def test_the_script_samples_by_it_in_one_process(tiny, build_of_six, tmp_path, monkeypatch):
    from importlib import import_module

    from adelie_hf.training import parse_arguments

    script = import_module("adelie_hf.recipes.sample")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    file = tmp_path / "samples.jsonl"
    options = f"--model_name_or_path {tiny[0].name_or_path} --dataset_name {build_of_six} --output_file {file}"
    options += " --backend continuous --prompts 3 --n 2 --max_new_tokens 4"
    script.main(*parse_arguments(script.ARGUMENTS, options.split()))
    assert [len(line["samples"]) for line in map(json.loads, file.read_text().splitlines())] == [2] * 3
    monkeypatch.setattr(script, "PartialState", lambda cpu: SimpleNamespace(num_processes=2, process_index=0))
    file.unlink()
    with pytest.raises(InputError, match="continuous samples in one process, not in 2") as caught:
        script.main(*parse_arguments(script.ARGUMENTS, options.split()))
    assert caught.value.parameter == "backend"
