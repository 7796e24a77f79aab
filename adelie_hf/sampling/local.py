"""Sampling from a transformers model in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adelie_hf.models import check_token_ids, stop_tokens
from adelie_hf.rows import InstructRow
from adelie_hf.sampling.samples_file import Sample
from adelie_hf.sampling.shards import Sampler

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def transformers_sampler(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    n: int,
    temperature: float,
    max_new_tokens: int,
    seed: int,
) -> Sampler:
    """Return a sampler for `sample_shard` that generates on the model's own device.

    The keys and values of a prompt are computed once for its n samples. A sample ends at the first stop token
    (`adelie_hf.models.stop_tokens`). The penalties and filters of the model's generation configuration are off: a
    penalty for repetition would keep a model from copying mentions.

    Args:
        n: samples per prompt.
        temperature: 0 takes the most likely token each time; n is then 1.
        max_new_tokens: the maximum length of a sample, in tokens.
        seed: each batch is seeded from it and the number of the batch.
    """
    import torch

    decoding: dict[str, bool | float] = {"do_sample": False}
    if temperature != 0:
        decoding = {"do_sample": True, "temperature": temperature, "top_p": 1.0}
    stops = stop_tokens(tokenizer, model.generation_config)
    size = model.get_input_embeddings().num_embeddings

    def sample(batch: Sequence[InstructRow], number: int) -> list[list[Sample]]:
        torch.manual_seed(seed * 1_000_003 + number)
        inputs = tokenizer.apply_chat_template(
            [row["prompt"] for row in batch],
            add_generation_prompt=True,
            padding=True,
            # A keyword argument `padding_side` would become a variable of the template and change no padding.
            tokenizer_kwargs={"padding_side": "left"},
            return_dict=True,
            return_tensors="pt",
        )
        check_token_ids(int(inputs["input_ids"].max()), size, tokenizer)
        with torch.inference_mode():
            outputs = model.generate(
                **_inputs(model, inputs["input_ids"].to(model.device), inputs["attention_mask"].to(model.device), n),
                **decoding,
                top_k=0,
                repetition_penalty=1.0,
                no_repeat_ngram_size=0,
                max_new_tokens=max_new_tokens,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=stops,
            )
        prompt_length = inputs["input_ids"].shape[1]
        generated = outputs[:, prompt_length:].tolist()
        samples = to_samples(generated, stops, tokenizer)
        return [samples[start : start + n] for start in range(0, len(samples), n)]

    return sample


def _inputs(model: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor, n: int) -> dict[str, Any]:
    """Return the arguments of `generate` for n samples of each prompt, with the cache of all but its last token."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    inputs = {"input_ids": ids, "attention_mask": mask}
    if n == 1 or ids.shape[1] == 1:
        return inputs | {"num_return_sequences": n}
    prefill = model.generate(**inputs, do_sample=False, max_new_tokens=1, return_dict_in_generate=True)
    cache = prefill.past_key_values
    # Sliding windows and recurrent states cannot be cut by a token.
    if not isinstance(cache, DynamicCache) or any(type(layer) is not DynamicLayer for layer in cache.layers):
        return inputs | {"num_return_sequences": n}
    cache.crop(-1)
    cache.batch_repeat_interleave(n)
    return {name: tensor.repeat_interleave(n, dim=0) for name, tensor in inputs.items()} | {"past_key_values": cache}


def to_samples(
    generated: Sequence[list[int]], stops: Sequence[int], tokenizer: PreTrainedTokenizerBase
) -> list[Sample]:
    """Return generated tokens as samples: each ends before the first stop token, or was cut where it has none."""
    answers = [_before_stop(ids, stops) for ids in generated]
    texts = tokenizer.batch_decode(answers, skip_special_tokens=True)
    return [
        Sample(text, "stop" if len(answer) < len(ids) else "length")
        for text, answer, ids in zip(texts, answers, generated, strict=True)
    ]


def _before_stop(ids: list[int], stops: Sequence[int]) -> list[int]:
    """Return the tokens before the first stop token: not every tokenizer knows that its end of a turn is special."""
    return next((ids[:position] for position, number in enumerate(ids) if number in stops), ids)
