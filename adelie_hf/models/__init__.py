"""Pretrained models and their tokenizers, from a folder, the Hub or a GGUF file.

`load_tokenizer` gives every tokenizer a chat template that training and sampling can share (`chat_template`).
"""

from adelie_hf.models.adapters import is_adapter, load_adapter, tokenizer_home
from adelie_hf.models.chat_template import CHAT_TEMPLATE
from adelie_hf.models.gguf_file import convert_gguf, local_model
from adelie_hf.models.loading import (
    check_model,
    check_prompts,
    check_token_ids,
    embedding_size,
    load_model,
    load_tokenizer,
)
from adelie_hf.models.stop_tokens import remember_stop_tokens, stop_tokens

__all__ = [
    "CHAT_TEMPLATE",
    "check_model",
    "check_prompts",
    "check_token_ids",
    "convert_gguf",
    "embedding_size",
    "is_adapter",
    "load_adapter",
    "load_model",
    "load_tokenizer",
    "local_model",
    "remember_stop_tokens",
    "stop_tokens",
    "tokenizer_home",
]
