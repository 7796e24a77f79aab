"""Sampling by several processes: each writes a shard of the samples, and the shards become one samples file."""

from __future__ import annotations

import glob
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adelie_hf.batched import batched
from adelie_hf.files import append_json_lines, read_journal, write_json_lines
from adelie_hf.manifest import FileManifest, environment, manifest_beside
from adelie_hf.progress import log_progress
from adelie_hf.rows import InstructRow
from adelie_hf.sampling.samples_file import Sample, sampled_row

logger = logging.getLogger(__name__)

# Returns the samples for each row of a batch; the number of the batch seeds it.
Sampler = Callable[[Sequence[InstructRow], int], list[list[Sample]]]


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a samples file that one process writes: every n-th batch.

    Args:
        file: the samples file.
        fingerprint: what the samples depend on (`fingerprint`).
        process: the number of the process, from 0.
        processes: the number of processes.
    """

    file: Path
    fingerprint: str
    process: int = 0
    processes: int = 1

    @property
    def journal(self) -> Path:
        """The file in which the shard's samples are collected."""
        return self.file.with_name(f".{self.file.name}.{self.fingerprint}.{self.process}-of-{self.processes}")


def sample_shard(rows: Sequence[InstructRow], sampler: Sampler, shard: Shard, batch_size: int) -> None:
    """Sample answers for a shard of the rows; an interrupted call is resumed.

    Batches depend on the rows alone, so that an interrupted and resumed run gives the same samples as one without
    interruption.
    """
    done = {line["id"] for line in read_journal(shard.journal)}
    batches = list(batched(sorted(rows, key=_prompt_length), batch_size))
    numbers = range(shard.process, len(batches), shard.processes)
    for position, number in enumerate(numbers, 1):
        batch = batches[number]
        if not all(row["id"] in done for row in batch):
            samples = sampler(batch, number)
            append_json_lines(
                shard.journal, [sampled_row(row, of_row) for row, of_row in zip(batch, samples, strict=True)]
            )
        log_progress(logger, "batch", position, len(numbers))


def _prompt_length(row: InstructRow) -> tuple[int, str]:
    """Return a sort key: batches of rows with similar prompt lengths need little padding."""
    return sum(len(turn["content"]) for turn in row["prompt"]), row["id"]


def merge_shards(rows: Sequence[InstructRow], shard: Shard, settings: Mapping[str, object]) -> None:
    """Write the samples file from the shards of all processes, in the order of the rows, and delete the shards.

    Its manifest is written first: a samples file without one counts as the samples of another run.

    Args:
        rows: the rows that were sampled.
        shard: any of the shards.
        settings: what the samples were made with, for the manifest.
    """
    file = shard.file
    FileManifest(
        kind="samples", fingerprint=shard.fingerprint, settings=dict(settings), environment=environment()
    ).save(manifest_beside(file))
    shards = [replace(shard, process=process) for process in range(shard.processes)]
    lines = {line["id"]: line for shard in shards for line in read_journal(shard.journal)}
    write_json_lines(file, (lines[row["id"]] for row in rows))
    for journal in file.parent.glob(f".{glob.escape(file.name)}.*-of-*"):
        journal.unlink()  # those of abandoned runs as well
