"""The length filter of training: rows that are too long are dropped and counted, never cut (appendix B.1)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.files import write_json
from adelie_hf.manifest import Counts
from adelie_hf.models import check_token_ids
from adelie_hf.rows import Message
from adelie_hf.script_log import is_rank_zero

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

logger = logging.getLogger(__name__)


def filter_by_length(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int | None,
    columns: Sequence[str],
    output_dir: str | Path,
    embedding_size: int | None = None,
) -> Dataset:
    """Return the rows of at most `max_length` tokens, and write the counts to `output_dir/rows.json`.

    Args:
        dataset: rows with the column `prompt` and the columns below.
        tokenizer: its chat template renders a row.
        max_length: the limit in tokens, special tokens included; None keeps all rows.
        columns: message lists that follow the prompt, each measured with it: `completion`, or `chosen` and `rejected`.
        output_dir: the output folder of the training.
        embedding_size: the number of tokens that the model's embedding has; None is not checked.

    Raises:
        InputError: when no row is short enough, and when the model's embedding lacks a token of a row.
    """
    largest = tokenizer.pad_token_id or 0

    def fits(batch: dict[str, list[list[Message]]]) -> list[bool]:
        nonlocal largest
        fit = [True] * len(batch["prompt"])
        for column in columns:
            chats = [prompt + answer for prompt, answer in zip(batch["prompt"], batch[column], strict=True)]
            texts = tokenizer.apply_chat_template(chats, tokenize=False)
            for number, ids in enumerate(tokenizer(texts, add_special_tokens=False)["input_ids"]):
                fit[number] = fit[number] and (max_length is None or len(ids) <= max_length)
                largest = max(largest, *ids)
        return fit

    kept = dataset.filter(fits, batched=True, load_from_cache_file=False, keep_in_memory=True, desc="Measuring rows")
    check_token_ids(largest, embedding_size, tokenizer)
    counts = Counts(read=len(dataset))
    counts.kept["rows"] = len(kept)
    if len(kept) < len(dataset):
        counts.dropped[f"longer than {max_length} tokens"] = len(dataset) - len(kept)
    if is_rank_zero():
        write_json(Path(output_dir) / "rows.json", counts.to_json())
        logger.info("training rows: %s", counts)
    if not len(kept):
        raise InputError(f"no row has {max_length} tokens or fewer; raise max_length", parameter="max_length")
    return kept
