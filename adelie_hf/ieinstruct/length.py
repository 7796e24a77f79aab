"""Rows longer than the model reads are dropped and counted, never cut: a cut row loses its answer (section 3.1)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from adelie_hf.digests import digest_of_files
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.recipe import local_files

_BATCH = 256


def within_length(
    rows: Iterator[dict[str, Any]], tokenizer: str, max_tokens: int, counts: Counter[str]
) -> Iterator[dict[str, Any]]:
    """The rows with at most `max_tokens` tokens, prompt and completion in the tokenizer's chat template or ours.

    A tokenizer that falls back to bytes makes no more tokens than a text has bytes, so that most rows need not be
    tokenised. Raises InputError for a tokenizer that is not there.
    """
    of = _tokenizer(tokenizer, digest_of_files(local_files(tokenizer)))
    in_bytes = _falls_back_to_bytes(of)
    around: dict[tuple[str, ...], int] = {}
    while batch := list(islice(rows, _BATCH)):
        unsure = [
            number
            for number, row in enumerate(batch)
            if not in_bytes or _most_tokens(row["prompt"] + row["completion"], of, around) > max_tokens
        ]
        long = set()
        if unsure:
            texts = [_rendered(batch[number]["prompt"] + batch[number]["completion"], of) for number in unsure]
            ids = of(texts, add_special_tokens=False)["input_ids"]
            long = {number for number, tokens in zip(unsure, ids, strict=True) if len(tokens) > max_tokens}
        for number, row in enumerate(batch):
            if number in long:
                counts[f"dropped: longer than {max_tokens:,} tokens"] += 1
                counts["kept"] -= 1
            else:
                yield row


@cache
def _tokenizer(name: str, content: str) -> Any:
    """The same tokenizer for as long as its files hold the same."""
    try:
        from adelie_hf.chat import load_tokenizer

        return load_tokenizer(name)
    except ImportError:
        raise InputError("the length filter needs transformers: pip install 'adelie_hf[train]'") from None
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"tokenizer {name!r} cannot be loaded ({reason}); give a folder or a name") from None


def _rendered(messages: list[dict[str, str]], tokenizer: Any) -> str:
    return tokenizer.apply_chat_template(messages, tokenize=False)


def _most_tokens(messages: list[dict[str, str]], tokenizer: Any, around: dict[tuple[str, ...], int]) -> int:
    """An upper bound: the bytes of the messages, and of what the template puts around as many empty ones."""
    roles = tuple(turn["role"] for turn in messages)
    if roles not in around:
        empty = [{"role": role, "content": ""} for role in roles]
        around[roles] = len(_rendered(empty, tokenizer).encode()) + len(roles)
    normalizer = tokenizer.backend_tokenizer.normalizer
    normalized = normalizer.normalize_str if normalizer else str
    return around[roles] + sum(len(normalized(turn["content"]).encode()) for turn in messages)


def _falls_back_to_bytes(tokenizer: Any) -> bool:
    """Whether every token stands for at least one byte of the text: byte-level BPE, or BPE with byte fallback."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return False
    about = json.loads(backend.to_str())
    steps = about["pre_tokenizer"] or {}
    byte_level = any(step.get("type") == "ByteLevel" for step in (steps, *steps.get("pretokenizers", ())))
    return about["model"]["type"] == "BPE" and (byte_level or bool(about["model"].get("byte_fallback")))
