"""Loading of tokenizers and models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.models.adapters import is_adapter, tokenizer_home
from adelie_hf.models.chat_template import end_token, fitted_template
from adelie_hf.models.gguf_file import local_model
from adelie_hf.models.stop_tokens import remember_stop_tokens
from adelie_hf.rows import Message

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


# The weights that are loaded, and those that are not: a pickle can run code.
_SAFETENSORS = ("model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors")
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin")


def check_model(name: str, revision: str | None = None, *, trust_remote_code: bool = False) -> None:
    """Raise InputError for a model that is not loaded as it is: one with pickled weights, or with code of its own.

    Args:
        name: the folder or Hub id of a model or adapter. One that is not found is left to what loads it.
        revision: a branch, tag or commit on the Hub.
        trust_remote_code: whether code from the model's repository may run.
    """
    from transformers import AutoConfig

    files = _file_names(name, revision)
    pickles = [file for file in _PICKLES if file in files]
    if pickles and not any(file in files for file in _SAFETENSORS):
        raise InputError(
            f"{name}: has its weights as {pickles[0]} only, a pickle, and such files are not loaded. If you trust it, "
            "convert it once: load it with from_pretrained and write a folder with save_pretrained"
        )
    if is_adapter(name, revision):
        return
    try:
        AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=trust_remote_code)
    except OSError:
        return
    except ValueError as error:
        if trust_remote_code or "trust_remote_code" not in str(error):
            return
        raise InputError(
            f"{name}: has code of its own, which does not run unless you ask for it: read it, then set "
            "trust_remote_code: true",
            parameter="trust_remote_code",
        ) from None


def _file_names(name: str, revision: str | None) -> Sequence[str]:
    """Return the names of a model's files; none where they are not known, as without a network."""
    if Path(name).is_dir():
        return [path.name for path in Path(name).iterdir()]
    from httpx import HTTPError
    from huggingface_hub import list_repo_files
    from huggingface_hub.errors import HFValidationError

    try:
        names: Sequence[str] = list_repo_files(name, revision=revision)
    except (OSError, HTTPError, HFValidationError):
        return []
    return names


def load_tokenizer(
    name: str, revision: str | None = None, *, trust_remote_code: bool = False
) -> PreTrainedTokenizerBase:
    """Return a model's tokenizer with a chat template that training and sampling can share, and a padding token.

    A tokenizer without a template gets the library's. A padding token that is also the end token is fine: the loss
    leaves out padding by position, not by token.

    Args:
        name: the folder or Hub id of a model or adapter, or a GGUF file.
        revision: a branch, tag or commit on the Hub.
        trust_remote_code: whether code from the model's repository may run.

    Raises:
        InputError: for a GGUF file that cannot be read, a template that does not take a question and an answer, and a
            tokenizer without an end token.
    """
    from transformers import AutoTokenizer

    home, home_revision = tokenizer_home(local_model(name), revision)
    tokenizer = AutoTokenizer.from_pretrained(home, revision=home_revision, trust_remote_code=trust_remote_code)
    tokenizer.chat_template = fitted_template(tokenizer)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token or end_token(tokenizer)
    return tokenizer


def load_model(
    name: str, tokenizer: PreTrainedTokenizerBase, *, dtype: str = "auto", trust_remote_code: bool = False
) -> PreTrainedModel:
    """Return a causal language model for inference that stops at the end token of the tokenizer's template.

    Args:
        name: the folder or Hub id of a model or adapter, or a GGUF file.
        tokenizer: its tokenizer, from `load_tokenizer`.
        dtype: the type of the weights, such as `float32`; `auto` is the type of the saved ones.
        trust_remote_code: whether code from the model's repository may run.

    Raises:
        InputError: for a GGUF file that cannot be read, and where `check_model` does.
    """
    from transformers import AutoModelForCausalLM

    name = local_model(name)
    check_model(name, trust_remote_code=trust_remote_code)
    model = AutoModelForCausalLM.from_pretrained(
        name, dtype=dtype, trust_remote_code=trust_remote_code, use_safetensors=True
    ).eval()
    remember_stop_tokens(model, tokenizer)
    return model


def embedding_size(name: str, revision: str | None = None, *, trust_remote_code: bool = False) -> int | None:
    """Return the number of tokens of a model's embedding; None where there is no configuration, as in an adapter.

    It may be larger than the vocabulary of the tokenizer: embeddings are padded to a round number.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(local_model(name), revision=revision, trust_remote_code=trust_remote_code)
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


def check_prompts(prompts: Iterable[Sequence[Message]], tokenizer: PreTrainedTokenizerBase, size: int | None) -> None:
    """Check before anything is generated that the model's embedding has a vector for every token of the prompts.

    Raises:
        InputError: when a token has no vector.
    """
    for batch in batched(prompts, 1000):
        chats = [list(prompt) for prompt in batch]
        ids = tokenizer.apply_chat_template(chats, add_generation_prompt=True, return_dict=True)["input_ids"]
        check_token_ids(max(map(max, ids)), size, tokenizer)
