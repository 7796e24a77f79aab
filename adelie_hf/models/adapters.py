"""Adapters (LoRA): a folder or Hub id with an `adapter_config.json` that names its base model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.models.gguf_file import local_model

if TYPE_CHECKING:
    from peft import PeftModel


def is_adapter(name: str, revision: str | None = None) -> bool:
    """Return whether a folder or Hub id is an adapter: it has an `adapter_config.json`."""
    from transformers.utils.peft_utils import find_adapter_config_file

    if Path(name).is_file():
        return False
    try:
        return find_adapter_config_file(name, revision=revision) is not None
    except OSError:  # neither a folder nor the form of a Hub id
        return False


def tokenizer_home(name: str, revision: str | None = None) -> tuple[str, str | None]:
    """Return the folder or Hub id, and the revision, of a model's tokenizer: an adapter may leave it to its base."""
    if not is_adapter(name, revision):
        return name, revision
    from peft import PeftConfig  # takes a second, which a plain model need not wait
    from transformers.utils import cached_file

    if cached_file(name, "tokenizer_config.json", revision=revision, _raise_exceptions_for_missing_entries=False):
        return name, revision
    config = PeftConfig.from_pretrained(name, revision=revision)
    return config.base_model_name_or_path, config.revision


def load_adapter(name: str, revision: str | None = None, *, trainable: bool = False, **options: object) -> PeftModel:
    """Return an adapter on its base model.

    Args:
        name: a folder or a Hub id.
        revision: the adapter's branch, tag or commit on the Hub; that of the base is in the adapter's settings.
        trainable: whether its weights get gradients.
        options: for `from_pretrained` of the base.
    """
    from peft import PeftConfig, PeftModel
    from transformers import AutoModelForCausalLM

    config = PeftConfig.from_pretrained(name, revision=revision)
    base = AutoModelForCausalLM.from_pretrained(
        local_model(config.base_model_name_or_path),
        revision=config.revision or "main",
        **{"use_safetensors": True, **options},
    )
    return PeftModel.from_pretrained(base, name, revision=revision, is_trainable=trainable)
