"""Sampling with vLLM in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.models import check_model, is_adapter, local_model, stop_tokens
from adelie_hf.rows import InstructRow
from adelie_hf.sampling.endpoint import chat_seed
from adelie_hf.sampling.local import to_samples
from adelie_hf.sampling.samples_file import Sample
from adelie_hf.sampling.shards import Sampler

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedTokenizerBase

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # of adapters, for which vLLM has kernels


def vllm_sampler(
    name: str,
    tokenizer: PreTrainedTokenizerBase,
    *,
    n: int,
    temperature: float,
    max_new_tokens: int,
    seed: int,
    dtype: str = "auto",
    trust_remote_code: bool = False,
) -> Sampler:
    """Return a sampler for `sample_shard` that generates with vLLM, which batches by itself.

    The n samples of a prompt are one request, which computes the prompt once. Its seed is drawn for the prompt's id,
    so that its samples do not depend on the batch.

    Args:
        name: the folder or Hub id of a model or adapter, or a GGUF file.
        tokenizer: its tokenizer, from `adelie_hf.models.load_tokenizer`: vLLM is given tokens and gives tokens back.
        n: samples per prompt.
        temperature: 0 takes the most likely token each time; n is then 1.
        max_new_tokens: the maximum length of a sample, in tokens.
        seed: the seeds of the requests are drawn from it.
        dtype: the type of the weights, such as `bfloat16`; `auto` is that of the saved ones.
        trust_remote_code: whether code from the model's repository may run.

    Raises:
        InputError: without vLLM, and for a model that `adelie_hf.models.check_model` refuses.
    """
    try:
        from vllm import LLM, SamplingParams
        from vllm.lora.request import LoRARequest
    except ImportError:
        raise InputError("the backend vllm needs vLLM; pip install vllm", parameter="backend") from None
    base, adapter = local_model(name), None
    engine: dict[str, Any] = {"dtype": dtype, "trust_remote_code": trust_remote_code, "seed": seed}
    if is_adapter(base):
        from peft import PeftConfig

        config = PeftConfig.from_pretrained(base)
        rank = next((size for size in _RANKS if size >= config.r), config.r)
        base, adapter = local_model(config.base_model_name_or_path), LoRARequest("adapter", 1, base)
        engine |= {"enable_lora": True, "max_lora_rank": rank}
    check_model(base, trust_remote_code=trust_remote_code)
    stops = stop_tokens(tokenizer, _generation_config(base))
    llm = LLM(model=base, **engine)

    def sample(batch: Sequence[InstructRow], number: int) -> list[list[Sample]]:
        chats = [row["prompt"] for row in batch]
        ids = tokenizer.apply_chat_template(chats, add_generation_prompt=True, return_dict=True)["input_ids"]
        settings = [
            SamplingParams(
                n=n,
                temperature=temperature,
                max_tokens=max_new_tokens,
                seed=chat_seed(seed, row["id"], "sample"),
                stop_token_ids=stops,
                detokenize=False,
            )
            for row in batch
        ]
        outputs = llm.generate(
            [{"prompt_token_ids": prompt} for prompt in ids],
            sampling_params=settings,
            use_tqdm=False,
            lora_request=adapter,
        )
        return [to_samples([list(answer.token_ids) for answer in one.outputs], stops, tokenizer) for one in outputs]

    return sample


def _generation_config(name: str) -> GenerationConfig:
    from transformers import GenerationConfig

    try:
        return GenerationConfig.from_pretrained(name)
    except OSError:
        return GenerationConfig()
