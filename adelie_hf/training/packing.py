"""Packed rows that do not see one another: tried on the model that is trained."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel
    from trl import SFTTrainer

logger = logging.getLogger(__name__)

_ROW_LENGTH = 8
_TOLERANCE = 1e-3


def check_packing(trainer: SFTTrainer) -> None:
    """Check that a row does not see the rows that it is packed with; nothing is checked without packing.

    Two rows are packed as trl's collator does it: one sequence whose positions begin again at the second row. Its
    logits must not depend on the tokens of the first one. That is so for the attentions of transformers that read
    the positions (sdpa, eager, flash attention with its package), and not for a state-space model.

    Args:
        trainer: before its first step. A model whose weights are partitioned (ZeRO-3) cannot be tried alone; a warning
            says so.

    Raises:
        InputError: for a model that would leak, and for the strategy `wrapped`, which cuts rows and mixes them.
    """
    from transformers.integrations import is_deepspeed_zero3_enabled

    if not trainer.padding_free and not trainer.args.packing:
        return
    if trainer.args.packing and trainer.args.packing_strategy == "wrapped":
        raise InputError(
            "packing_strategy: wrapped cuts rows and lets them see one another; take bfd, the default",
            parameter="packing_strategy",
        )
    if is_deepspeed_zero3_enabled():
        logger.warning("packed rows are not checked under ZeRO-3; one step under ZeRO-2 checks this model")
        return
    if leaks(trainer.model):
        raise InputError(
            f"{trainer.model.config._name_or_path}: its attention ({trainer.model.config._attn_implementation}) lets "
            "packed rows see one another; set `packing: false`, or `attn_implementation: sdpa` if the model has it",
            parameter="packing",
        )


def leaks(model: PreTrainedModel) -> bool:
    """Return whether the logits of a row depend on another row that it is packed with.

    Args:
        model: a causal language model with all its weights; its mode of training or inference is kept.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    size = model.get_input_embeddings().num_embeddings
    first, other, second = torch.randint(size, (3, _ROW_LENGTH), generator=generator).to(model.device)
    positions = torch.arange(_ROW_LENGTH, device=model.device).repeat(2)[None]

    def logits(before: torch.Tensor) -> torch.Tensor:
        ids = torch.cat([before, second])[None]
        return model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, _ROW_LENGTH:].float()

    training = model.training
    model.eval()
    with torch.no_grad():
        difference = (logits(first) - logits(other)).abs().max()
        scale = logits(first).abs().max()
    model.train(training)
    return bool(difference > _TOLERANCE * scale)
