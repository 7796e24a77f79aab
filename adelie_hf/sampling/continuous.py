"""Sampling from a transformers model by continuous batching: an answer that ends makes room for another at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.models import check_token_ids, stop_tokens
from adelie_hf.rows import InstructRow
from adelie_hf.sampling.local import to_samples
from adelie_hf.sampling.samples_file import Sample
from adelie_hf.sampling.shards import Sampler

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

_PAGE = 256  # tokens of a block of the cache, as transformers has it
_TOKENS_AT_ONCE = 512  # on a CPU, where transformers would take most of the memory


def continuous_sampler(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    n: int,
    temperature: float,
    max_new_tokens: int,
    seed: int,
) -> Sampler:
    """Return a sampler for `sample_shard` as `transformers_sampler` does, with transformers' continuous batching.

    Args:
        n: samples per prompt, whose tokens are computed once.
        temperature: 0 takes the most likely token each time; n is then 1.
        max_new_tokens: the maximum length of a sample, in tokens.
        seed: each batch is seeded from it and the number of the batch.

    Raises:
        InputError: for a version of transformers without it.
    """
    try:
        from transformers import ContinuousBatchingConfig, GenerationConfig
    except ImportError:
        raise InputError(
            "this version of transformers has no continuous batching; pip install -U transformers", parameter="backend"
        ) from None
    stops = stop_tokens(tokenizer, model.generation_config)
    decoding = GenerationConfig(
        do_sample=temperature != 0,
        temperature=temperature or None,
        top_k=0,
        top_p=1.0,
        num_return_sequences=n,
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=stops,
    )
    size = model.get_input_embeddings().num_embeddings

    def sample(batch: Sequence[InstructRow], number: int) -> list[list[Sample]]:
        chats = [row["prompt"] for row in batch]
        ids = tokenizer.apply_chat_template(chats, add_generation_prompt=True, return_dict=True)["input_ids"]
        check_token_ids(max(map(max, ids)), size, tokenizer)
        batching = ContinuousBatchingConfig(seed=seed * 1_000_003 + number, page_size=_PAGE)
        if model.device.type == "cpu":
            batching.max_batch_tokens = _TOKENS_AT_ONCE
            batching.num_blocks = len(ids) * n * ceil((max(map(len, ids)) + max_new_tokens) / _PAGE)
        generated = _generate(model, ids, decoding, batching)
        return [to_samples(generated[start : start + n], stops, tokenizer) for start in range(0, len(generated), n)]

    return sample


def _generate(
    model: PreTrainedModel, prompts: list[list[int]], decoding: GenerationConfig, batching: object
) -> list[list[int]]:
    """Return the tokens generated for each prompt, all of one after the other.

    All requests wait before the first is begun (`generate_batch` begins with those that have arrived), so that the
    same seed gives the same samples.
    """
    manager = model.init_continuous_batching(generation_config=decoding, continuous_batching_config=batching)
    answers: dict[str, list[int]] = {}
    copies = decoding.num_return_sequences or 1
    try:
        names = manager.add_requests(inputs=prompts, max_new_tokens=decoding.max_new_tokens)
        manager.start()
        while len(answers) < copies * len(prompts):
            result = manager.get_result(timeout=1)
            if result is None and not manager.is_running():
                raise RuntimeError("continuous batching ended before its answers were complete")
            if result is not None and result.is_finished():
                if result.error is not None:
                    raise RuntimeError(f"continuous batching failed: {result.error}")
                answers[result.request_id] = list(result.generated_tokens)
    finally:
        manager.stop(block=True)
        manager.destroy()
    of_prompts = [[name, *(f"{name}__child#{copy}" for copy in range(copies - 1))] for name in names]
    return [answers[name] for own in of_prompts for name in own]
