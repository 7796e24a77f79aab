"""Choices without a random state: each is a function of (seed, id, purpose), and of the pool that it draws from.

So the order of files, of rows and of processes cannot change a choice, and another record changes only
the choices that it displaces.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


def draw(seed: int, identity: str, purpose: str) -> float:
    """A number in [0, 1) drawn for an id and a purpose."""
    drawn = blake2b(f"{seed}\0{purpose}\0{identity}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) / 2**64


def pick(options: Sequence[T], seed: int, identity: str, purpose: str) -> T:
    """One of the options, all equally likely."""
    return options[int(draw(seed, identity, purpose) * len(options))]


def shuffled(items: Sequence[T], seed: int, identity: str, purpose: str) -> list[T]:
    """The items in an order drawn for the id."""
    if len(items) < 2:
        return list(items)
    # One digest is long enough for the keys of eight items.
    drawn = b"".join(
        [blake2b(f"{seed}\0{purpose}/{at}\0{identity}".encode()).digest() for at in range(0, len(items), 8)]
    )
    keys = [drawn[at : at + 8] for at in range(0, 8 * len(items), 8)]
    return [items[at] for at in sorted(range(len(items)), key=keys.__getitem__)]


class SmallestK(Generic[T]):
    """The entries with the lowest lots of all that were added, `limit` of them."""

    def __init__(self, limit: int):
        self.limit = limit
        self._heap: list[tuple[float, str, T]] = []  # the highest lot first

    def add(self, drawn: float, identity: str, entry: T) -> None:
        """Entries are told apart by id, so that equal lots are no matter of order."""
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, (-drawn, identity, entry))
        elif self._heap and -drawn > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-drawn, identity, entry))

    def entries(self) -> list[tuple[float, str, T]]:
        """Lot, id and entry, by lot."""
        return sorted(((-drawn, identity, entry) for drawn, identity, entry in self._heap), key=lambda each: each[:2])


class HashRing(Generic[T]):
    """A pool whose entries stand at places of their own on a circle.

    Who draws from it gets the entry that follows a place drawn for them: another entry in the pool changes
    only the draws that it comes first for.
    """

    def __init__(self, seed: int, entries: Sequence[tuple[str, T]]):
        """Entries with their ids."""
        placed = sorted(((draw(seed, identity, "place"), identity, entry) for identity, entry in entries), key=_place)
        self._places = [place for place, *_ in placed]
        self._entries = [entry for *_, entry in placed]

    def __len__(self) -> int:
        return len(self._entries)

    def following(self, seed: int, identity: str, purpose: str) -> Iterator[T]:
        """All entries, once each, from a place drawn for an id on."""
        first = bisect_left(self._places, draw(seed, identity, purpose))
        for at in range(len(self._entries)):
            yield self._entries[(first + at) % len(self._entries)]


def _place(entry: tuple[float, str, T]) -> tuple[float, str]:
    return entry[:2]
