"""What a training runs with: one line at its start, and a warning where that is not what the settings say."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    import torch
    from transformers import Trainer

logger = logging.getLogger(__name__)

# The instructions of x86 and ARM that multiply in bf16, by the names of torch and of Linux.
_BF16_INSTRUCTIONS = {"amx_bf16", "avx512_bf16", "bf16", "sve_bf16", "svebf16"}


def computes_bf16(device: torch.device) -> bool | None:
    """Return whether a device multiplies in bf16 itself; None where that is not known.

    A CPU without the instructions emulates them, and so does a GPU before Ampere: slower than float32.
    """
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    flags = _cpu_flags() if device.type == "cpu" else set()
    return bool(flags & _BF16_INSTRUCTIONS) if flags else None


def _cpu_flags() -> set[str]:
    import torch

    if hasattr(torch.cpu, "get_capabilities"):  # not in torch 2.8
        return {name for name, there in torch.cpu.get_capabilities().items() if there is True}
    file = Path("/proc/cpuinfo")
    return set(file.read_text(encoding="utf-8").split()) if file.is_file() else set()


def check_processes() -> None:
    """Raise an error where several processes were started and each of them would train alone.

    Raises:
        InputError: on a CPU without `use_cpu`, where accelerate makes no group of the processes.
    """
    from accelerate import PartialState

    started, together = int(os.environ.get("WORLD_SIZE", "1")), PartialState().num_processes
    if started != together:
        raise InputError(f"{started} processes were started, and each would train alone; on a CPU set use_cpu: true")


def log_settings(trainer: Trainer) -> None:
    """Log what a training runs with, and warn of arithmetic that the settings do not name or the device emulates."""
    import torch

    args, model, device = trainer.args, trainer.model, trainer.accelerator.device
    arithmetic = trainer.accelerator.mixed_precision
    asked = "bf16" if args.bf16 else "fp16" if args.fp16 else "no"
    if arithmetic != asked:
        logger.warning(
            "mixed precision is %r, from the accelerate configuration; the recipe says %r", arithmetic, asked
        )
    if (arithmetic == "bf16" or model.dtype == torch.bfloat16) and computes_bf16(device) is False:
        logger.warning("this %s has no bf16 instructions and emulates them: float32 is faster", device.type)
    fsdp = getattr(trainer.accelerator.state, "fsdp_plugin", None)
    checkpointing = args.gradient_checkpointing or bool(fsdp and fsdp.activation_checkpointing)
    packed = getattr(args, "packing", False)  # DPO has no packing
    batch = (args.per_device_train_batch_size, args.gradient_accumulation_steps, args.world_size)
    logger.info(
        "training on %s: %s weights, %s arithmetic, %s attention, %s gradient checkpointing; "
        "%d %s rows a step (%d x %d accumulated x %d processes)",
        device.type,
        str(model.dtype).removeprefix("torch."),
        "float32" if arithmetic == "no" else arithmetic,
        model.config._attn_implementation,
        "with" if checkpointing else "without",
        batch[0] * batch[1] * batch[2],
        "packed" if packed else "padded",
        *batch,
    )
