"""The length filter: rows longer than the model reads are dropped and counted, never cut (section 3.1).

A cut row would lose its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from adelie_hf.batched import batched
from adelie_hf.digests import digest_of_files
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.recipe import local_files
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow, Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BATCH = 256


def drop_long_rows(
    rows: Iterator[InstructRow], tokenizer_name: str, max_tokens: int, counts: Counts
) -> Iterator[InstructRow]:
    """Yield the rows with at most `max_tokens` tokens: prompt and completion in the tokenizer's template or ours.

    A tokenizer that falls back to bytes gives no more tokens than a text has bytes, so most rows need not be
    tokenised.

    Raises:
        InputError: for a tokenizer that cannot be loaded.
    """
    tokenizer = _tokenizer(tokenizer_name, digest_of_files(local_files(tokenizer_name)))
    bounded_by_bytes = _falls_back_to_bytes(tokenizer)
    overheads: dict[tuple[str, ...], int] = {}
    for batch in batched(rows, _BATCH):
        unsure = [
            number
            for number, row in enumerate(batch)
            if not bounded_by_bytes
            or _max_tokens(row["prompt"] + row["completion"], tokenizer, overheads) > max_tokens
        ]
        too_long = set()
        if unsure:
            texts = [_rendered(batch[number]["prompt"] + batch[number]["completion"], tokenizer) for number in unsure]
            token_ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
            too_long = {number for number, ids in zip(unsure, token_ids, strict=True) if len(ids) > max_tokens}
        for number, row in enumerate(batch):
            if number in too_long:
                counts.dropped[f"longer than {max_tokens:,} tokens"] += 1
                counts.kept["rows"] -= 1
            else:
                yield row


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
