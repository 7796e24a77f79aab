"""Answers from a model behind an endpoint to the prompts of a build, in a file like that of `recipes/sample.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from adelie_hf.files import write_json_lines
from adelie_hf.manifest import write_manifest
from adelie_hf.sampling import choose_prompts, read_build
from adelie_hf.sampling.endpoint import Chat, Endpoint, Refused, ask, chat_seed
from adelie_hf.tasks import GENERAL


def sample_endpoint(
    data: str | Path,
    endpoint: Endpoint,
    out: Path,
    split: str = "train",
    prompts: int | None = None,
    n: int = 5,
    temperature: float = 1.0,
    max_new_tokens: int = 512,
    seed: int = 42,
    say: Callable[[str], None] = lambda line: None,
) -> Counter[str]:
    """Writes a samples file with answers from a model behind an endpoint to the prompts of a build.

    Args:
        data: the folder of the build.
        prompts: at most this many prompts, drawn by their ids.
        n: samples a prompt.

    Returns:
        Counts of prompts: `read`, `kept`, and `dropped: <reason>` for those that the endpoint refuses.

    Raises:
        InputError: as `read_build` and `ask` do.
    """
    file, rows = read_build(data, split)
    general = sum(row["task"] == GENERAL for row in rows)
    rows = choose_prompts(rows, prompts, seed)
    chats = [Chat(row["prompt"], temperature, max_new_tokens, chat_seed(seed, row["id"], "sample"), n) for row in rows]
    lines, counts = [], Counter(read=len(rows) + general)
    if general:
        counts["dropped: general data has no gold answer"] = general
    for row, replies in zip(rows, ask(chats, endpoint, out, say), strict=True):
        if isinstance(replies, Refused):
            counts["dropped: refused by the endpoint"] += 1
            say(f"{row['id']}: {replies.reason}")
        else:
            counts["kept"] += 1
            lines.append(row | {"samples": [reply.text for reply in replies]})
    write_json_lines(out, lines)
    settings = {"model": endpoint.model, "split": split, "prompts": prompts, "n": n, "temperature": temperature}
    settings |= {"max_new_tokens": max_new_tokens, "seed": seed}
    write_manifest(out, "samples", settings, {split: counts}, [file])
    return counts
