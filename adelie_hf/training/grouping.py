"""Preference pairs of similar length come together, so that a batch has little padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset
    from trl import DPOTrainer


def group_pairs_by_length(trainer: DPOTrainer) -> DPOTrainer:
    """Make `train_sampling_strategy: group_by_length` work for pairs, and return the trainer.

    transformers measures a row by its `input_ids`, which a pair does not have, or by a column of lengths, which it
    removes before it looks for it. With another strategy nothing changes.
    """
    args = trainer.args
    if args.train_sampling_strategy == "group_by_length":
        args.remove_unused_columns = False  # trl's collator takes the columns that it needs
        trainer.train_dataset = _with_lengths(trainer.train_dataset, args.length_column_name)
        if isinstance(trainer.eval_dataset, dict):
            trainer.eval_dataset = {
                name: _with_lengths(pairs, args.length_column_name) for name, pairs in trainer.eval_dataset.items()
            }
        elif trainer.eval_dataset is not None:
            trainer.eval_dataset = _with_lengths(trainer.eval_dataset, args.length_column_name)
    return trainer


def _with_lengths(pairs: Dataset, column: str) -> Dataset:
    """Return pairs with a column: the tokens of the prompt with the longer answer, to which both are padded."""

    def lengths(batch: dict[str, list[list[int]]]) -> dict[str, list[int]]:
        columns = zip(batch["prompt_ids"], batch["chosen_ids"], batch["rejected_ids"], strict=True)
        return {column: [len(prompt) + max(len(one), len(other)) for prompt, one, other in columns]}

    return pairs.map(lengths, batched=True, load_from_cache_file=False, keep_in_memory=True, desc="Measuring pairs")
