"""The prompts of samples files that samples can be scored for."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.errors import InputError
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import SampledRow
from adelie_hf.sampling import read_placed_samples
from adelie_hf.tasks import GENERAL


def sampled_prompts(unit: FeedbackUnit, counts: Counts) -> Iterator[tuple[int, int, SampledRow]]:
    """Yield the prompts that have samples and a gold answer: the number of the file, the offset in it, and the row.

    Args:
        counts: counts all prompts as read, and the others as dropped.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    known: set[str] = set()
    for number, file in enumerate(unit.files):
        for offset, row in read_placed_samples(file):
            counts.read += 1
            if row["id"] in known:
                raise InputError(f"{file}: the prompt {row['id']!r} occurs twice; sample each prompt once")
            known.add(row["id"])
            if row["task"] == GENERAL:
                counts.dropped["general data has no gold answer to score by"] += 1
            elif not row["samples"]:
                counts.dropped["without a sample"] += 1
            else:
                yield number, offset, row
