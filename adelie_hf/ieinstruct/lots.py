"""Choices without a random state: each is a function of (seed, id, purpose).

So the order of files, of rows and of processes cannot change a choice, and adding a record changes
no other record's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def lot(seed: int, identity: str, purpose: str) -> float:
    """A number in [0, 1) drawn for an id and a purpose."""
    key = f"{seed}\0{purpose}\0{identity}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) / 2**64


def pick(options: Sequence[T], seed: int, identity: str, purpose: str) -> T:
    """One of the options, all equally likely."""
    return options[int(lot(seed, identity, purpose) * len(options))]


def shuffled(items: Sequence[T], seed: int, identity: str, purpose: str) -> list[T]:
    """The items in an order drawn for the id."""
    order = sorted(range(len(items)), key=lambda at: (lot(seed, identity, f"{purpose}/{at}"), at))
    return [items[at] for at in order]
