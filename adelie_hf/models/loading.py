"""Loading of tokenizers and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.models.adapters import tokenizer_home
from adelie_hf.models.chat_template import end_token, fitted_template
from adelie_hf.models.gguf_file import local_model
from adelie_hf.models.stop_tokens import remember_stop_tokens

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_tokenizer(name: str, revision: str | None = None) -> PreTrainedTokenizerBase:
    """Return a model's tokenizer with a chat template that training and sampling can share, and a padding token.

    A tokenizer without a template gets the library's. A padding token that is also the end token is fine: the loss
    leaves out padding by position, not by token.

    Args:
        name: the folder or Hub id of a model or adapter, or a GGUF file.
        revision: a branch, tag or commit on the Hub.

    Raises:
        InputError: for a GGUF file that cannot be read, a template that does not take a question and an answer, and a
            tokenizer without an end token.
    """
    from transformers import AutoTokenizer

    home, home_revision = tokenizer_home(local_model(name), revision)
    tokenizer = AutoTokenizer.from_pretrained(home, revision=home_revision)
    tokenizer.chat_template = fitted_template(tokenizer)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token or end_token(tokenizer)
    return tokenizer


def load_model(name: str, tokenizer: PreTrainedTokenizerBase, *, dtype: str = "auto") -> PreTrainedModel:
    """Return a causal language model for inference that stops at the end token of the tokenizer's template.

    Args:
        name: the folder or Hub id of a model or adapter, or a GGUF file.
        tokenizer: its tokenizer, from `load_tokenizer`.
        dtype: the type of the weights, such as `float32`; `auto` is the type of the saved ones.

    Raises:
        InputError: for a GGUF file that cannot be read.
    """
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(local_model(name), dtype=dtype).eval()
    remember_stop_tokens(model, tokenizer)
    return model


def embedding_size(name: str, revision: str | None = None) -> int | None:
    """Return the number of tokens of a model's embedding; None where there is no configuration, as in an adapter.

    It may be larger than the vocabulary of the tokenizer: embeddings are padded to a round number.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(local_model(name), revision=revision)
    except (OSError, ValueError):
        return None
    return int(config.get_text_config().vocab_size)


def check_token_ids(largest: int, size: int | None, tokenizer: PreTrainedTokenizerBase) -> None:
    """Check that the model's embedding has a vector for every token of the data.

    Tokenizers may have tokens that no model needs (Gemma 3 has one for images), so only used ones are checked.

    Args:
        largest: the largest token id of the data.
        size: the size of the embedding; None is not checked.
        tokenizer: the tokenizer of the data.

    Raises:
        InputError: when a token has no vector.
    """
    if size is not None and largest >= size:
        token = tokenizer.convert_ids_to_tokens(largest)
        raise InputError(
            f"the data have token {largest:,} ({token!r}), but the model's embedding ends at {size - 1:,}; "
            "give the model's own tokenizer, or resize the embedding (resize_token_embeddings)"
        )
