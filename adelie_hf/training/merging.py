"""Merging an adapter into its base: one model that needs no peft, with the difference that merging makes."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import MANIFEST, MergeEntry, ModelManifest, environment
from adelie_hf.models import is_adapter, load_adapter, load_tokenizer
from adelie_hf.training.adapters import QUANTIZATION_SETTINGS
from adelie_hf.training.model_manifest import public_base

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import BatchEncoding, PreTrainedModel

logger = logging.getLogger(__name__)

# Made-up requests: the logits of both models are compared on them.
_PROMPTS = (
    "Name every person and every organization in this text.\nAda Brenn left Novalux for the observatory in Tarvos.",
    "Which relation holds between Quillon and Mara Teel? The harbour of Quillon was planned by Mara Teel.",
    "Give a table of all dishes and prices.\nSoup is 4.50, the stew 11.20 (12 with bread).",
)


def merge_adapter(adapter: str | Path, out: str | Path) -> MergeEntry:
    """Merge an adapter into its base in float32, and save a model folder.

    An adapter that was trained on a quantized base (QLoRA) is merged into the base's own weights, so the merged model
    differs from the one that was trained. The difference of the logits on a few prompts is measured and recorded.

    Args:
        adapter: the folder or the Hub id of an adapter.
        out: the folder to write: safetensors, tokenizer, chat template and manifest.

    Returns:
        The entry `merge` of the manifest.

    Raises:
        InputError: for a model that is no adapter, an existing folder, and a base that is not there.

    Example:
        merge_adapter("runs/mine/dpo/model", "runs/merged").difference
    """
    name, folder = str(adapter), Path(out)
    if not is_adapter(name):
        raise InputError(f"{name}: no adapter_config.json there; give the folder or the Hub id of an adapter")
    if folder.exists():
        raise InputError(f"{folder}: exists already; delete it, or choose another folder", parameter="out")
    known = _manifest_of(name)
    quantization = _quantization_of(known)
    tokenizer = load_tokenizer(name)
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        for text in _PROMPTS
    ]
    model = _load(name)
    expected = None if quantization else _logits(model, prompts)
    base_name = model.config._name_or_path
    merged = model.merge_and_unload()
    logits = _logits(merged, prompts)
    with atomic_write(folder) as partial:
        merged.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        del model, merged
        if quantization and find_spec("bitsandbytes"):
            expected = _logits(_load(name, quantization), prompts)
        elif quantization:
            logger.warning("the difference was not measured: the quantized base needs bitsandbytes (extra `qlora`)")
        entry = MergeEntry(
            quantized=bool(quantization),
            prompts=len(prompts),
            difference=None if expected is None else _largest_difference(logits, expected),
        )
        changes = {
            "kind": "model",
            "base": known.base or public_base(base_name),
            "system": known.method.lower() if known.method else None,
            "merge": entry,
        }
        known.model_copy(update=changes).save(partial / MANIFEST)
    return entry


def _manifest_of(adapter: str) -> ModelManifest:
    """Return the manifest of an adapter, or an empty one for an adapter that another program trained."""
    file = Path(adapter) / MANIFEST
    return ModelManifest.load(file) if file.is_file() else ModelManifest(kind="adapter", environment=environment())


def _quantization_of(manifest: ModelManifest) -> dict[str, object]:
    settings = manifest.hyperparameters or {}
    return {name: settings[name] for name in QUANTIZATION_SETTINGS if name in settings}


def _load(adapter: str, quantization: dict[str, object] | None = None) -> PeftModel:
    import torch
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(**quantization, bnb_4bit_compute_dtype=torch.float32) if quantization else None
    try:
        return load_adapter(adapter, dtype=torch.float32, quantization_config=config).eval()
    except OSError as error:
        raise InputError(f"{adapter}: its base cannot be loaded ({str(error).splitlines()[0]})") from None


def _logits(model: PeftModel | PreTrainedModel, prompts: list[BatchEncoding]) -> list[torch.Tensor]:
    import torch

    with torch.inference_mode():
        return [model(**prompt.to(model.device)).logits.float().cpu() for prompt in prompts]


def _largest_difference(first: list[torch.Tensor], second: list[torch.Tensor]) -> float:
    return max(float((one - other).abs().max()) for one, other in zip(first, second, strict=True))
