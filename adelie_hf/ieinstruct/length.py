"""Rows longer than the model reads are dropped and counted, never cut: a cut row loses its answer (section 3.1)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from adelie_hf.errors import InputError

_BATCH = 256


def within_length(
    rows: Iterator[dict[str, Any]], tokenizer: str, max_tokens: int, counts: Counter[str]
) -> Iterator[dict[str, Any]]:
    """The rows whose prompt and completion, in the tokenizer's chat template or ours, have at most `max_tokens` tokens.

    A tokenizer that falls back to bytes makes no more tokens than a text has bytes, so that most rows need not be
    tokenised. Raises InputError for a tokenizer that is not there.
    """
    of = _tokenizer(tokenizer)
    while batch := list(islice(rows, _BATCH)):
        unsure = [number for number, row in enumerate(batch) if _most_tokens(row, of) > max_tokens]
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
def _tokenizer(name: str) -> Any:
    try:
        from adelie_hf.training import load_tokenizer

        return load_tokenizer(name)
    except ImportError:
        raise InputError("the length filter needs transformers: pip install 'adelie_hf[train]'") from None
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"tokenizer {name!r} cannot be loaded ({reason}); give a folder or a name") from None


def _rendered(messages: list[dict[str, str]], tokenizer: Any) -> str:
    return tokenizer.apply_chat_template(messages, tokenize=False)


def _most_tokens(row: dict[str, Any], tokenizer: Any) -> float:
    """An upper bound: the bytes of the messages and of what the template puts around as many empty ones."""
    name = tokenizer.name_or_path
    if not _falls_back_to_bytes(name):
        return float("inf")
    messages = row["prompt"] + row["completion"]
    normalizer = tokenizer.backend_tokenizer.normalizer
    normalized = normalizer.normalize_str if normalizer else str
    inside = sum(len(normalized(turn["content"]).encode()) for turn in messages)
    return inside + _around(name, tuple(turn["role"] for turn in messages))


@cache
def _around(name: str, roles: tuple[str, ...]) -> int:
    return len(_rendered([{"role": role, "content": ""} for role in roles], _tokenizer(name)).encode()) + len(roles)


@cache
def _falls_back_to_bytes(name: str) -> bool:
    """Whether every token stands for at least one byte of the text: byte-level BPE, or BPE with byte fallback."""
    backend = getattr(_tokenizer(name), "backend_tokenizer", None)
    if backend is None:
        return False
    about = json.loads(backend.to_str())
    steps = about["pre_tokenizer"] or {}
    byte_level = any(step.get("type") == "ByteLevel" for step in (steps, *steps.get("pretokenizers", ())))
    return about["model"]["type"] == "BPE" and (byte_level or bool(about["model"].get("byte_fallback")))
