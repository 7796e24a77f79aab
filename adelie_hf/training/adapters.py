"""Adapters (LoRA): the model that a trainer starts from, and the settings that a manifest records of it.

Training from an adapter trains that adapter further, as IEPile's continued training does; DPO then compares with the
adapter as it was (trl keeps a frozen copy, `ref`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.models import check_model, embedding_size, is_adapter, load_adapter, load_tokenizer, local_model

if TYPE_CHECKING:
    from peft import PeftConfig, PeftModel
    from transformers import BitsAndBytesConfig, PreTrainedModel, PreTrainedTokenizerBase
    from trl import DPOConfig, ModelConfig, SFTConfig

# The copy of an adapter that trl's DPOTrainer compares with; peft saves it into a folder of this name.
REFERENCE_ADAPTER = "ref"

# The settings of an adapter that are recorded: the name of trl's option -> peft's name.
_ADAPTER_SETTINGS = {
    "lora_r": "r",
    "lora_alpha": "lora_alpha",
    "lora_dropout": "lora_dropout",
    "lora_target_modules": "target_modules",
    "lora_modules_to_save": "modules_to_save",
    "use_rslora": "use_rslora",
    "use_dora": "use_dora",
}

# The settings of bitsandbytes that are recorded, by the names of `transformers.BitsAndBytesConfig`.
QUANTIZATION_SETTINGS = ("load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant")

AdapterSetting = bool | int | float | str | list[str]


class TrainerModel(TypedDict):
    """The keyword arguments of a trl trainer that say what it trains."""

    model: str | PeftModel
    quantization_config: BitsAndBytesConfig | None
    peft_config: PeftConfig | None


def prepare_model(
    model_args: ModelConfig, training_args: SFTConfig | DPOConfig
) -> tuple[PreTrainedTokenizerBase, int | None]:
    """Check the model that a script names, and set how a trainer loads it: safetensors, and no code of its own.

    Returns:
        the model's tokenizer, and the number of tokens of its embedding.

    Raises:
        InputError: where `adelie_hf.models.check_model` or `load_tokenizer` raises it.
    """
    if not model_args.model_name_or_path:
        raise InputError("no model to train; give a folder, a Hub id or a GGUF file", parameter="model_name_or_path")
    name = model_args.model_name_or_path = local_model(model_args.model_name_or_path)
    revision = model_args.model_revision
    # trl has moved the option from one class to the other.
    trusted = any(getattr(arguments, "trust_remote_code", False) for arguments in (model_args, training_args))
    check_model(name, revision, trust_remote_code=trusted)
    training_args.model_init_kwargs = (training_args.model_init_kwargs or {}) | {
        "revision": revision,
        "attn_implementation": model_args.attn_implementation,
        "dtype": model_args.dtype,
        "trust_remote_code": trusted,
        "use_safetensors": True,
    }
    tokenizer = load_tokenizer(name, revision, trust_remote_code=trusted)
    return tokenizer, embedding_size(name, revision, trust_remote_code=trusted)


def trainer_model(model_args: ModelConfig, training_args: SFTConfig | DPOConfig) -> TrainerModel:
    """Return what a trl trainer trains: a model, a new adapter on it (`use_peft`), or the adapter that is given.

    `model_init_kwargs` of the training arguments are used up where the model is loaded here.
    """
    from trl import get_peft_config, get_quantization_config

    name, quantization = model_args.model_name_or_path, get_quantization_config(model_args)
    if not is_adapter(name, model_args.model_revision):
        return {"model": name, "quantization_config": quantization, "peft_config": get_peft_config(model_args)}
    options = dict(training_args.model_init_kwargs or {}) | {"quantization_config": quantization}
    training_args.model_init_kwargs = None
    return {
        "model": load_adapter(name, options.pop("revision", None), trainable=True, **options),
        "quantization_config": None,
        "peft_config": None,
    }


def adapter_settings(model: PreTrainedModel | PeftModel) -> dict[str, AdapterSetting]:
    """Return the settings of a model's adapter and of its quantized base for a manifest; none for a full model."""
    peft_configs = getattr(model, "peft_config", None)
    if not peft_configs:
        return {}
    config = peft_configs[model.active_adapter]
    settings = {name: getattr(config, attribute, None) for name, attribute in _ADAPTER_SETTINGS.items()}
    quantization = getattr(model.config, "quantization_config", None)
    settings |= {name: getattr(quantization, name, None) for name in QUANTIZATION_SETTINGS}
    modules = settings["lora_target_modules"]
    if isinstance(modules, set | list):  # peft lists `all-linear` as one entry per layer
        settings["lora_target_modules"] = sorted({name.rpartition(".")[2] for name in modules})
    return {name: value for name, value in settings.items() if value not in (None, False)}
