"""A small Llama and its tokenizer from scratch: for demonstrations and tests on a laptop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import MANIFEST, ModelManifest, environment
from adelie_hf.models import CHAT_TEMPLATE
from adelie_hf.settings import nearest, read_yaml

# Byte-level BPE keeps the space before a word in the word's token. A name after a bracket, as in
# `(Acme; owns; Globex)`, would then be another token than the same name in the text, and could not be copied.
# So a word joiner and a space are inserted between bracket and name, and removed when tokens become text.
_JOINER = "\u2060 "
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>")


def read_llama_config(path: str | Path) -> dict[str, Any]:
    """Return the keys of a `model.yaml`: `vocab_size`, and any other key of `transformers.LlamaConfig`.

    Raises:
        InputError: for a file that cannot be read, an unknown key, and a value of another type.
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import LlamaConfig

    values = read_yaml(path)
    known = LlamaConfig().to_dict()  # LlamaConfig itself takes any key
    for key in values:
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}{nearest(str(key), known)}")
    if "vocab_size" not in values:
        raise InputError(f"{path}: has no vocab_size")
    try:
        LlamaConfig(**values)
    except (StrictDataclassError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from None
    return values


def build_tiny_llama(texts: Iterable[str], folder: Path, config: Mapping[str, int | float | bool], seed: int) -> None:
    """Train a byte-level BPE tokenizer on texts, and save it to a folder with a randomly initialised Llama.

    Args:
        texts: training texts only.
        folder: a new model folder in the layout of transformers, with the weights as safetensors.
        config: `vocab_size`, and any other key of `transformers.LlamaConfig`.
        seed: the seed of the weights.
    """
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.Replace(Regex(r"\((?=\w)"), f"({_JOINER}")
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Replace(_JOINER, "")])
    trainer = trainers.BpeTrainer(
        vocab_size=int(config["vocab_size"]),
        special_tokens=["<|pad|>", "<|end|>", *_ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        additional_special_tokens=list(_ROLES),
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            **{**config, "vocab_size": len(tokenizer)},
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    with atomic_write(folder) as partial:
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        ModelManifest(kind="model", base="scratch", environment=environment()).save(partial / MANIFEST)
