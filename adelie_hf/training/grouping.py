"""Rows of similar length come together, so that a batch has little padding; the batches come in random order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datasets import Dataset
    from trl import DPOTrainer, SFTTrainer

    AnyTrainer = TypeVar("AnyTrainer", SFTTrainer, DPOTrainer)

# The shuffled rows are sorted by length within this many batches: enough for 97 % real tokens, too few for two epochs
# to have the same batches.
POOL = 50


class GroupedRows:
    """The sampler of a training set: the indices of its rows, batch by batch.

    transformers sorts its pools from the longest row to the shortest and leaves the batches in that order. The longest
    rows of a pool then follow the shortest ones of the pool before: the loss of SmolLM2 on MIT-Restaurant went from
    0.16 back to 1.08. Here the batches are shuffled too. The order depends on seed and epoch alone, so a training
    that is resumed in its second epoch sees each row once.

    Args:
        lengths: the tokens of each row.
        batch_size: the rows of a step, of all processes.
        seed: the seed of the order.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int):
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = random.Random(f"{self.seed}-{self.epoch}")
        order = list(range(len(self)))
        generator.shuffle(order)
        size = POOL * self.batch_size
        for start in range(0, len(order), size):
            order[start : start + size] = sorted(order[start : start + size], key=self.lengths.__getitem__)
        batches = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        incomplete = batches.pop() if len(batches[-1]) < self.batch_size else []
        generator.shuffle(batches)
        # The longest row comes first, so that a lack of memory shows at once.
        batches.sort(key=lambda batch: max(map(self.lengths.__getitem__, batch)) < max(self.lengths))
        for batch in [*batches, incomplete]:
            yield from batch

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch; accelerate calls this before each one."""
        self.epoch = epoch


def group_by_length(trainer: AnyTrainer) -> AnyTrainer:
    """Make `train_sampling_strategy: group_by_length` take `GroupedRows`, and return the trainer.

    transformers measures a row by its `input_ids`, which a preference pair does not have. With another strategy
    nothing changes.
    """
    from torch.utils.data import SequentialSampler

    args = trainer.args
    if args.train_sampling_strategy == "group_by_length":
        batch_size = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        rows = GroupedRows(_lengths(trainer.train_dataset), batch_size, args.seed)
        trainer._get_train_sampler = lambda dataset=None: rows
        trainer._get_eval_sampler = SequentialSampler
    return trainer


def _lengths(dataset: Dataset) -> list[int]:
    """Return the tokens of each row; of a pair those of the prompt and the longer answer, to which both are padded."""
    if "input_ids" in dataset.column_names:
        return [len(ids) for ids in dataset["input_ids"]]
    columns = zip(dataset["prompt_ids"], dataset["chosen_ids"], dataset["rejected_ids"], strict=True)
    return [len(prompt) + max(len(chosen), len(rejected)) for prompt, chosen, rejected in columns]
