"""Answers sampled from a model in this process or behind an endpoint, resumable prompt by prompt.

A samples file holds one JSON line a prompt: the row as it was asked, and `samples`, a list of texts.
It appears under its name when it is whole; until then its lines gather in a file beside it.
"""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.files import append_json_lines, read_journal, read_json, write_json, write_json_lines
from adelie_hf.manifest import environment
from adelie_hf.tasks import GENERAL

# Those columns of a build that are read here.
_COLUMNS = {"id", "task", "prompt", "completion", "format", "schema", "text", "answer"}
# What a line of a samples file has to have.
_SAMPLED = {"id", "source", "task", "prompt", "completion", "format", "samples"}


def read_build(folder: str | Path, split: str) -> tuple[Path, list[dict[str, Any]]]:
    """The file of a split of an IEInstruct build, and its rows.

    Raises:
        InputError: when there is none, and for a file that is something else.
    """
    import datasets
    import pyarrow

    file = Path(folder) / f"{split}.parquet"
    if not file.is_file():
        raise InputError(f"{file}: no such file; make it with `adelie-hf build ieinstruct --out {folder}`")
    try:
        rows = datasets.Dataset.from_parquet(str(file)).to_list()
    except (datasets.exceptions.DatasetGenerationError, pyarrow.ArrowException) as error:
        said = " ".join(str(error.__cause__ or error).split())
        raise InputError(f"{file}: cannot be read as Parquet ({said}); build it again") from None
    if not rows:
        raise InputError(f"{file}: holds no row; build it from other data")
    if missing := _COLUMNS - set(rows[0]):
        raise InputError(f"{file}: no build of IEInstruct, it has no column {', '.join(sorted(missing))}")
    return file, rows


def choose_prompts(rows: list[dict[str, Any]], prompts: int | None, seed: int) -> list[dict[str, Any]]:
    """The rows with the lowest lots, at most `prompts` of them, in the order of the rows.

    Rows of general data are left out: without a gold answer there is nothing to score a sample by.
    """
    rows = [row for row in rows if row["task"] != GENERAL]
    drawn = sorted(rows, key=lambda row: draw(seed, row["id"], "prompt"))[:prompts]
    ids = {row["id"] for row in drawn}
    return [row for row in rows if row["id"] in ids]


def fingerprint(rows: list[dict[str, Any]], model: str, settings: dict[str, Any]) -> str:
    """A digest of what samples are made from, so that a run never goes on with what another one left.

    Of a model in a folder the names, sizes and times of its files count: its weights may take minutes to read.
    """
    files = sorted(Path(model).iterdir()) if Path(model).is_dir() else []
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    prompts = [(row["id"], row["prompt"]) for row in rows]
    return hashlib.sha256(json.dumps([model, states, settings, prompts]).encode()).hexdigest()[:16]


def is_complete(file: Path, made_from: str) -> bool:
    """Whether a samples file is there. Raises InputError for one that was not made from the same."""
    if not file.is_file():
        return False
    manifest = _manifest_of(file)
    if manifest.is_file() and read_json(manifest).get("made_from") == made_from:
        return True
    raise InputError(
        f"{file}: holds samples of another model, other rows or settings; delete it, or name another file"
    )


def _manifest_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.manifest.json")


def partial_file(file: Path, made_from: str, share: tuple[int, int]) -> Path:
    """Where a process, one of a number of them, gathers its samples."""
    return file.with_name(f".{file.name}.{made_from}.{share[0]}-of-{share[1]}")


def sample_shard(
    rows: list[dict[str, Any]],
    answer: Callable[[list[dict[str, Any]], int], list[list[str]]],
    partial: Path,
    batch_size: int,
    say: Callable[[str], None],
    share: tuple[int, int] = (0, 1),
) -> None:
    """Samples answers to a share of the rows into `partial`, and goes on where an interrupted call stopped.

    Batches are fixed by the rows, so that an interrupted run that goes on gives the very samples that a
    run in one go gives.

    Args:
        rows: rows of IEInstruct, with their prompts.
        answer: gives the samples of one batch; its second argument is the batch's seed.
        share: (this process, number of processes); a process takes every n-th batch.
    """
    done = {line["id"] for line in read_journal(partial)}
    batches = list(_batches(rows, batch_size))[share[0] :: share[1]]
    for number, batch in enumerate(batches, 1):
        if not all(row["id"] in done for row in batch):
            answers = answer(batch, share[0] + (number - 1) * share[1])
            append_json_lines(partial, [row | {"samples": texts} for row, texts in zip(batch, answers, strict=True)])
        say(f"batch {number} of {len(batches)}")


def _batches(rows: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of similar prompt length together, so that little is padded."""
    ordered = sorted(rows, key=lambda row: (sum(len(turn["content"]) for turn in row["prompt"]), row["id"]))
    yield from (ordered[at : at + size] for at in range(0, len(ordered), size))


def merge_shards(
    rows: list[dict[str, Any]], file: Path, made_from: str, processes: int, settings: dict[str, Any]
) -> None:
    """Writes the samples file out of what the processes gathered, in the order of the rows; its manifest first."""
    partials = [partial_file(file, made_from, (rank, processes)) for rank in range(processes)]
    about = {"kind": "samples", "made_from": made_from, "settings": settings, "environment": environment()}
    write_json(_manifest_of(file), about)
    lines = {line["id"]: line for partial in partials for line in read_journal(partial)}
    write_json_lines(file, (lines[row["id"]] for row in rows))
    for partial in file.parent.glob(f".{glob.escape(file.name)}.*-of-*"):
        partial.unlink()  # those of abandoned runs as well


def read_samples(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a samples file. Raises InputError for a line that is not one, or a file that is not there."""
    from adelie_hf.text_files import read_json_lines

    for number, line in read_json_lines(file):
        if not isinstance(line, dict) or not _SAMPLED.issubset(line) or not _are_samples(line["samples"]):
            raise InputError(f"{file}:{number}: not a line of a samples file; make it with recipes/sample.py")
        yield line


def _are_samples(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def transformers_sampler(
    model: Any, tokenizer: Any, n: int, temperature: float, max_new_tokens: int, seed: int
) -> Callable[[list[dict[str, Any]], int], list[list[str]]]:
    """An `answer` function that samples from a transformers model on its own device.

    Args:
        n: samples a prompt.
        temperature: 0 takes the most likely token each time (n is then 1).
    """
    import torch

    how = {"do_sample": False} if temperature == 0 else {"do_sample": True, "temperature": temperature, "top_p": 1.0}

    def answer(batch: list[dict[str, Any]], number: int) -> list[list[str]]:
        torch.manual_seed(seed * 1_000_003 + number)
        inputs = tokenizer.apply_chat_template(
            [row["prompt"] for row in batch],
            add_generation_prompt=True,
            padding=True,
            # A keyword of its own would be a variable of the template, and the tokenizer would keep its side.
            tokenizer_kwargs={"padding_side": "left"},
            return_dict=True,
            return_tensors="pt",
        ).to(model.device)
        with torch.inference_mode():
            out = model.generate(
                **inputs,
                **how,
                top_k=0,
                num_return_sequences=n,
                max_new_tokens=max_new_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
        texts = tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return [texts[at : at + n] for at in range(0, len(texts), n)]

    return answer
