"""Random choices without a random state: each is a function of (seed, id, purpose) and of the pool it draws from.

So the order of files, of rows and of processes cannot change a choice, and an added record changes only the choices
that it displaces.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


def draw(seed: int, identity: str, purpose: str) -> float:
    """Return a number in [0, 1) for an id and a purpose.

    >>> draw(42, "fewrel/1/rc/0", "cap") == draw(42, "fewrel/1/rc/0", "cap")
    True
    """
    digest = blake2b(f"{seed}\0{purpose}\0{identity}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def pick(options: Sequence[T], seed: int, identity: str, purpose: str) -> T:
    """Return one of the options, all equally likely."""
    return options[int(draw(seed, identity, purpose) * len(options))]


def shuffled(items: Sequence[T], seed: int, identity: str, purpose: str) -> list[T]:
    """Return the items in random order."""
    if len(items) < 2:
        return list(items)
    # One digest is long enough for the keys of eight items.
    digests = b"".join(
        [blake2b(f"{seed}\0{purpose}/{start}\0{identity}".encode()).digest() for start in range(0, len(items), 8)]
    )
    keys = [digests[start : start + 8] for start in range(0, 8 * len(items), 8)]
    return [items[position] for position in sorted(range(len(items)), key=keys.__getitem__)]


class SmallestK(Generic[T]):
    """The `limit` entries with the smallest draws of all that were added."""

    def __init__(self, limit: int):
        self.limit = limit
        self._heap: list[tuple[float, str, T]] = []  # the largest draw first

    def add(self, number: float, identity: str, entry: T) -> None:
        """Add an entry; among equal draws the id decides, so that the order of adding does not matter."""
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, (-number, identity, entry))
        elif self._heap and -number > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-number, identity, entry))

    def entries(self) -> list[tuple[float, str, T]]:
        """Return (draw, id, entry), the smallest draw first."""
        ascending = [(-negative, identity, entry) for negative, identity, entry in self._heap]
        return sorted(ascending, key=lambda entry: entry[:2])


class HashRing(Generic[T]):
    """A pool whose entries have positions of their own on a circle (consistent hashing).

    A draw returns the entries that follow a drawn position: an added entry changes only the draws that it comes
    first for.
    """

    def __init__(self, seed: int, entries: Sequence[tuple[str, T]]):
        """Place the entries, given as (id, entry)."""
        placed = sorted(
            ((draw(seed, identity, "place"), identity, entry) for identity, entry in entries),
            key=lambda placement: placement[:2],
        )
        self._positions = [position for position, *_ in placed]
        self._entries = [entry for *_, entry in placed]

    def __len__(self) -> int:
        return len(self._entries)

    def following(self, seed: int, identity: str, purpose: str) -> Iterator[T]:
        """Yield all entries, once each, from a drawn position on."""
        first = bisect_left(self._positions, draw(seed, identity, purpose))
        for offset in range(len(self._entries)):
            yield self._entries[(first + offset) % len(self._entries)]
