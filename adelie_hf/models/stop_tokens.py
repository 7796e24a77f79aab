"""The tokens at which generation stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adelie_hf.models.chat_template import end_token

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase


def stop_tokens(tokenizer: PreTrainedTokenizerBase, generation_config: GenerationConfig) -> list[int]:
    """Return the ids of the tokens that end an answer.

    They are the end of a turn in the template (`<|eot_id|>`, `<end_of_turn>`), the tokenizer's end token, and those of
    the generation configuration. The three differ for many models.
    """
    configured = generation_config.eos_token_id
    ids = set(configured if isinstance(configured, list) else [configured])
    ids |= {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(end_token(tokenizer))}
    return sorted(int(number) for number in ids if number is not None)


def remember_stop_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write the stop tokens into a model's generation configuration, which is saved with the model."""
    ids = stop_tokens(tokenizer, model.generation_config)
    model.generation_config.eos_token_id = ids[0] if len(ids) == 1 else ids
