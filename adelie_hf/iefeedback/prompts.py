"""The prompts of samples files, and those of them with the smallest draws."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

from adelie_hf.errors import InputError
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import SampledRow
from adelie_hf.sampling import read_placed_samples
from adelie_hf.tasks import GENERAL

T = TypeVar("T")


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


class Smallest(Generic[T]):
    """The values with the smallest keys, at most `limit` of them.

    >>> smallest = Smallest(2)
    >>> for key, name in [(0.3, "a"), (0.1, "b"), (0.2, "c")]:
    ...     smallest.add(key, name, name)
    >>> smallest.take(2)
    ['b', 'c']
    """

    def __init__(self, limit: int):
        self.limit = limit
        self.entries: list[tuple[float, str, T]] = []

    def add(self, key: float, identity: str, value: T) -> None:
        """Add a value; of equal keys the smaller identity comes first. Identities differ."""
        self.entries.append((key, identity, value))
        if len(self.entries) > 2 * self.limit + 1:
            self.entries = heapq.nsmallest(self.limit, self.entries)

    def take(self, number: int) -> list[T]:
        """Return the first values."""
        return [value for _, _, value in heapq.nsmallest(number, self.entries)]
