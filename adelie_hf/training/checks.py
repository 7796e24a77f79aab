"""What would stop a training late, found before its first step: a missing package, a full disk."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.settings import nearest

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

# The values of `report_to` that this library is tried with -> the package that each needs.
_REPORTERS = {"tensorboard": "tensorboard", "trackio": "trackio", "wandb": "wandb"}

_GIB = 2**30


def check_reporters(training_args: TrainingArguments) -> None:
    """Raise InputError for a `report_to` that is unknown or lacks its package: trainers notice it after loading."""
    from transformers.integrations import INTEGRATION_TO_CALLBACK

    for name in training_args.report_to:
        if name not in INTEGRATION_TO_CALLBACK:
            raise InputError(f"report_to: unknown {name!r}{nearest(name, INTEGRATION_TO_CALLBACK)}")
        package = _REPORTERS.get(name)
        if package and find_spec(package) is None:
            raise InputError(f"report_to: {name} needs the package {package}: pip install {package}")


def disk_space_callback(folder: Path) -> TrainerCallback:
    """Return a callback that raises InputError before the first step where checkpoints and model cannot fit.

    Args:
        folder: the output folder of the training.
    """
    from transformers import TrainerCallback

    class CheckDiskSpace(TrainerCallback):  # type: ignore[misc]  # transformers is not type-checked here
        def on_train_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
        ) -> None:
            present = sum(file.stat().st_size for file in folder.glob("checkpoint-*/*") if file.is_file())
            needed = bytes_to_write(kwargs["model"], args, state) - present
            free = shutil.disk_usage(folder).free
            if needed > free:
                raise InputError(
                    f"{folder}: checkpoints and model need about {needed / _GIB:.1f} GiB, but {free / _GIB:.1f} GiB "
                    "are free; free some, choose another folder, or lower save_total_limit"
                )

    return CheckDiskSpace()


def bytes_to_write(model: PreTrainedModel, args: TrainingArguments, state: TrainerState) -> int:
    """Return a lower bound of the bytes that checkpoints and the model take at the same time.

    A new checkpoint is written before an old one is deleted. The optimizer is counted where it is a form of Adam in
    full precision: two numbers for each trained one.
    """
    trained = _bytes([parameter for parameter in model.parameters() if parameter.requires_grad])
    saved = trained if getattr(model, "peft_config", None) else _bytes(model.parameters())
    optimizer = str(getattr(args.optim, "value", args.optim))
    with_moments = "adam" in optimizer and "bit" not in optimizer and not args.save_only_model
    checkpoint = saved + 2 * trained * with_moments
    return _checkpoints(args, state) * checkpoint + saved


def _bytes(parameters: Iterable[torch.nn.Parameter]) -> int:
    # Under ZeRO-3 a parameter is empty, and `ds_numel` is its size.
    return sum(int(getattr(each, "ds_numel", each.numel())) * int(each.element_size()) for each in parameters)


def _checkpoints(args: TrainingArguments, state: TrainerState) -> int:
    """Return the largest number of checkpoints on the disk at one time."""
    number: int = {
        "no": 0,
        "steps": math.ceil(state.max_steps / max(state.save_steps or 1, 1)),
        "epoch": math.ceil(state.num_train_epochs),
        "best": 1,
    }[getattr(args.save_strategy, "value", args.save_strategy)]
    if not args.save_total_limit:
        return number
    kept = max(int(args.save_total_limit), 2 if args.load_best_model_at_end else 1)  # the best one and the last one
    return min(number, kept + 1)
