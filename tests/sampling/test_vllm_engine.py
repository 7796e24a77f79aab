"""Sampling with vLLM, in whose place stands a module with the documented names that are used."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from adelie_hf.errors import InputError
from adelie_hf.rows import read_build
from adelie_hf.sampling import vllm_sampler
from tests.training.conftest import CONFIG

pytestmark = pytest.mark.train


@dataclass(frozen=True)
class SamplingParams:
    """The fields of `vllm.SamplingParams` that are used; another one is an error here, as there."""

    n: int
    temperature: float
    max_tokens: int
    seed: int
    stop_token_ids: list[int]
    detokenize: bool


@dataclass(frozen=True)
class LoRARequest:
    lora_name: str
    lora_int_id: int
    lora_path: str


@dataclass
class CompletionOutput:
    token_ids: Sequence[int]
    finish_reason: str


@dataclass
class RequestOutput:
    outputs: list[CompletionOutput]


class LLM:
    """An engine that answers with the last token of the prompt, once for each unit of the last digit of the seed."""

    made: list[dict[str, Any]] = []
    asked: list[tuple[list[int], SamplingParams, LoRARequest | None]] = []

    def __init__(self, model: str, **options: Any) -> None:
        self.made.append({"model": model, **options})

    def generate(
        self,
        prompts: list[dict[str, list[int]]],
        *,
        sampling_params: list[SamplingParams],
        use_tqdm: bool,
        lora_request: LoRARequest | None,
    ) -> list[RequestOutput]:
        assert not use_tqdm
        answers = []
        for prompt, params in zip(prompts, sampling_params, strict=True):
            ids = prompt["prompt_token_ids"]
            self.asked.append((ids, params, lora_request))
            word = next(token for token in reversed(ids) if token not in params.stop_token_ids)
            full = [[word] * ((params.seed + at) % 10) + params.stop_token_ids[:1] for at in range(params.n)]
            answers.append(
                RequestOutput([CompletionOutput(tuple(tokens[: params.max_tokens]), "stop") for tokens in full])
            )
        return answers


@pytest.fixture
def vllm(monkeypatch) -> type[LLM]:
    package, lora, request = ModuleType("vllm"), ModuleType("vllm.lora"), ModuleType("vllm.lora.request")
    package.LLM, package.SamplingParams, request.LoRARequest = LLM, SamplingParams, LoRARequest  # type: ignore[attr-defined]
    for module in (package, lora, request):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(LLM, "made", [])
    monkeypatch.setattr(LLM, "asked", [])
    return LLM


@pytest.fixture(scope="module")
def model(build_of_six, tmp_path_factory) -> Path:
    from adelie_hf.training import build_tiny_llama

    folder: Path = tmp_path_factory.mktemp("vllm") / "model"
    _, rows = read_build(build_of_six, "train")
    build_tiny_llama((turn["content"] for row in rows for turn in row["prompt"]), folder, CONFIG, seed=1)
    return folder


def sampler_of(folder: Path, **options: Any):
    from adelie_hf.models import load_tokenizer

    settings = {"n": 3, "temperature": 0.7, "max_new_tokens": 6, "seed": 1} | options
    return vllm_sampler(str(folder), load_tokenizer(str(folder)), **settings)


def test_a_prompt_is_one_request_with_a_seed_of_its_own(vllm, model, build_of_six):
    from adelie_hf.models import load_tokenizer

    _, rows = read_build(build_of_six, "train")
    sampler, tokenizer = sampler_of(model), load_tokenizer(str(model))
    together = sampler(rows[:4], 0)
    alone = [sampler([row], 9)[0] for row in rows[:4]]
    assert together == alone and [len(samples) for samples in together] == [3] * 4
    assert vllm.made == [{"model": str(model), "dtype": "auto", "trust_remote_code": False, "seed": 1}]
    ids, params, lora = vllm.asked[0]
    assert ids == tokenizer.apply_chat_template(rows[0]["prompt"], add_generation_prompt=True)["input_ids"]
    assert (params.n, params.temperature, params.max_tokens, params.detokenize) == (3, 0.7, 6, False)
    assert tokenizer.eos_token_id in params.stop_token_ids and lora is None
    assert len({params.seed for _, params, _ in vllm.asked[:4]}) == 4
    lengths = [min((params.seed + at) % 10, 6) for _, params, _ in vllm.asked[:4] for at in range(3)]
    flat = [sample for samples in together for sample in samples]
    assert [sample.finish for sample in flat] == ["stop" if length < 6 else "length" for length in lengths]
    assert {"stop", "length"} == {sample.finish for sample in flat}
    assert [len(tokenizer(sample.text, add_special_tokens=False)["input_ids"]) > 0 for sample in flat] == [
        length > 0 for length in lengths
    ]


@pytest.mark.parametrize(("rank", "largest"), [(4, 8), (16, 16), (17, 32)])
def test_an_adapter_is_a_request_to_its_base(vllm, model, tmp_path, build_of_six, rank, largest):
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": str(model), "r": rank}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    _, rows = read_build(build_of_six, "train")
    sampler_of(tmp_path, dtype="bfloat16")(rows[:1], 0)
    (made,) = vllm.made
    assert (made["model"], made["dtype"]) == (str(model), "bfloat16")
    assert (made["enable_lora"], made["max_lora_rank"]) == (True, largest)
    assert vllm.asked[0][2] == LoRARequest("adapter", 1, str(tmp_path))


def test_without_vllm_the_fix_is_named(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(InputError, match="the backend vllm needs vLLM; pip install vllm") as caught:
        sampler_of(model)
    assert caught.value.parameter == "backend"


def test_the_script_samples_with_it_where_it_is_asked_to(vllm, model, build_of_six, tmp_path, monkeypatch):
    from importlib import import_module

    script = import_module("adelie_hf.recipes.sample")
    arguments = {"model_name_or_path": str(model), "dataset_name": str(build_of_six), "prompts": 5, "n": 2}
    file = tmp_path / "samples.jsonl"
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    script.main(script.SampleArguments(**arguments, output_file=str(file), backend="vllm"))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [len(line["samples"]) for line in lines] == [2] * 5 and len(vllm.asked) == 5
    script.main(script.SampleArguments(**arguments, output_file=str(file), backend="vllm"))
    assert len(vllm.made) == 1  # the file is complete
    with pytest.raises(InputError, match="has samples of another model, other rows or settings"):
        script.main(script.SampleArguments(**arguments, output_file=str(file)))
