"""The head on labelled positions only, on a CPU as on a GPU."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def labelled_positions_only() -> None:
    """Make trl's trainers of this process compute logits at labelled positions only, on every device.

    The loss and its gradients are the same. trl leaves out the other positions only where Triton runs: elsewhere every
    token of a prompt and of the padding passes through the head, which at 49,152 tokens costs a model of 135 million
    parameters more than a third of a training step, and most of its memory. trl has no setting for it, so the
    function that it asks is replaced; no Triton is called by that. Where a version of trl has no such function, a
    warning is logged and training continues as trl does it.
    """
    from trl.trainer import utils

    if not hasattr(utils, "_use_triton"):
        logger.warning("this version of trl decides by itself which positions pass through the head")
        return
    utils._use_triton = lambda device: True
