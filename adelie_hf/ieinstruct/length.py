"""The length filter: rows longer than the model reads are dropped and counted, never cut (section 3.1).

A cut row would lose its answer. A row that fits with fewer or shorter demonstrations is made again with those.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.batched import batched
from adelie_hf.digests import digest_of_files
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.recipe import local_files
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow, Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BATCH = 256


# The numbers of those rows of a list that are too long.
TooLong = Callable[[Sequence[InstructRow]], set[int]]


def _none() -> Iterator[tuple[str, InstructRow]]:
    return iter(())


class Draft(NamedTuple):
    """A row, and the rows in its place should it be too long: each with its remark, the preferred one first."""

    row: InstructRow
    shorter: Callable[[], Iterator[tuple[str, InstructRow]]] = _none


def fitting_rows(drafts: Iterator[Draft], too_long: TooLong, reason: str, counts: Counts) -> Iterator[InstructRow]:
    """Yield each row, or the first of the rows in its place that is not too long; without any it is dropped.

    Args:
        drafts: the rows.
        too_long: finds the rows that are too long.
        reason: that of the drops.
        counts: counts drops by reason and replaced rows by remark.
    """
    for batch in batched(drafts, _BATCH):
        long = too_long([draft.row for draft in batch])
        for number, (row, shorter) in enumerate(batch):
            if number not in long:
                yield row
                continue
            remark, fitting = next(((remark, row) for remark, row in shorter() if not too_long([row])), ("", None))
            if fitting is None:
                counts.dropped[reason] += 1
                counts.kept["rows"] -= 1
            else:
                counts.noted[remark] += 1
                yield fitting


def length_filter(tokenizer_name: str, max_tokens: int) -> TooLong:
    """Return a function that finds the rows with more than `max_tokens` tokens.

    Prompt and completion count, in the tokenizer's template or ours. A tokenizer that falls back to bytes gives no
    more tokens than a text has bytes, so most rows need not be tokenised.

    Raises:
        InputError: for a tokenizer that cannot be loaded.
    """
    tokenizer = _tokenizer(tokenizer_name, digest_of_files(local_files(tokenizer_name)))
    bounded_by_bytes = _falls_back_to_bytes(tokenizer)
    overheads: dict[tuple[str, ...], int] = {}

    def too_long(rows: Sequence[InstructRow]) -> set[int]:
        unsure = [
            number
            for number, row in enumerate(rows)
            if not bounded_by_bytes
            or _max_tokens(row["prompt"] + row["completion"], tokenizer, overheads) > max_tokens
        ]
        if not unsure:
            return set()
        texts = [_rendered(rows[number]["prompt"] + rows[number]["completion"], tokenizer) for number in unsure]
        token_ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
        return {number for number, ids in zip(unsure, token_ids, strict=True) if len(ids) > max_tokens}

    return too_long


@cache
def _tokenizer(name: str, content: str) -> PreTrainedTokenizerBase:
    """Return a tokenizer, the same one for as long as the content of its files is the same."""
    try:
        from adelie_hf.models import load_tokenizer

        return load_tokenizer(name)
    except ImportError:
        raise InputError("the length filter needs transformers: pip install 'adelie_hf[train]'") from None
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"tokenizer {name!r} cannot be loaded ({reason}); give a folder or a name") from None


def _rendered(messages: list[Message], tokenizer: PreTrainedTokenizerBase) -> str:
    return str(tokenizer.apply_chat_template(messages, tokenize=False))


def _max_tokens(
    messages: list[Message], tokenizer: PreTrainedTokenizerBase, overheads: dict[tuple[str, ...], int]
) -> int:
    """Return an upper bound: the bytes of the messages, and of the template around as many empty ones."""
    roles = tuple(turn["role"] for turn in messages)
    if roles not in overheads:
        empty = [Message(role=role, content="") for role in roles]
        overheads[roles] = len(_rendered(empty, tokenizer).encode()) + len(roles)
    normalizer = tokenizer.backend_tokenizer.normalizer
    normalize = normalizer.normalize_str if normalizer else str
    return overheads[roles] + sum(len(normalize(turn["content"]).encode()) for turn in messages)


def _falls_back_to_bytes(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Return whether every token covers at least one byte of the text: byte-level BPE, or BPE with byte fallback."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return False
    settings = json.loads(backend.to_str())
    steps = settings["pre_tokenizer"] or {}
    byte_level = any(step.get("type") == "ByteLevel" for step in (steps, *steps.get("pretokenizers", ())))
    return settings["model"]["type"] == "BPE" and (byte_level or bool(settings["model"].get("byte_fallback")))
