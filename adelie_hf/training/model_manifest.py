"""The manifest of a trained model: how it was trained. Nothing private: no path, no name of a machine or user."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.manifest import MANIFEST, ModelManifest, TrainingEntry, environment
from adelie_hf.training.adapters import adapter_settings

if TYPE_CHECKING:
    import torch
    from transformers import Trainer

# The settings that are recorded. An explicit list, since other settings contain paths and names of machines.
HYPERPARAMETERS = (
    "learning_rate",
    "lr_scheduler_type",
    "warmup_steps",
    "num_train_epochs",
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "optim",
    "weight_decay",
    "adam_beta1",
    "adam_beta2",
    "max_grad_norm",
    "max_length",
    "packing",
    "beta",
    "loss_type",
    "num_generations",
    "max_completion_length",
    "temperature",
    "reward_weights",
    "bf16",
    "fp16",
    "seed",
)

Hyperparameter = bool | int | float | str | list[str] | None


def model_manifest(trainer: Trainer) -> ModelManifest:
    """Return the manifest of a trainer's model."""
    args, state = trainer.args, trainer.state
    without_effect = "num_train_epochs" if args.max_steps > 0 else "max_steps"
    names = [name for name in HYPERPARAMETERS if name != without_effect and hasattr(args, name)]
    adapter = adapter_settings(trainer.model)
    runtimes = [entry["train_runtime"] for entry in state.log_history if "train_runtime" in entry]
    return ModelManifest(
        kind="adapter" if adapter else "model",
        method=type(trainer).__name__.removesuffix("Trainer"),
        base=public_base(trainer.model.config._name_or_path, adapter=bool(adapter)),
        hyperparameters={name: _plain(getattr(args, name)) for name in names} | adapter,
        training=TrainingEntry(
            steps=state.global_step,
            best_step=state.best_global_step if args.load_best_model_at_end else None,
            epochs=state.epoch,
            seconds_of_the_last_call=runtimes[-1] if runtimes else None,
            processes=args.world_size,
            device=_device_name(args.device),
        ),
        environment=environment(),
    )


def _plain(value: object) -> Hyperparameter:
    """Return a setting as a JSON value: an enumeration becomes its value."""
    if isinstance(value, bool | int | float | list | None):
        return value
    return str(getattr(value, "value", value))


def public_base(name: str, *, adapter: bool = False) -> str | None:
    """Return the public name of a base model: a Hub id, `scratch`, or None for a local folder without one.

    Args:
        name: a Hub id, or a folder that may have a manifest.
        adapter: the base carries an adapter, which works on these weights alone: a trained model in a folder has no
            public name then, although the model that it was trained from has one.
    """
    folder = Path(name)
    if not name or not folder.is_dir():
        return name or None
    if not (folder / MANIFEST).is_file():
        return None
    manifest = ModelManifest.load(folder / MANIFEST)
    return None if adapter and manifest.method else manifest.base


def _device_name(device: torch.device) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type} ({platform.machine()})"
