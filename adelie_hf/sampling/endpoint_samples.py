"""Samples files from a model behind an endpoint, in the form that `recipes/sample.py` writes."""

from __future__ import annotations

import logging
from pathlib import Path

from adelie_hf.files import write_json_lines
from adelie_hf.manifest import Counts, write_file_manifest
from adelie_hf.rows import read_build
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, chat_seed, request_replies
from adelie_hf.sampling.prompts import choose_prompts
from adelie_hf.sampling.samples_file import sampled_row
from adelie_hf.tasks import GENERAL

logger = logging.getLogger(__name__)


def sample_endpoint(
    data: str | Path,
    endpoint: Endpoint,
    out: Path,
    *,
    split: str = "train",
    prompts: int | None = None,
    n: int = 5,
    temperature: float = 1.0,
    max_new_tokens: int = 512,
    seed: int = 42,
) -> Counts:
    """Write a samples file with a model's answers to the prompts of a build.

    Args:
        data: the folder of the build of IEInstruct.
        endpoint: the model.
        out: the samples file.
        split: the split of the build.
        prompts: at most this many prompts, drawn by their ids; all for None.
        n: samples per prompt.
        temperature: the sampling temperature.
        max_new_tokens: the maximum length of a sample, in tokens.
        seed: it decides which prompts are drawn, and seeds the requests.

    Returns:
        The prompts read, kept, and dropped by reason.

    Raises:
        InputError: as `read_build` and `request_replies`.
    """
    file, rows = read_build(data, split)
    general = sum(row["task"] == GENERAL for row in rows)
    chosen = choose_prompts(rows, prompts, seed)
    counts = Counts(read=len(chosen) + general)
    if general:
        counts.dropped["general data has no gold answer"] = general
    chats = [
        Chat(row["prompt"], temperature, max_new_tokens, chat_seed(seed, row["id"], "sample"), n) for row in chosen
    ]
    sampled = []
    for row, replies in zip(chosen, request_replies(chats, endpoint, out), strict=True):
        if isinstance(replies, BadRequest):
            counts.dropped["rejected by the endpoint"] += 1
            logger.warning("%s: %s", row["id"], replies.reason)
        else:
            counts.kept["prompts"] += 1
            sampled.append(sampled_row(row, [(reply.text, reply.finish) for reply in replies]))
    write_json_lines(out, sampled)
    settings = {
        "model": endpoint.model,
        "split": split,
        "prompts": prompts,
        "n": n,
        "temperature": temperature,
        "max_new_tokens": max_new_tokens,
        "seed": seed,
    }
    write_file_manifest(out, "samples", settings, {split: counts}, [file])
    return counts
