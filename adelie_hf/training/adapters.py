"""Adapters (LoRA): the model that a trainer starts from, and the settings that a manifest records of it.

Training from an adapter trains that adapter further, as IEPile's continued training does; DPO then compares with the
adapter as it was (trl keeps a frozen copy, `ref`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from peft import PeftConfig, PeftModel
    from transformers import BitsAndBytesConfig, PreTrainedModel
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
    from peft import PeftConfig
    from transformers.utils import cached_file

    if not is_adapter(name, revision):
        return name, revision
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
        config.base_model_name_or_path, revision=config.revision or "main", **options
    )
    return PeftModel.from_pretrained(base, name, revision=revision, is_trainable=trainable)


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
